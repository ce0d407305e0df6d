"""The data set as tensors that stay in a process, shared by all of its programs."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import tensorflow as tf

from kerasgrid.data.dataset import Dataset
from kerasgrid.engine.devices import is_on_cpu
from kerasgrid.fits.metric import metrics_for
from kerasgrid.models.layout import Layout
from kerasgrid.models.samples import PROBED, some_samples
from kerasgrid.models.statistics import Statistics, TargetStatistics


class Shapes(Protocol):
    """What models and programs need to know of the data that they are made for."""

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one sample, as a program is given it."""

    @property
    def n_outputs(self) -> int:
        """Number of classes or labels, or of targets."""

    @property
    def task(self) -> str:
        """One of :data:`kerasgrid.axes.names.TASKS`."""

    @property
    def layout(self) -> Layout | None:
        """Where the columns of a table go; None for arrays."""

    @property
    def has_bytes(self) -> bool:
        """Whether samples are images of bytes, 0 … 255, of which the model takes 0 … 1."""

    @property
    def has_scaled_targets(self) -> bool:
        """Whether regression targets are standardised."""

    @property
    def has_weights(self) -> bool:
        """Whether samples differ in how much they count in the training."""

    @property
    def samples(self) -> np.ndarray | None:
        """A few samples as a model takes them, to try a user's own with; None where there are none."""


def shapes_key(shapes: Shapes) -> Hashable:
    """Return what programs of one structure must have in common to be one program."""
    # Of a table's columns only those that are embedded bear on the layers, beside how wide an encoded row is.
    layout = shapes.layout
    embedded = () if layout is None else tuple((column.n_levels, column.size) for column in layout.embedded)
    of_targets = shapes.n_outputs, shapes.task, shapes.has_scaled_targets, shapes.has_weights
    # A metric that is added later is measured by a new program.
    return shapes.input_shape, metrics_for(shapes.task), embedded, of_targets, shapes.has_bytes


@dataclass(frozen=True, eq=False)
class Front:
    """What stands between the samples of a data set and the layers of a model, for one fold.

    Attributes:
        layout: Where the columns go; of a table, or of an array whose numbers are scaled.
        statistics: What the training samples said of them.
    """

    layout: Layout
    statistics: Statistics


class ResidentData:
    """The training data of a data set as tensors, and its shapes.

    Folds are index arrays into it, never copies of its parts.

    Args:
        dataset: The data set.
        encoded: Its training samples as a model sees them; None for as they are.
        inputs: They, as a tensor that is there already; None makes it.
        front: How they were encoded; None where they were not.
        scaled: What the training samples of a fold said of the targets, which are standardised then; None where they
            are not.

    Attributes:
        inputs: Float32, or uint8 for images of bytes, shape (n, \\*input_shape).
        targets: Class indices, int32, shape (n,); or float32, shape (n, n_outputs).
    """

    def __init__(
        self,
        dataset: Dataset,
        *,
        encoded: np.ndarray | None = None,
        inputs: tf.Tensor | None = None,
        front: Front | None = None,
        scaled: TargetStatistics | None = None,
    ) -> None:
        samples = dataset.x_train if encoded is None else encoded
        self.dataset = dataset
        self.front, self.scaled = front, scaled
        self.task = dataset.task
        self.input_shape: tuple[int, ...] = samples.shape[1:]
        self.n_outputs = dataset.n_outputs
        self.has_bytes = samples.dtype == np.uint8
        self.inputs = _resident(samples) if inputs is None else inputs
        targets = as_targets(dataset.y_train, self.task)
        self.targets = targets if scaled is None else (targets - scaled.mean) / scaled.std

    @property
    def layout(self) -> Layout | None:
        """Where the columns of a table go; None for arrays."""
        return None if self.front is None or self.dataset.columns is None else self.front.layout

    @property
    def has_scaled_targets(self) -> bool:
        """Whether regression targets are standardised."""
        return self.scaled is not None

    @property
    def has_weights(self) -> bool:
        """Whether samples differ in how much they count in the training."""
        return self.dataset.weights is not None

    @property
    def samples(self) -> np.ndarray:
        """A few samples as a model takes them, float32, (at most 8, \\*input_shape)."""
        return some_samples(self.inputs[:PROBED].numpy())

    def variance(self, index: np.ndarray) -> np.ndarray | None:
        """Return the variance of each target over these samples, shape (n_outputs,); None for classes or no samples."""
        return variance_of(self.dataset.y_train[index]) if self.task == "regression" else None


def as_targets(y: np.ndarray, task: str) -> tf.Tensor:
    """Return class indices as int32, shape (n,), or what else is to be predicted as float32, shape (n, n_outputs)."""
    if task == "classification":
        return tf.constant(y, tf.int32)
    return tf.constant(np.reshape(y, (len(y), -1)), tf.float32)


def variance_of(targets: np.ndarray) -> np.ndarray | None:
    """Return the variance of each of these regression targets, shape (n_outputs,); None without samples."""
    if len(targets) == 0:
        return None
    return np.asarray(np.var(np.reshape(targets, (len(targets), -1)), axis=0))


def signature(shapes: Shapes) -> list[tf.TensorSpec]:
    """Return the types of :attr:`ResidentData.inputs` and ``targets`` for any number of samples."""
    is_classes = shapes.task == "classification"
    targets = tf.TensorSpec([None], tf.int32) if is_classes else tf.TensorSpec([None, shapes.n_outputs], tf.float32)
    return [tf.TensorSpec([None, *shapes.input_shape], tf.uint8 if shapes.has_bytes else tf.float32), targets]


def _resident(array: np.ndarray) -> tf.Tensor:
    """Return an array as a tensor, of the same memory where that can be.

    Workers map one file into their memory; a copy in each would cost its size for every core.
    """
    is_shareable = array.flags.writeable and array.flags.c_contiguous and array.ctypes.data % 64 == 0
    if array.size and is_shareable and is_on_cpu():
        return tf.experimental.dlpack.from_dlpack(np.asarray(array).__dlpack__())
    return tf.constant(array)
