"""Weights of classes and of samples train as Keras's do."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight
from support.keras_batches import evaluated, trained_epoch

from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.parameters import normalise, resolve
from kerasgrid.axes.value import Settings
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.subset import subset, with_test_set
from kerasgrid.errors import SpaceError
from kerasgrid.fits.batches import BatchSizes
from kerasgrid.fits.weights import class_weights
from kerasgrid.models.shapes import check_data

keras = pytest.importorskip("keras")

from kerasgrid.engine.program import Program  # noqa: E402
from kerasgrid.engine.resident import ResidentData  # noqa: E402
from kerasgrid.engine.training import Seeds, Training  # noqa: E402
from kerasgrid.models.factory import build_model  # noqa: E402

SEEDS = Seeds.of(seed=3, fold=1, repeat=0)
N, N_TRAIN = 60, 45
SMALL = {"hidden_units": (6,), "batch_size": 16, "epochs": 2, "learning_rate": 0.05, "optimizer": "SGD"}


def classes(*names: str) -> Dataset:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(N, 4)).astype(np.float32)
    y = np.minimum(generator.poisson(0.7, N), len(names) - 1)
    return Dataset("made", x, y, None, None, "classification", names, "made")


def ours(dataset: Dataset, params: dict[str, Any], *, compiled: bool = False) -> Any:
    resolved = resolve({**SMALL, **params}, dataset.task)
    data, index = ResidentData(dataset), np.arange(N, dtype=np.int32)
    sizes = BatchSizes.of(resolved, N_TRAIN, N - N_TRAIN) if compiled else None
    training = Training(resolved, index[:N_TRAIN], index[N_TRAIN:], SEEDS, compiled_for=sizes)
    return Program(resolved, data, SEEDS.weights).run(training, data, keep_weights=True)


def theirs(dataset: Dataset, params: dict[str, Any], **weights: Any) -> Any:
    resolved = resolve({**SMALL, **params}, dataset.task)
    model = build_model(resolved, (4,), dataset.n_outputs, dataset.task, seed=SEEDS.weights)
    model.compile(optimizer=keras.optimizers.SGD(0.05), loss=resolved["loss"], run_eagerly=True)
    order = np.random.default_rng(SEEDS.order)
    for _ in range(2):
        index = order.permutation(np.arange(N_TRAIN))
        by_sample = {name: values[index] for name, values in weights.items() if name == "sample_weight"}
        x, y = dataset.x_train[index], dataset.y_train[index]
        trained_epoch(model, x, y, 16, **{**weights, **by_sample})
    return model


def assert_alike(outcome: Any, model: Any) -> None:
    assert outcome.status == "ok"
    for one, other in zip(outcome.weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "binary_crossentropy"])
def test_class_weights_train_as_in_keras(loss, compiled):
    dataset = classes("no", "yes") if loss == "binary_crossentropy" else classes("a", "b", "c")
    names = dataset.classes or ()
    value = {names[0]: 0.5, names[1]: 3.0}
    outcome = ours(dataset, {"loss": loss, "class_weight": value}, compiled=compiled)
    model = theirs(dataset, {"loss": loss}, class_weight={0: 0.5, 1: 3.0, 2: 1.0})
    assert_alike(outcome, model)
    # What curves show is not weighted.
    expected = evaluated(model, dataset.x_train[N_TRAIN:], dataset.y_train[N_TRAIN:])["loss"]
    assert outcome.curve["val_loss"][-1] == pytest.approx(expected, rel=1e-4)


def test_balanced_weights_are_scikit_learns_of_the_samples_that_are_trained_on():
    dataset = classes("a", "b", "c")
    y = dataset.y_train[:N_TRAIN]
    expected = compute_class_weight("balanced", classes=np.unique(y), y=y)
    np.testing.assert_allclose(class_weights("balanced", ("a", "b", "c"), y), expected, rtol=1e-6)
    # A class that no sample is of has no say.
    two = class_weights("balanced", ("a", "b", "c"), y[y < 2])
    np.testing.assert_allclose(two[:2], compute_class_weight("balanced", classes=np.arange(2), y=y[y < 2]), rtol=1e-6)
    model = theirs(dataset, {}, class_weight=dict(enumerate(expected)))
    assert_alike(ours(dataset, {"class_weight": "balanced"}), model)


def test_names_that_are_numbers_may_be_numbers():
    assert list(class_weights(Settings({"1": 2.0}), ("0", "1"), np.array([0, 1]))) == [1.0, 2.0]
    assert list(class_weights(Settings({"1": 2.0}), ("0.0", "1.0"), np.array([0, 1]))) == [1.0, 2.0]


def test_an_object_has_one_form():
    value = normalise("class_weight", {"b": 2, 1: np.float32(1.5)})
    assert value == {"1": 1.5, "b": 2.0}
    assert normalise("class_weight", "Balanced") == "balanced"
    assert normalise("class_weight", None) is None
    given: tuple[dict[str, float], ...] = {"a": 1, "b": 2}, {"b": 2.0, "a": 1.0}
    same = [Candidate({"class_weight": normalise("class_weight", weights)}) for weights in given]
    assert same[0] == same[1]
    # Programs are shared by all weights, and those without have no trace of them.
    parts = [dict(one.resolved("classification").structure) for one in (*same, Candidate({}))]
    assert [one.get("class_weight_on") for one in parts] == [True, True, None]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("equal", 'params.class_weight: must be balanced, or an object from names of classes to weights above 0, got '
                  '"equal" (or null for none)'),
        ({}, "params.class_weight: must be balanced, or an object from names of classes to weights above 0, got {} "
             "(or null for none)"),
        ({"a": 0}, "params.class_weight.a: a weight must be a number above 0, got 0"),
        ({"a": "2"}, 'params.class_weight.a: a weight must be a number above 0, got "2"'),
    ],
)  # fmt: skip
def test_what_is_no_weight_is_refused(value, message):
    with pytest.raises(SpaceError, match=f"^{re.escape(message)}$"):
        normalise("class_weight", value)


def test_weights_suit_task_and_classes():
    message = 'params.class_weight: there are no classes to weigh in regression, got "balanced"'
    with pytest.raises(SpaceError, match=f"^{re.escape(message)}$"):
        resolve({"class_weight": "balanced"}, "regression")
    message = "params.class_weight: must name classes of the data, got d, e (the classes are a, b, c)"
    with pytest.raises(SpaceError, match=f"^{re.escape(message)}$"):
        check_data(resolve({"class_weight": {"a": 1, "d": 1, "e": 2}}, "classification"), classes("a", "b", "c"))


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_sample_weights_train_as_in_keras(compiled, class_weight):
    dataset = classes("a", "b", "c")
    weights = np.random.default_rng(5).gamma(1.0, size=N).astype(np.float32)
    outcome = ours(replace(dataset, weights=weights), {"class_weight": class_weight}, compiled=compiled)
    both = weights * class_weights(class_weight, ("a", "b", "c"), dataset.y_train[:N_TRAIN])[dataset.y_train]
    model = theirs(dataset, {}, sample_weight=both)
    assert_alike(outcome, model)
    # What curves show is not weighted.
    expected = evaluated(model, dataset.x_train[N_TRAIN:], dataset.y_train[N_TRAIN:])["loss"]
    assert outcome.curve["val_loss"][-1] == pytest.approx(expected, rel=1e-4)


def test_a_data_set_keeps_its_weights(tmp_path):
    dataset = classes("a", "b")
    weighted = replace(dataset, weights=np.linspace(0, 1, N, dtype=np.float32))
    weighted.save(tmp_path)
    np.testing.assert_array_equal(Dataset.load(tmp_path).weights, weighted.weights)
    assert weighted.fingerprint != dataset.fingerprint
    part = subset(with_test_set(weighted, 0.2, seed=0), 20, seed=0)
    assert part.weights is not None
    places = [int(np.flatnonzero((weighted.x_train == row).all(axis=1))[0]) for row in part.x_train]
    np.testing.assert_array_equal(part.weights, weighted.weights[places])  # type: ignore[index]
    dataset.save(tmp_path)
    assert Dataset.load(tmp_path).weights is None
