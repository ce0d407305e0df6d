"""What a race has seen of a trial, and why the trial left it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Dropped:
    """When a trial left a race, and why.

    Attributes:
        after: After how many of its fits, or of the epochs of its first one.
        of: How many it would have had.
        unit: What these are called: ``folds`` where there is one repeat of them, else ``fits``; or ``epochs``.
        behind: By how much its mean over these was worse than the best, at least 0; None if the race does not say.
        error: Standard error of that as an estimate of the difference over all fits; None if the race does not say.
        expected: The score that its first fit was expected to end with, where no fit ended; None where one did.
    """

    after: int
    of: int
    unit: str = "folds"
    behind: float | None = None
    error: float | None = None
    expected: float | None = None


class Early(NamedTuple):
    """A look at a trial's first fit on its way.

    Attributes:
        epochs: After how many epochs.
        of: How many the fit has.
        score: The held-out metric then; None if it is not known, NaN if the fit had diverged or failed.
    """

    epochs: int
    of: int
    score: float | None
