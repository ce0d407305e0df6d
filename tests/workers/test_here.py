"""The fitter that trains in this process keeps the contract of all fitters, and leaves the process as it was."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from support.fitter_contract import FitterContract, good, workload

from kerasgrid.axes.candidate import Candidate
from kerasgrid.baselines.fit import BaselineFit
from kerasgrid.fits.deadline import Deadline
from kerasgrid.fits.fit import Fit
from kerasgrid.fits.fitter import Fitter
from kerasgrid.workers import here, shares
from kerasgrid.workers.here import HereFitter, baselines_here


class TestHereFitter(FitterContract):
    @classmethod
    def make(cls) -> Fitter:
        return HereFitter()


def test_what_is_the_users_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    keras.config.set_floatx("float64")
    np.random.seed(3)
    try:
        fitter = HereFitter()
        fitter.prepare(workload())
        with fitter:
            for _ in fitter.train([Fit(good(), 0)]):
                # While whoever asks for results looks at one, too.
                assert keras.config.floatx() == "float64"
    finally:
        keras.config.set_floatx("float32")
    assert np.random.random() == np.random.RandomState(3).random_sample()


def test_programs_are_used_again_for_other_data_and_only_the_latest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(here, "KEPT_PROGRAMS", 1)
    here._programs.kept.clear()
    kept = []
    for number, seed in enumerate((0, 1)):
        fitter = HereFitter()
        fitter.prepare(workload(seed=seed))
        with fitter:
            list(fitter.train([Fit(good(number), 0)]))
        kept += here._programs.kept.values()
    assert kept[0] is kept[1]
    other = good()
    fitter = HereFitter()
    fitter.prepare(workload())
    with fitter:
        list(fitter.train([Fit(type(other)({**other, "hidden_units": (5,)}), 0)]))
    assert len(here._programs.kept) == 1
    assert kept[0] not in here._programs.kept.values()


def test_baselines() -> None:
    fits = [BaselineFit("linear", fold, 0) for fold in range(2)]
    results = list(baselines_here(workload(), 1)(fits, None))
    assert [result.fit for result in results] == fits
    assert all(result.error is None and result.scores["accuracy"] > 0.3 for result in results)
    assert list(baselines_here(workload(), 1)(fits, Deadline(-1))) == []


def test_what_never_fits_in_memory_is_a_failed_fit_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "available_memory", lambda: 10**9)
    fitter = HereFitter()
    fitter.prepare(workload())
    huge = Candidate({**good(), "hidden_units": (10**4, 10**4)})
    with fitter:
        results = {result.fit.candidate: result for result in fitter.train([Fit(huge, 0), Fit(good(), 0)])}
    assert results[good()].status == "ok"
    assert str(results[huge].error).startswith(
        "a fit's weights and activations must fit in memory, got about 1.2 GB, where 900.0 MB may be taken"
    )
