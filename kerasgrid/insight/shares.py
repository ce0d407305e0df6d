"""The socket of evaluators: which share of the differences between trials each axis makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from kerasgrid.insight.factors import Factor


@dataclass(frozen=True, slots=True)
class Curve:
    """What a model of the scores predicts along one factor, averaged over all others.

    Attributes:
        x: Values along a range, increasing; empty for levels.
        mean: Predicted score at each of ``x``, or of each level.
        spread: Standard deviation of it between the parts of the model.
    """

    x: tuple[float, ...]
    mean: tuple[float, ...]
    spread: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of the variance of the score, each from 0 to 1.

    Attributes:
        main: One a factor.
        pairs: By the indices of two factors, beyond what each makes by itself; of the largest, where there are many.
        noise: Share of the variance between the trials' means that is noise of their fits; it was taken out, so the
            other shares are of what is left. None if it is not known; then they hold it.
        curves: One a factor, of an evaluator that predicts scores.
        explained: Share of the variance between trials that it predicts of held-out trials: at most 1, and 0 or less if
            it is no better than their mean. None for an evaluator that predicts none.
        reason: Why the shares tell nothing; empty if they do.
    """

    main: tuple[float, ...] = ()
    pairs: Mapping[tuple[int, int], float] = field(default_factory=dict)
    noise: float | None = None
    curves: tuple[Curve, ...] = ()
    explained: float | None = None
    reason: str = ""


class Evaluator(Protocol):
    """Says which share of the differences between trials each axis makes.

    Attributes:
        name: What reports know it by.
        is_exact: Whether each combination of values is one trial's, so that the means of values compare as they are.
    """

    name: ClassVar[str]
    is_exact: ClassVar[bool]

    def evaluate(
        self, found: Sequence[Factor], rows: Sequence[int], scores: Sequence[float], variance: float | None
    ) -> Shares | None:
        """Return the shares; None of trials for which it is not made.

        Args:
            found: The factors, each with at least two values that have a score.
            rows: Which of their cells are those of the scored trials.
            scores: Mean score of each of these; at least three, and not all the same.
            variance: Of such a mean by noise alone; None if it is not known.
        """
        ...
