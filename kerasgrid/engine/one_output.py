"""One output for two classes: the probability of the second."""

from __future__ import annotations

from dataclasses import dataclass

import tensorflow as tf

from kerasgrid.engine.keras_losses import TargetForm


@dataclass(frozen=True)
class OneOutput:
    """Turns one output into those of two classes.

    Attributes:
        from_logits: Whether it is no probability yet.
    """

    from_logits: bool

    @classmethod
    def of(cls, form: TargetForm, *, from_logits: bool) -> OneOutput | None:
        """Return it for a model of one output and two classes; None of others."""
        is_one = form.task == "classification" and form.width == 1
        return cls(from_logits) if is_one else None

    def of_batch(self, outputs: tf.Tensor) -> tf.Tensor:
        """Return the probabilities of both classes, (batch, 2), of outputs (batch, 1), in a graph."""
        second = tf.sigmoid(outputs) if self.from_logits else outputs
        return tf.concat([1.0 - second, second], axis=-1)
