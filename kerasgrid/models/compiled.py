"""What a compiled model or an estimator says of the training: optimizer, loss and metrics as Keras's own objects."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import keras

from kerasgrid.errors import SpaceError

_PER_FIT = ("learning_rate", "weight_decay")
"""Numbers that fits of one program may differ in."""


@dataclass(frozen=True, eq=False)
class Made:
    """An optimizer as its class and configuration, of which it is made as often as needed.

    Attributes:
        cls: Its class.
        config: What its ``get_config`` said, without its name.
    """

    cls: type[keras.optimizers.Optimizer]
    config: Mapping[str, Any]

    @classmethod
    def of(cls, optimizer: keras.optimizers.Optimizer) -> Self:
        """Take an optimizer apart.

        Raises:
            SpaceError: if it holds what its configuration does not tell.
        """
        for name in ("_exclude_from_weight_decay", "_exclude_from_weight_decay_names"):
            if getattr(optimizer, name, None):
                raise SpaceError(
                    "weights that are excluded from the decay are not in an optimizer's configuration",
                    where="optimizer",
                    got=type(optimizer).__name__,
                    hint="leave out exclude_from_weight_decay",
                )
        config = {name: value for name, value in optimizer.get_config().items() if name != "name"}
        schedule = getattr(optimizer, "_learning_rate", None)
        if isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
            config["learning_rate"] = schedule
        return cls(type(optimizer), config)

    @property
    def schedule(self) -> Any:
        """The schedule that the rate follows; None of a number."""
        rate = self.config.get("learning_rate")
        return rate if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule) else None

    @property
    def numbers(self) -> dict[str, float]:
        """What a program reads for each fit, by name."""
        return {
            name: float(self.config[name] or 0.0)
            for name in _PER_FIT
            if name in self.config and (name != "learning_rate" or self.schedule is None)
        }

    @property
    def structure(self) -> dict[str, Any]:
        """What makes another program if it is another one."""
        rest = {name: value for name, value in self.config.items() if name not in _PER_FIT}
        if (schedule := self.schedule) is not None:
            rest["learning_rate"] = (type(schedule), schedule.get_config())
        return {**rest, "class": self.cls, "weight_decay_on": bool(self.config.get("weight_decay"))}

    def changed(self, values: Mapping[str, Any]) -> Self:
        """Return it with other values in its configuration."""
        return type(self)(self.cls, {**self.config, **values})

    def optimizer(self, numbers: Mapping[str, Any] | None = None) -> keras.optimizers.Optimizer:
        """Return a new one, with these numbers of a fit instead of its own."""
        config = dict(self.config)
        if numbers is not None:
            config |= {name: numbers[name] for name in self.numbers if name in numbers}
        schedule = config["learning_rate"] if self.schedule is not None else None
        if schedule is not None:
            config["learning_rate"] = 1.0
        if not config.get("weight_decay"):
            config.pop("weight_decay", None)
        made = self.cls.from_config(config)
        if schedule is not None:
            made.learning_rate = schedule
        return made


@dataclass(frozen=True, eq=False)
class Compiled:
    """What is said of the training beside the hyperparameters; what is None is left to them.

    Attributes:
        optimizer: The optimizer.
        loss: A Keras loss, or a function of (targets, outputs).
        metrics: What is measured beside the task's own metrics: names, metrics of Keras and functions.
        one_hot: Whether the targets of a loss or a metric of the user's own are rows with a 1 for the class.
    """

    optimizer: Made | None = None
    loss: Any = None
    metrics: tuple[Any, ...] = field(default=())
    one_hot: bool = False

    def __getstate__(self) -> dict[str, Any]:
        is_object = isinstance(self.loss, keras.losses.Loss)
        return {**vars(self), "loss": KeptLoss(self.loss) if is_object else self.loss}

    def __setstate__(self, state: dict[str, Any]) -> None:
        loss = state["loss"]
        self.__dict__.update({**state, "loss": loss.loss if isinstance(loss, KeptLoss) else loss})

    def __bool__(self) -> bool:
        return self.optimizer is not None or self.loss is not None or bool(self.metrics)

    @property
    def from_logits(self) -> bool:
        """Whether the loss takes outputs that are no probabilities yet."""
        return bool(getattr(self.loss, "from_logits", False) or _config_of(self.loss).get("from_logits"))


def compiled_of(model: keras.Model) -> Compiled:
    """Return what a compiled model says of its training; nothing of one that is not compiled.

    Raises:
        SpaceError: if it asks for what the training cannot do.
    """
    if not model.compiled:
        return Compiled()
    asked = getattr(model, "_compile_config", None)
    config = {} if asked is None else dict(asked.config)
    refuse_options(config)
    loss = only(config.get("loss", getattr(model, "loss", None)), "loss")
    optimizer = getattr(model, "optimizer", None)
    return Compiled(None if optimizer is None else Made.of(optimizer), loss, as_metrics(config.get("metrics")))


def refuse_options(options: Mapping[str, Any]) -> None:
    """Check that nothing is asked of ``compile`` that the training cannot do.

    Raises:
        SpaceError: if something is.
    """
    reasons = {
        "run_eagerly": "epochs are trained in a graph, so that nothing of a model can run eagerly",
        "loss_weights": "a model of one output has one loss, which has no weights",
        "weighted_metrics": "metrics are taken without weights",
    }
    for name, reason in reasons.items():
        if options.get(name):
            raise SpaceError(reason, where=name, got=repr(options[name])[:80], hint=f"leave out {name}")


def only(value: Any, where: str) -> Any:
    """Return what stands for the one output of a model, where Keras takes one for each of several.

    Raises:
        SpaceError: if there are several.
    """
    if not isinstance(value, list | tuple | dict):
        return value
    parts = list(value.values()) if isinstance(value, dict) else list(value)
    if len(parts) > 1:
        raise SpaceError("a model has one output here, and one loss", where=where, got=f"{len(parts)} of them")
    return only(parts[0], where) if parts else None


def as_metrics(given: Any) -> tuple[Any, ...]:
    """Return metrics as a flat tuple, whatever of Keras's forms they were given in.

    Raises:
        SpaceError: if they are for several outputs.
    """
    if given is None:
        return ()
    if isinstance(given, dict):
        given = only(given, "metrics")
    if isinstance(given, list | tuple):
        parts = [part for one in given for part in (one if isinstance(one, list | tuple) else [one])]
        return tuple(part() if inspect.isclass(part) else part for part in parts)
    return as_metrics([given])


def copied(thing: Any) -> Any:
    """Return a Keras loss or metric of one's own use, made anew by its configuration or copied; functions stay."""
    if isinstance(thing, keras.metrics.Metric):
        return type(thing).from_config(thing.get_config())
    return KeptLoss(thing).loss if isinstance(thing, keras.losses.Loss) else thing


class KeptLoss:
    """A loss of Keras, to be copied and pickled with all that it holds.

    Keras copies and pickles losses by their configuration, where some leave out what they were told: Huber's delta.

    Args:
        loss: It.
    """

    def __init__(self, loss: keras.losses.Loss) -> None:
        self._cls, self._held = type(loss), dict(vars(loss))

    @property
    def loss(self) -> keras.losses.Loss:
        """The loss, made anew."""
        made = object.__new__(self._cls)
        made.__dict__.update(self._held)
        return made


def _config_of(loss: Any) -> Mapping[str, Any]:
    if not isinstance(loss, keras.losses.Loss):
        return {}
    try:
        return dict(loss.get_config())
    except (NotImplementedError, TypeError):
        return {}
