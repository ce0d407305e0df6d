"""Metrics of a fit's held-out predictions are scikit-learn's own on the same predictions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import get_scorer, get_scorer_names

from kerasgrid.axes.parameters import resolve
from kerasgrid.data.dataset import Dataset
from kerasgrid.fits.batches import BatchSizes
from kerasgrid.fits.metric import METRICS, Metric, asked_for, choices_for
from kerasgrid.fits.predictions import Predictions

pytest.importorskip("keras")

from support.programs import Programs

from kerasgrid.engine.resident import ResidentData
from kerasgrid.engine.training import Seeds, Training
from kerasgrid.fits.outputs import class_probabilities

SEEDS = Seeds.of(seed=3, fold=1, repeat=0)
N, N_TRAIN = 400, 280
SMALL = {"hidden_units": (8,), "batch_size": 32, "epochs": 3, "learning_rate": 0.01}

CLUSTERS = {
    "adjusted_mutual_info_score", "adjusted_rand_score", "completeness_score", "fowlkes_mallows_score",
    "homogeneity_score", "mutual_info_score", "normalized_mutual_info_score", "rand_score", "v_measure_score",
}  # fmt: skip


def data_of(kind: str) -> Dataset:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(N, 5)).astype(np.float32)
    noisy = x + 0.5 * generator.normal(size=x.shape).astype(np.float32)
    if kind in ("two", "three"):
        y: Any = np.digitize(noisy[:, 0], [0.8] if kind == "two" else [-0.5, 0.7])
        return Dataset("made", x, y, None, None, "classification", tuple("abc"[: y.max() + 1]), "made")
    if kind == "labels":
        return Dataset(
            "made", x, (noisy[:, :3] > 0.3).astype(np.float32), None, None, "multilabel", ("a", "b", "c"), ""
        )
    y = np.exp(noisy[:, 0] if kind == "number" else noisy[:, :2]).astype(np.float32)
    return Dataset("made", x, y, None, None, "regression", None, "made")


PROGRAMS = Programs()


@pytest.fixture(autouse=True, scope="module")
def _forgotten() -> Iterator[None]:
    yield
    PROGRAMS.forget()


def trained(dataset: Dataset, params: dict[str, Any], *, compiled: bool = False, **asked: Any) -> tuple[Any, Any, Any]:
    resolved = resolve({**SMALL, **params}, dataset.task)
    data, index = ResidentData(dataset), np.random.default_rng(1).permutation(N).astype(np.int32)
    train, held_out = index[:N_TRAIN], index[N_TRAIN:]
    sizes = BatchSizes.of(resolved, len(train), len(held_out)) if compiled else None
    program = PROGRAMS.of(resolved, data, SEEDS.weights)
    training = Training(resolved, train, held_out, SEEDS, **asked, compiled_for=sizes)
    outcome = program.run(training, data, keep_weights=True)
    assert outcome.status == "ok"
    outputs = program.predictor.predict(outcome.weights, dataset.x_train[held_out])
    if asked:
        noted = program._noting.held_out.noted()
        np.testing.assert_allclose(noted, outputs, rtol=1e-4, atol=1e-6)
        # XLA rounds otherwise.
        outputs = noted
    return outcome, outputs, dataset.y_train[held_out]


class Known:
    """An estimator for scikit-learn's scorers that predicts what is known."""

    def __init__(self, scores: np.ndarray, task: str) -> None:
        self.scores, self.task = scores, task
        self._estimator_type = "regressor" if task == "regression" else "classifier"
        self.classes_ = np.arange(np.reshape(scores, (len(scores), -1)).shape[1])

    def __sklearn_tags__(self) -> Any:
        from sklearn.dummy import DummyClassifier, DummyRegressor

        return (DummyRegressor() if self.task == "regression" else DummyClassifier()).__sklearn_tags__()

    def fit(self, X: Any, y: Any) -> None: ...

    def predict(self, X: Any) -> np.ndarray:
        if self.task == "classification":
            return np.asarray(self.scores.argmax(axis=1))
        return (self.scores > 0.5).astype(int) if self.task == "multilabel" else self.scores

    def predict_proba(self, X: Any) -> np.ndarray:
        return self.scores


def suiting(dataset: Dataset) -> tuple[str, ...]:
    return tuple(
        name
        for name in asked_for(choices_for(dataset.task), dataset.task)
        if dataset.task != "classification"
        or (
            (METRICS[name].needs.n_classes or 0) in (0, dataset.n_outputs)
            and METRICS[name].needs.least_classes <= dataset.n_outputs
        )
        if not (METRICS[name].needs.one_target and dataset.n_outputs > 1)
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
@pytest.mark.parametrize(
    ("kind", "params", "compiled"),
    [
        ("two", {}, False),
        ("two", {"loss": "bce"}, True),
        ("two", {"loss": "hinge"}, False),
        ("three", {}, True),
        ("three", {"loss": "mse", "output_activation": "linear"}, False),
        ("labels", {}, False),
        ("number", {"output_activation": "softplus"}, True),
        ("numbers", {"output_activation": "softplus"}, False),
    ],
)
def test_each_equals_scikit_learns_scorer_on_the_same_predictions(kind, params, compiled):
    dataset = data_of(kind)
    names = suiting(dataset)
    outcome, outputs, y = trained(dataset, params, compiled=compiled, metrics=names)
    scores = outputs.astype(np.float64)
    if dataset.task == "classification":
        scores = class_probabilities(outputs, resolve(params, dataset.task))
    elif kind == "number":
        scores = scores[:, 0]
    known = Known(scores, dataset.task)
    seen = set()
    for name in names:
        # A plain name is that of an error, which scikit-learn has with "neg_" before it.
        scorer = name if name in get_scorer_names() else PLAIN[name]
        expected = (1 if name == scorer else -1) * get_scorer(scorer)(known, scores, y)
        assert len(outcome.curve[f"val_{name}"]) == 1
        assert outcome.curve[f"val_{name}"][0] == pytest.approx(expected, rel=1e-12, abs=1e-12, nan_ok=True), name
        seen.add(scorer)
    assert len(seen) > 8


PLAIN = {
    "rmse": "neg_root_mean_squared_error",
    "mape": "neg_mean_absolute_percentage_error",
    "msle": "neg_mean_squared_log_error",
    "rmsle": "neg_root_mean_squared_log_error",
    **{
        name: f"neg_{name}"
        for name in ("max_error", "median_absolute_error", "mean_poisson_deviance", "mean_gamma_deviance", "log_loss",
                     "brier_score")
    },
}  # fmt: skip


def test_every_scorer_that_scikit_learn_has_for_predictions_is_there():
    assert set(get_scorer_names()) - set(METRICS) == CLUSTERS


def test_one_may_be_added_by_a_row():
    def confident(predictions: Predictions) -> float:
        return float((predictions.scores.max(axis=1) > 0.5).mean())

    dataset = data_of("three")
    with METRICS.with_row(Metric("confident", "share of samples", True, "classification", of_predictions=confident)):
        assert asked_for(["confident", "accuracy"], "classification") == ("confident",)
        outcome, outputs, _ = trained(dataset, {}, metrics=("confident",))
    assert outcome.curve["val_confident"] == [(outputs.max(axis=1) > 0.5).mean()]


@pytest.mark.parametrize("compiled", [False, True])
def test_asking_changes_no_other_number(compiled):
    dataset = data_of("three")
    plain, _, _ = trained(dataset, {}, compiled=compiled)
    asked, _, _ = trained(dataset, {}, compiled=compiled, metrics=("f1_macro",))
    assert {name: values for name, values in asked.curve.items() if name != "val_f1_macro"} == plain.curve
    for one, other in zip(plain.weights, asked.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_metrics_are_recorded_at_each_epoch_if_asked():
    dataset = data_of("three")
    every, _, _ = trained(dataset, {}, metrics=("f1_macro", "log_loss"), curve_metrics=("f1_macro",))
    assert [len(every.curve[name]) for name in ("val_f1_macro", "val_log_loss", "val_loss")] == [3, 1, 3]
    last, _, _ = trained(dataset, {}, metrics=("f1_macro", "log_loss"))
    assert every.curve["val_f1_macro"][-1] == last.curve["val_f1_macro"][0]
    shorter, _, _ = trained(dataset, {"epochs": 2}, metrics=("f1_macro",))
    assert every.curve["val_f1_macro"][1] == shorter.curve["val_f1_macro"][0]
    # The loss of classes is the log loss, but for rounding.
    assert every.curve["val_log_loss"][0] == pytest.approx(every.curve["val_loss"][-1], rel=1e-5)
