"""The table of strategies: one more is a row here, or an ``add`` from anywhere."""

from __future__ import annotations

from kerasgrid.registry import Registry
from kerasgrid.strategies.bayes import Bayes
from kerasgrid.strategies.grid import Grid
from kerasgrid.strategies.harmony import Harmony
from kerasgrid.strategies.list import NamedList
from kerasgrid.strategies.one_factor import OneFactor
from kerasgrid.strategies.random import Random
from kerasgrid.strategies.strategy import Strategy
from kerasgrid.strategies.tpe import TPE

STRATEGIES: Registry[type[Strategy]] = Registry("strategy", (Grid, Random, OneFactor, NamedList, Bayes, TPE, Harmony))
"""Every strategy of a space file."""
