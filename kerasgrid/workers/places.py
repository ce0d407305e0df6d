"""Where the workers of a crew train: on which device each, and how it comes to see that one alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from kerasgrid.system.devices import CPU, DEVICES, DeviceKind, environment_at


class Places:
    """The devices of one kind, of which every new worker gets the one with the fewest others.

    Args:
        kind: The kind; None leaves workers with what this process sees.
        first: Which device comes first, where several crews share them: the one of this number, round and round.
    """

    def __init__(self, kind: DeviceKind | None = None, first: int = 0) -> None:
        self._kind = kind
        # Processors are nobody's own: the system shares them out.
        is_owned = kind is not None and kind.name != CPU
        names = tuple(kind.places()) if kind is not None and is_owned else ("",)
        self._names = tuple(names[(first + number) % len(names)] for number in range(len(names)))

    def for_another(self, taken: Iterable[str]) -> str:
        """Return the device of a new worker.

        Args:
            taken: Those of the others.
        """
        counts = Counter(taken)
        return min(self._names, key=lambda name: counts[name])

    def environment(self, place: str) -> Mapping[str, str]:
        """Return the variables that a worker on this device sets before it touches any."""
        return {} if self._kind is None else environment_at(self._kind, place)


ANYWHERE = Places()
"""Workers see what this process sees."""


def n_devices(kind: DeviceKind, n_workers: int | None = None) -> int:
    """Return how many devices of a kind so many workers would train on; None for one on each."""
    n = len(kind.places())
    return n if n_workers is None else min(n, n_workers)


def kinds_here() -> tuple[DeviceKind, ...]:
    """Return the kinds of which there is a device here."""
    return tuple(kind for kind in DEVICES.values() if kind.places())
