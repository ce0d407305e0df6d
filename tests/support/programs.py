"""Programs that tests share: to build and trace one takes longer than all that a test trains by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasgrid.axes.parameters import structure
from kerasgrid.engine.program import Program
from kerasgrid.engine.resident import ResidentData


class Programs:
    """The programs of some tests, one for all fits of a structure on data of one kind, as in a search."""

    def __init__(self) -> None:
        self._made: dict[Any, Program] = {}

    def of(self, resolved: Mapping[str, Any], data: ResidentData, first_seed: int = 0) -> Program:
        """Return the program of these resolved hyperparameters, which may have trained others.

        Args:
            resolved: The hyperparameters.
            data: What is trained on.
            first_seed: Of the initial weights of its first fit, if it is built now.
        """
        key = structure(dict(resolved)), data.task, data.n_outputs, data.input_shape, data.has_bytes
        if key not in self._made:
            self._made[key] = Program(resolved, data, first_seed)
        return self._made[key]

    def forget(self) -> None:
        """Let go of them all."""
        self._made.clear()
