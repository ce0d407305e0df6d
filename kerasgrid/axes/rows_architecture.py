"""Hyperparameters of the layers that came after the first ones."""

from __future__ import annotations

from kerasgrid.axes.parameter import Parameter

ROWS: tuple[Parameter, ...] = ()
"""What models are made of."""
