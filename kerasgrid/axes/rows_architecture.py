"""Hyperparameters of the layers, and of the images before them, that came after the first ones."""

from __future__ import annotations

from typing import Any

from kerasgrid.axes import names
from kerasgrid.axes.families import DATA
from kerasgrid.axes.objects import Fields
from kerasgrid.axes.parameter import Beside, Parameter, shown
from kerasgrid.axes.value import Value
from kerasgrid.errors import SpaceError


class Changes(Fields):
    """Fields of which at least one must change something.

    Args:
        rows: As for :class:`~kerasgrid.axes.objects.Fields`.
        beside: Names of those that only say how.
    """

    def __init__(self, *rows: Parameter, beside: tuple[str, ...] = ()) -> None:
        super().__init__(*rows)
        self._changing = [row.name for row in rows if row.name not in beside]

    def read(self, raw: Any, where: str) -> Value | None:
        """Return the object without what has its default."""
        found = super().read(raw, where)
        if isinstance(found, dict) and not found.keys() & set(self._changing):
            rule, hint = "must set at least one of " + ", ".join(self._changing), "null is for none"
            raise SpaceError(rule, where=where, got=shown(dict(raw)), hint=hint)
        return found


_AUGMENTATION = Changes(
    Parameter("flip", "name", "mirrors an image with probability 0.5: left and right, up and down, or each of both",
              DATA, structural=True, default="none", names=names.FLIPS, aliases=names.FLIP_ALIASES),
    Parameter("shift", "float", "farthest shift, as a share of the height and of the width", DATA, structural=True,
              default=0.0, low=0, high=1),
    Parameter("rotation", "float", "largest rotation either way, as a share of a full turn", DATA, structural=True,
              default=0.0, low=0, high=1),
    Parameter("zoom", "float", "largest zoom in or out, as a share of the size", DATA, structural=True, default=0.0,
              low=0, high=1, high_open=True),
    Parameter("contrast", "float", "largest change of the distances from the mean of a channel, as a share", DATA,
              structural=True, default=0.0, low=0, high=1),
    Parameter("fill_mode", "name", "what stands beyond the edges of what was moved", DATA, structural=True,
              default="reflect", names=names.FILL_MODES),
    beside=("fill_mode",),
)  # fmt: skip

ROWS: tuple[Parameter, ...] = (
    Parameter("l1", "float", "factor of the L1 penalty on the kernels, beside that of l2", "layers", structural=False,
              on_is_structural=True, default=0.0, low=0),
    Parameter("layer_norm", "bool", "layer normalisation before each hidden activation; after a convolution over the "
              "channels of each pixel", "hidden", structural=True, default=False,
              beside=Beside("batch_norm", (False,), "must not be set together with batch_norm",
                            "params may be a list of objects, one with each")),
    Parameter("residual", "bool", "a skip around each hidden dense layer, whose output is added to its input; a linear "
              "projection where widths differ", "hidden", structural=True, default=False),
    Parameter("convs_per_block", "int", "convolutions before each pooling, as in VGG", "convolution", structural=True,
              default=1, low=1, high=100),
    Parameter("global_pooling", "name", "what is taken of each map before the dense layers, instead of all its pixels",
              "convolution", structural=True, default="none", names=names.GLOBAL_POOLINGS,
              aliases=names.POOLING_ALIASES),
    Parameter("spatial_dropout", "float", "rate at which whole maps are dropped after each pooling", "convolution",
              structural=False, on_is_structural=True, default=0.0, low=0, high=1, high_open=True),
    Parameter("dense_dropout", "float", "dropout rate after each hidden dense layer; null: that of dropout",
              "convolution", structural=False, on_is_structural=True, low=0, high=1, high_open=True, optional=True),
    Parameter("augmentation", "object", "random changes of the images of each training step", DATA, structural=True,
              form=_AUGMENTATION, optional=True),
)  # fmt: skip
"""What models are made of, and what is done to images in training."""
