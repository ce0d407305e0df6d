"""Hyperparameters of how weights are updated, and of when training ends."""

from __future__ import annotations

from typing import Any

from kerasgrid.axes import schedules
from kerasgrid.axes.families import TRAINING
from kerasgrid.axes.names import OPTIMIZERS_WITH
from kerasgrid.axes.objects import Fields
from kerasgrid.axes.parameter import Beside, Parameter

REFITS = ("median", "split")
"""When the winner's refit ends: after the median of its folds' best epochs, or by watched samples of its own."""

_MONITOR = Parameter(
    "monitor", "text", "what of the watched samples is looked at: the loss, or a metric of the task", "",
    structural=False, default="loss",
)  # fmt: skip

EARLY_STOPPING = Fields(
    Parameter("patience", "int", "epochs without a better value after which training ends", "", structural=False,
              default=5, low=0),
    Parameter("min_delta", "float", "by more than this a value must be better to count", "", structural=False,
              default=0.0, low=0),
    Parameter("validation_split", "float", "share of the training samples that is watched and not trained on", "",
              structural=False, default=0.1, low=0, low_open=True, high=1, high_open=True),
    _MONITOR,
    Parameter("restore_best_weights", "bool", "whether the weights of the best epoch are taken, or the last", "",
              structural=False, default=True),
    Parameter("start_from_epoch", "int", "epochs that pass before any is looked at", "", structural=False, default=0,
              low=0),
    Parameter("refit", "name", "when the winner's refit ends: after the median of its folds' best epochs, or by a "
              "split of its own", "", structural=False, default="median", names=REFITS),
)  # fmt: skip
"""The fields of ``early_stopping``."""

REDUCE_ON_PLATEAU = Fields(
    Parameter("factor", "float", "what the rate is multiplied by", "", structural=False, default=0.1, low=0,
              low_open=True, high=1, high_open=True),
    Parameter("patience", "int", "epochs without a better value after which the rate falls", "", structural=False,
              default=10, low=0),
    Parameter("min_delta", "float", "by more than this a value must be better to count", "", structural=False,
              default=0.0001, low=0),
    Parameter("cooldown", "int", "epochs after a fall that do not count", "", structural=False, default=0, low=0),
    Parameter("min_learning_rate", "float", "what the rate does not fall below", "", structural=False, default=0.0,
              low=0),
    _MONITOR,
    Parameter("validation_split", "float", "share of the training samples that is watched and not trained on; 0: the "
              "training samples are looked at, or those that early_stopping watches", "", structural=False,
              default=0.0, low=0, high=1, high_open=True),
)  # fmt: skip
"""The fields of ``reduce_on_plateau``."""


def _of_some(name: str, description: str, **bounds: Any) -> Parameter:
    """Return the row of a number that some optimizers take."""
    takers = OPTIMIZERS_WITH[name]
    listed = f"{', '.join(takers[:-1])} and {takers[-1]}"
    beside = Beside("optimizer", takers, f"only {listed} take it", "params may be a list of objects, some without it")
    text = f"{description}; null: Keras's default"
    return Parameter(
        name, "float", text, TRAINING, structural=True, optional=True, beside=beside, low=0, **bounds
    )  # fmt: skip


def _clipping(name: str, description: str) -> Parameter:
    return Parameter(
        name, "float", description, TRAINING, structural=False, on_is_structural=True, low=0, low_open=True,
        optional=True,
    )  # fmt: skip


ROWS: tuple[Parameter, ...] = (
    Parameter("learning_rate_schedule", "object", "how the learning rate moves over the steps of a fit", TRAINING,
              structural=False, structural_part=schedules.program_of, spans_epochs=schedules.moves,
              default=schedules.DEFAULT, form=schedules.FORM),
    Parameter("reduce_on_plateau", "object", "lower the learning rate when nothing gets better", TRAINING,
              structural=False, form=REDUCE_ON_PLATEAU, optional=True),
    Parameter("early_stopping", "object", "end the training when watched samples, taken from inside the training "
              "samples, get no better", TRAINING, structural=False, form=EARLY_STOPPING, optional=True),
    _clipping("clipnorm", "greatest norm of the gradient of each weight array"),
    _clipping("global_clipnorm", "greatest norm of all gradients together"),
    _clipping("clipvalue", "greatest size of each gradient"),
    _of_some("beta_1", "decay of the mean gradient", high=1, high_open=True),
    _of_some("beta_2", "decay of the mean squared gradient", high=1, high_open=True),
    _of_some("rho", "decay of the mean squared gradient", high=1, high_open=True),
    _of_some("epsilon", "what keeps an update from dividing by zero", low_open=True),
    Parameter("ema_momentum", "float", "momentum of a moving average of the weights, which the fit ends with; null: "
              "none", TRAINING, structural=False, on_is_structural=True, low=0, low_open=True, high=1, high_open=True,
              optional=True),
)  # fmt: skip
"""How weights are updated, and when training ends."""
