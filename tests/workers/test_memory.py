"""Memory stays flat however many fits and structures there are, because workers are disposable."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import psutil
import pytest
from support.fitters import local

from kerasgrid.axes.candidate import Candidate
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import make_folds
from kerasgrid.fits.fit import Fit

MB = 2**20


class Peak:
    """The greatest memory that this process and all below it had at a time, in bytes; shared pages count once."""

    def __init__(self) -> None:
        self.bytes = 0
        self._over = threading.Event()

    def _measure(self) -> int:
        total = 0
        own = psutil.Process()
        for process in [own, *own.children(recursive=True)]:
            try:
                total += process.memory_full_info().pss
            except psutil.Error:
                continue
        return total

    def watch(self) -> None:
        while not self._over.wait(0.2):
            self.bytes = max(self.bytes, self._measure())

    @classmethod
    @contextmanager
    def measured(cls) -> Iterator[Peak]:
        peak = cls()
        thread = threading.Thread(target=peak.watch)
        thread.start()
        try:
            yield peak
        finally:
            peak._over.set()
            thread.join()


def peak_of(dataset: Dataset, n_fits: int, n_structures: int) -> int:
    candidates = [
        Candidate({"model": "mlp", "hidden_units": (8 + units,), "epochs": 1, "learning_rate": 0.01})
        for units in range(n_structures)
    ]
    repeats = n_fits // (2 * n_structures)
    folds = make_folds(dataset, cv=2, validation_split=None, seed=0, repeats=repeats)
    fits = [Fit(c, fold, repeat) for c in candidates for fold in range(2) for repeat in range(repeats)]
    assert len(fits) == n_fits
    with Peak.measured() as peak, local(dataset, folds, 2, repeats) as fitter:
        assert {result.status for result in fitter.train(fits)} == {"ok"}
    return peak.bytes


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(psutil.Process().memory_full_info(), "pss"), reason="needs Linux's shared-page counts")
def test_ten_times_the_fits_and_structures_take_no_more_memory() -> None:
    generator = np.random.default_rng(0)
    x, y = generator.random((200, 20), dtype=np.float32), np.arange(200) % 2
    dataset = Dataset("made", x, y, None, None, "classification", ("a", "b"), "made")
    few, many = peak_of(dataset, 50, 5), peak_of(dataset, 500, 50)
    print(f"peaks: {few / MB:.0f} MB for 50 fits, {many / MB:.0f} MB for 500")
    assert many - few < 300 * MB
