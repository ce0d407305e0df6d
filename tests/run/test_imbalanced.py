"""A search over weights of classes, ranked by scikit-learn's metrics, from a table to what is predicted of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import kerasgrid
from kerasgrid.cli.app import app

pytest.importorskip("keras")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(0)
    is_rare = rng.random(2000) < 0.05
    x = rng.normal(size=(2000, 3)) + is_rare[:, None] * [1.0, 1.0, 0.0]
    frame = pd.DataFrame(x, columns=list("abc")).assign(y=np.where(is_rare, "rare", "usual"), w=1.0 + is_rare)
    path = tmp_path_factory.mktemp("imbalanced")
    frame.to_csv(path / "rows.csv", index=False)
    return path


def test_balanced_classes_raise_the_balanced_accuracy_beyond_its_error_bar(folder: Path) -> None:
    document = {
        "name": "imbalanced",
        "dataset": {"path": str(folder / "rows.csv"), "target": "y", "drop": ["w"], "test_split": 0.2},
        "metric": "balanced_accuracy",
        "metrics": ["roc_auc", "log_loss"],
        "cv": 5,
        "params": {
            "class_weight": [None, "balanced"],
            "loss": "binary_crossentropy",
            "hidden_units": [[16]],
            "learning_rate": 0.01,
        },
    }
    run = kerasgrid.search(document, out=folder / "run", progress=False)
    best, plain = run.trials
    assert best.candidate["class_weight"] == "balanced"
    assert best.mean is not None
    assert plain.mean is not None
    assert best.mean - plain.mean > 3 * ((best.standard_error or 0) + (plain.standard_error or 0)) > 0
    table = run.to_frame()
    assert table["mean_test_roc_auc"].between(0.7, 1).all()
    assert table["mean_test_log_loss"][0] > table["mean_test_log_loss"][1]
    assert run.final is not None
    assert run.final.test is not None
    assert {"balanced_accuracy", "roc_auc", "log_loss", "accuracy", "loss"} == set(run.final.test)
    assert run.curve_metric == "accuracy"
    assert np.array(run.final.confusion_matrix).shape == (2, 2)
    # What was recorded is ranked by without training anew.
    other = {**document, "metric": "roc_auc", "metrics": ["balanced_accuracy", "log_loss"]}
    again = kerasgrid.search(other, out=folder / "run", progress=False)
    assert again.best is not None
    assert sorted(again.best.scores) == sorted(result.score("roc_auc") for result in again.results
                                               if result.fit.candidate == again.best.candidate)  # fmt: skip
    assert sum(result.seconds for result in again.results) == sum(result.seconds for result in run.results)
    done = CliRunner().invoke(app, ["predict", str(folder / "run"), str(folder / "rows.csv")])
    assert done.exit_code == 0, done.output
    assert "probability_rare,probability_usual" in done.output.splitlines()[0]
