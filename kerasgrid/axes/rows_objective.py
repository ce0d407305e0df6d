"""Hyperparameters of what training lowers: losses and weights of samples."""

from __future__ import annotations

from kerasgrid.axes.parameter import Parameter

ROWS: tuple[Parameter, ...] = ()
"""What training lowers."""
