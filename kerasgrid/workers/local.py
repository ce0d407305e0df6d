"""The local pool: a crew that trains the fits of a space."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path

import numpy as np

from kerasgrid.axes.candidate import Candidate
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold
from kerasgrid.fits.fit import FinalResult, Fit, FitResult
from kerasgrid.workers.compiling import Compiling
from kerasgrid.workers.crew import PROGRAMS_A_WORKER as PROGRAMS_A_WORKER
from kerasgrid.workers.crew import Crew
from kerasgrid.workers.worker import FOLDS_FILE, Refit, Training, training_bench


class LocalPool(Crew[Training, FitResult]):
    """Trains fits in worker processes on this machine; see :class:`kerasgrid.fits.fitter.Fitter`.

    The data set is written once to a temporary folder, which the workers map into memory.

    Args:
        dataset: The data set.
        folds: Its folds, repeat by repeat; a fit's ``fold`` counts in those of its ``repeat``.
        n_workers: Number of processes; None for one per core.
        n_repeats: Of how many repeats the folds are; it divides their number.
        compiling: Which fits are compiled; None for none.

    Raises:
        RunError: as for a crew.
    """

    def __init__(
        self,
        dataset: Dataset,
        folds: Sequence[Fold],
        n_workers: int | None = None,
        n_repeats: int = 1,
        compiling: Compiling | None = None,
    ) -> None:
        super().__init__(training_bench, n_workers)
        self._dataset = dataset
        self._folds = folds
        self._n_repeats = n_repeats
        self._compiling = Compiling((), dataset, folds, n_repeats) if compiling is None else compiling

    def train(self, fits: Sequence[Fit], deadline: float | None = None) -> Iterator[FitResult]:
        """Train the fits and yield each result once, in whatever order they end; stop at the deadline."""
        answers = self.answers([Training(fit, self._compiling.sizes_of(fit)) for fit in fits], deadline)
        try:
            for _, result in answers:
                yield result
        finally:
            answers.close()

    def refit(self, candidate: Candidate, seed: int, model_path: Path) -> FinalResult:
        """Train the candidate on all training data, write the model and evaluate it on the test set."""
        order = Refit(candidate, seed, model_path, self._compiling.sizes_of_refit(candidate))
        report, last_words = self._ask(order, self._compiling.structure_of(candidate))
        if report is None:
            return FinalResult("failed", error=last_words)
        assert isinstance(report.result, FinalResult)
        return report.result

    def _furnish(self, folder: Path) -> None:
        arrays = {f"train_{i}": fold.train for i, fold in enumerate(self._folds)}
        arrays |= {f"held_out_{i}": fold.held_out for i, fold in enumerate(self._folds)}
        self._dataset.save(folder)
        np.savez(folder / FOLDS_FILE, n_repeats=self._n_repeats, **arrays)  # type: ignore[arg-type]

    def _program(self, order: Training) -> Hashable:
        return self._compiling.structure_of(order.fit.candidate)

    def _lost(self, order: Training, words: str) -> FitResult:
        return FitResult(order.fit, "failed", error=words)
