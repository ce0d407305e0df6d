"""The seam between searching and training."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.deadline import Deadline
from kerasgrid.fits.fit import FinalResult, Fit, FitResult
from kerasgrid.fits.workload import Workload


class Fitter(Protocol):
    """Trains fits: in processes of this machine, on a cluster, or by a formula.

    It is told what it will work on, and then, if there is anything to train, used as a context manager; leaving it
    stops whatever still runs. It may be prepared and entered anew then, or never be entered at all.
    """

    @property
    def n_workers(self) -> int:
        """How many fits it trains at the same time."""
        ...

    def prepare(self, work: Workload) -> None:
        """Take note of the data, the folds, and what is compiled; quick, for perhaps nothing is left to train."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def train(self, fits: Sequence[Fit], deadline: Deadline | None = None) -> Generator[FitResult, None, None]:
        """Train the fits and yield each result once, in whatever order they end.

        Args:
            fits: What to train.
            deadline: When to stop; what is in flight then is lost. It may move with every result. None for never.
        """
        ...

    def refit(self, candidate: Candidate, seed: int, model_path: Path, epochs: int | None = None) -> FinalResult:
        """Train the candidate on all training data, write the model and evaluate it on the test set.

        Args:
            candidate: The candidate.
            seed: Seed of the run.
            model_path: Where to write the model.
            epochs: After how many epochs it ends, with its learning rate as if it went on; None for all of them.
        """
        ...


@runtime_checkable
class OnDevices(Protocol):
    """A fitter that can train on one kind of device or another, the same for all fits of a run."""

    @property
    def device(self) -> str:
        """The kind that it was asked for, by its name; ``auto`` for whichever suits the run."""
        ...

    @property
    def kinds(self) -> Mapping[str, int]:
        """How many devices of each kind it would train on, by the kind's name; the CPU first, others if there are."""
        ...

    def ask(self, device: str) -> None:
        """Ask for a kind of device, or for ``auto``, from now on.

        Raises:
            RunError: There is none.
        """
        ...

    def place(self, kind: str) -> None:
        """Train on this kind from now on; what it was asked for stays.

        Raises:
            RunError: There is none, or it cannot be used.
        """
        ...


@runtime_checkable
class OnMachines(Protocol):
    """A fitter that trains on several machines, and tells of them."""

    @property
    def machines(self) -> Mapping[str, int]:
        """How many fits it trains at the same time on each machine now, by the machine's name."""
        ...

    @property
    def n_done(self) -> Mapping[str, int]:
        """How many fits each machine has trained since it was entered."""
        ...

    def tell(self, say: Callable[[str], None]) -> None:
        """Tell from now on, as a line each, what the user should know of the machines."""
        ...


@dataclass(frozen=True, slots=True)
class AtWork:
    """What a worker is at.

    Attributes:
        worker: Which one, as in :attr:`kerasgrid.fits.fit.Stint.worker`.
        fit: What it trains.
        since: Since when, in seconds since 1970, UTC.
    """

    worker: str
    fit: Fit
    since: float


Tell = Callable[[Callable[[], Sequence[AtWork]]], float]
"""Is told that something may have changed, and what gives the fits that are trained now; returns after how many seconds
it wants to be told again, if nothing changes."""


@runtime_checkable
class TellsWork(Protocol):
    """A fitter that tells which fits its workers are at."""

    def tell_work(self, tell: Tell) -> None:
        """Call this from now on, for as long as fits are trained."""
        ...
