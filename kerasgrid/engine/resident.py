"""The data set as tensors that stay in a process, shared by all of its programs."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import tensorflow as tf

from kerasgrid.data.dataset import Dataset


class Shapes(Protocol):
    """What models and programs need to know of the data that they are made for."""

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one sample."""

    @property
    def n_outputs(self) -> int:
        """Number of classes, or of targets."""

    @property
    def task(self) -> str:
        """``classification`` or ``regression``."""


class ResidentData:
    """The training data of a data set as tensors, and its shapes.

    Folds are index arrays into it, never copies of its parts.

    Attributes:
        inputs: Float32, shape (n, \\*input_shape).
        targets: Class indices, int32, shape (n,); or float32, shape (n, n_outputs).
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.task = dataset.task
        self.input_shape = dataset.input_shape
        self.n_outputs = dataset.n_outputs
        self.inputs = _resident(dataset.x_train)
        self.targets = as_targets(dataset.y_train, self.task)

    def variance(self, index: np.ndarray) -> np.ndarray | None:
        """Return the variance of each target over these samples, shape (n_outputs,); None for classes or no samples."""
        return None if self.task == "classification" else variance_of(self.dataset.y_train[index])


def as_targets(y: np.ndarray, task: str) -> tf.Tensor:
    """Return labels as int32, shape (n,), or regression targets as float32, shape (n, n_outputs)."""
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
    return [tf.TensorSpec([None, *shapes.input_shape], tf.float32), targets]


def _resident(array: np.ndarray) -> tf.Tensor:
    """Return a float32 array as a tensor, of the same memory where that can be.

    Workers map one file into their memory; a copy in each would cost its size for every core.
    """
    is_shareable = array.flags.writeable and array.flags.c_contiguous and array.ctypes.data % 64 == 0
    if array.size and is_shareable and not tf.config.list_physical_devices("GPU"):
        return tf.experimental.dlpack.from_dlpack(np.asarray(array).__dlpack__())
    return tf.constant(array, tf.float32)
