"""Hyperparameters of how weights are updated, and of when training ends."""

from __future__ import annotations

from kerasgrid.axes.parameter import Parameter

ROWS: tuple[Parameter, ...] = ()
"""How weights are updated, and when training ends."""
