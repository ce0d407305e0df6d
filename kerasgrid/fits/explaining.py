"""The seam between searching and looking closer: what the best trial makes of samples that it did not see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable

from kerasgrid.axes.candidate import Candidate

Image = Sequence[Sequence[Any]]
"""Rows of an image: bytes, or three of them for a colour."""


@dataclass(frozen=True, slots=True)
class Explaining:
    """The request to look closer at a trial.

    Attributes:
        candidate: Its candidate.
        left: The files that its fits have left, fold by fold of the first repeat.
        metric: What trials are ranked by.
        held_out_share: The share in (0, 1) of the samples that a fit is scored on.
        seed: Seed of the run.
        seconds: How long it may take, about; None for as long as it takes.
    """

    candidate: Candidate
    left: tuple[Path, ...]
    metric: str
    held_out_share: float
    seed: int
    seconds: float | None = None

    @property
    def most_seconds(self) -> float | None:
        """After how many seconds whoever waits gives up: reading and writing take what they take."""
        return None if self.seconds is None else 1.5 * self.seconds


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions that were about as sure.

    Attributes:
        confidence: Mean probability of the predicted class.
        right: The share that was right.
        n: How many there are.
    """

    confidence: float
    right: float
    n: int


@dataclass(frozen=True, slots=True)
class ColumnImportance:
    """What a column is worth to the model.

    Attributes:
        column: Its name.
        drop: By how much the metric is worse where the column's held-out values are shuffled; above 0 where it is.
        standard_error: Of that over the folds; None of a single one.
    """

    column: str
    drop: float
    standard_error: float | None


@dataclass(frozen=True, slots=True)
class Miss:
    """A held-out sample that was predicted badly.

    Attributes:
        row: Its place among the training samples, from 0.
        true: What is true, for people.
        predicted: What was predicted, for people.
        how: The probability that the true class was given; or how far the prediction is off, in the target's unit.
        values: What its columns hold, for people; empty for images.
        image: The image, no larger than 48 by 48, of bytes; None for tables.
    """

    row: int
    true: str
    predicted: str
    how: float
    values: Mapping[str, str]
    image: Image | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """What the best trial's networks of the folds make of the samples that each of them did not see.

    Attributes:
        n: How many samples these are.
        bins: Of classes: how sure predictions were and how often they were right, the least sure first.
        calibration_error: The mean difference of the two over all samples; None but for classes.
        columns: Of a table: what each column is worth, the most important first; empty where there was no time.
        misses: The worst predicted samples, the worst first.
        error: Why it failed; None otherwise.
    """

    n: int = 0
    bins: Sequence[Bin] = ()
    calibration_error: float | None = None
    columns: Sequence[ColumnImportance] = ()
    misses: Sequence[Miss] = ()
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return this as JSON has it; :meth:`from_dict` takes it back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """Return what :meth:`to_dict` made."""
        parts = {"bins": Bin, "columns": ColumnImportance, "misses": Miss}
        made = {name: tuple(part(**one) for one in kept[name]) for name, part in parts.items()}
        return cls(**{**kept, **made})


@runtime_checkable
class Explains(Protocol):
    """A fitter whose fits leave their weights where the workload says, and which can look closer at these."""

    def explain(self, explaining: Explaining) -> Explained:
        """Look closer at a trial."""
        ...
