"""predicted.png: a regression's predictions against the true values, from the refit to the picture."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path

import pytest
from support.trials import FMNIST, all_fits, final_result, grid, made_run, trials_of

from kerasgrid.fits.fit import FinalResult
from kerasgrid.reports.pictures.figure import style
from kerasgrid.reports.pictures.predictions import both_ends, draw_predictions
from kerasgrid.reports.write import write_reports
from kerasgrid.run.store import Store

PAIRS = [(0.0, 0.5), (2.0, 1.5), (1.0, math.nan)]


def test_both_axes_hold_all_values() -> None:
    assert both_ends(PAIRS) == pytest.approx((-0.08, 2.08))
    assert both_ends([(3.0, 3.0)]) == (2.5, 3.5)
    assert both_ends([]) == (-0.5, 0.5)


def test_a_panel_for_each_target() -> None:
    with style():
        figure = draw_predictions([PAIRS] * 8, "a run")
        assert [axes.get_title("left") for axes in figure.axes] == [f"target {n} of 8" for n in range(1, 7)]
        assert list(figure.axes[0].lines[1].get_xdata()) == [0.0, 2.0]
        assert figure.axes[0].get_xlim() == figure.axes[0].get_ylim()
        assert figure.get_suptitle() == "a run\nthe refitted winner\ntest set, 3 samples"
        long = draw_predictions([PAIRS], "a very long name of a run on some data").get_suptitle().split("\n")
        assert len(long[0]) == 30
        assert long[1:] == ["the refitted winner", "test set, 3 samples"]
        assert draw_predictions([PAIRS], "a").axes[0].get_title("left") == ""


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
