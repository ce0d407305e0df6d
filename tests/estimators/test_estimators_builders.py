"""Models of the user's own under our estimators."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import pickle
import re
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from support import own_models
from support.keras_batches import trained_epoch

from kerasgrid import KerasClassifier, KerasRegressor, ParameterError
from kerasgrid.estimators import programs

SMALL: dict[str, Any] = {"epochs": 6, "learning_rate": 0.02, "batch_size": 16, "random_state": 0}


def table() -> tuple[np.ndarray, np.ndarray]:
    y = np.arange(60) % 3
    return (np.random.default_rng(0).random((60, 4)) + y[:, None]).astype(np.float32), y


def estimator(**params: Any) -> KerasClassifier:
    return KerasClassifier(own_models.build, **{**SMALL, "model__units": 5, **params})


def test_its_parameters_are_parameters() -> None:
    first = estimator(model__penalty=0.1)
    assert first.get_params()["model__units"] == 5
    again = clone(first).set_params(model__units=7, model__rate=0.4)
    assert {name: value for name, value in again.get_params(deep=False).items() if name.startswith("model__")} == {
        "model__units": 7, "model__penalty": 0.1, "model__rate": 0.4,
    }  # fmt: skip
    assert "model__rate" not in first.get_params()
    assert "model__units=5" in repr(first)


def test_it_trains_and_equal_seeds_are_equal() -> None:
    x, y = table()
    first = estimator(epochs=30).fit(x, y)
    assert first.score(x, y) > 0.8
    expected = first.predict_proba(x)
    np.testing.assert_array_equal(clone(first).fit(x, y).predict_proba(x), expected)
    assert not np.array_equal(clone(first).set_params(random_state=1).fit(x, y).predict_proba(x), expected)
    np.testing.assert_array_equal(clone(first).fit(x, y).predict_proba(x), expected)
    # A new program gives the same, too: nothing depends on what was built before.
    programs._programs.clear()
    np.testing.assert_array_equal(clone(first).fit(x, y).predict_proba(x), expected)
    assert type(first.model_.layers[0]).__name__ == "Scale"
    np.testing.assert_allclose(first.model_.predict(x, verbose=0), expected, atol=1e-6)


def test_a_number_of_its_module_that_it_reads_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = table()
    first = KerasClassifier(own_models.wide, **SMALL).fit(x, y)
    assert first.model_.count_params() == 5 * 4 + 5 * 3
    monkeypatch.setattr(own_models, "WIDTH", 9)
    second = KerasClassifier(own_models.wide, **SMALL).fit(x, y)
    assert second.model_.count_params() == 5 * 9 + 10 * 3


def test_its_numbers_are_those_of_keras() -> None:
    x, y = table()
    ours = estimator(model__penalty=0.05, model__rate=0.0, epochs=2, weight_decay=0.01).fit(x, y)
    from kerasgrid.engine.training import Seeds
    from kerasgrid.models.own import build_own

    seeds = Seeds.of(0, -1, 0)
    model = build_own(ours._params, (4,), 3, seeds.weights)
    model.compile(keras.optimizers.Adam(0.02, weight_decay=0.01), "sparse_categorical_crossentropy", run_eagerly=True)
    order = np.random.default_rng(seeds.order)
    for _ in range(2):
        index = order.permutation(60)
        trained_epoch(model, x[index], y[index], 16)
    for mine, theirs in zip(ours._weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)


def test_numbers_share_a_program_and_all_else_does_not() -> None:
    x, y = table()
    programs._programs.clear()
    for params in ({}, {"learning_rate": 0.1}, {"batch_size": 20, "epochs": 1}, {"random_state": 3}):
        estimator(**params).fit(x, y)
    assert len(programs._programs) == 1
    for params in ({"model__units": 6}, {"activation": "tanh"}, {"dropout": 0.1}, {"model__rate": 0.1}):
        estimator(**{"epochs": 1, **params}).fit(x, y)
    assert len(programs._programs) == 5


def test_a_subclassed_model_of_a_regressor() -> None:
    x, _ = table()
    regressor = KerasRegressor(own_models.subclassed, **{**SMALL, "epochs": 60}, hidden_units=[12]).fit(
        x, x.sum(axis=1)
    )
    assert regressor.score(x, x.sum(axis=1)) > 0.8
    expected = regressor.predict(x)
    np.testing.assert_array_equal(clone(regressor).fit(x, x.sum(axis=1)).predict(x), expected)


def test_it_is_searched() -> None:
    x, y = table()
    grid = {"model__units": [3, 6], "learning_rate": [0.001, 0.05]}
    search = GridSearchCV(estimator(), grid, cv=3, error_score="raise").fit(x, y)
    assert search.best_params_["learning_rate"] == 0.05
    assert search.best_estimator_.score(x, y) > 0.7


def test_functions_that_are_made_on_the_spot() -> None:
    x, y = table()

    def make(units: int) -> Any:
        return lambda params, input_shape, n_outputs: keras.Sequential(
            [keras.layers.Dense(units), keras.layers.Dense(n_outputs, activation="softmax")]
        )

    programs._programs.clear()
    sizes = []
    for builder in (make(2), make(2), make(3), functools.partial(own_models.build)):
        fitted = KerasClassifier(builder, **SMALL, model__units=5).fit(x, y)
        sizes.append((len(programs._programs), fitted.model_.count_params()))
    assert sizes == [(1, 19), (1, 19), (2, 27), (3, 62)]


def test_a_pickle_knows_its_builder() -> None:
    x, y = table()
    first = estimator().fit(x, y)
    again = pickle.loads(pickle.dumps(first))
    programs._programs.clear()
    np.testing.assert_allclose(again.predict_proba(x), first.predict_proba(x), atol=1e-6)


CHANGED = re.escape(
    "model: the builder, or what it reads, has changed since the fit, so the weights are another model's, got "
)


def forget_programs() -> None:
    """Forget what was compiled, as another process would not know it."""
    programs._programs.clear()
    programs._predictors.clear()


def tanh_layer(units: int) -> keras.layers.Layer:
    return keras.layers.Dense(units, activation="tanh")


@pytest.mark.parametrize(("name", "value"), [("ACTIVATION", "tanh"), ("hidden", tanh_layer)])
def test_a_builder_that_changed_since_the_fit_is_an_error(
    name: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = table()
    first = KerasClassifier(own_models.helped, **SMALL).fit(x, y)
    expected = first.predict_proba(x)
    with monkeypatch.context() as patch:
        patch.setattr(own_models, name, value)
        # What is compiled is what was fitted, and another fit is another model.
        second = KerasClassifier(own_models.helped, **SMALL).fit(x, y)
        assert second.model_.layers[0].activation is keras.activations.tanh
        np.testing.assert_array_equal(first.predict_proba(x), expected)
        message = rf"^{CHANGED}support\.own_models:helped \(fit again, or undo the change\)$"
        with pytest.raises(ParameterError, match=message):
            _ = first.model_
        forget_programs()
        for fitted in (first, pickle.loads(pickle.dumps(first))):
            with pytest.raises(ParameterError, match=message):
                fitted.predict(x)
        assert second.predict_proba(x).shape == (60, 3)
    np.testing.assert_allclose(first.predict_proba(x), expected, atol=1e-6)
    np.testing.assert_allclose(first.model_.predict(x, verbose=0), expected, atol=1e-6)


def test_a_pickle_of_a_builder_that_was_edited_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = table()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.delitem(sys.modules, "edited_models", raising=False)
    source = Path(own_models.__file__).read_text(encoding="utf-8")
    (tmp_path / "edited_models.py").write_text(source)
    module = importlib.import_module("edited_models")
    first = KerasClassifier(module.wide, **SMALL).fit(x, y)
    content = pickle.dumps(first)
    (tmp_path / "edited_models.py").write_text(source.replace('WIDTH, activation="relu"', 'WIDTH, activation="tanh"'))
    importlib.reload(module)
    forget_programs()
    KerasClassifier(module.wide, **SMALL).fit(x, y)
    with pytest.raises(ParameterError, match=f"^{CHANGED}edited_models:wide "):
        pickle.loads(content).predict(x)
    (tmp_path / "edited_models.py").write_text(source)
    importlib.reload(module)
    np.testing.assert_allclose(pickle.loads(content).predict_proba(x), first.predict_proba(x), atol=1e-6)


def test_a_builder_is_not_compared_across_versions_of_python() -> None:
    x, y = table()
    first = KerasClassifier(own_models.helped, **SMALL).fit(x, y)
    assert first._builder is not None
    first._builder = dataclasses.replace(first._builder, code="another", python="cpython-27")
    assert first.model_.count_params() == 5 * 6 + 7 * 3


def test_a_builder_that_counts_its_calls_has_not_changed() -> None:
    n_calls = 0

    def build(params: dict[str, Any], input_shape: tuple[int, ...], n_outputs: int) -> keras.Model:
        nonlocal n_calls
        n_calls += 1
        return own_models.wide(params, input_shape, n_outputs)

    x, y = table()
    fitted = KerasClassifier(build, **SMALL).fit(x, y)
    forget_programs()
    assert fitted.predict(x).shape == (60,)
    assert fitted.model_.count_params() == 5 * 4 + 5 * 3
    assert n_calls >= 4


MODEL = keras.Sequential([keras.layers.Dense(3, activation="softmax")])


def eager(params: Any, input_shape: Any, n_outputs: int) -> keras.Model:
    model = own_models.build({"units": 3, "activation": "relu"}, input_shape, n_outputs)
    model.compile(run_eagerly=True)
    return model


def half(params: Any, input_shape: Any, n_outputs: int) -> keras.Model:
    keras.config.set_dtype_policy("mixed_float16")
    try:
        return own_models.wide(params, input_shape, n_outputs)
    finally:
        keras.config.set_dtype_policy("float32")


def two_inputs(params: Any, input_shape: Any, n_outputs: int) -> keras.Model:
    inputs = [keras.Input(input_shape), keras.Input(input_shape)]
    return keras.Model(inputs, keras.layers.Dense(n_outputs, "softmax")(keras.layers.Add()(inputs)))


def two_outputs(params: Any, input_shape: Any, n_outputs: int) -> keras.Model:
    inputs = keras.Input(input_shape)
    return keras.Model(inputs, [keras.layers.Dense(n_outputs, "softmax")(inputs) for _ in range(2)])


@pytest.mark.parametrize(
    ("builder", "message"),
    [
        (lambda params, shape, n: None, "model: the builder must return a keras.Model, got NoneType from "),
        (lambda params, shape, n: 3, "model: the builder must return a keras.Model, got int from "),
        (eager, "model: the builder's model must not ask for run_eagerly: kerasgrid trains in compiled graphs alone, "
         "got run_eagerly=True from test_estimators_builders:eager (leave it out; what has to run in Python, such as "
         ".numpy(), is nothing for a model's call)"),
        (half, "model: the builder's model must not be of mixed_float16, whose gradients Keras scales and kerasgrid "
         "does not, got such a one from test_estimators_builders:half (mixed_bfloat16 needs no scaling)"),
        (two_inputs, "model: the builder's model must have one input, got 2 from test_estimators_builders:two_inputs"),
        (two_outputs, "model: the builder's model must have one output, got 2 from "
         "test_estimators_builders:two_outputs"),
        (lambda params, shape, n: MODEL, "model: the builder must return a new model at each call, got the same again"),
        (lambda params, shape, n: keras.Sequential([keras.layers.Dense(1)]), "model: the builder's model must have "
         "outputs of shape (batch, 3), got (batch, 1) from "),
        (lambda params, shape, n: keras.Sequential([keras.Input((7,)), keras.layers.Dense(n)]), "model: the builder's "
         "model must take inputs of shape (batch, 4), got from "),
        (lambda params, shape, n: keras.Sequential([keras.layers.Dense(3, "softmax", trainable=False)]), "model: the "
         "builder's model must have weights to train, got none from "),
        (lambda params, shape, n: keras.Sequential([keras.layers.Dense(n)]), "model: the builder's model must end in "
         "probabilities, as the loss sparse_categorical_crossentropy takes no logits, got outputs below 0 from "),
    ],
)  # fmt: skip
def test_nonsense_of_a_builder_is_one_clear_error(builder: Any, message: str) -> None:
    with pytest.raises(ParameterError, match="^" + re.escape(message)):
        KerasClassifier(builder, epochs=1).fit(*table())


METHODS = (
    *("fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch"),
    *("train_step", "test_step", "predict_step", "make_train_function", "make_test_function", "make_predict_function"),
    *("compute_loss", "compute_metrics"),
)


@pytest.mark.parametrize("method", METHODS)
def test_a_step_of_a_models_own_is_an_error(method: str) -> None:
    base = type("Base", (keras.Sequential,), {method: lambda self, *args, **kwargs: None})
    made = type("Made", (base,), {})
    message = re.escape(
        f"model: the builder's model must have no {method} of its own, as kerasgrid trains without calling it, "
        "got Base from "
    )
    with pytest.raises(ParameterError, match=rf"^{message}.* \(its layers, call and add_loss count\)$"):
        KerasClassifier(lambda params, shape, n: made([keras.layers.Dense(n, "softmax")]), epochs=1).fit(*table())


def test_a_step_that_one_model_alone_was_given_is_an_error_too() -> None:
    def build(params: Any, input_shape: Any, n_outputs: int) -> keras.Model:
        model = own_models.wide(params, input_shape, n_outputs)
        model.train_step = lambda data: {}
        return model

    message = re.escape("model: the builder's model must have no train_step of its own, as kerasgrid trains without ")
    with pytest.raises(ParameterError, match=f"^{message}"):
        KerasClassifier(build, epochs=1).fit(*table())


def test_what_a_builder_raises_comes_through() -> None:
    with pytest.raises(KeyError, match="units"):
        KerasClassifier(own_models.build, epochs=1).fit(*table())


def test_a_builder_sees_the_models_parameters_and_not_the_trainings() -> None:
    seen: dict[str, Any] = {}

    def build(params: dict[str, Any], input_shape: tuple[int, ...], n_outputs: int) -> keras.Model:
        seen.update(params, shape=input_shape, n=n_outputs)
        return own_models.build({**params, "units": 2}, input_shape, n_outputs)

    KerasClassifier(build, epochs=1, hidden_units=[3, 4], model__any=[1, {"a": 2}]).fit(*table())
    assert (seen["hidden_units"], seen["any"], seen["shape"], seen["n"]) == ((3, 4), [1, {"a": 2}], (4,), 3)
    assert (seen["activation"], seen["optimizer"], seen["loss"]) == ("relu", "Adam", "sparse_categorical_crossentropy")
    assert not {"model", "learning_rate", "weight_decay", "batch_size", "epochs", "model__any"} & set(seen)


class Subclassed(keras.Model):
    """A model as tutorials subclass it, whose class is given."""

    def __init__(self, units: int = 4, activation: str = "relu") -> None:
        super().__init__()
        self.hidden = keras.layers.Dense(units, activation=activation)
        self.end = keras.layers.Dense(3, activation="softmax")

    def call(self, x: Any) -> Any:
        return self.end(self.hidden(x))


def made_subclassed(units: int = 4) -> keras.Model:
    return Subclassed(units)


def test_a_class_of_models_is_a_builder() -> None:
    x, y = table()
    expected = KerasClassifier(made_subclassed, units=5, epochs=2, random_state=0).fit(x, y)
    for first in (
        KerasClassifier(Subclassed, units=5, epochs=2, random_state=0),
        KerasClassifier(Subclassed, model__units=5, epochs=2, random_state=0),
        clone(KerasClassifier(build_fn=Subclassed, units=5, epochs=2, random_state=0)),
    ):
        assert first.fit(x, y).history_ == expected.history_
        assert first.model_.count_params() == 5 * 5 + 6 * 3
    again = pickle.loads(pickle.dumps(first))
    forget_programs()
    np.testing.assert_array_equal(again.predict(x), first.predict(x))
    search = GridSearchCV(KerasClassifier(Subclassed, epochs=1, random_state=0), {"units": [2, 3]}, cv=2)
    assert search.fit(x, y).best_params_["units"] in (2, 3)
    with pytest.raises(
        TypeError, match=r"^KerasClassifier\(\) got an unexpected keyword argument 'unit' \(did you mean"
    ):
        KerasClassifier(Subclassed, unit=5)
    message = r"^hidden_units: the builder Subclassed has no argument of this name \(it takes units, activation\)$"
    with pytest.raises(ParameterError, match=message):
        KerasClassifier(Subclassed, hidden_units=(5,)).fit(x, y)
