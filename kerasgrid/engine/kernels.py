"""TensorFlow's fused update steps of Keras's optimizers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import keras
import tensorflow as tf

Variables = Sequence[keras.Variable]
Kernel = Callable[[tf.Tensor, tf.Tensor], list[Callable[..., Any]]]
"""From the learning rate and the step (counted from 1) to one function of ``var`` and ``grad`` for each variable."""

_GREATEST_ADAGRAD_EPSILON = 1e-7
"""Up to which Keras's update and the kernel's agree."""


def _handles(variables: Variables) -> list[tf.Tensor]:
    return [variable.value.handle for variable in variables]


def _descend(rate: tf.Tensor, var: tf.Tensor, grad: tf.Tensor) -> Any:
    return tf.raw_ops.ResourceApplyGradientDescent(var=var, alpha=rate, delta=grad)


def _sgd(optimizer: Any, variables: Variables, scratch: list[tf.Variable]) -> Kernel:
    if optimizer.momentum == 0:
        return lambda rate, step: [partial(_descend, rate)] * len(variables)
    slots = _handles(optimizer.momentums)
    fixed = {"momentum": optimizer.momentum, "use_nesterov": optimizer.nesterov}
    apply = partial(tf.raw_ops.ResourceApplyKerasMomentum, **fixed)
    return lambda rate, step: [partial(apply, lr=rate, accum=slot) for slot in slots]


def _adam(optimizer: Any, variables: Variables, scratch: list[tf.Variable]) -> Kernel | None:
    if optimizer.amsgrad:
        return None
    slots = list(zip(_handles(optimizer._momentums), _handles(optimizer._velocities), strict=True))
    betas = {"beta1": optimizer.beta_1, "beta2": optimizer.beta_2}
    apply = partial(tf.raw_ops.ResourceApplyAdam, epsilon=optimizer.epsilon, **betas)

    def kernel(rate: tf.Tensor, step: tf.Tensor) -> list[Callable[..., Any]]:
        powers = {f"{name}_power": tf.pow(tf.constant(beta, tf.float32), step) for name, beta in betas.items()}
        return [partial(apply, lr=rate, m=m, v=v, **powers) for m, v in slots]

    return kernel


def _rmsprop(optimizer: Any, variables: Variables, scratch: list[tf.Variable]) -> Kernel | None:
    if optimizer.centered or optimizer.momentum > 0:
        return None
    # The kernel wants a momentum slot. With momentum 0 its content matters only if it is not finite.
    scratch += [tf.Variable(tf.zeros(variable.shape), trainable=False) for variable in variables]
    slots = [(ms, mom.handle) for ms, mom in zip(_handles(optimizer._velocities), scratch, strict=True)]
    fixed = {"rho": optimizer.rho, "momentum": 0.0, "epsilon": optimizer.epsilon}
    apply = partial(tf.raw_ops.ResourceApplyRMSProp, **fixed)
    return lambda rate, step: [partial(apply, lr=rate, ms=ms, mom=mom) for ms, mom in slots]


def _adagrad(optimizer: Any, variables: Variables, scratch: list[tf.Variable]) -> Kernel | None:
    # Keras divides by sqrt(accumulator + ε), the kernel by sqrt(accumulator) + ε: with accumulators of 0.1 and more
    # and ε = 1e-7 the two agree to within a few float32 roundings.
    if optimizer.epsilon > _GREATEST_ADAGRAD_EPSILON:
        return None
    slots = _handles(optimizer._accumulators)
    apply = partial(tf.raw_ops.ResourceApplyAdagradV2, epsilon=optimizer.epsilon)
    return lambda rate, step: [partial(apply, lr=rate, accum=slot) for slot in slots]


def _adadelta(optimizer: Any, variables: Variables, scratch: list[tf.Variable]) -> Kernel:
    slots = list(zip(_handles(optimizer._accumulated_grads), _handles(optimizer._accumulated_delta_vars), strict=True))
    apply = partial(tf.raw_ops.ResourceApplyAdadelta, rho=optimizer.rho, epsilon=optimizer.epsilon)
    return lambda rate, step: [partial(apply, lr=rate, accum=grads, accum_update=deltas) for grads, deltas in slots]


KERNELS: Mapping[str, Callable[[Any, Variables, list[tf.Variable]], Kernel | None]] = {
    "SGD": _sgd,
    "Adam": _adam,
    "AdamW": _adam,
    "RMSprop": _rmsprop,
    "Adagrad": _adagrad,
    "Adadelta": _adadelta,
}
"""By the class of the optimizer; None where it has an option that its kernel has not."""
