"""The table of fitters."""

from __future__ import annotations

import pytest

from kerasgrid.errors import RunError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.workers.fitters import FITTERS, FitterKind, made
from kerasgrid.workers.local import LocalFitter


def test_a_fitter_is_a_row() -> None:
    assert list(FITTERS) == ["local", "dask"]
    made: list[int | None] = []

    def make(n_workers: int | None) -> FakeFitter:
        made.append(n_workers)
        return FakeFitter(lambda fit: 0.5)

    with FITTERS.with_row(FitterKind("fake", "nowhere", make)):
        FITTERS["fake"].make(3)
    assert made == [3]


@pytest.mark.parametrize("jobs", [0, -1, True, 2.0])
def test_a_number_of_workers_that_is_none(jobs: int) -> None:
    with pytest.raises(
        RunError, match=rf"^jobs: must be a whole number of at least 1, got {jobs} \(leave it out for as many as "
    ):
        made("local", jobs)


def test_the_local_one(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    monkeypatch.setattr("kerasgrid.workers.ready.start_server", started.append)
    assert isinstance(FITTERS["local"].make(None), LocalFitter)
    assert set(started) == {("kerasgrid.engine.preload",)}
