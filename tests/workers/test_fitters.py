"""The table of fitters."""

from __future__ import annotations

import pytest

from kerasgrid.fits.fake import FakeFitter
from kerasgrid.workers.fitters import FITTERS, FitterKind
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


def test_the_local_one(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    monkeypatch.setattr("kerasgrid.workers.ready.start_server", started.append)
    assert isinstance(FITTERS["local"].make(None), LocalFitter)
    assert set(started) == {("kerasgrid.engine.preload",)}
