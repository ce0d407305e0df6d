"""The learning rate of each step, by the schedule of a fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from kerasgrid.axes.schedules import Ops, moves, schedule_of

OPS = Ops(tf.cos, tf.floor, tf.math.log, tf.pow, tf.minimum, tf.maximum, tf.where)
"""Of a graph's tensors."""


def is_scheduled(params: Mapping[str, Any]) -> bool:
    """Whether these resolved hyperparameters have the learning rate move."""
    return moves(params["learning_rate_schedule"])


class ScheduledRate:
    """A learning rate that moves: what a Keras optimizer takes as a function without arguments.

    The kind of its schedule is fixed, and which of its numbers are 0; the others, the rate and how long a fit is are
    variables.

    Args:
        params: Resolved hyperparameters; they say which schedule.
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        self._schedule, numbers = schedule_of(params["learning_rate_schedule"])
        self.base = tf.Variable(params["learning_rate"], dtype=tf.float32, trainable=False)
        self._off = {name: 0.0 for name, number in numbers.items() if not number}
        self._numbers = {name: tf.Variable(number, trainable=False) for name, number in numbers.items() if number}
        self._n_steps = tf.Variable(1.0, trainable=False)
        self._ahead = tf.Variable(0.0, trainable=False)
        self._now: tf.Tensor | None = None

    def __call__(self) -> Any:
        """Return the rate of the step that is being taken; before the first, the rate that schedules start from."""
        return self.base if self._now is None else self._now

    def reset(self, params: Mapping[str, Any], n_steps: int, n_before: int = 0) -> None:
        """Take the numbers of these resolved ``params``.

        Args:
            params: They.
            n_steps: The steps over which the rate moves.
            n_before: Which of them the first step to come is.
        """
        self.base.assign(params["learning_rate"])
        self._n_steps.assign(float(n_steps))
        self._ahead.assign(float(n_before))
        for name, number in schedule_of(params["learning_rate_schedule"])[1].items():
            if name in self._numbers:
                self._numbers[name].assign(number)

    def count_from(self, step: int) -> None:
        """Take a step that an optimizer counts so for the first to come."""
        self._ahead.assign_sub(float(step))

    def take(self, step: Any) -> None:
        """Work out the rate of a step, counted from 0, inside a graph; it holds until the next call."""
        # Whoever trains on after the last step has the rate that the schedule ended with.
        done = tf.minimum((tf.cast(step, tf.float32) + self._ahead) / self._n_steps, 1.0)
        numbers = self._off | {name: number.read_value() for name, number in self._numbers.items()}
        self._now = self.base * self._schedule.factor(OPS, done, numbers)

    def forget(self) -> None:
        """Let go of the rate that was worked out: it belongs to the graph that is done."""
        self._now = None
