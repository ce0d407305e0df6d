"""Keras optimizers by the names of the space file, and their fused update steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import keras
import tensorflow as tf

from kerasgrid.axes.names import CLIPPINGS, OPTIMIZERS_WITH
from kerasgrid.engine.clipping import Clipping
from kerasgrid.engine.rates import ScheduledRate, is_scheduled

Variables = Sequence[keras.Variable]
Kernel = Callable[[tf.Tensor, tf.Tensor], list[Callable[..., Any]]]
"""From the learning rate and the step (counted from 1) to one function of ``var`` and ``grad`` for each variable."""


_GREATEST_ADAGRAD_EPSILON = 1e-7
"""Up to which Keras's update and the kernel's agree."""


def make_optimizer(params: Mapping[str, Any], **instead: Any) -> keras.optimizers.Optimizer:
    """Return the Keras optimizer that the resolved ``params`` name, with what they say of it.

    Its learning rate is that of the params, without their schedule: a model that is trained on is no part of the fit.

    Args:
        params: Resolved hyperparameters.
        instead: Arguments of the optimizer that take the place of what they say.
    """
    name = params["optimizer"]
    options: dict[str, Any] = {"learning_rate": params["learning_rate"], "weight_decay": params["weight_decay"]}
    # The parameters of a pickled estimator may be older than these rows.
    options |= {one: params[one] for one in (*CLIPPINGS, *OPTIMIZERS_WITH) if params.get(one) is not None}
    if params.get("ema_momentum") is not None:
        options |= {"use_ema": True, "ema_momentum": params["ema_momentum"]}
    options |= instead
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
        self._clipping = Clipping(params)
        self._scheduled = ScheduledRate(params) if is_scheduled(params) else None
        # Bounds are variables of ours, and so is a rate that moves.
        instead: dict[str, Any] = dict.fromkeys(CLIPPINGS)
        if self._scheduled is not None:
            instead["learning_rate"] = self._scheduled
        self._optimizer: Any = make_optimizer(params, **instead)
        self._optimizer.build(self._variables)
        self._start = [variable.numpy() for variable in self._optimizer.variables]
        self._scratch: list[tf.Variable] = []
        self._weight_decay: tf.Variable | None = None
        if params["weight_decay"]:
            self._weight_decay = tf.Variable(params["weight_decay"], dtype=tf.float32, trainable=False)
        self._optimizer.weight_decay = self._weight_decay
        self._has_averages = bool(self._optimizer.use_ema)
        if self._has_averages:
            self._optimizer.ema_momentum = tf.Variable(params["ema_momentum"], dtype=tf.float32, trainable=False)
        if hasattr(self._optimizer, "adam_weight_decay"):  # Muon has one more, for biases
            self._optimizer.adam_weight_decay = self._weight_decay
        make_kernel = _KERNELS.get(type(self._optimizer).__name__)
        # The gradient of an embedding has a row for each sample. Keras squares these rows one by one, and adds up then
        # what belongs to one word; the kernels square the sum.
        self._adds_up = type(self._optimizer).__name__ == "SGD"
        self._kernel = None if make_kernel is None else make_kernel(self._optimizer, self._variables, self._scratch)

    def reset(self, params: Mapping[str, Any], n_steps: int = 1) -> None:
        """Forget everything and take the numbers of these resolved ``params``, for a fit of so many steps.

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
        self.learning_rate = params["learning_rate"]
        if self._scheduled is not None:
            self._scheduled.reset(params, n_steps)
        self._clipping.reset(params)
        if self._weight_decay is not None:
            self._weight_decay.assign(params["weight_decay"])
        if self._has_averages:
            self._optimizer.ema_momentum.assign(params["ema_momentum"])

    @property
    def _base_rate(self) -> Any:
        return self._optimizer.learning_rate if self._scheduled is None else self._scheduled.base

    @property
    def learning_rate(self) -> float:
        """The learning rate that the next step takes, before any schedule."""
        return float(self._base_rate.numpy())

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self._base_rate.assign(rate)

    def apply(self, gradients: Sequence[tf.Tensor]) -> None:
        """Change the variables by one step; inside a graph."""
        gradients = self._clipping.of(gradients)
        if self._scheduled is not None:
            self._scheduled.take(self._optimizer.iterations)
        self._apply(gradients)
        if self._scheduled is not None:
            self._scheduled.forget()

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Have the variables hold their moving averages inside the block, if there are any; in a graph or without."""
        if not self._has_averages:
            yield
            return
        kept = [tf.identity(variable.value) for variable in self._variables]
        self.take_averages()
        yield
        for variable, value in zip(self._variables, kept, strict=True):
            variable.assign(value)

    def take_averages(self) -> None:
        """Give the variables the values of their moving averages, if there are any."""
        if self._has_averages:
            self._optimizer.finalize_variable_values(self._variables)

    def restart_averages(self) -> None:
        """Give the moving averages, if there are any, the values of the variables."""
        if self._has_averages:
            for average, variable in self._averages:
                average.assign(variable)

    @property
    def _averages(self) -> Iterator[tuple[Any, keras.Variable]]:
        return zip(self._optimizer._model_variables_moving_average, self._variables, strict=True)

    def _apply(self, gradients: Sequence[tf.Tensor]) -> None:
        if self._kernel is None:
            self._optimizer.apply(gradients, self._variables)
            return
        rate = tf.convert_to_tensor(self._optimizer.learning_rate)
        step = tf.cast(self._optimizer.iterations + 1, tf.float32)
        decay = None if self._weight_decay is None else self._weight_decay * rate
        for variable, apply, gradient in zip(self._variables, self._kernel(rate, step), gradients, strict=True):
            if decay is not None:
                variable.value.assign_sub(variable.value * decay)
            if isinstance(gradient, tf.IndexedSlices) and not self._adds_up:
                self._optimizer.update_step(gradient, variable, rate)
            else:
                apply(var=variable.value.handle, grad=tf.convert_to_tensor(gradient))
        if self._has_averages:
            # As Keras does it, in fewer operations: the first average is the weight itself.
            new = tf.where(step > 1.0, 1.0 - self._optimizer.ema_momentum, 1.0)
            for average, variable in self._averages:
                difference = average.value - variable.value
                average.value.assign_sub(tf.cast(new, difference.dtype) * difference)
        self._optimizer.iterations.assign_add(1)


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


_KERNELS: Mapping[str, Callable[[Any, Variables, list[tf.Variable]], Kernel | None]] = {
    "SGD": _sgd,
    "Adam": _adam,
    "AdamW": _adam,
    "RMSprop": _rmsprop,
    "Adagrad": _adagrad,
    "Adadelta": _adadelta,
}
