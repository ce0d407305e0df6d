"""Searches with early stopping: what is kept of when fits end, how it is told, and when the winner's refit ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.plans import plan_of, space
from support.searches import score, searched

from kerasgrid.data.dataset import Dataset, Splits
from kerasgrid.data.folds import make_folds
from kerasgrid.errors import SpaceError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit
from kerasgrid.fits.workload import Workload
from kerasgrid.reports.text.sentences import final_line
from kerasgrid.reports.text.summary import summary_text
from kerasgrid.run.plan import Plan
from kerasgrid.run.run import Run
from kerasgrid.run.store import Store
from kerasgrid.workers.local import LocalFitter


def stopping_plan(**fields: Any) -> Plan:
    return plan_of(space({"learning_rate": [0.1, 0.2], "epochs": 20, "early_stopping": fields}, cv=3))


def best_epoch(fit: Fit) -> int:
    return (4, 9, 6)[fit.fold]


def test_the_refit_ends_after_the_median_of_the_best_epochs(tmp_path: Path) -> None:
    fitter = FakeFitter(score, best_epoch=best_epoch)
    run = searched(stopping_plan(), tmp_path, fitter).run
    assert fitter.refit_epochs == [6]
    assert run.best is not None
    assert (run.best.best_epochs, run.best.epochs_trained) == ((4, 9, 6), (20, 20, 20))
    assert run.final is not None
    assert len(run.final.curve["loss"]) == 6
    assert final_line(run, run.final).endswith(" (refitted for 6 epochs, the median of its fits' best)")
    best = json.loads((tmp_path / "best_params.json").read_text())
    assert (best["final_training"]["epochs"], best["final_training"]["best_epoch"]) == (6, None)
    assert best["params"]["early_stopping"] == {}
    # Known again, it is not refitted again.
    again = FakeFitter(score, best_epoch=best_epoch)
    searched(stopping_plan(), tmp_path, again)
    assert (again.trained, again.refitted) == ([], [])


def test_with_a_split_of_its_own_the_refit_has_all_epochs(tmp_path: Path) -> None:
    fitter = FakeFitter(score, best_epoch=best_epoch)
    searched(stopping_plan(refit="split"), tmp_path, fitter)
    assert fitter.refit_epochs == [None]


def test_without_early_stopping_nothing_tells_of_it(tmp_path: Path) -> None:
    fitter = FakeFitter(score)
    run = searched(plan_of(space(cv=3)), tmp_path, fitter).run
    assert fitter.refit_epochs == [None]
    assert not {"best_epoch", "epochs_trained"} & set(run.to_frame())
    assert "epochs" not in json.loads((tmp_path / "best_params.json").read_text())["final_training"]
    assert run.final is not None
    assert "epochs" not in final_line(run, run.final)


def test_results_are_at_the_best_epoch_and_survive_the_store(tmp_path: Path) -> None:
    run = searched(stopping_plan(), tmp_path, FakeFitter(score, best_epoch=best_epoch)).run
    assert run.best is not None
    frame = run.to_frame()
    assert list(frame["best_epoch"]) == [pytest.approx(19 / 3)] * 2
    assert list(frame["epochs_trained"]) == [20.0] * 2
    for result in run.results:
        assert (result.best_epoch, result.restored) == (best_epoch(result.fit), True)
        assert len(result.curve["val_accuracy"]) == 20
        assert result.score("accuracy") == result.curve["val_accuracy"][best_epoch(result.fit) - 1]
    assert run.best.scores == tuple(
        result.score("accuracy") for result in run.results if result.fit.candidate == run.best.candidate
    )
    with Store.open_readonly(tmp_path) as store:
        read = store.everything()
    assert {result.fit: result for result in read.values()} == {result.fit: result for result in run.results}
    text = summary_text(run)
    assert "best epoch | epochs trained" in text
    assert "4, 9, 6" in text


def test_fits_of_before_are_read_as_they_were(tmp_path: Path) -> None:
    searched(plan_of(space(cv=3)), tmp_path, FakeFitter(score))
    with Store.open_readonly(tmp_path) as store:
        rows = store._read("SELECT curve FROM fits")
        assert all("stopping" not in json.loads(curve) for (curve,) in rows)
        assert {(result.best_epoch, result.restored) for result in store.everything().values()} == {(None, False)}


def test_what_is_monitored_must_be_measured() -> None:
    message = (
        r"^params.early_stopping.monitor: must be one of loss, accuracy, which are measured of classification, "
        r'got "r2"$'
    )
    with pytest.raises(SpaceError, match=message):
        stopping_plan(monitor="r2")


def real(n: int = 150, **splits: Any) -> Workload:
    generator = np.random.default_rng(0)
    y = np.arange(n) % 3
    x = (generator.normal(size=(n, 6)) + 0.6 * (y[:, None] == np.arange(6) % 3)).astype(np.float32)
    names = ("a", "b", "c")
    dataset = Dataset("made", x, y, x[:9], y[:9], "classification", names, "made", splits=Splits(**splits))
    return Workload(dataset, make_folds(dataset, cv=3, validation_split=None, seed=0))


def test_real_fits_stop_and_are_scored_at_their_best(tmp_path: Path) -> None:
    from kerasgrid.axes.candidate import Candidate

    groups = np.arange(150) // 3
    common = {"model": "mlp", "hidden_units": (16,), "learning_rate": 0.01, "epochs": 60}
    stopped = Candidate({**common, "early_stopping": {"patience": 3}})
    plain = Candidate(common)
    split = Candidate({**common, "early_stopping": {"patience": 3, "refit": "split"}})
    fitter = LocalFitter(2)
    fitter.prepare(real(groups=groups))
    with fitter:
        results = list(fitter.train([Fit(one, fold) for one in (stopped, plain) for fold in range(3)]))
        by_median = fitter.refit(stopped, 0, tmp_path / "model.keras", 5)
        by_split = fitter.refit(split, 0, tmp_path / "split.keras")
    assert {result.error for result in results} == {None}
    for result in results:
        if result.fit.candidate == plain:
            assert (result.best_epoch, result.n_epochs) == (None, 60)
            continue
        assert result.best_epoch is not None
        assert result.n_epochs == result.best_epoch + 3 < 60
        assert result.restored
        assert result.score("loss") == result.curve["val_loss"][result.best_epoch - 1]
    assert (by_median.status, len(by_median.curve["loss"]), by_median.best_epoch) == ("ok", 5, None)
    assert by_split.status == "ok"
    assert by_split.best_epoch is not None
    assert len(by_split.curve["loss"]) == by_split.best_epoch + 3


def test_a_run_tells_of_it_without_tensorflow(tmp_path: Path) -> None:
    outcome = searched(stopping_plan(), tmp_path, FakeFitter(score, best_epoch=best_epoch))
    assert isinstance(outcome.run, Run)
    assert "best epoch" in (tmp_path / "report.html").read_text()
