"""The strategy ``grid``: every combination."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import ClassVar

from kerasgrid.axes.blocks import Block, parse_parts
from kerasgrid.strategies.strategy import Strategy


class Grid(Strategy):
    """Every combination of the axes, in the order of scikit-learn's ``ParameterGrid``."""

    name: ClassVar[str] = "grid"
    description: ClassVar[str] = "every combination of the values"
    lacks: ClassVar[Mapping[str, str]] = MappingProxyType({"trials": "a grid tries every combination"})
    takes_distributions: ClassVar[bool] = False
    is_drawn: ClassVar[bool] = True

    @cached_property
    def parts(self) -> tuple[tuple[Block, ...], ...]:
        """The blocks of each object of ``params``, which have finitely many values.

        Raises:
            SpaceError: Everything that is wrong with ``params``, one problem a line.
        """
        return parse_parts(self.params, self.models, "a grid")
