"""What is ahead of a search under way: whether its time covers it, and whether more trials are worth theirs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import FitResult
from kerasgrid.fits.metric import metric_named
from kerasgrid.insight.enough import prospect
from kerasgrid.insight.ranking import Trial
from kerasgrid.races.race import EveryFit
from kerasgrid.run.confirm import SECONDS_TO_BEGIN, seconds_a_repeat
from kerasgrid.run.ensemble import MOST_TRIALS
from kerasgrid.run.forecast import SECONDS_AT_THE_END, refit_seconds
from kerasgrid.run.limits import Limits
from kerasgrid.run.plan import Plan
from kerasgrid.run.tally import Tally
from kerasgrid.system.words import counted, number_text

_SECONDS_A_TRIAL = 0.0002
"""What each trial adds to the reports' time."""

_END_AS_START, _LONGEST_END = 1.2, 15.0
"""The seconds of the end beside those of the start, in which data may have been read for long, too."""

_SHARE_OF_CONFIRMING = 0.12
"""Of the whole time, at most, for new repeats of the winner."""

_SHARE_OF_JOINING, _SECONDS_OF_JOINING = 0.15, 20.0
"""Of the whole time, at most, and so many seconds at most, for an ensemble."""

_OF_A_FIT = 0.02
"""What predicting the held-out samples takes, beside training on the others: more than it does, mostly."""

_SHARE_OF_EXPLAINING, _SECONDS_OF_EXPLAINING = 0.07, 15.0
"""The same for a closer look at the best trial."""

_FEWEST_TRIALS = 2
"""So many trials must be whole for time to be kept for more than the refit of the best."""

_LOOKS = 12, 1.15
"""After how many whole trials more of them are thought of, and by what factor they must grow for the next time."""


class Outlook:
    """Looks ahead after each result.

    Args:
        tally: Counts them.
        limits: What ends the search.
        say: Tells people.

    Attributes:
        is_tied: Whether more trials could not be told from chance.
    """

    def __init__(self, tally: Tally, limits: Limits, say: Callable[[str], None]) -> None:
        self._tally, self._limits, self._say = tally, limits, say
        self._longest: dict[Candidate, float] = {}
        # On a busy machine the end takes longer, as the start has.
        spent = 0.0 if limits.deadline is None else limits.deadline.spent
        self._at_the_end = max(SECONDS_AT_THE_END, min(_END_AS_START * spent, _LONGEST_END))
        self._for_confirming = self._for_joining = self._for_explaining = 0.0
        self._has_told_time = False
        self._next_look = float(_LOOKS[0])
        self.is_tied = False

    @property
    def ends_here(self) -> bool:
        """Whether the search is to end now."""
        return self.is_tied and self._limits.when_tied

    def keep_time(self, result: FitResult, plan: Plan) -> None:
        """Keep as much time as the refit of the best so far and the reports take, about."""
        deadline, best = self._limits.deadline, self._tally.best_candidate
        if deadline is None:
            return
        if result.status == "ok":
            before = self._longest.get(result.fit.candidate, 0.0)
            self._longest[result.fit.candidate] = max(before, result.seconds)
        if not self._longest:
            return
        # With no trial complete any may be the best.
        fit = self._longest[best] if best in self._longest else max(self._longest.values())
        at_the_end = self._at_the_end + len(self._longest) * _SECONDS_A_TRIAL
        # Before there is a choice nothing is worth more than another trial.
        if self._tally.n_whole >= _FEWEST_TRIALS:
            self._for_confirming = self._seconds_of_confirming(plan, fit, deadline.seconds)
            self._for_joining = self._seconds_of_joining(plan, fit, deadline.seconds)
            if plan.space.explain:
                self._for_explaining = min(_SECONDS_OF_EXPLAINING, _SHARE_OF_EXPLAINING * deadline.seconds)
        after = self._for_confirming + self._for_joining + self._for_explaining
        deadline.reserved = refit_seconds(plan, fit) + at_the_end + after

    def confirms_now(self) -> None:
        """Give the time that was kept for confirming the winner: no more fits of the search come."""
        deadline = self._limits.deadline
        if deadline is not None:
            deadline.reserved -= self._for_confirming
        self._for_confirming = 0.0

    def joins_now(self) -> float | None:
        """Return the seconds that there are for joining trials, and count on the refit's time alone from now on."""
        deadline = self._limits.deadline
        if deadline is None:
            return None
        deadline.reserved -= self._for_joining
        self._for_joining = 0.0
        return deadline.left

    def explains_now(self) -> float | None:
        """Return the seconds that there are for a closer look at the best trial; None for no limit."""
        deadline = self._limits.deadline
        if deadline is None:
            return None
        # The refit's time is used, or not needed any more.
        return max(0.0, min(self._for_explaining, deadline.seconds - deadline.spent - self._at_the_end))

    def _seconds_of_joining(self, plan: Plan, fit: float, seconds: float) -> float:
        """Return about as much as it takes: to start a process, as at the end, and to predict by every trial's models.

        One that takes longer is given up, and the best trial alone is the answer.
        """
        if not plan.space.ensemble:
            return 0.0
        predicting = _OF_A_FIT * fit * plan.n_folds * min(MOST_TRIALS, len(self._longest))
        return min(_SECONDS_OF_JOINING, _SHARE_OF_JOINING * seconds, self._at_the_end + predicting)

    def _seconds_of_confirming(self, plan: Plan, fit: float, seconds: float) -> float:
        if not plan.space.confirm:
            return 0.0
        default = plan.default
        beside = {} if default is None else {default: self._longest.get(default, fit)}
        # With no trial complete any may be the best.
        best = self._tally.best_candidate or Candidate({})
        each = seconds_a_repeat(plan, {**beside, best: fit}, self._tally.n_workers)
        if not each:
            return 0.0
        # Whole repeats alone tell anything.
        n = min(plan.space.confirm, (_SHARE_OF_CONFIRMING * seconds - SECONDS_TO_BEGIN) // each)
        return SECONDS_TO_BEGIN + n * each if n > 0 else 0.0

    def look(self, plan: Plan, trials: Callable[[], Sequence[Trial]]) -> None:
        """Say what the time covers once a tenth is done, and when more trials could not be told from chance.

        Args:
            plan: What is trained.
            trials: Returns what is known of its candidates.
        """
        self._look_at_time()
        n_more = len(plan.candidates) - self._tally.n_whole
        is_in_order = plan.strategy.draws_alike and plan.race == EveryFit.name
        has_noise = plan.n_folds * plan.space.repeats > 1
        if not is_in_order or not has_noise or plan.confirmed or self.is_tied or n_more < 1:
            return
        if self._tally.n_whole >= self._next_look:
            self._next_look = math.ceil(_LOOKS[1] * self._tally.n_whole)
            up = metric_named(plan.metric).greater_is_better
            found = prospect(trials(), n_more, greater_is_better=up)
            if found is not None and found.is_tied:
                self.is_tied = True
                self._say(
                    f"more trials cannot be told from noise: {counted(n_more, 'more trial')} would better the best "
                    f"{plan.metric} by about {number_text(found.gain)}, which is known to ± {number_text(found.error)}"
                )

    def _look_at_time(self) -> None:
        deadline, tally = self._limits.deadline, self._tally
        new, left = tally.done - tally.reused, tally.n_fits - tally.done
        if deadline is None or self._has_told_time or 10 * new < new + left:
            return
        seconds = tally.seconds_left
        if seconds is not None and left:
            self._has_told_time = True
            if seconds > deadline.left:
                n = tally.done + int(left * max(0.0, deadline.left) / seconds)
                self._say(f"the time covers about {n:,} of {tally.n_fits:,} fits")
