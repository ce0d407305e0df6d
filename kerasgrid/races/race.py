"""The socket of races: what a race is, and the table of those that there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol, runtime_checkable

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import Fit
from kerasgrid.fits.metric import Metric
from kerasgrid.insight.race_marks import Dropped
from kerasgrid.insight.ranking import Trial
from kerasgrid.races.epochs import EpochRace
from kerasgrid.races.folds import FoldRace
from kerasgrid.registry import Registry


class Race(Protocol):
    """Says which fits are still worth training.

    A race is a pure function of results: kill a search at any moment, and the same fits come out again. It is asked
    again whenever all fits that it named have a result, until it names no new one.

    Attributes:
        name: As in a space file.
        description: One line, for people.
    """

    name: ClassVar[str]
    description: ClassVar[str]

    def fits(self, asked: Sequence[Fit], trials: Sequence[Trial], metric: Metric) -> Sequence[Fit]:
        """Return the fits that are worth training, in the order of ``asked``.

        What it has named once it names again, and of every candidate it names one at least.

        Args:
            asked: All fits of the candidates that the strategy has named so far: repeat by repeat, candidate by
                candidate, fold by fold.
            trials: The trials of these candidates as far as they are known, best first. Some may be incomplete: what
                compares are the scores of the same split, see :attr:`kerasgrid.insight.ranking.Trial.scores`.
            metric: What the scores are of, with its direction.
        """
        ...

    def dropped(self, asked: Sequence[Fit], trials: Sequence[Trial], metric: Metric) -> Mapping[Candidate, Dropped]:
        """Return the candidates of which not all fits are worth training, and why: one at least has all of them.

        Those of which a fit diverged or failed need not be among them.

        Args:
            asked: As for :meth:`fits`.
            trials: As for :meth:`fits`.
            metric: As for :meth:`fits`.
        """
        ...


@runtime_checkable
class LooksEarly(Race, Protocol):
    """A race that looks at fits on their way, too: each candidate's first one pauses at rungs, and goes on or does not.

    Of a candidate whose fit pauses :meth:`Race.fits` may name no fit. What it saw is in
    :attr:`kerasgrid.insight.ranking.Trial.early`; candidates without have no rungs.

    Attributes:
        rungs: After which shares of its epochs, increasing, in (0, 0.5]; rounded up to whole epochs.
    """

    rungs: ClassVar[tuple[float, ...]]

    def early(self, asked: Sequence[Fit], trials: Sequence[Trial], metric: Metric) -> Mapping[Candidate, int]:
        """Return at how many rungs each candidate's first fit is worth looking at; those with none may be left out.

        What it has named once it names again.

        Args:
            asked: As for :meth:`Race.fits`.
            trials: As for :meth:`Race.fits`.
            metric: As for :meth:`Race.fits`.
        """
        ...


class EveryFit:
    """No race: every fit is trained, so that every trial has all of its scores."""

    name: ClassVar[str] = "every"
    description: ClassVar[str] = "every candidate is trained on all folds"

    def fits(self, asked: Sequence[Fit], trials: Sequence[Trial], metric: Metric) -> Sequence[Fit]:
        """Return all of them."""
        return asked

    def dropped(self, asked: Sequence[Fit], trials: Sequence[Trial], metric: Metric) -> Mapping[Candidate, Dropped]:
        """Return nothing."""
        return {}


RACES: Registry[Race] = Registry("race", (EveryFit(), FoldRace(), EpochRace()))
"""Every race of a space file."""

SWITCH: Mapping[bool, str] = {False: EveryFit.name, True: EpochRace.name}
"""Which of them a space file means by ``"race": false`` and ``true``."""

LEAST_SPLITS = 3
"""With fewer splits nothing is left to be spared once candidates can be told from each other."""
