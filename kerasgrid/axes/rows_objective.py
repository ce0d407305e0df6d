"""Hyperparameters of what training lowers: losses and weights of samples."""

from __future__ import annotations

from kerasgrid.axes.class_weights import ClassWeights
from kerasgrid.axes.families import TRAINING
from kerasgrid.axes.parameter import Beside, Parameter

_HINT = "params may be a list of objects, one with it and one without"

ROWS: tuple[Parameter, ...] = (
    Parameter("label_smoothing", "float", "share of each label that is spread over all classes (Szegedy et al. 2016); "
              "with cross-entropies", TRAINING, structural=False, on_is_structural=True, default=0.0, low=0, high=1,
              high_open=True),
    Parameter("class_weight", "object", "what samples of a class count in the training: balanced makes all classes "
              "count alike", TRAINING, structural=False, on_is_structural=True, form=ClassWeights(), optional=True),
    Parameter("huber_delta", "float", "error up to which the huber loss is a square, in the unit that targets are "
              "trained in", TRAINING, structural=False, default_for={"huber": 1.0}, low=0, low_open=True,
              beside=Beside("loss", ("huber",), "only the loss huber takes it", _HINT, implied="huber")),
    Parameter("quantile", "float", "quantile that the loss of this name learns: 0.5 is the median", TRAINING,
              structural=False, default_for={"quantile": 0.5}, low=0, low_open=True, high=1, high_open=True,
              beside=Beside("loss", ("quantile",), "only the loss quantile takes it", _HINT, implied="quantile")),
)  # fmt: skip
"""What training lowers."""
