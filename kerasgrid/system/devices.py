"""The kinds of devices that fits are trained on, and which of them are here. Imports no TensorFlow."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from kerasgrid.errors import RunError, nearest
from kerasgrid.registry import Registry
from kerasgrid.system.cores import n_cores
from kerasgrid.system.nvidia import VISIBLE, visible_gpus

CPU = "cpu"
"""The kind that is everywhere. Fits of it have keys in which no device is named."""

AUTO = "auto"
"""Asks for whichever kind suits a run."""

OPTION = "--device"
"""How the user asks for a kind of device; in Python it is the argument of that name."""

_OWN = "KERASGRID_DEVICE"
"""The variable that tells a worker what TensorFlow calls the kind that it is to train on."""

_CPU_OF_TENSORFLOW = "CPU"


@dataclass(frozen=True, slots=True)
class DeviceKind:
    """One row of the table.

    Attributes:
        name: What it is called on the command line, in Python and in the keys of fits.
        description: What it is, in one line.
        label: What it is called in sentences: ``GPU``.
        of_tensorflow: What TensorFlow calls it.
        places: Returns what each device of the kind is called that can be had here; one worker trains on each unless
            told otherwise. It must be quick where there is none.
        environment: From that name to the variables by which a process sees this device of the kind alone.
        hidden: The variables by which a process sees none of the kind.
        hint: What whoever misses one should look at.
    """

    name: str
    description: str
    label: str
    of_tensorflow: str
    places: Callable[[], Sequence[str]]
    environment: Callable[[str], Mapping[str, str]] = lambda place: {}
    hidden: Mapping[str, str] = field(default_factory=dict)
    hint: str | None = None


DEVICES: Registry[DeviceKind] = Registry(
    "kind of device",
    (
        DeviceKind(
            CPU,
            "the processor, one worker a core unless told otherwise",
            "CPU",
            _CPU_OF_TENSORFLOW,
            lambda: [str(number) for number in range(n_cores())],
        ),
        DeviceKind(
            "gpu",
            "NVIDIA GPUs on Linux, one worker a GPU unless told otherwise",
            "GPU",
            "GPU",
            visible_gpus,
            lambda place: {VISIBLE: place},
            {VISIBLE: "-1"},
            f"nvidia-smi -L lists what there is, and {VISIBLE} may hide it",
        ),
    ),
)
"""Every kind of device; the CPU comes first."""


def check_there(device: str, there: Collection[str]) -> None:
    """Check that there is such a kind of device, and one of it.

    Args:
        device: Its name, or ``auto``.
        there: The kinds of which there is one.

    Raises:
        RunError: There is not.
    """
    if device not in (AUTO, *DEVICES):
        near = nearest(device, (AUTO, *DEVICES))
        hint = f"known are {', '.join((AUTO, *DEVICES))}" if near is None else f"did you mean {near}?"
        raise RunError("there is no such kind of device", where=OPTION, got=device, hint=hint)
    if device not in (AUTO, *there):
        raise RunError(f"there is no {DEVICES[device].label} here", where=OPTION, got=device, hint=DEVICES[device].hint)


def environment_at(kind: DeviceKind, place: str) -> dict[str, str]:
    """Return the variables of a worker that is to train on this device and to see no other.

    On a machine that has no other kind than the CPU there are none.
    """
    found: dict[str, str] = {}
    for other in DEVICES.values():
        if other.name != kind.name and other.hidden and other.places():
            found |= other.hidden
    if kind.name != CPU:
        found |= {_OWN: kind.of_tensorflow, **kind.environment(place)}
    return found


def own_kind() -> str:
    """Return what TensorFlow calls the kind of device that this process is to train on."""
    return os.environ.get(_OWN, _CPU_OF_TENSORFLOW)


def has_own_memory() -> bool:
    """Whether what this process trains lies in the memory of a device, not in that of the machine."""
    return own_kind() != _CPU_OF_TENSORFLOW
