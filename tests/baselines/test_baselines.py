"""Baselines on data of every kind, each trained on a fold in this process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from support.made import images, numbers
from support.tables import loaded

from kerasgrid.baselines.fit import BaselineFit, BaselineResult, suiting
from kerasgrid.baselines.model import DataFacts
from kerasgrid.baselines.table import BASELINES
from kerasgrid.baselines.training import outputs_on
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold

TRAIN, HELD_OUT = np.arange(0, 60, dtype=np.int32), np.arange(60, 90, dtype=np.int32)
FOLD = Fold(TRAIN, HELD_OUT)


def table(folder: Path, **options: object) -> Dataset:
    """Numbers with gaps, words of which one is new in what is held out, and a date; y depends on the first two."""
    rng = np.random.default_rng(0)
    size = [round(float(value), 3) for value in rng.random(90)]
    word = [*rng.choice(["red", "green", "blue"], 89), "violet"]
    day = [f"2030-01-{1 + place % 28:02d}" for place in range(90)]
    y = ["yes" if s + (w == "red") > 0.8 else "no" for s, w in zip(size, word, strict=True)]
    gaps = ["" if place % 9 == 0 else value for place, value in enumerate(size)]
    return loaded(folder, {"size": gaps, "word": word, "day": day, "y": y}, **options)


def outputs_of(name: str, dataset: Dataset, fold: Fold = FOLD) -> np.ndarray:
    return outputs_on(BASELINES[name], dataset, fold)


def names_for(dataset: Dataset) -> list[str]:
    return [model.name for model in suiting(list(BASELINES), DataFacts.of(dataset))]


def test_which_suit() -> None:
    assert names_for(numbers()) == ["constant", "linear", "boosting"]
    assert names_for(images()) == ["constant", "linear", "boosting", "neighbours"]
    large = replace(images(), x_train=np.zeros((24, 28, 28), np.float32))
    assert names_for(large) == ["constant", "linear", "neighbours"]
    assert [model.name for model in suiting(["linear"], DataFacts.of(large))] == ["linear"]


@pytest.mark.parametrize("name", ["constant", "linear", "boosting"])
def test_a_table_with_gaps_and_new_words(tmp_path: Path, name: str) -> None:
    data = table(tmp_path)
    found = outputs_of(name, data)
    assert found.shape == (30, 2)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-6)
    right = (found.argmax(axis=1) == data.y_train[HELD_OUT]).mean()
    if name == "constant":
        np.testing.assert_allclose(found, np.broadcast_to(np.bincount(data.y_train[TRAIN]) / 60, (30, 2)))
    else:
        assert right >= 0.8


@pytest.mark.parametrize("name", list(BASELINES))
def test_images_and_their_bytes(name: str) -> None:
    data = images(90)
    scaled = replace(data, x_train=np.round(data.x_train / 4 * 255).astype(np.uint8), is_bytes=True)
    found = outputs_of(name, scaled)
    assert found.shape == (30, 3)
    if name != "constant":
        assert (found.argmax(axis=1) == data.y_train[HELD_OUT]).all()
    same = replace(data, x_train=(scaled.x_train / np.float32(255)).astype(np.float32))
    np.testing.assert_allclose(found, outputs_of(name, same), atol=1e-6)


@pytest.mark.parametrize("name", ["constant", "linear", "boosting"])
def test_numbers_one_or_several(name: str) -> None:
    data = numbers(90)
    assert outputs_of(name, data).shape == (30, 1)
    several = replace(data, y_train=np.column_stack([data.y_train, -data.y_train]))
    found = outputs_of(name, several)
    assert found.shape == (30, 2)
    if name == "constant":
        np.testing.assert_allclose(found[:, 0], data.y_train[TRAIN].mean(), rtol=1e-6)
    elif name == "linear":
        np.testing.assert_allclose(found[:, 1], -data.y_train[HELD_OUT], atol=0.1)


@pytest.mark.parametrize("name", ["constant", "linear", "boosting"])
def test_several_labels_of_which_one_never_holds(name: str) -> None:
    data = numbers(90)
    labels = np.column_stack([data.x_train[:, 0] > 0.5, np.arange(90) >= 60, data.x_train[:, 1] > 0.5])
    several = replace(data, y_train=labels.astype(np.float32), task="multilabel", classes=("a", "b", "c"))
    if name != "constant":
        # A label that has one value among the training samples cannot be learnt, which scikit-learn refuses.
        several = replace(several, y_train=several.y_train[:, [0, 2, 2]])
    found = outputs_of(name, several)
    assert found.shape == (30, 3)
    if name == "constant":
        assert (found[:, 1] == 0).all()
    else:
        assert ((found[:, 0] > 0.5) == labels[HELD_OUT, 0]).mean() > 0.8


def test_a_class_that_a_fold_lacks_gets_no_probability() -> None:
    data = images(90)
    without = Fold(
        np.flatnonzero(data.y_train != 1).astype(np.int32), np.flatnonzero(data.y_train == 1).astype(np.int32)
    )
    assert (outputs_of("linear", data, without)[:, 1] == 0).all()


def test_weights_of_samples_count_in_the_training() -> None:
    data = numbers(90)
    weights = np.where(np.arange(90) % 2, 1.0, 0.0).astype(np.float32)
    classes = replace(data, y_train=(np.arange(90) % 2).astype(np.int64), task="classification", classes=("a", "b"))
    weighted = replace(classes, weights=weights)
    assert (outputs_of("constant", weighted)[:, 1] == 1).all()
    x, y = data.x_train[TRAIN], classes.y_train[TRAIN]
    shares = weights[TRAIN] + 1
    scaler = StandardScaler().fit(x)
    expected = LogisticRegression(max_iter=300).fit(scaler.transform(x), y, shares)
    found = outputs_of("linear", replace(classes, weights=weights + 1))
    np.testing.assert_allclose(found, expected.predict_proba(scaler.transform(data.x_train[HELD_OUT])), atol=1e-6)


def test_a_result_comes_back_from_json() -> None:
    fit = BaselineFit("linear", 1, 2)
    result = BaselineResult(fit, {"accuracy": 0.5}, 0.25)
    assert BaselineResult.from_dict(fit, result.to_dict()) == result


def test_the_key_knows_data_fold_and_metrics() -> None:
    fit = BaselineFit("linear", 1)
    keys = {
        fit.key("a", "b", ()),
        fit.key("c", "b", ()),
        fit.key("a", "c", ()),
        fit.key("a", "b", ("roc_auc",)),
        BaselineFit("boosting", 1).key("a", "b", ()),
    }
    assert len(keys) == 5
    assert BaselineFit("linear", 0).key("a", "b", ()) == fit.key("a", "b", ())
