"""The loss and the metrics, of batches that add up."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, mean_absolute_error, mean_squared_error, r2_score, top_k_accuracy_score
from support.made import images

from kerasgrid.axes.parameters import resolve
from kerasgrid.fits.metric import METRICS, Metric
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    import tensorflow as tf

    from kerasgrid.engine.measures import Measures
    from kerasgrid.engine.program import Program
    from kerasgrid.engine.resident import ResidentData
    from kerasgrid.engine.training import Seeds, Training

TOP_2 = Metric(
    "top_2",
    "top-2 accuracy (share of samples)",
    greater_is_better=True,
    task="classification",
    terms=lambda tf, targets, outputs: tf.math.in_top_k(targets, outputs, 2),
)


def measured(measures: Measures, targets: np.ndarray, outputs: np.ndarray, losses: np.ndarray) -> dict[str, float]:
    """Return the measures of samples that come in two batches."""
    sums = [
        measures.sums(*(tf.constant(values[part]) for values in (targets, outputs, losses))).numpy()
        for part in (slice(0, 7), slice(7, None))
    ]
    assert {row.shape for row in sums} == {(measures.width,)}
    variance = None if targets.dtype.kind == "i" else np.var(targets.reshape(len(targets), -1), axis=0)
    return measures.named((sums[0] + sums[1]) / len(targets), variance)


def test_classes() -> None:
    generator = np.random.default_rng(0)
    targets, outputs = np.arange(20, dtype=np.int32) % 4, generator.random((20, 4), np.float32)
    losses = generator.random(20, np.float32)
    with METRICS.with_row(TOP_2):
        measures = Measures(4, "classification")
    assert measures.names == ("loss", "accuracy", "top_2")
    named = measured(measures, targets, outputs, losses)
    assert named["loss"] == pytest.approx(losses.mean(), rel=1e-6)
    assert named["accuracy"] == pytest.approx(accuracy_score(targets, outputs.argmax(axis=1)))
    assert named["top_2"] == pytest.approx(top_k_accuracy_score(targets, outputs, k=2))


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_targets(n_outputs: int) -> None:
    generator = np.random.default_rng(0)
    targets = generator.random((20, n_outputs) if n_outputs > 1 else 20, np.float32)
    outputs, losses = generator.random((20, n_outputs), np.float32), generator.random(20, np.float32)
    measures = Measures(n_outputs, "regression")
    # mse and r2 share their sums.
    assert measures.width == 2 + n_outputs
    named = measured(measures, targets, outputs, losses)
    assert list(named) == ["loss", "mse", "mae", "r2"]
    assert named["mse"] == pytest.approx(mean_squared_error(targets, outputs), rel=1e-5)
    assert named["mae"] == pytest.approx(mean_absolute_error(targets, outputs), rel=1e-5)
    assert named["r2"] == pytest.approx(r2_score(targets, outputs), rel=1e-5)


def test_a_metric_of_several_numbers_a_sample() -> None:
    spread = Metric(
        "spread",
        "spread of the shares",
        greater_is_better=False,
        terms=lambda tf, targets, outputs: outputs,
        finish=lambda means, variance: float(means.max() - means.min()),
    )
    outputs = np.random.default_rng(0).random((20, 4), np.float32)
    with METRICS.with_row(spread):
        named = measured(Measures(4, "classification"), np.zeros(20, np.int32), outputs, np.zeros(20, np.float32))
    means = outputs.mean(axis=0)
    assert named["spread"] == pytest.approx(means.max() - means.min(), rel=1e-5)


def test_a_constant_target_follows_scikit_learn() -> None:
    measures = Measures(1, "regression")
    ones, zeros = np.ones((20, 1), np.float32), np.zeros(20, np.float32)
    assert measured(measures, ones, ones, zeros)["r2"] == 1.0
    assert measured(measures, ones, ones + 1, zeros)["r2"] == 0.0


def test_a_program_records_what_there_is_when_it_is_built() -> None:
    params = resolve({"hidden_units": (4,), "epochs": 2}, "classification")
    index = np.arange(24, dtype=np.int32)
    training = Training(params, index[:16], index[16:], Seeds.of(0, 0, 0))
    with quiet_stderr():
        data = ResidentData(images())
        plain = Program(params, data).run(training, data)
        with METRICS.with_row(TOP_2):
            more = Program(params, data).run(training, data)
    assert sorted(set(more.curve) - set(plain.curve)) == ["top_2", "val_top_2"]
    assert {name: more.curve[name] for name in plain.curve} == plain.curve
    for part in ("", "val_"):
        assert all(a <= b for a, b in zip(more.curve[f"{part}accuracy"], more.curve[f"{part}top_2"], strict=True))
