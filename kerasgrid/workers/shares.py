"""How much memory the workers of a crew may take: together what there is when it begins, each an equal share of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from kerasgrid.fits.room import Room
from kerasgrid.system.devices import has_own_memory
from kerasgrid.system.memory import available_memory, own_memory

_FILE = "shares.json"
_ALONE = "alone"

_LEAST_GROWTH = 200 * 10**6
"""Bytes that every worker may grow by: less would have one started for each fit or two."""

ROOM_OF_WORKER = 300 * 10**6
"""Bytes that a worker takes of its own, at least, once it has trained."""

_KEPT_FREE = 0.1
"""The share of the memory that is left to others."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How much memory workers may take.

    Attributes:
        of_one: Bytes, of one beside the others; None where the system does not say.
        of_all: Bytes, of one that is alone.
    """

    of_one: int | None
    of_all: int | None

    @classmethod
    def now(cls, n_workers: int) -> Self:
        """Return the shares of so many workers in the memory that can be had now."""
        available = available_memory()
        if available is None:
            return cls(None, None)
        of_all = int((1 - _KEPT_FREE) * available)
        # More are not started.
        n_at_once = min(n_workers, max(1, of_all // ROOM_OF_WORKER))
        return cls(of_all // n_at_once, of_all)

    def write(self, folder: Path) -> None:
        """Leave it for the workers, in the folder of their crew."""
        (folder / _FILE).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return what was left for the workers in the folder of their crew; nothing is known where nothing was."""
        # Workers of a cluster share a folder with those of other crews, of which none knows what all may take.
        path = folder / _FILE
        return cls(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else cls(None, None)

    @property
    def growth(self) -> int | None:
        """By how many bytes a worker may grow before it is replaced between two fits; None for any."""
        return None if self.of_one is None else max(self.of_one, _LEAST_GROWTH)


def mark_alone(folder: Path, *, alone: bool) -> None:
    """Say in the folder of a crew whether its only worker has all the memory."""
    if alone:
        (folder / _ALONE).touch()
    else:
        (folder / _ALONE).unlink(missing_ok=True)


def is_alone(folder: Path) -> bool:
    """Whether the worker that asks has all the memory."""
    return (folder / _ALONE).exists()


def room_in(folder: Path) -> Room:
    """Return what the worker that asks may take, in the folder of its crew; what any worker takes is never too much.

    What is trained on a device lies in that one's memory, whose libraries say themselves when it is full: no process
    is killed for taking too much of it.
    """
    shares, available = Shares.read(folder), Shares.now(1).of_all
    # Where nothing was left, others are not this crew's, which nobody could have wait.
    is_shared = (folder / _FILE).exists() and not is_alone(folder)
    if has_own_memory() or shares.of_one is None or shares.of_all is None or available is None:
        return Room(is_shared=is_shared)
    if is_alone(folder):
        return Room(max(available, ROOM_OF_WORKER), max(available, ROOM_OF_WORKER))
    # Others may have grown since the crew began.
    of_one, of_all = (max(size, ROOM_OF_WORKER) for size in (min(shares.of_one, available), shares.of_all))
    return Room(of_one, of_all, is_shared=True)


def room_here() -> Room:
    """Return what a fit may take in a process that trains one after the other, and does other things beside."""
    available = Shares.now(1).of_all
    return Room() if available is None else Room(alone=max(available, ROOM_OF_WORKER))


class Growth:
    """How much memory a worker takes beyond what it has now.

    Args:
        most: Bytes that are not too much; None for any.
    """

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._least = own_memory()

    @property
    def is_too_much(self) -> bool:
        """Whether the worker is to be replaced."""
        return self._most is not None and own_memory() - self._least > self._most


def room_for_another(n_starting: int) -> bool:
    """Whether there is memory for a further worker, beside so many that have not taken theirs yet."""
    available = available_memory()
    return available is None or available >= (n_starting + 1) * ROOM_OF_WORKER
