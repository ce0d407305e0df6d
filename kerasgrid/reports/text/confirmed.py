"""What is said of new repeats: how lucky the winner was, and whether the search was worth it."""

from __future__ import annotations

import statistics

from kerasgrid.insight.ranking import Trial, by_split
from kerasgrid.run.run import Run
from kerasgrid.system.words import counted, number_text, with_error


def confirmed_lines(run: Run) -> list[str]:
    """Return what became of the score that won, and what the search gained; nothing of a run without new repeats."""
    return [line for line in (shrinkage_line(run), gain_line(run)) if line]


def shrinkage_line(run: Run) -> str:
    """Return what became of the score that won when its trial was trained again.

    The score that won was the best of many and so lucky, too; the new fits had no part in the picking.
    """
    if not run.n_confirmed:
        return ""
    n_own = run.n_folds * (run.n_repeats - run.n_new_repeats)
    trial, head = _winner_of_search(run, n_own), _head(run)
    if trial is None:
        return head
    before = _mean(trial, n_own)
    new = (*trial.scores, *trial.more_scores)[n_own:]
    scores = [score for score in new if score is not None]
    if not scores:
        return f"{head} The winner of the search has no new fits yet."
    after = statistics.fmean(scores)
    apart = [score for score in by_split(new, trial.n_fixed) if score is not None]
    error = statistics.stdev(apart) / len(apart) ** 0.5 if len(apart) > 1 else None
    # A new fit that diverged takes a trial its mean, not its part in the picking.
    n_means = sum(one.mean is not None or _has_all(one, n_own) for one in run.trials)
    worse = run.scale.sign * (before - after)
    shrunk = f"{number_text(abs(worse))} {'worse' if worse >= 0 else 'better'}"
    if worse >= 0:
        shrunk += f", the optimism of picking the best of {n_means:,}"
    return (
        f"{head} The winner of the search, now rank {trial.rank}, won with {number_text(before)}; "
        f"{counted(len(scores), 'new fit')} of it gave {with_error(after, error)}: {shrunk}."
    )


def gain_line(run: Run) -> str:
    """Return how the winner of the search compares with the first candidate, on new repeats of both."""
    gain = run.gain
    if gain is None:
        return ""
    default, fits = "the default, which is the first candidate,", f"on {counted(gain.n_fits, 'new fit')} of each"
    by = with_error(abs(gain.mean), gain.standard_error)
    if gain.mean > 0:
        return f"Tuned is better than {default} by {by} {fits}."
    said = f"worse than {default} by {by}" if gain.mean < 0 else f"as good as {default}"
    is_taken = run.best is not None and run.best.candidate == gain.default
    return f"Tuned is {said} {fits}{': the default is taken' if is_taken else ''}."


def _head(run: Run) -> str:
    return f"Confirmed: {counted(run.n_confirmed, 'trial')} by {counted(run.n_new_repeats, 'new repeat')}."


def _winner_of_search(run: Run, n_own: int) -> Trial | None:
    """Return the trial that won by the search's own fits; None if that is not known."""
    if run.gain is not None:
        # It may have had to give way to the default.
        return next(trial for trial in run.trials if trial.candidate == run.gain.tuned)
    won = [trial for trial in run.trials if len(trial.scores) > n_own and _has_all(trial, n_own)]
    means = [_mean(trial, n_own) for trial in won]
    return won[means.index(run.scale.best(means))] if won else None


def _has_all(trial: Trial, n_own: int) -> bool:
    """Return whether a trial has the scores by which the search picked."""
    return len(trial.scores) >= n_own and None not in trial.scores[:n_own]


def _mean(trial: Trial, n_own: int) -> float:
    return statistics.fmean(score for score in trial.scores[:n_own] if score is not None)
