"""The estimators by themselves: parameters, data, numbers, predictions, pickling."""

from __future__ import annotations

import copy
import inspect
import json
import os
import pickle
import random
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import DataConversionWarning, NotFittedError
from support.fitters import local

from kerasgrid import FitError, InputError, KerasClassifier, KerasRegressor, ParameterError, RunError
from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.parameters import PARAMETERS
from kerasgrid.data.dataset import Dataset
from kerasgrid.estimators import programs
from kerasgrid.estimators.arguments import OTHERS, default_of

SMALL: dict[str, Any] = {"hidden_units": [6], "epochs": 4, "learning_rate": 0.05, "random_state": 0}
NAMES = np.array(["cat", "dog", "emu"])


def table(n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    y = np.arange(n) % 3
    return np.random.default_rng(0).random((n, 4)) + y[:, None], y


def images(n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    y = np.arange(n) % 3
    return np.random.default_rng(0).random((n, 4, 5)) + y[:, None, None], y


def numbers(n_targets: int = 1) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).random((60, 4))
    return x, x @ np.arange(4 * n_targets).reshape(4, n_targets)


@pytest.mark.parametrize("cls", [KerasClassifier, KerasRegressor])
def test_every_hyperparameter_is_a_parameter_with_the_tables_default(cls: type) -> None:
    signature = inspect.signature(cls).parameters
    ours = {"model": "mlp", **{name: value for name, (value, _) in OTHERS.items()}, "random_state": None, "verbose": 0}
    defaults = {name: default_of(parameter) for name, parameter in PARAMETERS.items()} | ours
    assert {name: given.default for name, given in signature.items() if name != "model__"} == defaults
    assert list(signature)[1 : -len(ours)] == list(PARAMETERS)
    assert cls().get_params() == defaults
    # Up to Python 3.12 a docstring keeps the indentation of its source.
    arguments = inspect.cleandoc(str(KerasClassifier.__doc__)).split("Attributes:")[0]
    documented = re.findall(r"^ {4}(\w+): ", arguments, re.MULTILINE)
    assert documented == list(signature)


def test_parameters_are_set_and_cloned() -> None:
    estimator = KerasClassifier(hidden_units=[128], learning_rate=1e-3, epochs=15, batch_size=512)
    again = clone(estimator.set_params(dropout=0.2, model="cnn"))
    assert again is not estimator
    assert again.get_params() == estimator.get_params()
    assert (again.dropout, again.model, again.hidden_units) == (0.2, "cnn", [128])
    assert repr(again).replace("\n", "") == (
        "KerasClassifier(batch_size=512, dropout=0.2, epochs=15, hidden_units=[128],                model='cnn')"
    )
    with pytest.raises(ValueError, match="Invalid parameter 'hiden_units'"):
        estimator.set_params(hiden_units=[3])
    with pytest.raises(TypeError, match=r"^KerasClassifier\(\) got an unexpected keyword argument 'hiden_units' "
                       r"\(did you mean hidden_units\?\)$"):  # fmt: skip
        KerasClassifier(hiden_units=[3])
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'zzz' \(a builder's own begin with model__\)$"):
        KerasRegressor(zzz=3)


def test_signatures_are_those_that_people_and_scikit_learn_read() -> None:
    for callable_ in (KerasClassifier, KerasClassifier().__init__, KerasRegressor):  # type: ignore[misc]
        signature = inspect.signature(callable_)
        assert str(signature).startswith(
            "(model: Any = 'mlp', *, optimizer: str = 'Adam', learning_rate: float = 0.001, "
        )
        assert str(signature).endswith(" verbose: int = 0, **model__: Any)")
        assert "momentum: float | None = None" in str(signature)
        assert signature.bind("cnn", epochs=3, model__units=4).arguments == {
            "model": "cnn", "epochs": 3, "model__": {"model__units": 4}
        }  # fmt: skip
        with pytest.raises(TypeError, match="too many positional arguments"):
            signature.bind("cnn", "Adam")
    with pytest.raises(TypeError, match=r"takes from 1 to 2 positional arguments but 3 were given$"):
        KerasClassifier("cnn", "Adam")


def test_a_subclass_may_have_arguments_of_its_own() -> None:
    class Small(KerasRegressor):
        def __init__(self, epochs: int = 3) -> None:
            super().__init__(epochs=epochs, hidden_units=(2,))

    assert list(inspect.signature(Small).parameters) == ["epochs"]
    assert clone(Small(epochs=5)).get_params() == {"epochs": 5}
    assert repr(Small(5)) == "Small(epochs=5)"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"learning_rate": -1}, "learning_rate: must be a number above 0, got -1"),
        ({"learning_rate": None}, "learning_rate: must be a number above 0, got null"),
        ({"optimizer": "Adan"}, "optimizer: must be one of "),
        ({"epochs": True}, "epochs: must be a whole number of at least 1, got true"),
        ({"hidden_units": 12.8}, "hidden_units: must be a list of whole numbers, each at least 1, got 12.8"),
        ({"kernel_size": 5}, "kernel_size: the model mlp does not take it (cnn does)"),
        ({"momentum": 0.5}, 'momentum: only SGD, momentum and nesterov take it, got optimizer "Adam"'),
        ({"output_activation": "tanh"}, "output_activation: must never be negative with the loss"),
        ({"model": "rnn"}, 'model: must be one of mlp, cnn'),
        ({"model": "os:run"}, "model: must be mlp, cnn or lenet5, or a function that builds a model, got 'os:run'"),
        ({"model": None}, "model: must be mlp, cnn or lenet5, or a function that builds a model, got None"),
        ({"model": "cnn"}, "model: the model cnn needs images (height × width, or height × width × channels)"),
        ({"model__units": 3}, "model__units: only a model of your own takes it, got model='mlp'"),
        ({"random_state": -1}, "random_state: must be a whole number from 0 to 4294967295, a RandomState or None"),
        ({"random_state": "x"}, "random_state: must be a whole number from 0 to"),
        ({"validation_split": 1.0}, "validation_split: must be at least 0 and below 1, got 1.0"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_said_when_fitting(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match="^" + re.escape(message)):
        KerasClassifier(**params).fit(*table())
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        KerasClassifier(**params).fit(*table())


def test_strings_are_learnt() -> None:
    x, y = table()
    estimator = KerasClassifier(**{**SMALL, "epochs": 30}).fit(x, NAMES[y])
    assert estimator.classes_.tolist() == NAMES.tolist()
    assert (estimator.n_classes_, estimator.n_outputs_, estimator.n_features_in_) == (3, 3, 4)
    assert estimator.target_type_ == "multiclass"
    assert estimator.score(x, NAMES[y]) > 0.9
    assert estimator.score(x, NAMES[y], sample_weight=np.ones(len(y))) > 0.9
    assert set(estimator.predict(x)) <= set(NAMES)
    probabilities = estimator.predict_proba(x)
    assert probabilities.shape == (60, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    assert (NAMES[probabilities.argmax(axis=1)] == estimator.predict(x)).all()
    assert sorted(estimator.history_) == ["accuracy", "loss"]
    assert len(estimator.history_["loss"]) == 30


def test_two_classes_have_two_outputs() -> None:
    x, y = table()
    estimator = KerasClassifier(**SMALL).fit(x, y == 1)
    assert estimator.classes_.tolist() == [False, True]
    assert estimator.predict_proba(x).shape == (60, 2)
    assert estimator.predict(x).dtype == bool


def test_a_data_frames_columns_are_checked() -> None:
    x, y = table()
    frame = pd.DataFrame(x, columns=list("abcd"))
    estimator = KerasClassifier(**SMALL).fit(frame, pd.Series(NAMES[y]))
    assert estimator.feature_names_in_.tolist() == list("abcd")
    with pytest.raises(ValueError, match="feature names should match"):
        estimator.predict(frame.rename(columns={"a": "z"}))


@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_images_are_taken_with_and_without_channels(model: str) -> None:
    params = {**SMALL, "model": model, **({"conv_filters": [2], "hidden_units": []} if model == "cnn" else {})}
    x, y = images()
    grey = KerasClassifier(**params).fit(x, y)
    one_channel = KerasClassifier(**params).fit(x[..., None], y)
    np.testing.assert_allclose(grey.predict_proba(x), one_channel.predict_proba(x[..., None]), atol=1e-6)
    with pytest.raises(InputError, match=r"^X: samples must have the shape that the model was fitted on, \(4, 5\), got "
                       r"\(4, 6\)$"):  # fmt: skip
        grey.predict(np.zeros((2, 4, 6)))
    with pytest.raises(ValueError, match="expecting 4 features"):
        grey.predict(np.zeros((2, 20)))


@pytest.mark.parametrize("n_targets", [1, 2])
def test_a_regressor_predicts_in_the_shape_of_its_targets(n_targets: int) -> None:
    x, y = numbers(n_targets)
    estimator = KerasRegressor(hidden_units=[16], epochs=120, learning_rate=0.02, random_state=0).fit(x, y)
    assert estimator.predict(x).shape == y.shape
    assert estimator.predict(x).dtype == np.float64
    assert estimator.score(x, y) > 0.9
    assert estimator.history_["r2"][-1] == pytest.approx(estimator.score(x, y), abs=0.05)
    assert estimator.n_outputs_ == n_targets
    flat = clone(estimator).fit(x, y[:, 0])
    assert flat.predict(x).shape == (60,)


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        (np.arange(180).reshape(60, 3) % 4, InputError, r"^y: a classifier takes one label a sample, got "
         r"multiclass-multioutput of shape \(60, 3\) \(rows of zeros and ones are several labels; several outputs of "
         r"classes take an estimator each\)$"),
        (np.zeros(60), InputError, r"^y: labels must hold at least two classes, got only 1 class, "),
        (np.linspace(0, 1, 60), ValueError, "^Unknown label type: continuous"),
        (None, ValueError, "requires y to be passed"),
    ],
)  # fmt: skip
def test_labels_that_cannot_be_learnt(y: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        KerasClassifier(**SMALL).fit(table()[0], y)


def test_what_is_not_supported_is_an_error() -> None:
    x, y = table()
    with pytest.raises(TypeError, match=r"^KerasClassifier\.fit takes no argument 'epoch' \(did you mean epochs\?\)$"):
        KerasClassifier(**SMALL).fit(x, y, epoch=3)
    with pytest.raises(ValueError, match="NaN"):
        KerasClassifier(**SMALL).fit(np.full_like(x, np.nan), y)
    with pytest.raises(InputError, match=r"^y: must fit in float32, which ends at 3.4e38 \(scale the targets\)$"):
        KerasRegressor(**SMALL).fit(x, y * 1e40)
    with pytest.warns(DataConversionWarning):
        KerasClassifier(**SMALL).fit(x, y[:, None])


def test_before_it_is_fitted_it_predicts_nothing() -> None:
    estimator = KerasClassifier()
    assert not estimator.initialized_
    for use in (estimator.predict, estimator.predict_proba):
        with pytest.raises(NotFittedError):
            use(table()[0])
    assert not hasattr(estimator, "model_")


@pytest.mark.parametrize("wrong", [{"optimizer": "Foo"}, {"learning_rate": 1e30, "loss": "mean_squared_error"}])
def test_after_a_fit_that_failed_it_is_what_it_was(wrong: dict[str, Any]) -> None:
    x, y = np.random.default_rng(0).random((60, 4)), np.arange(60) % 3
    # Linear: huge weights can leave every ReLU off, and then nothing more diverges.
    estimator = KerasClassifier(hidden_units=[3], activation="linear", epochs=2, random_state=0).fit(x, y)
    before = estimator.predict(x)
    with pytest.raises((ParameterError, FitError), match=r"must be one of|the loss became infinite"):
        estimator.set_params(**wrong).fit(x, y > 1)
    np.testing.assert_array_equal(estimator.predict(x), before)
    np.testing.assert_array_equal(estimator.classes_, [0, 1, 2])


def test_many_structures_bring_no_warnings_of_tensorflow(caplog: pytest.LogCaptureFixture) -> None:
    x, y = np.random.default_rng(0).random((30, 4)), np.arange(30) % 3
    for units in range(2, 9):
        KerasClassifier(hidden_units=[units], epochs=1).fit(x, y).predict(x)
    assert caplog.text == ""


def test_a_diverged_fit_is_an_error() -> None:
    x, y = numbers()
    with pytest.raises(FitError, match=r"^epoch \d+ of 50: the loss became infinite or not a number \(a lower learning_"
                       r"rate may help, or scaled data\)$"):  # fmt: skip
        KerasRegressor(optimizer="SGD", learning_rate=1e6, epochs=50, random_state=0).fit(x, y)


def test_a_share_is_held_out_for_curves() -> None:
    x, y = table()
    order = np.argsort(y)
    estimator = KerasClassifier(**SMALL, validation_split=0.25).fit(x[order], y[order])
    assert sorted(estimator.history_) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert {len(values) for values in estimator.history_.values()} == {4}
    with pytest.raises(InputError, match=r"^validation_split: each part must have at least one sample for every class"):
        KerasClassifier(**SMALL, validation_split=0.01).fit(x, y)


def test_verbose_prints(capsys: pytest.CaptureFixture[str]) -> None:
    KerasClassifier(**SMALL).fit(*table())
    assert capsys.readouterr().out == ""
    KerasClassifier(**SMALL, verbose=2).fit(*table())
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"epoch 1/4: loss \d\.\d{4}, accuracy \d\.\d{4}", lines[0])
    assert re.fullmatch(r"KerasClassifier: 4 epochs in \d+\.\d\d s, loss \d\.\d{4}, accuracy \d\.\d{4}", lines[4])
    assert len(lines) == 5
    with pytest.raises(ParameterError, match=r"^verbose: must be 0, 1 or 2, got 'auto'$"):
        KerasClassifier(**SMALL, verbose="auto").fit(*table())
    assert capsys.readouterr().out == ""


def test_a_seed_gives_the_same_numbers() -> None:
    x, y = table()

    def outputs(random_state: Any, **params: Any) -> np.ndarray:
        return (
            KerasClassifier(**{**SMALL, "dropout": 0.2, **params, "random_state": random_state})
            .fit(x, y)
            .predict_proba(x)
        )

    first = outputs(3)
    np.testing.assert_array_equal(outputs(3), first)
    np.testing.assert_array_equal(outputs(np.int64(3)), first)
    assert not np.array_equal(outputs(4), first)
    state = np.random.RandomState(1)
    one, two = outputs(state), outputs(state)
    assert not np.array_equal(one, two)
    np.testing.assert_array_equal(outputs(np.random.RandomState(1)), one)
    before = np.random.get_state()
    try:
        np.random.seed(5)
        drawn = outputs(None)
        np.random.seed(5)
        np.testing.assert_array_equal(outputs(None), drawn)
    finally:
        np.random.set_state(before)


def test_the_model_is_plain_keras_and_changes_to_it_count() -> None:
    import keras

    x, y = table()
    estimator = KerasClassifier(**SMALL, dropout=0.3).fit(x, y)
    model = estimator.model_
    assert model is estimator.model_
    assert {type(layer).__module__.split(".")[0] for layer in model.layers} == {"keras"}
    np.testing.assert_allclose(model.predict(x, verbose=0), estimator.predict_proba(x), atol=1e-6)
    loss, accuracy = model.evaluate(x, y, verbose=0)
    assert accuracy == pytest.approx(estimator.score(x, y))
    assert np.isfinite(loss)
    assert isinstance(model.optimizer, keras.optimizers.Adam)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.05)
    model.set_weights([np.zeros_like(weight) for weight in model.get_weights()])
    np.testing.assert_allclose(estimator.predict_proba(x), 1 / 3)
    np.testing.assert_allclose(pickle.loads(pickle.dumps(estimator)).predict_proba(x), 1 / 3)


def test_copies_and_pickles_predict_the_same(tmp_path: Path) -> None:
    x, y = table()
    estimator = KerasClassifier(**SMALL).fit(x, NAMES[y])
    expected = estimator.predict_proba(x)
    joblib.dump(estimator, tmp_path / "estimator.joblib")
    copies = [pickle.loads(pickle.dumps(estimator)), copy.deepcopy(estimator)]
    copies.append(joblib.load(tmp_path / "estimator.joblib"))
    # Fitting another, and forgetting the programs, must not disturb it.
    KerasClassifier(**{**SMALL, "random_state": 9}).fit(x, y)
    for copied in copies:
        np.testing.assert_array_equal(copied.predict_proba(x), expected)
    programs._programs.clear()
    np.testing.assert_allclose(copies[0].predict_proba(x), expected, atol=1e-7)
    assert copies[0].history_ == estimator.history_


def test_only_the_latest_programs_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = table()
    programs._programs.clear()
    monkeypatch.setattr(programs, "KEPT_PROGRAMS", 2)
    for params in ({}, {"learning_rate": 0.01, "dropout": 0.0}, {"batch_size": 7, "epochs": 2}):
        KerasClassifier(**{**SMALL, **params}).fit(x, y)
    assert len(programs._programs) == 1
    for units in (2, 3, 4):
        KerasClassifier(**{**SMALL, "hidden_units": [units], "epochs": 1}).fit(x, y)
    assert len(programs._programs) == 2


SCRIPT = """
import json, os, random, sys
import numpy as np
before = {name: os.environ.get(name) for name in ("KERAS_BACKEND", "TF_CPP_MIN_LOG_LEVEL")}
from kerasgrid import KerasClassifier
assert not {"tensorflow", "keras"} & set(sys.modules)
y = np.arange(60) % 3
x = np.random.default_rng(0).random((60, 4)) + y[:, None]
estimator = KerasClassifier(hidden_units=[6], epochs=4, learning_rate=0.05, random_state=0, dropout=0.2)
assert not {"tensorflow", "keras"} & set(sys.modules)
print(json.dumps(estimator.fit(x, y).predict_proba(x)[0].tolist()))
assert before == {name: os.environ.get(name) for name in before}
"""


@pytest.mark.slow
def test_a_plain_script_gets_the_same_numbers_and_is_quiet() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    x, y = table()
    ours = KerasClassifier(**SMALL, dropout=0.2).fit(x, y).predict_proba(x)[0]
    np.testing.assert_allclose(json.loads(done.stdout), ours, atol=1e-5)


def test_the_worker_pool_trains_the_same(tmp_path: Path) -> None:
    import keras

    x, y = table()
    dataset = Dataset("made", x.astype(np.float32), y, None, None, "classification", ("a", "b", "c"), "made")
    params = {"hidden_units": (6,), "epochs": 3, "dropout": 0.2, "learning_rate": 0.05}
    with local(dataset, (), 1) as fitter:
        final = fitter.refit(Candidate(params), 7, tmp_path / "model.keras")
    theirs = keras.models.load_model(tmp_path / "model.keras").get_weights()
    ours = KerasClassifier(**params, random_state=7).fit(x, y)
    assert ours.history_["loss"] == pytest.approx(list(final.curve["loss"]), rel=1e-5)
    for one, other in zip(ours.model_.get_weights(), theirs, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_the_users_settings_and_seeds_stay_as_they_are() -> None:
    import keras

    x, y = table()
    settings = keras.config.floatx(), keras.config.dtype_policy(), keras.config.image_data_format()
    expected = KerasClassifier(**SMALL, dropout=0.1).fit(x, y).predict_proba(x)
    programs._programs.clear()
    states = random.getstate(), np.random.get_state()[1].tolist()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("mixed_float16")
    keras.config.set_image_data_format("channels_first")
    try:
        estimator = KerasClassifier(**SMALL, dropout=0.1).fit(x, y)
        np.testing.assert_array_equal(estimator.predict_proba(x), expected)
        assert estimator.model_.dtype == "float32"
        assert keras.config.floatx() == "float64"
        assert keras.config.dtype_policy().name == "mixed_float16"
        assert keras.config.image_data_format() == "channels_first"
    finally:
        keras.config.set_floatx(settings[0])
        keras.config.set_dtype_policy(settings[1])
        keras.config.set_image_data_format(settings[2])
    assert (random.getstate(), np.random.get_state()[1].tolist()) == states
    keras.utils.clear_session()
    np.testing.assert_array_equal(KerasClassifier(**SMALL, dropout=0.1).fit(x, y).predict_proba(x), expected)


def test_another_backend_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(RunError, match=r"^keras: kerasgrid trains with Keras's tensorflow backend, got jax \(set KERAS_"
                       r"BACKEND=tensorflow before Keras is imported\)$"):  # fmt: skip
        KerasClassifier(**SMALL).fit(*table())


def test_outputs_that_are_no_probabilities_are_made_some() -> None:
    x, y = table()
    params = {**SMALL, "loss": "mean_squared_error", "output_activation": "linear"}
    estimator = KerasClassifier(**params).fit(x, y)
    probabilities = estimator.predict_proba(x)
    assert probabilities.min() >= 0
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    # A model whose outputs are all negative keeps their order.
    weights = estimator.model_.get_weights()
    estimator.model_.set_weights([*[np.zeros_like(w) for w in weights[:-1]], np.array([-3, -1, -2], np.float32)])
    probabilities = estimator.predict_proba(x)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    assert (probabilities.argsort(axis=1) == [0, 2, 1]).all()


def test_the_same_engine_trains_a_larger_problem() -> None:
    x, y = load_digits(return_X_y=True)
    estimator = KerasClassifier(hidden_units=[64], epochs=15, random_state=0).fit(x[:1200] / 16, y[:1200])
    assert estimator.score(x[1200:] / 16, y[1200:]) > 0.85


@pytest.mark.slow
def test_a_script_that_searches_with_two_processes_needs_no_guard(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
        import numpy as np
        from sklearn.model_selection import GridSearchCV
        from kerasgrid import KerasClassifier
        import keras

        def build(params, input_shape, n_outputs):
            return keras.Sequential([
                keras.layers.Dense(params["units"], activation="relu"),
                keras.layers.Dropout(0.1),
                keras.layers.Dense(n_outputs, activation="softmax"),
            ])

        y = np.repeat([0, 1, 2], 20)
        x = np.random.default_rng(0).random((60, 4)) + y[:, None]
        scores = []
        for n_jobs in (1, 2):
            estimator = KerasClassifier(build, model__units=6, epochs=9, learning_rate=0.05, random_state=0)
            grid = {"model__units": [4, 6]}
            search = GridSearchCV(estimator, grid, cv=2, n_jobs=n_jobs, error_score="raise", refit=False).fit(x, y)
            scores.append(search.cv_results_["mean_test_score"].tolist())
        assert scores[0] == scores[1], scores
        assert max(scores[0]) > 0.5, scores
        print("done")
        """)
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
