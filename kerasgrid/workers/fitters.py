"""The table of fitters: who may train the fits of a search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasgrid.registry import Registry

if TYPE_CHECKING:
    from kerasgrid.fits.fitter import Fitter


@dataclass(frozen=True, slots=True)
class FitterKind:
    """One row of the table.

    Attributes:
        name: What it is called on the command line and in Python.
        description: One line: where it trains.
        make: Makes a fitter with so many workers; None for as many as it thinks best. It begins what takes long and
            needs no data; a RunError says that there cannot be one here.
    """

    name: str
    description: str
    make: Callable[[int | None], Fitter]


def _local(n_workers: int | None) -> Fitter:
    from kerasgrid.workers.ready import get_ready

    # The fitter's own imports come after it, since TensorFlow's take longest.
    get_ready()
    from kerasgrid.workers.local import LocalFitter

    return LocalFitter(n_workers)


FITTERS: Registry[FitterKind] = Registry(
    "fitter", (FitterKind("local", "worker processes on this machine, one a core unless told otherwise", _local),)
)
"""Every fitter."""
