"""What ends a search before all is trained. A command says it before anything else, so this imports little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasgrid.errors import RunError
from kerasgrid.fits.deadline import Deadline

if TYPE_CHECKING:
    from kerasgrid.run.plan import Plan


@dataclass(frozen=True, slots=True)
class Limits:
    """What ends a search before all is trained.

    Attributes:
        deadline: When all must have ended, the winner's refit and the reports included, for which time is kept as soon
            as fits tell how much. None for no limit.
        when_tied: Whether it ends once more trials could not be told from chance.
    """

    deadline: Deadline | None = None
    when_tied: bool = False

    def check(self, plan: Plan) -> None:
        """Check that they suit what is to be trained.

        Raises:
            RunError: Nothing can be said of more trials, since they are not drawn as those before were, or are not
                trained after them.
        """
        from kerasgrid.races.race import EveryFit

        if self.when_tied and not plan.strategy.draws_alike:
            rule = (
                "needs trials that are all drawn alike, which tell of one another: the random strategy without rounds"
            )
            raise RunError(rule, where="--stop-when-tied", got=plan.space.strategy)
        if self.when_tied and plan.space.race not in (None, EveryFit.name):
            rule = "goes without a race, which trains all candidates side by side and knows none to its end before"
            raise RunError(rule, where="--stop-when-tied", got=f"race {plan.space.race}", hint="add --no-race")
