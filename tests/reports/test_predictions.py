"""predicted.png: a regression's predictions against the true values, from the refit to the picture."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from support.trials import FMNIST, all_fits, final_result, grid, made_run, trials_of

from kerasgrid.fits.fit import FinalResult
from kerasgrid.reports.pictures import predictions
from kerasgrid.reports.pictures.figure import style
from kerasgrid.reports.pictures.predictions import both_ends, draw_predictions
from kerasgrid.reports.tables.outcome import outcome
from kerasgrid.reports.write import write_reports
from kerasgrid.run.store import Store

PAIRS = [(0.0, 0.5), (2.0, 1.5), (1.0, math.nan)]


def test_both_axes_hold_all_values() -> None:
    assert both_ends(PAIRS) == pytest.approx((-0.08, 2.08))
    assert both_ends([(3.0, 3.0)]) == (2.5, 3.5)
    assert both_ends([]) == (-0.5, 0.5)


def test_a_panel_for_each_target() -> None:
    with style():
        names = [f"target {n} of 8" for n in range(1, 9)]
        figure = draw_predictions([PAIRS] * 8, names, "a run", "3 samples")
        assert [axes.get_title("left") for axes in figure.axes] == names[:6]
        assert list(figure.axes[0].lines[1].get_xdata()) == [0.0, 2.0]
        assert figure.axes[0].get_xlim() == figure.axes[0].get_ylim()
        assert figure.get_suptitle() == "a run\nthe refitted winner\ntest set, 3 samples"
        heading = "a very long name of a run on some data"
        long = draw_predictions([PAIRS], ["target"], heading, "3 samples").get_suptitle().split("\n")
        assert len(long[0]) == 30
        assert long[1:] == ["the refitted winner", "test set, 3 samples"]
        assert draw_predictions([PAIRS], ["target"], "a", "").axes[0].get_title("left") == ""
        assert draw_predictions([PAIRS], ["price"], "a", "").axes[0].get_title("left") == "price"


def test_the_picture_names_targets_and_samples_as_the_page_does(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [[(float(n), n + 0.5) for n in range(1000)]] * 2
    final = final_result(confusion_matrix=None, predictions=pairs)
    dataset = {**made_run().dataset, "n_test": 5000, "targets": ["price", "rent"]}
    run = made_run((), final, task="regression", classes=(), dataset=dataset)
    figures: list[Figure] = []
    monkeypatch.setattr(predictions, "png", figures.append)
    predictions.picture(run)
    (figure,) = figures
    assert [axes.get_title("left") for axes in figure.axes] == ["price", "rent"]
    assert figure.get_suptitle().endswith("test set, 1,000 samples of 5,000")
    residuals = outcome(run)["residuals"]
    assert [one["name"] for one in residuals] == ["price", "rent"]
    assert all(one["line"].startswith("Test set, 1,000 samples of 5,000. Half are ") for one in residuals)


def test_the_store_keeps_predictions_and_knows_runs_of_before_there_were_any(tmp_path: Path) -> None:
    final = final_result(confusion_matrix=None, predictions=[[(0.5, 0.25)]])
    with Store.create_or_open(tmp_path) as store:
        store.put_final("new", final)
        kept = store.final("new")
        assert kept is not None
        assert kept.predictions == [[[0.5, 0.25]]]
        older = {name: value for name, value in asdict(final).items() if name != "predictions"}
        store._connection.execute("INSERT INTO finals VALUES ('old', ?, '', NULL)", [json.dumps(older)])
        assert store.final("old") == FinalResult(**older)


def test_the_picture_comes_and_goes(tmp_path: Path) -> None:
    candidates = grid(FMNIST)[:1]
    results = all_fits(candidates)
    trials = trials_of(candidates, results)
    final = final_result(confusion_matrix=None, predictions=[PAIRS])
    paths = write_reports(made_run(trials, final, results, folder=tmp_path))
    assert [path.name for path in paths.pictures] == ["curves.png", "predicted.png"]
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["curves.png", "predicted.png"]
    paths = write_reports(made_run(trials, None, results, folder=tmp_path))
    assert [path.name for path in paths.pictures] == ["curves.png"]
    assert [path.name for path in tmp_path.glob("*.png")] == ["curves.png"]
