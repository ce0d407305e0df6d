"""A closer look at a trial by what its fits have left: calibration, columns, the worst predictions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.made import images, numbers
from support.mixed import mixed_table

from kerasgrid.axes.candidate import Candidate
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import make_folds
from kerasgrid.fits.explaining import Explained, Explaining
from kerasgrid.fits.fit import Fit
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    from kerasgrid.engine.trainer import Trainer

MLP: dict[str, Any] = {"model": "mlp", "hidden_units": (8,), "epochs": 30, "batch_size": 8, "optimizer": "Adam",
                       "learning_rate": 0.02}  # fmt: skip


def looked_at(dataset: Dataset, folder: Path, metric: str, **more: Any) -> tuple[Explained, list[float]]:
    """Return what a closer look shows, and the scores of the fits."""
    folds = make_folds(dataset, cv=3, validation_split=None, seed=0)
    trainer, candidate, scores = Trainer(dataset, folds, 1), Candidate({**MLP, **more.pop("params", {})}), []
    left = tuple(folder / str(fold) for fold in range(3))
    for fold, path in enumerate(left):
        ((result, _),) = trainer.train((Fit(candidate, fold),), leaves=path)
        scores.append(result.score(metric) or 0.0)
    return trainer.explain(Explaining(candidate, left, metric, 1 / 3, 0, **more)), scores


def test_classes_of_a_table(tmp_path: Path) -> None:
    dataset = mixed_table(n=90)
    found, scores = looked_at(dataset, tmp_path, "accuracy")
    assert found.error is None
    assert found.n == sum(one.n for one in found.bins) == 90
    # As often right as the fits were scored.
    assert sum(one.n * one.right for one in found.bins) / 90 == pytest.approx(np.mean(scores))
    assert all(1 / 3 <= one.confidence <= 1 for one in found.bins)
    expected = sum(one.n * abs(one.confidence - one.right) for one in found.bins) / 90
    assert found.calibration_error == pytest.approx(expected)
    # What the labels are made of counts, and the date does not.
    drops = {one.column: one.drop for one in found.columns}
    assert drops.keys() == set(dataset.columns.names if dataset.columns else ())
    assert max(drops, key=lambda name: drops[name]) in ("km/h", "색", "where", "km_h")
    assert [one.drop for one in found.columns] == sorted(drops.values(), reverse=True)
    assert all(one.standard_error is not None for one in found.columns)
    # The worst first, with what they hold.
    hows = [one.how for one in found.misses]
    assert (len(hows), hows) == (10, sorted(hows))
    worst = found.misses[0]
    assert dataset.classes is not None
    assert worst.true == dataset.classes[dataset.y_train[worst.row]] != worst.predicted
    assert worst.values["where"] == f"{dataset.x_train[worst.row][2]:.6g}"
    assert set(worst.values) == set(drops)
    assert worst.image is None


def test_numbers_and_labels(tmp_path: Path) -> None:
    table = mixed_table("regression", n=60)
    found, _ = looked_at(table, tmp_path / "numbers", "r2")
    assert (found.error, found.bins, found.calibration_error) == (None, (), None)
    hows = [one.how for one in found.misses]
    assert hows == sorted(hows, reverse=True)
    assert float(found.misses[0].true) == pytest.approx(float(table.y_train[found.misses[0].row]), rel=1e-4)
    labels, _ = looked_at(mixed_table("multilabel", n=60), tmp_path / "labels", "binary_accuracy")
    assert labels.error is None
    assert all(0 <= one.how <= 1 for one in labels.misses)


def test_words_gaps_and_dates_are_told_as_they_were(tmp_path: Path) -> None:
    dataset = mixed_table(n=90)
    assert dataset.columns is not None
    found, _ = looked_at(dataset, tmp_path, "accuracy")
    for miss in found.misses:
        row = dataset.x_train[miss.row]
        for column, value in zip(dataset.columns.given, row, strict=True):
            told = miss.values[column.name]
            if column.kind == "category":
                assert told == ("(rare or new)" if value == 0 else column.levels[int(value) - 1])
            elif np.isnan(value):
                assert told == ""
            elif column.kind == "date":
                assert np.datetime64(told.replace(" ", "T")) == np.datetime64("1970-01-01T00:00") + np.timedelta64(
                    int(value * 1440), "m"
                )
            elif column.levels:
                assert told == column.levels[int(value)]


def test_images_are_shown_small(tmp_path: Path) -> None:
    large = replace(images(30), x_train=np.repeat(np.repeat(images(30).x_train, 30, axis=1), 30, axis=2))
    found, _ = looked_at(large, tmp_path, "accuracy")
    assert found.columns == ()
    shown = np.array(found.misses[0].image)
    assert shown.shape == (40, 40)
    assert (shown.min(), shown.max()) == (0, 255)
    assert found.misses[0].values == {}


def test_arrays_have_neither_columns_nor_images(tmp_path: Path) -> None:
    found, _ = looked_at(numbers(), tmp_path, "mae")
    assert found.error is None
    assert (list(found.columns), found.misses[0].image) == ([], None)


def test_without_time_columns_are_left_out(tmp_path: Path) -> None:
    found, _ = looked_at(mixed_table(n=60), tmp_path, "accuracy", seconds=0.0)
    assert (found.error, list(found.columns), found.n) == (None, [], 60)


def test_what_is_gone_is_told(tmp_path: Path) -> None:
    gone = (tmp_path / "a", tmp_path / "b", tmp_path / "c")
    folds = make_folds(numbers(), cv=3, validation_split=None, seed=0)
    found = Trainer(numbers(), folds, 1).explain(Explaining(Candidate(MLP), gone, "r2", 1 / 3, 0))
    assert found == Explained(error="what its fits have left is gone")


def test_it_is_kept_as_it_is(tmp_path: Path) -> None:
    found, _ = looked_at(mixed_table(n=60), tmp_path, "accuracy")
    again = Explained.from_dict(found.to_dict())
    assert again.to_dict() == found.to_dict()
    assert again.misses[0] == found.misses[0]
