"""The losses of a space: the data's task says which they may be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kerasgrid.axes.axis import Choices
from kerasgrid.axes.blocks import Block
from kerasgrid.axes.candidate import Value
from kerasgrid.axes.losses import LOSSES
from kerasgrid.axes.parameters import resolve


def losses_of(blocks: Iterable[Block], task: str) -> tuple[str, ...]:
    """Return the different losses of the candidates of these blocks.

    Raises:
        SpaceError: A loss does not suit the task, or an output activation one of the losses beside it.
    """
    losses: dict[str, None] = {}
    for block in blocks:
        for loss in _choices(block, "loss"):
            for output in _choices(block, "output_activation"):
                given = {"model": block.model, "loss": loss, "output_activation": output}
                set_ = {name: value for name, value in given.items() if value is not None}
                losses[str(resolve(set_, task)["loss"])] = None
    return tuple(losses)


def why_losses_differ(blocks: Sequence[Block], task: str) -> tuple[str, str] | None:
    """Return why the losses of the candidates of these blocks do not compare: a rule, and what breaks it.

    They are means over samples whose labels are not smoothed and which are not weighted, so that only another loss,
    another number in it and another unit of the targets make them different things. None if they compare.

    Raises:
        SpaceError: As for :func:`losses_of`.
    """
    losses = losses_of(blocks, task)
    if len(losses) > 1:
        return "losses of different kinds do not compare", f"the losses {', '.join(losses)}"
    options = [name for loss in losses for name in LOSSES[loss].options.values()]
    for name in [*options, *(["target_scaling"] if task == "regression" else [])]:
        axes = {block.axes.get(name) for block in blocks}
        if len(axes) > 1 or any(axis is not None and axis.size != 1 for axis in axes):
            return f"losses of different {name} do not compare", f"several values of {name}"
    return None


def _choices(block: Block, name: str) -> tuple[Value, ...]:
    axis = block.axes.get(name)
    return axis.values if isinstance(axis, Choices) else (None,)
