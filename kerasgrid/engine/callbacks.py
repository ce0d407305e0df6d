"""Callbacks of Keras and of the user's own as a hook: they see a real Keras model after each epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from kerasgrid.engine.hooks import Control, Logs
from kerasgrid.errors import SpaceError

_PER_BATCH = tuple(
    f"on_{kind}_{moment}"
    for kind in ("batch", "train_batch", "test_batch", "predict_batch", "test", "predict")
    for moment in ("begin", "end")
)
"""What is called within an epoch, which is trained in one go."""

_BY_EPOCH: Mapping[str, Mapping[str, Any]] = {
    "ModelCheckpoint": {"save_freq": "epoch"},
    "TensorBoard": {"update_freq": "epoch", "_should_trace": False, "write_steps_per_second": False},
    "TerminateOnNaN": {},
    "EarlyStopping": {},
}
"""Callbacks of Keras that look at batches, and what makes them do without."""


def check_callbacks(callbacks: Sequence[Any]) -> None:
    """Check that nothing is a callback that cannot be honoured.

    Raises:
        SpaceError: if one is.
    """
    for callback in callbacks:
        if not isinstance(callback, keras.callbacks.Callback):
            raise SpaceError(
                "must be callbacks of Keras, or classes of them",
                where="callbacks",
                got=f"a {type(callback).__name__}",
            )
        _check(callback)


def _check(callback: keras.callbacks.Callback) -> None:
    name = type(callback).__name__
    overridden = [hook for hook in _PER_BATCH if hook in vars(callback) or not _is_kerass(callback, hook)]
    if overridden:
        raise SpaceError(
            "epochs are trained in one go, so that nothing can be called within them",
            where=f"callbacks: {name}",
            got=overridden[0],
            hint="on_epoch_begin, on_epoch_end, on_train_begin and on_train_end are called",
        )
    base = next(cls for cls in type(callback).__mro__ if cls.__module__.startswith("keras."))
    by_epoch = _BY_EPOCH.get(base.__name__)
    if by_epoch is None:
        if any(_definer(callback, hook) is not keras.callbacks.Callback for hook in _PER_BATCH):
            raise SpaceError(
                "it works within epochs, which are trained in one go", where=f"callbacks: {name}", hint="leave it out"
            )
        return
    for option, value in by_epoch.items():
        given = getattr(callback, option, value)
        if given != value:
            raise SpaceError(
                "epochs are trained in one go, so that it can work at their ends alone",
                where=f"callbacks: {name}",
                got=f"{option.strip('_')}={given!r}",
                hint=f"{option.strip('_')}={value!r}",
            )


def _definer(callback: keras.callbacks.Callback, hook: str) -> type:
    return next(cls for cls in type(callback).__mro__ if hook in vars(cls))


def _is_kerass(callback: keras.callbacks.Callback, hook: str) -> bool:
    return _definer(callback, hook).__module__.startswith("keras.")


class CallbacksHook:
    """Calls callbacks of Keras; a :class:`~kerasgrid.engine.hooks.Hook`.

    They get a model of plain layers, compiled, whose weights and rate are the fit's at each call; what they change of
    these the fit takes over. It takes samples as the user has them, and what they save is whole.

    Args:
        callbacks: They, each one's own.
        shown: Returns the model that is trained, and the one that they get, which has all its layers or is the same.
        first: The number of the first epoch.
        params: What Keras tells its callbacks: ``epochs``, ``steps``, ``verbose``.

    Attributes:
        added: What callbacks wrote into the logs, by name: a value for each epoch since.
    """

    def __init__(
        self,
        callbacks: Sequence[keras.callbacks.Callback],
        shown: Callable[[], tuple[keras.Model, keras.Model]],
        first: int,
        params: Mapping[str, Any],
    ) -> None:
        self._callbacks, self._shown = callbacks, shown
        self._first, self._params = first, dict(params)
        self._logs: dict[str, Any] = {}
        self.added: dict[str, list[float]] = {}

    def begin(self, control: Control) -> None:
        """Call ``on_train_begin``, and ``on_epoch_begin`` of the first epoch."""
        self._control = control
        self._core, self._model = self._shown()
        self._model.stop_training = False
        self._history = keras.callbacks.History()
        self._model.history = self._history
        self._history.set_model(self._model)
        self._history.on_train_begin()
        for callback in self._callbacks:
            callback.set_params(dict(self._params))
            callback.set_model(self._model)
        _make_metrics_known(self._model)
        self._call("on_train_begin")
        self._call("on_epoch_begin", self._first)

    def after_epoch(self, epoch: int, logs: Logs) -> None:
        """Call ``on_epoch_end``, and ``on_epoch_begin`` of the next epoch if there is one."""
        self._logs = dict(logs)
        self._call("on_epoch_end", self._first + epoch, self._logs)
        self._history.on_epoch_end(self._first + epoch, self._logs)
        for name, value in self._logs.items():
            if name not in logs:
                self.added.setdefault(name, []).append(float(value))
        if self._model.stop_training:
            self._control.stopped = True
        elif epoch + 1 < self._control.n_epochs:
            self._call("on_epoch_begin", self._first + epoch + 1)

    def end(self) -> None:
        """Call ``on_train_end``."""
        self._call("on_train_end", dict(self._logs))
        for callback in self._callbacks:
            callback.set_model(None)

    def _call(self, moment: str, *args: Any) -> None:
        core, model, control = self._core, self._model, self._control
        weights = control.weights()
        core.set_weights(weights)
        rate = control.learning_rate
        _set_rate(model.optimizer, rate, control.iterations)
        before = float(model.optimizer.learning_rate.numpy())
        for callback in self._callbacks:
            getattr(callback, moment)(*args)
        now = core.get_weights()
        if any(not np.array_equal(one, other, equal_nan=True) for one, other in zip(now, weights, strict=True)):
            control.set_weights(now)
        after = float(model.optimizer.learning_rate.numpy())
        if after != before:
            control.learning_rate = after


def _make_metrics_known(model: keras.Model) -> None:
    """Make a compiled model's metrics, by which Keras tells whether what is monitored is better high or low."""
    outputs = keras.ops.convert_to_tensor(np.full((2, model.output_shape[-1]), 0.5, np.float32))
    is_sparse = "sparse" in str(getattr(model.loss, "__name__", type(model.loss).__name__ + str(model.loss))).lower()
    targets = keras.ops.convert_to_tensor(np.zeros((2, 1)) if is_sparse else np.zeros(outputs.shape), "float32")
    model.compute_metrics(None, targets, outputs)
    model.reset_metrics()


def _set_rate(optimizer: keras.optimizers.Optimizer, rate: float, iterations: int) -> None:
    # A schedule reads the steps.
    optimizer.iterations.assign(iterations)
    if not isinstance(optimizer._learning_rate, keras.optimizers.schedules.LearningRateSchedule):
        optimizer.learning_rate = rate
