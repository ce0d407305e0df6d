"""The losses of a space: the data's task says which they may be."""

from __future__ import annotations

from collections.abc import Iterable

from kerasgrid.axes.axis import Choices
from kerasgrid.axes.blocks import Block
from kerasgrid.axes.candidate import Value
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


def _choices(block: Block, name: str) -> tuple[Value, ...]:
    axis = block.axes.get(name)
    return axis.values if isinstance(axis, Choices) else (None,)
