"""Whole epochs in the graph, traced for batches of any size or compiled for batches of some."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from kerasgrid.engine.devices import is_on_cpu
from kerasgrid.engine.graph_kind import for_xla
from kerasgrid.engine.loops import Pass, of_any_size, of_fixed_size, run_epochs
from kerasgrid.engine.resident import ResidentData
from kerasgrid.fits.batches import EVALUATION_BATCH, BatchSizes

DataStep = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]
"""From all inputs, all targets and the indices of a batch to sums over it, shape (width,), that of the loss first."""

_SAMPLES_PER_CALL = 400_000
"""Samples trained in one call of the graph, about: small data sets pass several epochs a call."""

_MOST_COMPILED_EPOCHS = 64
"""Epochs a call, at most, of what is compiled: it is handed room for so many, however few there are to train."""


class Steps(NamedTuple):
    """What epochs are made of.

    Attributes:
        train: Trains on a batch.
        held_out: Evaluates a batch.
        width: Number of sums that either returns.
    """

    train: DataStep
    held_out: DataStep
    width: int


class Epochs:
    """Trains epochs by graphs that are made when they are first needed.

    A graph is traced once for batches of any size. Or XLA compiles it for given sizes, which takes longer and then
    trains faster; where it cannot be compiled (on a GPU, with an operation that XLA does not have), the traced one
    serves.

    Args:
        steps: What the epochs are made of.
        data_signature: Types of the inputs and the targets, for any number of samples.
    """

    def __init__(self, steps: Steps, data_signature: list[tf.TensorSpec]) -> None:
        self._steps = steps
        self._data_signature = data_signature
        self._traced: _Traced | None = None
        self._compiled: dict[tuple[BatchSizes, int], _Compiled | None] = {}
        self._evaluation: Callable[..., tf.Tensor] | None = None

    def make_ready(self, data: ResidentData, sizes: BatchSizes | None) -> float:
        """Make the graph for these sizes now, so that no fit's time contains it; None for any sizes.

        Returns:
            The seconds it took; 0 if it was there.
        """
        n_graphs, started = self._n_graphs, time.perf_counter()
        self._graph(data, sizes)
        return time.perf_counter() - started if self._n_graphs > n_graphs else 0.0

    def train(
        self,
        data: ResidentData,
        orders: Iterable[np.ndarray],
        held_out: np.ndarray,
        batch_size: int,
        sizes: BatchSizes | None,
        *,
        one_by_one: bool = False,
    ) -> Iterator[np.ndarray]:
        """Train an epoch for each order and yield its means: training sums, then held-out ones.

        After an epoch whose loss is not finite, nothing more is trained.

        Args:
            data: What the indices count in.
            orders: Indices of the training samples of each epoch, all of one length.
            held_out: Indices of the held-out samples.
            batch_size: Samples a training step.
            sizes: As for :meth:`make_ready`; they suit the arguments.
            one_by_one: Whether no epoch begins before the means of the last were taken.
        """
        graph = self._graph(data, sizes)
        orders = iter(orders)
        while (first := next(orders, None)) is not None:
            more = 0 if one_by_one else graph.epochs_per_call(len(first)) - 1
            chunk = np.stack([first, *islice(orders, more)])
            rows, n_done = graph.run(data, chunk, held_out, batch_size)
            yield from rows.numpy()[: int(n_done)]
            if int(n_done) < len(chunk):
                return

    def evaluate(self, data: ResidentData, index: np.ndarray) -> np.ndarray:
        """Return the means of the held-out sums over these samples, with the weights as they are."""
        if self._evaluation is None:
            self._evaluation = tf.function(
                self._evaluate,
                autograph=False,
                input_signature=[*self._data_signature, tf.TensorSpec([None], tf.int32)],
            )
        sums = self._evaluation(data.inputs, data.targets, tf.constant(index, tf.int32))
        return np.asarray(sums.numpy() / max(1, len(index)))

    def _evaluate(self, inputs: tf.Tensor, targets: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
        walk = of_any_size(tf.constant(EVALUATION_BATCH))
        return walk(partial(self._steps.held_out, inputs, targets), index, tf.shape(index)[0], self._steps.width)

    @property
    def _n_graphs(self) -> int:
        return len(self._compiled) + (self._traced is not None)

    def _graph(self, data: ResidentData, sizes: BatchSizes | None) -> _Traced | _Compiled:
        if sizes is not None:
            key = sizes, len(data.dataset.x_train)
            if key not in self._compiled:
                self._compiled[key] = _compiled(self._steps, data, sizes)
            compiled = self._compiled[key]
            if compiled is not None:
                return compiled
        if self._traced is None:
            self._traced = _Traced(self._steps, self._data_signature)
        return self._traced


class _Traced:
    """A graph for samples and batches of any number."""

    def __init__(self, steps: Steps, data_signature: list[tf.TensorSpec]) -> None:
        self._steps = steps
        self._call = tf.function(
            self._graph,
            autograph=False,
            input_signature=[
                *data_signature,
                tf.TensorSpec([None, None], tf.int32),
                tf.TensorSpec([None], tf.int32),
                tf.TensorSpec([], tf.int32),
            ],
        )
        # No epochs and no samples: the graph is traced and optimised now.
        nothing = [tf.zeros([0, *spec.shape[1:]], spec.dtype) for spec in data_signature]
        self._call(*nothing, tf.zeros([0, 1], tf.int32), tf.zeros([0], tf.int32), tf.constant(1))

    def epochs_per_call(self, n_train: int) -> int:
        return max(1, _SAMPLES_PER_CALL // n_train)

    def run(
        self, data: ResidentData, orders: np.ndarray, held_out: np.ndarray, batch_size: int
    ) -> tuple[tf.Tensor, tf.Tensor]:
        indices = tf.constant(orders, tf.int32), tf.constant(held_out, tf.int32)
        rows, n_done = self._call(data.inputs, data.targets, *indices, tf.constant(batch_size))
        return rows, n_done

    def _graph(
        self, inputs: tf.Tensor, targets: tf.Tensor, orders: tf.Tensor, held_out: tf.Tensor, batch_size: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        train_step, held_out_step, width = self._steps
        n_epochs, n_train = tf.shape(orders)[0], tf.shape(orders)[1]
        train = Pass(partial(train_step, inputs, targets), of_any_size(batch_size), n_train)
        evaluation_batch = of_any_size(tf.constant(EVALUATION_BATCH))
        evaluate = Pass(partial(held_out_step, inputs, targets), evaluation_batch, tf.shape(held_out)[0])
        return run_epochs(train, evaluate, orders, held_out, n_epochs, width)


class _Compiled:
    """A graph for one number of samples and batches of some sizes, compiled by XLA when it is first called.

    Raises:
        tf.errors.OpError: if it cannot be compiled.
    """

    def __init__(self, steps: Steps, data: ResidentData, sizes: BatchSizes) -> None:
        self._steps, self._sizes = steps, sizes
        self._n = len(data.dataset.x_train)
        self._n_rows = min(max(1, _SAMPLES_PER_CALL // self._n), _MOST_COMPILED_EPOCHS)
        self._call = tf.function(self._graph, autograph=False, jit_compile=True)
        nothing, zero = np.zeros([0, 0], np.int32), tf.constant(0)
        indices = self._padded(nothing, self._n_rows), self._padded(nothing, 1)[0]
        with for_xla():
            self._call(data.inputs, data.targets, *indices, zero, zero, zero)

    def epochs_per_call(self, n_train: int) -> int:
        return self._n_rows

    def run(
        self, data: ResidentData, orders: np.ndarray, held_out: np.ndarray, batch_size: int
    ) -> tuple[tf.Tensor, tf.Tensor]:
        counts = [tf.constant(n) for n in (len(orders), orders.shape[1], len(held_out))]
        indices = self._padded(orders, self._n_rows), self._padded(held_out[None], 1)[0]
        rows, n_done = self._call(data.inputs, data.targets, *indices, *counts)
        return rows, n_done

    def _padded(self, index: np.ndarray, n_rows: int) -> tf.Tensor:
        padded = np.zeros([n_rows, self._n], np.int32)
        padded[: index.shape[0], : index.shape[1]] = index
        return tf.constant(padded)

    def _graph(
        self,
        inputs: tf.Tensor,
        targets: tf.Tensor,
        orders: tf.Tensor,
        held_out: tf.Tensor,
        n_epochs: tf.Tensor,
        n_train: tf.Tensor,
        n_held_out: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        (train_step, held_out_step, width), sizes = self._steps, self._sizes
        batches = of_fixed_size(sizes.train, sizes.train_rest), of_fixed_size(sizes.held_out, sizes.held_out_rest)
        train = Pass(partial(train_step, inputs, targets), batches[0], n_train)
        evaluate = Pass(partial(held_out_step, inputs, targets), batches[1], n_held_out)
        return run_epochs(train, evaluate, orders, held_out, n_epochs, width)


def _compiled(steps: Steps, data: ResidentData, sizes: BatchSizes) -> _Compiled | None:
    if not is_on_cpu():
        return None
    try:
        return _Compiled(steps, data, sizes)
    except tf.errors.OpError:
        return None
