"""Loops over epochs and batches inside a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

Step = Callable[[tf.Tensor], tf.Tensor]
"""From the indices of a batch to sums over it, shape (width,)."""

Walk = Callable[[Step, tf.Tensor, tf.Tensor, int], tf.Tensor]
"""Sums a step over the first samples of an index, batch after batch: (step, index, number of samples, width)."""


class Pass(NamedTuple):
    """One walk over samples in every epoch.

    Attributes:
        step: What is done with a batch.
        walk: How the samples are cut into batches.
        n: Number of samples, a scalar.
    """

    step: Step
    walk: Walk
    n: tf.Tensor


def of_any_size(batch_size: tf.Tensor) -> Walk:
    """Return a walk in batches of this size, a scalar tensor; the last one may be partial."""

    def walk(step: Step, index: tf.Tensor, n: tf.Tensor, width: int) -> tf.Tensor:
        def body(start: tf.Tensor, sums: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            end = tf.minimum(start + batch_size, n)
            return end, sums + step(index[start:end])

        return _sum_while(lambda start: start < n, body, width)

    return walk


def of_fixed_size(size: int, rest: int) -> Walk:
    """Return a walk in batches of this size and a last one of ``rest`` samples (0 for none), as XLA wants them.

    The number of samples may vary, but leaves this rest.
    """

    def walk(step: Step, index: tf.Tensor, n: tf.Tensor, width: int) -> tf.Tensor:
        full = tf.maximum(n - rest, 0)

        def body(start: tf.Tensor, sums: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return start + size, sums + step(tf.slice(index, [start], [size]))

        sums = _sum_while(lambda start: start < full, body, width)
        if rest:
            # A slice would be compiled anew for every number of samples.
            sums += step(tf.gather(index, full + tf.range(rest)))
        return sums

    return walk


def run_epochs(
    train: Pass, held_out: Pass, orders: tf.Tensor, held_out_index: tf.Tensor, n_epochs: tf.Tensor, width: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Train one epoch for each of the first rows of ``orders``, stopping after one whose loss is not finite.

    Args:
        train: How an epoch trains; its sums begin with that of the loss.
        held_out: How it evaluates afterwards.
        orders: Indices of the training samples, int32, (at least ``n_epochs``, at least ``train.n``).
        held_out_index: Indices of the held-out samples, int32, (at least ``held_out.n``,).
        n_epochs: Number of epochs, a scalar.
        width: Number of sums of either step.

    Returns:
        The means of the training and held-out sums, shape (rows of ``orders``, 2 × width), and how many are filled.
    """

    def one_epoch(epoch: tf.Tensor, rows: tf.TensorArray, _: tf.Tensor) -> tuple[tf.Tensor, tf.TensorArray, tf.Tensor]:
        trained = train.walk(train.step, orders[epoch], train.n, width) / tf.cast(train.n, tf.float32)
        # The order of the two matters: evaluation must see the weights after the epoch.
        with tf.control_dependencies([trained]):
            held = held_out.walk(held_out.step, held_out_index, held_out.n, width)
        held = tf.math.divide_no_nan(held, tf.cast(held_out.n, tf.float32))
        finite = tf.math.is_finite(trained[0]) & tf.math.is_finite(held[0])
        return epoch + 1, rows.write(epoch, tf.concat([trained, held], axis=0)), finite

    n_rows = orders.shape[0] if orders.shape[0] is not None else tf.shape(orders)[0]
    rows = tf.TensorArray(tf.float32, size=n_rows, element_shape=[2 * width], clear_after_read=False)
    done, rows, _ = tf.while_loop(
        lambda epoch, rows, finite: (epoch < n_epochs) & finite,
        one_epoch,
        (tf.constant(0), rows, tf.constant(True)),
        parallel_iterations=1,
    )
    return rows.stack(), done


def _sum_while(
    goes_on: Callable[[tf.Tensor], tf.Tensor],
    body: Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]],
    width: int,
) -> tf.Tensor:
    _, sums = tf.while_loop(
        lambda start, sums: goes_on(start), body, (tf.constant(0), tf.zeros([width])), parallel_iterations=1
    )
    return sums
