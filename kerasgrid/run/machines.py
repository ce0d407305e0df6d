"""The machines that train a run: how many workers each has now, and how many fits it has trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerasgrid.fits.fitter import OnMachines

META = "machines"
"""What a store calls them."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine.

    Attributes:
        name: Its name.
        n_workers: How many fits it trains at the same time now; 0 once it has gone.
        n_fits: How many fits it has trained in this search.
    """

    name: str
    n_workers: int
    n_fits: int


def machines_of(fitter: OnMachines | None) -> tuple[Machine, ...]:
    """Return the machines of a fitter by their names, those that have gone included; none of one that tells of none."""
    if fitter is None:
        return ()
    now, done = fitter.machines, fitter.n_done
    return tuple(Machine(name, now.get(name, 0), done.get(name, 0)) for name in sorted({*now, *done}))


class Roll:
    """The machines of a search, as its store is told of them.

    Args:
        fitter: Who trains, if that is on several machines; None else.
        before: What the store says of an earlier search.
    """

    def __init__(self, fitter: OnMachines | None, before: Mapping[str, Any]) -> None:
        self._fitter = fitter
        self._is_noted = META in before
        self._last: tuple[Machine, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Return what is noted now; nothing where there are no machines to tell of."""
        self._look()
        if not self._last and not self._is_noted:
            return {}
        return {META: {one.name: [one.n_workers, one.n_fits] for one in self._last}}

    def told(self) -> str:
        """Return how many fits each machine has trained, as a line; empty if none has."""
        self._look()
        done = [one for one in self._last if one.n_fits]
        return "fits by machine: " + ", ".join(f"{one.name} {one.n_fits:,}" for one in done) if done else ""

    def _look(self) -> None:
        found = machines_of(self._fitter)
        # A fitter that was left knows no more of what it did.
        if any(one.n_fits for one in found) or not any(one.n_fits for one in self._last):
            self._last = found


def known_machines(meta: Mapping[str, Any]) -> tuple[Machine, ...]:
    """Return the machines that the facts of a store name; whatever is none is left out."""
    kept = meta.get(META)
    if not isinstance(kept, dict):
        return ()
    return tuple(
        Machine(name, *counts)
        for name, counts in kept.items()
        if isinstance(counts, list) and len(counts) == 2 and all(type(count) is int for count in counts)
    )
