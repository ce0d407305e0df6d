"""The table of fitters: who may train the fits of a search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerasgrid.errors import RunError
from kerasgrid.registry import Registry
from kerasgrid.system.devices import AUTO, CPU, DEVICES, OPTION, check_there

if TYPE_CHECKING:
    from kerasgrid.fits.fitter import Fitter


@dataclass(frozen=True, slots=True)
class FitterOption:
    """An option of the command line that one fitter has.

    Attributes:
        name: Its name, with underscores: ``dask_file`` is ``--dask-file``.
        help: What it does, in a sentence.
        metavar: What stands for its value.
        is_flag: Whether it has none.
    """

    name: str
    help: str
    metavar: str = "TEXT"
    is_flag: bool = False


@dataclass(frozen=True, slots=True)
class FitterKind:
    """One row of the table.

    Attributes:
        name: What it is called on the command line and in Python.
        description: One line: where it trains.
        make: Makes a fitter with so many workers; None for as many as it thinks best. It gets the options that were
            given by their names. It begins what takes long and needs no data; a RunError says that there cannot be one
            here.
        options: The options that it has on the command line; giving one asks for this fitter.
    """

    name: str
    description: str
    make: Callable[..., Fitter]
    options: tuple[FitterOption, ...] = ()


def made(name: str, n_workers: int | None, device: str = AUTO, **options: Any) -> Fitter:
    """Return a fitter by its name.

    Args:
        name: Its name in :data:`FITTERS`.
        n_workers: How many fits it trains at the same time; None for as many as it thinks best.
        device: The kind of device that it trains on, or ``auto``.
        options: Of its own options those that were given.

    Raises:
        RunError: There cannot be one here, or it has no such device, or the number is none of workers.
    """
    check_there(device, DEVICES)
    if n_workers is not None and (isinstance(n_workers, bool) or not isinstance(n_workers, int) or n_workers < 1):
        hint = "leave it out for as many as there are cores"
        raise RunError("must be a whole number of at least 1", where="jobs", got=repr(n_workers), hint=hint)
    return asked_for(FITTERS[name].make(n_workers, **options), device)


def asked_for(fitter: Fitter, device: str) -> Fitter:
    """Return a fitter that was asked for a kind of device; ``auto`` leaves it as it is.

    Raises:
        RunError: It has no such device.
    """
    from kerasgrid.fits.fitter import OnDevices

    check_there(device, DEVICES)
    if device == AUTO:
        return fitter
    if not isinstance(fitter, OnDevices):
        if device == CPU:
            return fitter
        raise RunError("this fitter cannot be told on what to train", where=OPTION, got=device, hint="leave it out")
    fitter.ask(device)
    return fitter


def _local(n_workers: int | None) -> Fitter:
    from kerasgrid.workers.ready import get_ready

    # The fitter's own imports come after it, since TensorFlow's take longest.
    get_ready()
    from kerasgrid.workers.local import LocalFitter

    return LocalFitter(n_workers)


def _dask(n_workers: int | None, **options: Any) -> Fitter:
    from kerasgrid.workers.dask import connected

    return connected(n_workers, **options)


FITTERS: Registry[FitterKind] = Registry(
    "fitter",
    (
        FitterKind("local", "worker processes on this machine, one a core or a GPU unless told otherwise", _local),
        FitterKind(
            "dask",
            "the workers of a Dask cluster, one fit a thread",
            _dask,
            (
                FitterOption("dask", "Train on the Dask cluster whose scheduler is here.", "ADDRESS"),
                FitterOption("dask_file", "The same, by the scheduler's file.", "FILE"),
                FitterOption("dask_tls_ca", "The cluster's certificate authority, for TLS.", "FILE"),
                FitterOption("dask_tls_cert", "Your certificate, for TLS.", "FILE"),
                FitterOption("dask_tls_key", "Its key.", "FILE"),
                FitterOption(
                    "in_place", "Train inside its workers, one fit at a time each, not beside them.", is_flag=True
                ),
                FitterOption("mixed", "Allow workers of other versions than here.", is_flag=True),
            ),
        ),
    ),
)
"""Every fitter."""
