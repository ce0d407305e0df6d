"""Keras optimizers by the names of the space file, and their fused update steps."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import keras
import tensorflow as tf

from kerasgrid.errors import SpaceError

Variables = Sequence[keras.Variable]
Kernel = Callable[[tf.Tensor, tf.Tensor], list[Callable[..., Any]]]
"""From the learning rate and the step (counted from 1) to one function of ``var`` and ``grad`` for each variable."""


def make_optimizer(params: Mapping[str, Any]) -> keras.optimizers.Optimizer:
    """Return the Keras optimizer that the resolved ``params`` name, with their learning rate and weight decay."""
    name = params["optimizer"]
    options: dict[str, Any] = {"learning_rate": params["learning_rate"], "weight_decay": params["weight_decay"]}
    if name in ("SGD", "momentum", "nesterov"):
        options |= {"momentum": params["momentum"], "nesterov": name == "nesterov"}
        name = "SGD"
    return getattr(keras.optimizers, name)(**options)


class Updater:
    """Applies an optimizer to a model's variables, by TensorFlow's fused kernels where there are some.

    The kernels compute what Keras's ``update_step`` does, within float tolerance, in one pass over each variable.

    Args:
        params: Resolved hyperparameters; they say which optimizer.
        variables: The trainable variables.
    """

    def __init__(self, params: Mapping[str, Any], variables: Variables) -> None:
        self._variables = list(variables)
        self._has_warned = False
        self._optimizer: Any = make_optimizer(params)
        self._optimizer.build(self._variables)
        self._start = [variable.numpy() for variable in self._optimizer.variables]
        self._scratch: list[tf.Variable] = []
        self._weight_decay: tf.Variable | None = None
        if params["weight_decay"]:
            self._weight_decay = tf.Variable(params["weight_decay"], dtype=tf.float32, trainable=False)
        self._optimizer.weight_decay = self._weight_decay
        if hasattr(self._optimizer, "adam_weight_decay"):  # Muon has one more, for biases
            self._optimizer.adam_weight_decay = self._weight_decay
        make_kernel = _KERNELS.get(type(self._optimizer).__name__)
        # The gradient of an embedding has a row for each sample. Keras squares these rows one by one, and adds up then
        # what belongs to one word; the kernels square the sum.
        self._adds_up = type(self._optimizer).__name__ == "SGD"
        if any(getattr(variable, "overwrite_with_gradient", False) for variable in self._variables):
            make_kernel = None  # scales of quantized layers, which Keras's own step alone knows
        self._kernel = None if make_kernel is None else make_kernel(self._optimizer, self._variables, self._scratch)

    def reset(self, params: Mapping[str, Any]) -> None:
        """Forget everything and take the learning rate and weight decay of these resolved ``params``.

        The variables must have their initial values by now.
        """
        for variable, start in zip(self._optimizer.variables, self._start, strict=True):
            variable.assign(start)
        for variable in self._scratch:
            variable.assign(tf.zeros(variable.shape))
        if type(self._optimizer).__name__ == "ScheduleFreeAdamW":
            # Its "momentum" is a second set of weights, which starts where the model does.
            for momentum, variable in zip(self._optimizer._momentums, self._variables, strict=True):
                momentum.assign(variable)
        self._optimizer.learning_rate.assign(params["learning_rate"])
        if self._weight_decay is not None:
            self._weight_decay.assign(params["weight_decay"])

    @property
    def learning_rate(self) -> float:
        """The learning rate that the next step takes."""
        return float(self._optimizer.learning_rate.numpy())

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self._optimizer.learning_rate.assign(rate)

    def apply(self, gradients: Sequence[tf.Tensor | None]) -> None:
        """Change the variables by one step; inside a graph.

        As with Keras, what has no gradient stays as it is, and is warned of; each variable's constraint holds
        afterwards.

        Raises:
            SpaceError: if there is no gradient at all.
        """
        has_gradient = self._with_gradient(gradients)
        if self._kernel is None:
            pairs = zip(gradients, self._variables, has_gradient, strict=True)
            self._optimizer.apply(*zip(*(pair for *pair, is_there in pairs if is_there), strict=True))
            return
        rate = tf.convert_to_tensor(self._optimizer.learning_rate)
        step = tf.cast(self._optimizer.iterations + 1, tf.float32)
        decay = None if self._weight_decay is None else self._weight_decay * rate
        for variable, apply, gradient in zip(self._variables, self._kernel(rate, step), gradients, strict=True):
            if gradient is None:
                continue
            is_single = variable.dtype == "float32"
            if decay is not None and is_single:
                variable.value.assign_sub(variable.value * decay)
            elif decay is not None:
                self._optimizer._apply_weight_decay([variable])
            if not is_single or (isinstance(gradient, tf.IndexedSlices) and not self._adds_up):
                self._optimizer.update_step(gradient, variable, rate)
            else:
                apply(var=variable.value.handle, grad=tf.convert_to_tensor(gradient))
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable))
        self._optimizer.iterations.assign_add(1)

    def _with_gradient(self, gradients: Sequence[tf.Tensor | None]) -> list[bool]:
        has_gradient = [gradient is not None for gradient in gradients]
        if not any(has_gradient):
            raise SpaceError(
                "the loss must depend on the model's weights",
                where="model",
                got=f"no gradient for any of {len(has_gradient)}",
                hint="what rounds, sorts or compares has none",
            )
        idle = [one.path for one, is_there in zip(self._variables, has_gradient, strict=True) if not is_there]
        if idle and not self._has_warned:
            self._has_warned = True
            warnings.warn(f"weights without a gradient are not trained: {', '.join(idle)}", stacklevel=2)
        return has_gradient


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


def _adagrad(optimizer: Any, variables: Variables, scratch: list[tf.Variable]) -> Kernel:
    # Keras divides by sqrt(accumulator + ε), the kernel by sqrt(accumulator) + ε: with accumulators of 0.1 and more
    # and ε = 1e-7 the two agree to within a few float32 roundings.
    slots = _handles(optimizer._accumulators)
    apply = partial(tf.raw_ops.ResourceApplyAdagradV2, epsilon=optimizer.epsilon)
    return lambda rate, step: [partial(apply, lr=rate, accum=slot) for slot in slots]


def _adadelta(optimizer: Any, variables: Variables, scratch: list[tf.Variable]) -> Kernel:
    slots = list(zip(_handles(optimizer._accumulated_grads), _handles(optimizer._accumulated_delta_vars), strict=True))
    apply = partial(tf.raw_ops.ResourceApplyAdadelta, rho=optimizer.rho, epsilon=optimizer.epsilon)
    return lambda rate, step: [partial(apply, lr=rate, accum=grads, accum_update=deltas) for grads, deltas in slots]


_KERNELS: Mapping[str, Callable[[Any, Variables, list[tf.Variable]], Kernel | None]] = {
    "SGD": _sgd,
    "Adam": _adam,
    "AdamW": _adam,
    "RMSprop": _rmsprop,
    "Adagrad": _adagrad,
    "Adadelta": _adadelta,
}
