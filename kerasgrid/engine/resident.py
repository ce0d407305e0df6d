"""The data set as tensors that stay in a process, shared by all of its programs."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from kerasgrid.data.dataset import Dataset


class ResidentData:
    """The training data of a data set as tensors, and what models need to know of it.

    Folds are index arrays into it, never copies of its parts.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.task = dataset.task
        self.input_shape = dataset.input_shape
        self.n_outputs = dataset.n_outputs
        self._inputs = _resident(dataset.x_train)
        self._targets = self.as_targets(dataset.y_train)

    def as_targets(self, y: np.ndarray) -> tf.Tensor:
        """Return labels as int32, or regression targets as float32."""
        return tf.constant(y, tf.int32 if self.task == "classification" else tf.float32)

    def batch(self, index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return inputs (batch, \\*input_shape) and targets (batch, …) at these indices, inside or outside a graph."""
        return tf.gather(self._inputs, index), tf.gather(self._targets, index)

    def variance(self, index: np.ndarray) -> np.ndarray | None:
        """Return the variance of each target over these samples, shape (n_outputs,); None for classes or no samples."""
        return None if self.task == "classification" else self.variance_of(self.dataset.y_train[index])

    def variance_of(self, targets: np.ndarray) -> np.ndarray | None:
        """Return the variance of each of these targets, as :meth:`variance`."""
        if self.task == "classification" or len(targets) == 0:
            return None
        return np.asarray(np.var(np.reshape(targets, (len(targets), -1)), axis=0))


def _resident(array: np.ndarray) -> tf.Tensor:
    """Return a float32 array as a tensor, of the same memory where that can be.

    Workers map one file into their memory; a copy in each would cost its size for every core.
    """
    is_shareable = array.flags.writeable and array.flags.c_contiguous and array.ctypes.data % 64 == 0
    if array.size and is_shareable and not tf.config.list_physical_devices("GPU"):
        return tf.experimental.dlpack.from_dlpack(np.asarray(array).__dlpack__())
    return tf.constant(array, tf.float32)
