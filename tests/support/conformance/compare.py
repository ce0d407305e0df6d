"""One model, trained by the engine and by Keras from the same weights on the same batches."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasgrid.axes.names import SGD_OPTIMIZERS
from kerasgrid.axes.parameters import resolve
from kerasgrid.data.dataset import Dataset
from kerasgrid.engine.optimizers import Updater
from kerasgrid.engine.program import Program
from kerasgrid.engine.resident import ResidentData
from kerasgrid.engine.state import seed_states, seed_values
from kerasgrid.engine.training import Outcome, Seeds, Training
from kerasgrid.models import own

from .made import Kind, N, Task, dataset, samples

SEEDS = Seeds.of(seed=3, fold=1, repeat=0)
BATCH, EPOCHS = 8, 2

Build = Callable[[], keras.Model]
"""Builds a new, uncompiled model."""

_numbers = itertools.count()


@dataclass(frozen=True)
class Case:
    """What is trained.

    Attributes:
        build: Its model; of (batch, 3) outputs.
        kind: Of its samples.
        task: Of its targets.
        optimizer: By the name of the space file.
        loss: Likewise; None for the task's default.
        more: Further hyperparameters.
        n_held_out: How many of the samples are held out, the last ones.
    """

    build: Build
    kind: Kind = "floats"
    task: Task = "classification"
    optimizer: str = "Adam"
    loss: str | None = None
    more: dict[str, Any] = field(default_factory=dict)
    n_held_out: int = 0

    def resolved(self, name: str = "conformance:build") -> dict[str, Any]:
        """Return its resolved hyperparameters."""
        loss = {} if self.loss is None else {"loss": self.loss}
        given = {"model": name, "optimizer": self.optimizer, "learning_rate": 0.01, **loss, **self.more}
        return resolve({"batch_size": BATCH, "epochs": EPOCHS, **given}, self.task)

    @property
    def dataset(self) -> Dataset:
        """The data as the engine is given it."""
        return dataset(self.kind, self.task)


def trained_by_us(case: Case) -> list[np.ndarray]:
    """Return the weights after a fit of the engine's, which is not the first of its program."""
    return fitted(case)[0].weights


def fitted(case: Case, **training: Any) -> tuple[Outcome, Program]:
    """Return what came of such a fit, and the program.

    Args:
        case: What is trained.
        **training: Further attributes of the training.
    """
    name = f"conformance:build_{next(_numbers)}"
    own.register(name, lambda params, input_shape, n_outputs: case.build())
    params, data, index = case.resolved(name), ResidentData(case.dataset), np.arange(N, dtype=np.int32)
    program = Program(params, data, SEEDS.weights)
    folds = index[: N - case.n_held_out], index[N - case.n_held_out :]
    # A fit before it must leave no trace.
    program.run(Training({**params, "epochs": 1}, *folds, Seeds.of(9, 0, 0), **training), data)
    outcome = program.run(Training(params, *folds, SEEDS, **training), data, keep_weights=True)
    assert outcome.status == "ok"
    return outcome, program


def trained_by_keras(case: Case) -> list[np.ndarray]:
    """Return the weights after Keras has trained on the same batches, step by step, given what its users give it."""
    params = case.resolved()
    model = initial(case)
    states = seed_states(model)
    for state, start in zip(states, seed_values(SEEDS.dropout, len(states)), strict=True):
        state.assign(start)
    model.compile(keras_optimizer(params, model), params["loss"], run_eagerly=True)
    x, y = samples(case.kind), targets(case, params["loss"])
    order, n = np.random.default_rng(SEEDS.order), N - case.n_held_out
    for _ in range(EPOCHS):
        index = order.permutation(np.arange(n))
        for start in range(0, n, BATCH):
            batch = index[start : start + BATCH]
            model.train_on_batch(x[batch], y[batch])
        if n < N:
            model.test_on_batch(x[n:], y[n:])
    return model.get_weights()


def initial(case: Case) -> keras.Model:
    """Return the model with its initial weights."""
    with own.seeded(SEEDS.weights):
        model = case.build()
        if not model.built:
            model(samples(case.kind)[:1])
    return model


def keras_optimizer(params: dict[str, Any], model: keras.Model) -> Any:
    """Return Keras's optimizer of these resolved hyperparameters, built for a model."""
    name = params["optimizer"]
    kind: Any = getattr(keras.optimizers, "SGD" if name in SGD_OPTIMIZERS else name)
    momentum = {"momentum": 0.0 if name == "SGD" else 0.9, "nesterov": name == "nesterov"}
    decay = params["weight_decay"] or 0.0
    more = momentum if name in SGD_OPTIMIZERS else {}
    if name == "Muon":
        more = {"adam_weight_decay": decay}  # with the engine one weight decay is for all weights
    optimizer = kind(params["learning_rate"], weight_decay=decay, **more)
    optimizer.build(model.trainable_variables)
    return optimizer


def targets(case: Case, loss: str) -> np.ndarray:
    """Return the targets as Keras's loss wants them."""
    data = case.dataset
    if case.task == "classification" and not loss.startswith("sparse"):
        return np.eye(data.n_outputs, dtype=np.float32)[data.y_train]
    return data.y_train


def assert_alike(ours: Sequence[np.ndarray], theirs: Sequence[np.ndarray], scale: float = 1.0) -> None:
    """Weights agree: |Δ| ≤ 1e-5 + 1e-4·|w|, or ``scale`` times that."""
    assert [weight.shape for weight in ours] == [weight.shape for weight in theirs]
    for place, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
        np.testing.assert_allclose(one, other, atol=1e-5 * scale, rtol=1e-4 * scale, err_msg=f"weight {place}")


def check(case: Case) -> None:
    """The engine trains a case as Keras does, and it is trained at all."""
    ours, theirs = trained_by_us(case), trained_by_keras(case)
    assert_alike(ours, theirs)
    before = initial(case).get_weights()
    assert any(not np.array_equal(a, b) for a, b in zip(ours, before, strict=True)), "nothing was trained"


def check_steps(case: Case) -> None:
    """Each step from the same weights, gradients and optimizer state comes to the same.

    For optimizers that make a step of the sign of a gradient, or normalise it: rounding alone turns a weight whose
    gradient is nearly zero the other way.
    """
    params = case.resolved()
    ours = initial(case)
    theirs = keras.models.clone_model(ours)
    theirs.set_weights(ours.get_weights())
    updater = Updater(params, ours.trainable_variables)
    updater.reset(params)
    optimizer, loss = keras_optimizer(params, theirs), keras.losses.get(params["loss"])
    x, y = samples(case.kind), targets(case, params["loss"])
    step = tf.function(updater.apply, autograph=False)
    for start in [*range(0, N, BATCH)] * EPOCHS:
        with tf.GradientTape() as tape:
            value = tf.reduce_mean(loss(y[start : start + BATCH], ours(x[start : start + BATCH], training=True)))
        gradients = tape.gradient(value, [one.value for one in ours.trainable_variables])
        step(gradients)
        optimizer.apply(gradients, theirs.trainable_variables)
        assert_alike(ours.get_weights(), theirs.get_weights())
        ours.set_weights(theirs.get_weights())
