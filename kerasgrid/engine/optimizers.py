"""Keras optimizers by the names of the space file, and their fused update steps."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasgrid.axes.names import CLIPPINGS, OPTIMIZERS_WITH
from kerasgrid.engine.clipping import Clipping
from kerasgrid.engine.kernels import KERNELS, Variables
from kerasgrid.engine.rates import ScheduledRate, is_scheduled
from kerasgrid.engine.training import OptimizerState
from kerasgrid.errors import SpaceError
from kerasgrid.models.compiled import Made


def make_optimizer(params: Mapping[str, Any], made: Made | None = None, **instead: Any) -> keras.optimizers.Optimizer:
    """Return the Keras optimizer that the resolved ``params`` name, with what they say of it.

    Its learning rate is that of the params, without their schedule: a model that is trained on is no part of the fit.

    Args:
        params: Resolved hyperparameters.
        made: The optimizer, where they alone do not say which; what they say of it comes first.
        instead: Arguments of the optimizer that take the place of what they say.
    """
    # The parameters of a pickled estimator may be older than these rows.
    options = {one: params[one] for one in (*CLIPPINGS, *OPTIMIZERS_WITH) if params.get(one) is not None}
    if params.get("ema_momentum") is not None:
        options |= {"use_ema": True, "ema_momentum": params["ema_momentum"]}
    if made is not None:
        bounded = dict.fromkeys(CLIPPINGS) if any(one in options for one in CLIPPINGS) else {}
        given = {one: value for one, value in options.items() if one not in instead}
        return made.changed({**bounded, **given}).optimizer(params)
    options |= {"learning_rate": params["learning_rate"], "weight_decay": params["weight_decay"], **instead}
    name = params["optimizer"]
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
        made: The optimizer, where the parameters alone do not say which; learning rate and weight decay are theirs.
    """

    def __init__(self, params: Mapping[str, Any], variables: Variables, made: Made | None = None) -> None:
        self._variables = list(variables)
        self._has_warned = False
        self._clipping = Clipping(params)
        self._scheduled = ScheduledRate(params) if is_scheduled(params) else None
        # Bounds are variables of ours, and so is a rate that moves.
        self._optimizer: Any = make_optimizer(params, made, **dict.fromkeys(CLIPPINGS))
        if self._scheduled is not None:
            self._optimizer._learning_rate = self._scheduled
        self._has_schedule = self._scheduled is None and made is not None and made.schedule is not None
        self._optimizer.build(self._variables)
        self._asked_rate = float(params["learning_rate"])
        self._start = [variable.numpy() for variable in self._optimizer.variables]
        self._scratch: list[tf.Variable] = []
        self._weight_decay: tf.Variable | None = None
        if params["weight_decay"] and (made is None or "weight_decay" in made.numbers):
            self._weight_decay = tf.Variable(params["weight_decay"], dtype=tf.float32, trainable=False)
        self._optimizer.weight_decay = self._weight_decay
        self._has_averages = bool(self._optimizer.use_ema)
        self._momentum_of_averages: tf.Variable | None = None
        if params.get("ema_momentum") is not None:
            self._momentum_of_averages = tf.Variable(params["ema_momentum"], dtype=tf.float32, trainable=False)
            self._optimizer.ema_momentum = self._momentum_of_averages
        if hasattr(self._optimizer, "adam_weight_decay"):  # Muon has one more, for biases
            self._optimizer.adam_weight_decay = self._weight_decay
        make_kernel = KERNELS.get(type(self._optimizer).__name__)
        # The gradient of an embedding has a row for each sample. Keras squares these rows one by one, and adds up then
        # what belongs to one word; the kernels square the sum.
        self._adds_up = type(self._optimizer).__name__ == "SGD"
        self._kernel = None
        if make_kernel is not None and type(self._optimizer).__module__.startswith("keras.") and self._is_plain():
            self._kernel = make_kernel(self._optimizer, self._variables, self._scratch)

    def _is_plain(self) -> bool:
        """Whether a step is the optimizer's own update and nothing else, as the kernels compute it."""
        if any(getattr(variable, "overwrite_with_gradient", False) for variable in self._variables):
            return False  # scales of quantized layers, which Keras's own step alone knows
        options = (*CLIPPINGS, "ema_overwrite_frequency", "loss_scale_factor", "gradient_accumulation_steps")
        return not any(getattr(self._optimizer, name, None) for name in options)

    def reset(self, params: Mapping[str, Any], n_steps: int = 1, n_before: int = 0) -> None:
        """Forget everything and take the numbers of these resolved ``params``.

        The variables must have their initial values by now.

        Args:
            params: They.
            n_steps: The steps over which a rate moves that does.
            n_before: Which of them the first step to come is.
        """
        for variable, start in zip(self._optimizer.variables, self._start, strict=True):
            variable.assign(start)
        for variable in self._scratch:
            variable.assign(tf.zeros(variable.shape))
        if type(self._optimizer).__name__ == "ScheduleFreeAdamW":
            # Its "momentum" is a second set of weights, which starts where the model does.
            for momentum, variable in zip(self._optimizer._momentums, self._variables, strict=True):
                momentum.assign(variable)
        self._asked_rate = float(params["learning_rate"])
        if not self._has_schedule:
            self.learning_rate = self._asked_rate
        if self._scheduled is not None:
            self._scheduled.reset(params, n_steps, n_before)
        self._clipping.reset(params)
        if self._weight_decay is not None:
            self._weight_decay.assign(params["weight_decay"])
        if self._momentum_of_averages is not None:
            self._momentum_of_averages.assign(params["ema_momentum"])

    @property
    def _base_rate(self) -> Any:
        return self._optimizer.learning_rate if self._scheduled is None else self._scheduled.base

    @property
    def variables(self) -> list[Any]:
        """All that a step changes of the optimizer's: its variables, and those that kernels need beside them."""
        return [*self._optimizer.variables, *self._scratch]

    @property
    def state(self) -> OptimizerState:
        """A copy of what the optimizer remembers, to go on from there."""
        variables = [np.array(variable.numpy()) for variable in self._optimizer.variables]
        # Where the rate moves, the optimizer's own variable of it means nothing.
        is_fixed = self._scheduled is None and not self._has_schedule
        return OptimizerState(self._kind, variables, self._asked_rate if is_fixed else None)

    def go_on(self, state: OptimizerState) -> None:
        """Remember what an optimizer did, if it is of this kind; another one's variables mean something else.

        The rate is what a callback or a plateau has made of it, unless another one is asked for than was then.
        """
        shapes = [tuple(variable.shape) for variable in self._optimizer.variables]
        if state.kind not in ("", self._kind) or [one.shape for one in state.variables] != shapes:
            return
        for variable, value in zip(self._optimizer.variables, state.variables, strict=True):
            variable.assign(value)
        if self._scheduled is not None:
            self._scheduled.count_from(self.iterations)
        elif not self._has_schedule and self._asked_rate != state.asked_rate:
            self.learning_rate = self._asked_rate

    @property
    def _kind(self) -> str:
        cls = type(self._optimizer)
        return f"{cls.__module__}.{cls.__qualname__}"

    @property
    def iterations(self) -> int:
        """How many steps were made."""
        return int(self._optimizer.iterations.numpy())

    @property
    def learning_rate(self) -> float:
        """The learning rate that the next step takes, before any schedule."""
        return float(self._base_rate.numpy())

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        if self._scheduled is not None:
            self._scheduled.base.assign(rate)
            return
        # Keras says what is wrong where the rate follows a schedule of its own.
        self._optimizer.learning_rate = rate

    def apply(self, gradients: Sequence[tf.Tensor | None]) -> None:
        """Change the variables by one step; inside a graph.

        As with Keras, what has no gradient stays as it is, and is warned of; each variable's constraint holds
        afterwards.

        Raises:
            SpaceError: if there is no gradient at all.
        """
        has_gradient = self._with_gradient(gradients)
        gradients = self._clipping.of(gradients)
        if self._scheduled is not None:
            self._scheduled.take(self._optimizer.iterations)
        self._apply(gradients, has_gradient)
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
        pairs = zip(self._optimizer._model_variables_moving_average, self._variables, strict=True)
        # Scales of quantized layers have none.
        return ((average, variable) for average, variable in pairs if average is not None)

    def _apply(self, gradients: Sequence[tf.Tensor | None], has_gradient: Sequence[bool]) -> None:
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
        if self._has_averages:
            # As Keras does it, in fewer operations: the first average is the weight itself.
            new = tf.where(step > 1.0, 1.0 - self._optimizer.ema_momentum, 1.0)
            for average, variable in self._averages:
                difference = average.value - variable.value
                average.value.assign_sub(tf.cast(new, difference.dtype) * difference)
        for variable, is_trained in zip(self._variables, has_gradient, strict=True):
            if is_trained and variable.constraint is not None:
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
