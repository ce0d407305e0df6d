"""The seam between searching and joining: several trials' models of the folds become one model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import FinalResult


@dataclass(frozen=True, slots=True)
class Joining:
    """The request to join trials, if that pays.

    Attributes:
        candidates: They, best first: the first is what an ensemble is held against.
        left: For each the files that its fits have left, fold by fold of the first repeat.
        metric: What the ensemble is chosen by.
        held_out_share: The share in (0, 1) of the samples that a fit is scored on.
        seed: Seed of the run.
        model_path: Where to write the model.
        seconds: How long it may take, about: of many candidates the first ones serve, too. None for no limit.
    """

    candidates: tuple[Candidate, ...]
    left: tuple[tuple[Path, ...], ...]
    metric: str
    held_out_share: float
    seed: int
    model_path: Path
    seconds: float | None = None

    @property
    def most_seconds(self) -> float | None:
        """After how many seconds whoever waits gives up: reading and writing take what they take."""
        return None if self.seconds is None else 1.5 * self.seconds


@dataclass(frozen=True, slots=True)
class Joined:
    """What came of it.

    Attributes:
        counts: How often each candidate was chosen; empty if nothing could be joined.
        gain: By how much the ensemble is better than the first candidate on samples that did not choose it, in the
            metric's unit, above 0 where it is better.
        standard_error: Of that; None if it is not known.
        n_networks: Of how many networks the ensemble consists.
        n_parameters: How many weights they have in all.
        final: The ensemble, written and evaluated on the test set; None where it does not pay, or failed.
        error: Why it failed; None otherwise.
    """

    counts: Sequence[int] = ()
    gain: float = 0.0
    standard_error: float | None = None
    n_networks: int = 0
    n_parameters: int = 0
    final: FinalResult | None = None
    error: str | None = None


@runtime_checkable
class Joins(Protocol):
    """A fitter whose fits leave their weights where the workload says, and which can join these."""

    def join(self, joining: Joining) -> Joined:
        """Choose an ensemble and, if it pays, write it as one model and evaluate it on the test set."""
        ...
