"""What one training of a baseline is, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from kerasgrid.baselines.model import BaselineModel, DataFacts
from kerasgrid.baselines.table import BASELINES
from kerasgrid.fits.fit import content_key


@dataclass(frozen=True, slots=True)
class BaselineFit:
    """A baseline, trained on one fold.

    Attributes:
        name: The baseline's.
        fold: The fold, from 0, in its repeat.
        repeat: The repeat, from 0.
    """

    name: str
    fold: int
    repeat: int = 0

    def key(self, fingerprint: str, fold_fingerprint: str, metrics: Sequence[str]) -> str:
        """Return the hash of what determines its result.

        Args:
            fingerprint: Of the data.
            fold_fingerprint: Of the fold.
            metrics: What is recorded besides the metrics of the task.
        """
        more = [{"metrics": list(metrics)}] if metrics else []
        return content_key({"baseline": self.name}, fingerprint, fold_fingerprint, 0, *more)


@dataclass(frozen=True, slots=True)
class BaselineResult:
    """What came of it.

    Attributes:
        fit: It.
        scores: Metrics on the held-out samples by name, each in its own sign; empty if it failed.
        seconds: Of training and predicting.
        error: Why it failed; None if it did not.
    """

    fit: BaselineFit
    scores: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return all but the fit as JSON has it."""
        return {"scores": dict(self.scores), "seconds": self.seconds, "error": self.error}

    @classmethod
    def from_dict(cls, fit: BaselineFit, kept: Mapping[str, Any]) -> Self:
        """Return what :meth:`to_dict` made the document of."""
        scores = {str(name): float(value) for name, value in kept["scores"].items()}
        return cls(fit, scores, float(kept["seconds"]), kept["error"])


def suiting(names: Sequence[str], facts: DataFacts) -> list[BaselineModel]:
    """Return those of these baselines that make sense for such data, in the table's order."""
    return [model for name, model in BASELINES.items() if name in names and model.suits(facts)]
