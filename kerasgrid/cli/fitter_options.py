"""The options that say who trains, which several commands share: those of all fitters that there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kerasgrid.cli.standing_in import with_options
from kerasgrid.system.devices import AUTO, DEVICES, OPTION
from kerasgrid.workers.fitters import FITTERS, FitterOption, made

if TYPE_CHECKING:
    from kerasgrid.fits.fitter import Fitter

_JOBS = "jobs"
"""The parameter of a command that these options stand in for, and an option that all fitters have."""

_DEVICE = "device"
"""The other one."""


@dataclass(frozen=True, slots=True)
class FitterAsked:
    """What the command line says of who trains.

    Attributes:
        jobs: How many at the same time; None for what the fitter thinks best.
        device: The kind of device, or ``auto``.
        name: The fitter's.
        options: Of its own options those that were given.
    """

    jobs: int | None = None
    device: str = AUTO
    name: str = "local"
    options: Mapping[str, Any] = field(default_factory=dict)

    def make(self) -> Fitter:
        """Return the fitter.

        Raises:
            RunError: There cannot be one here.
        """
        return made(self.name, self.jobs, self.device, **self.options)


LOCAL = FitterAsked()
"""Nothing is said of who trains."""


def takes_fitter_options(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that takes all of these options, in the place of its parameter ``jobs``.

    Args:
        command: It gets a :class:`FitterAsked` as ``jobs``.
    """
    return with_options(command, _JOBS, _options(), _asked)


def _options() -> dict[str, Any]:
    jobs = typer.Option("--jobs", min=1, help="Worker processes.  [default: one per core, or per GPU]")
    kinds = "|".join((*DEVICES, AUTO))
    device = typer.Option(OPTION, metavar=kinds, help="What to train on.  [default: auto, what suits the models]")
    found: dict[str, Any] = {_JOBS: Annotated[int | None, jobs], _DEVICE: Annotated[str | None, device]}
    for kind in FITTERS.values():
        found |= {option.name: _annotation(option) for option in kind.options}
    return found


def _annotation(option: FitterOption) -> Any:
    name = f"--{option.name.replace('_', '-')}"
    if option.is_flag:
        return Annotated[bool, typer.Option(name, help=option.help)]
    return Annotated[str | None, typer.Option(name, metavar=option.metavar, help=option.help)]


def _asked(given: Mapping[str, Any]) -> FitterAsked:
    options = {name: value for name, value in given.items() if value and name not in (_JOBS, _DEVICE)}
    common = given[_JOBS], AUTO if given[_DEVICE] is None else given[_DEVICE]
    for kind in FITTERS.values():
        own = {option.name for option in kind.options} & options.keys()
        if own:
            return FitterAsked(*common, kind.name, options)
    return FitterAsked(*common)
