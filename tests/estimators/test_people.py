"""Code for scikeras and Keras's old wrapper, as tutorials write it, with our estimators in it."""

from __future__ import annotations

import pickle
import re
import warnings
from typing import Any

import joblib
import keras
import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV, KFold, RandomizedSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler
from support import people

from kerasgrid import KerasClassifier, KerasRegressor, ParameterError
from kerasgrid.estimators import programs


def table() -> tuple[np.ndarray, np.ndarray]:
    y = np.arange(60) % 3
    return (np.random.default_rng(0).random((60, 4)) + y[:, None]).astype(np.float32), y


def classifier(**params: Any) -> KerasClassifier:
    return KerasClassifier(people.create_model, **{"epochs": 2, "random_state": 0, **params})


def layers(estimator: Any) -> list[int]:
    return [layer.units for layer in estimator.model_.layers]


def test_arguments_of_a_builder_are_parameters_with_and_without_prefix() -> None:
    x, y = table()
    plain = classifier(neurons=5)
    assert plain.get_params()["neurons"] == 5
    assert layers(clone(plain).fit(x, y)) == [5, 3]
    assert layers(clone(plain).set_params(model__neurons=4).fit(x, y)) == [4, 3]  # the prefix comes first
    assert layers(clone(classifier()).set_params(neurons=7).fit(x, y)) == [7, 3]
    assert "neurons=5" in repr(plain)
    with pytest.raises(TypeError, match=r"keyword argument 'neuron' \(did you mean neurons\?\)$"):
        classifier(neuron=5)
    with pytest.raises(ValueError, match="Invalid parameter 'neuron'"):
        plain.set_params(neuron=5)
    with pytest.raises(ParameterError, match=r"^dropout: the builder create_model has no argument of this name \(it "
                       r"takes optimizer, neurons, activation\)$"):  # fmt: skip
        classifier(dropout=0.3).fit(x, y)


def test_a_parameter_of_the_table_that_a_builder_names_is_given_if_somebody_said_so() -> None:
    seen = []

    def build(dropout: float = 0.5) -> keras.Model:
        seen.append(dropout)
        return people.create_model()

    x, y = table()
    for estimator in (
        KerasClassifier(build, epochs=1),
        KerasClassifier(build, epochs=1, dropout=0.0),
        clone(KerasClassifier(build, epochs=1, dropout=0.0)),
        clone(KerasClassifier(build, epochs=1)).set_params(dropout=0.2),
        clone(KerasClassifier(build, epochs=1)),
    ):
        seen.clear()
        estimator.fit(x, y)
        assert len(set(seen)) == 1
        estimator.seen = seen[0]
        assert seen[0] in (0.5, 0.0, 0.2)
    said = []
    for params in ({}, {"dropout": 0.0}, {"dropout": 0.2}):
        seen.clear()
        clone(KerasClassifier(build, epochs=1, **params)).fit(x, y)
        said.append(seen[0])
    assert said == [0.5, 0.0, 0.2]


def test_what_a_model_was_compiled_with_holds_unless_a_parameter_says_otherwise() -> None:
    x, y = table()
    programs._programs.clear()
    rates = []
    for params in (
        {"optimizer": "sgd"},  # the builder names it
        {"optimizer": "adam", "optimizer__learning_rate": 0.3},
        {"learning_rate": 0.2},
        {"optimizer": keras.optimizers.Adam(0.1)},
        {"optimizer": keras.optimizers.SGD(0.4)},
    ):
        optimizer = classifier(**params).fit(x, y).model_.optimizer
        rates.append((type(optimizer).__name__, round(float(optimizer.learning_rate), 4)))
    assert rates == [("SGD", 0.01), ("Adam", 0.3), ("Adam", 0.2), ("Adam", 0.1), ("SGD", 0.4)]
    # Rates are numbers, whoever gives them.
    assert len(programs._programs) == 2


def test_metas_and_compile_kwargs_of_scikeras() -> None:
    x, y = table()
    programs._programs.clear()
    for rate in (0.05, 0.1):
        fitted = KerasClassifier(people.by_meta, hidden=6, optimizer__learning_rate=rate, epochs=3).fit(x, y)
        assert float(fitted.model_.optimizer.learning_rate) == pytest.approx(rate)
    assert len(programs._programs) == 1
    two = KerasClassifier(people.by_meta, hidden=6, epochs=40, learning_rate=0.05, random_state=0).fit(x, y == 2)
    assert two.model_.output_shape == (None, 1)
    assert two.predict_proba(x).shape == (60, 2)
    assert two.score(x, y == 2) > 0.9
    assert two.history_["accuracy"][-1] == pytest.approx(two.score(x, y == 2), abs=0.05)
    again = pickle.loads(pickle.dumps(two))
    programs._programs.clear()
    np.testing.assert_allclose(again.predict_proba(x), two.predict_proba(x), atol=1e-6)
    uncompiled = KerasClassifier(people.uncompiled, hidden=5, loss="categorical_crossentropy", epochs=1).fit(x, y)
    assert uncompiled.model_.loss == "categorical_crossentropy"


def test_a_model_that_is_there_is_copied_for_each_fit() -> None:
    x, y = table()
    model = people.binary()
    before = model.get_weights()
    estimator = KerasClassifier(model, epochs=1, shuffle=False, random_state=0)
    first = estimator.fit(x, y == 1).predict_proba(x)
    np.testing.assert_array_equal(clone(estimator).fit(x, y == 1).predict_proba(x), first)
    for old, now, trained in zip(before, model.get_weights(), estimator.model_.get_weights(), strict=True):
        np.testing.assert_array_equal(old, now)
        assert not np.array_equal(old, trained)
    assert type(estimator.model_.optimizer).__name__ == "RMSprop"


def test_machine_learning_mastery() -> None:
    x, y = table()
    names = np.array(["a", "b", "c"])[y]
    model = KerasClassifier(build_fn=people.create_model, verbose=0)
    grid = {"batch_size": [20, 60], "epochs": [1, 2]}
    found = GridSearchCV(estimator=model, param_grid=grid, cv=3, error_score="raise").fit(x, names)
    assert set(found.best_params_) == set(grid)
    grid = {"optimizer": ["SGD", "Adam"], "init": ["uniform", "he_normal"]}
    found = GridSearchCV(KerasClassifier(people.binary, epochs=1), grid, cv=2, error_score="raise").fit(x, y == 1)
    assert found.best_estimator_.model_.count_params() == 4 * 6 + 6 + 6 + 1
    grid = {"model__activation": ["relu", "tanh"], "optimizer__learning_rate": [0.1, 0.01]}
    assert len(GridSearchCV(classifier(), grid, cv=2, error_score="raise").fit(x, y).cv_results_["params"]) == 4
    spread = {"optimizer__learning_rate": loguniform(1e-3, 1e-1)}
    RandomizedSearchCV(classifier(), spread, n_iter=2, cv=2, error_score="raise", random_state=0).fit(x, y, epochs=1)
    encoded = LabelEncoder().fit_transform(names)
    one_hot = keras.utils.to_categorical(encoded)
    scores = cross_val_score(
        KerasClassifier(
            people.create_model, loss="categorical_crossentropy", epochs=40, learning_rate=0.05, random_state=0
        ),
        x, one_hot, cv=KFold(2, shuffle=True, random_state=1), error_score="raise",
    )  # fmt: skip
    assert scores.max() > 0.8
    steps = [("standardise", StandardScaler()), ("mlp", KerasClassifier(model=people.binary, epochs=1, verbose=0))]
    folds = StratifiedKFold(2, shuffle=True, random_state=7)
    assert len(cross_val_score(Pipeline(steps), x, y == 1, cv=folds, error_score="raise")) == 2
    regressor = KerasRegressor(build_fn=people.baseline, epochs=2, batch_size=5, verbose=0)
    pipeline = make_pipeline(StandardScaler(), regressor)
    scores = cross_val_score(
        pipeline, x, x.sum(axis=1), cv=KFold(2), scoring="neg_mean_squared_error", error_score="raise"
    )
    assert (scores < 0).all()
    pipeline.fit(x, x.sum(axis=1), kerasregressor__epochs=1)


def test_what_is_done_with_a_fitted_one(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    x, y = table()
    fitted = classifier().fit(x, y, epochs=3, batch_size=20, verbose=0)
    assert len(fitted.history_["loss"]) == fitted.current_epoch == 3
    fitted.model_.summary()
    assert "dense" in capsys.readouterr().out
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras's own, of numpy
        fitted.model_.save(tmp_path / "model.keras")
        loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        loaded.predict(x, verbose=0), fitted.predict_proba(x, batch_size=7, verbose=0), atol=1e-6
    )
    joblib.dump(fitted, tmp_path / "model.joblib")
    np.testing.assert_array_equal(joblib.load(tmp_path / "model.joblib").predict(x), fitted.predict(x))
    with pytest.raises(
        TypeError, match=r"^KerasClassifier\.predict takes no argument 'batch' \(batch_size and verbose\)"
    ):
        fitted.predict(x, batch=3)


def test_other_meta_estimators() -> None:
    x, y = table()
    members = [("one", classifier()), ("two", classifier(neurons=5))]
    for outer in (
        VotingClassifier(members, voting="soft"),
        CalibratedClassifierCV(classifier(), cv=2),
    ):
        assert outer.fit(x, y).predict(x).shape == (60,)


def test_warm_start_and_partial_fit_go_on_where_the_last_stopped() -> None:
    x, y = table()
    whole = classifier(epochs=3, shuffle=False).fit(x, y)
    parts = classifier(shuffle=False).partial_fit(x, y, classes=[0, 1, 2])
    parts.partial_fit(x, y).partial_fit(x, y)
    assert parts.current_epoch == 3
    np.testing.assert_allclose(parts.predict_proba(x), whole.predict_proba(x), atol=1e-6)
    np.testing.assert_allclose(parts.history_["loss"], whole.history_["loss"], rtol=1e-5)
    warm = classifier(epochs=1, shuffle=False, warm_start=True)
    for _ in range(3):
        warm.fit(x, y)
    np.testing.assert_allclose(warm.predict_proba(x), whole.predict_proba(x), atol=1e-6)
    first = classifier().initialize(x, y)
    assert (first.initialized_, first.current_epoch) == (True, 0)
    assert first.predict(x).shape == (60,)
    np.testing.assert_allclose(
        first.partial_fit(x, y).history_["loss"], classifier(epochs=1).fit(x, y).history_["loss"]
    )
    with pytest.raises(
        ValueError, match=r"^y: labels must be among those of the fit, got 10 \(partial_fit takes classes\)"
    ):
        parts.partial_fit(x, y + 9)
    with pytest.raises(TypeError, match=r"^Invalid argument epochs to partial_fit: it always trains one epoch more$"):
        parts.partial_fit(x, y, epochs=3)


def test_what_is_held_out_in_fit() -> None:
    x, y = table()
    ends = classifier(epochs=1, shuffle=False).fit(x, y, validation_split=0.25)
    given = classifier(epochs=1, shuffle=False).fit(x[:45], y[:45], validation_data=(x[45:], y[45:]))
    assert ends.history_ == given.history_
    assert ends.history_["val_loss"][0] == pytest.approx(ends.model_.evaluate(x[45:], y[45:], verbose=0)[0], rel=1e-4)
    # Nothing is an answer, too; what is not said is the estimator's.
    holds = classifier(epochs=1, validation_split=0.25)
    assert "val_loss" in holds.fit(x, y).history_
    nothing = classifier(epochs=1).fit(x, y).history_
    assert "val_loss" not in nothing
    assert holds.fit(x, y, validation_split=0.0).history_ == nothing
    assert holds.set_params(fit__validation_split=0).fit(x, y).history_ == nothing
    with pytest.raises(ValueError, match=r"^validation_data: labels must be among those of the fit, got 5"):
        classifier().fit(x, y, validation_data=(x, y + 5))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"learning_rate": 0.1, "optimizer__learning_rate": 0.2},
         "learning_rate: it is given twice, got learning_rate and "
         "optimizer__learning_rate (leave out one of them)"),
        ({"run_eagerly": True},
         "run_eagerly: epochs are trained in a graph, so that nothing of a model can run eagerly"),
        ({"optimizer__rho": 0.9}, "optimizer__rho: Adam does not take it"),
        ({"loss__label_smoothing": 0.1}, "loss__label_smoothing: needs the loss that it is for (give loss, too)"),
        ({"build_fn": people.baseline}, "model: the model must be given in one way"),
        ({"callbacks__patience": 3}, "callbacks__patience: needs the callbacks that it is for (give callbacks, too)"),
        ({"fit__steps_per_epoch": 3},
         "steps_per_epoch: every epoch takes all samples, each once, and measures all that "
         "are held out, got 3 (leave out steps_per_epoch)"),
        ({"shuffle": "batch"}, "shuffle: must be True or False, got 'batch'"),
        ({"fit__initial_epoch": 2},
         "initial_epoch: must be below epochs, which count from the first one on, got 2 of 2"),
        ({"metrics": [3]}, "metrics: must be a name, a metric of Keras or a function, got 3"),
        ({"metrics": ["acuracy"]}, "metrics: Keras has no such metric, got 'acuracy'"),
        ({"metrics": "mse", "optimizer": 3}, "optimizer: must be a name, or an optimizer of Keras, got 3"),
    ],
)  # fmt: skip
def test_messages(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match="^" + re.escape(message)):
        classifier(**params).fit(*table())


def test_metrics_of_keras_and_of_ones_own() -> None:
    def doubtful(y_true: Any, y_pred: Any) -> Any:
        return 1.0 - keras.ops.max(y_pred, axis=-1)

    x, y = table()
    metrics = ["accuracy", "sparse_categorical_accuracy", keras.metrics.SparseTopKCategoricalAccuracy(2), doubtful]
    fitted = classifier(metrics=metrics, shuffle=False).fit(x, y, validation_data=(x, y))
    history = fitted.history_
    assert {"sparse_categorical_accuracy", "val_sparse_categorical_accuracy", "val_doubtful"} <= set(history)
    np.testing.assert_allclose(history["sparse_categorical_accuracy"], history["accuracy"], rtol=1e-6)
    doubts = 1 - fitted.predict_proba(x).max(axis=1)
    assert history["val_doubtful"][-1] == pytest.approx(doubts.mean(), rel=1e-4)


def test_no_metrics_are_an_answer_too() -> None:
    def measured() -> keras.Model:
        model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["sparse_top_k_categorical_accuracy"])
        return model

    def names(**params: Any) -> set[str]:
        return {*KerasClassifier(measured, epochs=1, random_state=0, **params).fit(*table()).history_}

    assert names() == {"accuracy", "loss", "sparse_top_k_categorical_accuracy"}
    assert names(metrics=[]) == {"accuracy", "loss"}


def test_all_parameters_of_another_say_no_more_than_it_was_told() -> None:
    def own_rate(lr: float = 0.5) -> keras.Model:
        model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
        model.compile(keras.optimizers.SGD(lr), "sparse_categorical_crossentropy")
        return model

    x, y = table()
    first = KerasClassifier(own_rate, epochs=2, random_state=0, lr=0.25)
    expected = first.fit(x, y).history_
    second = KerasClassifier(**first.get_params())
    assert second.get_params() == first.get_params()
    assert second.fit(x, y).history_ == expected
    assert first.set_params(**first.get_params()).fit(x, y).history_ == expected
    # What was said before stays said.
    said = clone(first).set_params(optimizer="adam", learning_rate=0.001)
    other = said.fit(x, y).history_
    assert other != expected
    assert said.set_params(**said.get_params()).fit(x, y).history_ == other
    assert clone(said).fit(x, y).history_ == other


def other_builder(width: int = 2) -> keras.Model:
    return keras.Sequential([keras.layers.Dense(width), keras.layers.Dense(3, activation="softmax")])


def any_builder(**params: Any) -> keras.Model:
    return other_builder(params.get("width", params.get("neurons", 2)))


def own_form(params: dict[str, Any], input_shape: Any, n_outputs: int) -> keras.Model:
    return other_builder(params.get("neurons", 2))


def test_parameters_of_an_earlier_builder_go_with_it() -> None:
    x, y = table()

    def first() -> KerasClassifier:
        return classifier(neurons=5, model__activation="tanh", optimizer__learning_rate=0.1, epochs=1)

    def extras(estimator: Any) -> list[str]:
        return sorted(set(estimator.get_params()) - set(KerasClassifier().get_params()))

    rate = "optimizer__learning_rate"
    assert extras(first()) == ["model__activation", "neurons", rate]
    changed = first().set_params(model=other_builder)
    assert extras(changed) == extras(clone(changed)) == [rate]
    assert layers(changed.fit(x, y)) == [2, 3]
    assert extras(first().set_params(model=other_builder, width=4)) == [rate, "width"]
    assert extras(first().set_params(model=None, build_fn=other_builder)) == [rate]
    assert extras(first().set_params(model="mlp")) == [rate]
    assert first().set_params(model="mlp").fit(x, y).predict(x).shape == (60,)
    # What the new one takes stays, and what is given with it.
    assert extras(first().set_params(model=any_builder)) == ["model__activation", "neurons", rate]
    assert extras(first().set_params(model=own_form)) == ["model__activation", rate]
    assert extras(first().set_params(model=people.create_model, epochs=2)) == extras(first())
    given = first().set_params(model=other_builder, model__neurons=3)
    with pytest.raises(ParameterError, match=r"^neurons: the builder other_builder has no argument of this name"):
        given.fit(x, y)
