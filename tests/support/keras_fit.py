"""The same fit by the engine and by Keras: equal initial weights and batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasgrid.axes.parameters import resolve
from kerasgrid.data.dataset import Dataset
from kerasgrid.engine.program import Program
from kerasgrid.engine.resident import ResidentData
from kerasgrid.engine.training import Outcome, Seeds, Training
from kerasgrid.models.factory import build_model
from support.keras_batches import evaluated, trained_epoch

N_TRAIN, N_OTHER = 70, 30
SEEDS = Seeds.of(seed=3, fold=1, repeat=0)
OTHERS_SEEDS = Seeds.of(seed=9, fold=0, repeat=0)


@dataclass(frozen=True, slots=True)
class Both:
    """What came of the two.

    Attributes:
        ours: Of the engine.
        theirs: Keras's model.
        history: What it measured of each epoch.
    """

    ours: Outcome
    theirs: Any
    history: Mapping[str, Sequence[float]]

    @property
    def difference(self) -> float:
        """The greatest difference of two weights."""
        pairs = zip(self.ours.weights, self.theirs.get_weights(), strict=True)
        return max(float(np.abs(one - other).max()) for one, other in pairs)


def classes(n_features: int = 6) -> Dataset:
    """Return samples of three classes that can be told apart a little."""
    generator = np.random.default_rng(0)
    y = generator.integers(0, 3, N_TRAIN + N_OTHER)
    x = generator.normal(size=(len(y), n_features)) + 0.5 * (y[:, None] == np.arange(n_features) % 3)
    return Dataset("made", x.astype(np.float32), y, None, None, "classification", ("a", "b", "c"), "made")


def parts() -> tuple[np.ndarray, np.ndarray]:
    """Return the samples to train on and the others."""
    indices = np.random.default_rng(1).permutation(N_TRAIN + N_OTHER).astype(np.int32)
    return np.sort(indices[:N_TRAIN]), np.sort(indices[N_TRAIN:])


def fit_both(
    dataset: Dataset,
    params: Mapping[str, Any],
    optimizer: Any,
    *,
    callbacks: Sequence[Any] = (),
    is_watched: bool = False,
    before: Mapping[str, Any] | None = None,
    in_one_call: bool = True,
) -> Both:
    """Train by both.

    Args:
        dataset: Of :data:`N_TRAIN` and :data:`N_OTHER` samples.
        params: Hyperparameters.
        optimizer: Keras's, with the same options.
        callbacks: Keras's.
        is_watched: Whether the others are watched by the engine; else they are held out.
        before: Hyperparameters of a fit of the same program before it, which must leave no trace.
        in_one_call: Whether Keras trains by ``keras.Model.fit``; else by its steps, which suffices where nothing is
            done between or after epochs, and for a few steps takes half the time.
    """
    resolved = resolve(dict(params), dataset.task)
    train, others = parts()
    data, nothing = ResidentData(dataset), others[:0]
    held_out, watched = (nothing, others) if is_watched else (others, nothing)
    program = Program(resolved, data, OTHERS_SEEDS.weights)
    other = resolve({**params, **(before or {})}, dataset.task)
    program.run(Training(other, train, held_out, OTHERS_SEEDS, watched=watched), data)
    training = Training(resolved, train, held_out, SEEDS, watched=watched)
    ours = program.run(training, data, keep_weights=True)

    model = build_model(resolved, dataset.input_shape, dataset.n_outputs, dataset.task, seed=SEEDS.weights)
    optimizer.build(model.trainable_variables)
    compiled = {"loss": resolved["loss"], "metrics": ["accuracy"], "jit_compile": False}
    model.compile(optimizer=optimizer, **compiled, run_eagerly=not in_one_call)
    if not in_one_call:
        return Both(ours, model, _by_steps(model, dataset, training, others))
    history = model.fit(
        _batches(dataset, training),
        steps_per_epoch=-(-len(train) // training.batch_size),
        epochs=int(resolved["epochs"]),
        validation_data=(dataset.x_train[others], dataset.y_train[others]),
        callbacks=list(callbacks),
        shuffle=False,
        verbose=0,
    ).history
    return Both(ours, model, history)


def _by_steps(model: Any, dataset: Dataset, training: Training, others: np.ndarray) -> dict[str, list[float]]:
    history: dict[str, list[float]] = {}
    for _, index in zip(range(training.n_epochs), _orders(training), strict=False):
        told = trained_epoch(model, dataset.x_train[index], dataset.y_train[index], training.batch_size)
        of_others = evaluated(model, dataset.x_train[others], dataset.y_train[others])
        for name, value in {**told, **{f"val_{name}": value for name, value in of_others.items()}}.items():
            history.setdefault(name, []).append(value)
    return history


def _orders(training: Training) -> Iterator[np.ndarray]:
    order = np.random.default_rng(training.seeds.order)
    while True:
        yield order.permutation(training.train)


def _batches(dataset: Dataset, training: Training) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for index in _orders(training):
        for start in range(0, len(index), training.batch_size):
            batch = index[start : start + training.batch_size]
            yield dataset.x_train[batch], dataset.y_train[batch]
