"""Where the workers of a crew train: on which device each, and how it comes to see that one alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from multiprocessing import Pipe
from typing import Any

from kerasgrid.errors import RunError
from kerasgrid.system.devices import CPU, DEVICES, OPTION, DeviceKind, environment_at
from kerasgrid.workers.processes import start_process

_SECONDS_TO_LOOK = 120.0
"""How long TensorFlow may take to be imported and to find its devices."""


class Places:
    """The devices of one kind, of which every new worker gets the one with the fewest others.

    Args:
        kind: The kind; None leaves workers with what this process sees.
    """

    def __init__(self, kind: DeviceKind | None = None) -> None:
        self._kind = kind
        # Processors are nobody's own: the system shares them out.
        is_owned = kind is not None and kind.name != CPU
        self._names = tuple(kind.places()) if kind is not None and is_owned else ("",)

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


def check_usable(kind: DeviceKind) -> None:
    """Check that TensorFlow can train on devices of a kind, which a process of its own has to try.

    Raises:
        RunError: It cannot.
    """
    if kind.name == CPU:
        return
    place = next(iter(kind.places()))
    ours, theirs = Pipe()
    process = start_process(_look, (theirs, environment_at(kind, place), kind.of_tensorflow))
    theirs.close()
    try:
        told = ours.recv() if ours.poll(_SECONDS_TO_LOOK) else "it has not answered"
    except (EOFError, OSError):
        process.join(5)
        told = f"it ended with exit status {process.exitcode}"
    finally:
        process.kill()
        ours.close()
    if told is not None:
        rule = f"TensorFlow cannot train on the {kind.label} that is here"
        raise RunError(rule, where=OPTION, got=str(told), hint="see docs/how_to/gpu.md, or use --device cpu")


def _look(answers: Any, environment: Mapping[str, str], of_tensorflow: str) -> None:
    """Send what is wrong with a device, as text; None if nothing is."""
    import os

    os.environ.update(environment)
    try:
        from kerasgrid.engine.devices import tried_out
        from kerasgrid.engine.keras_setup import set_up_process

        set_up_process()
        answers.send(tried_out(of_tensorflow))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is why there is none
        answers.send(f"{type(error).__name__}: {' '.join(str(error).split())[:300]}")
