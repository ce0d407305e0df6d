"""How much memory there is, how much of it this process has, and how sizes are told."""

from __future__ import annotations

import os
from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
_OWN = Path("/proc/self/statm")
_CONTAINERS = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"), Path("/sys/fs/cgroup/memory/memory.usage_in_bytes")),
)
"""The files that say how much a container may have and how much it has, for both versions of control groups."""


def available_memory() -> int | None:
    """Return how many bytes of memory can be had without swapping, or None where the system does not say.

    A container's own limit counts, too.
    """
    found = [_of_machine(), *(_of_container(limit, used) for limit, used in _CONTAINERS)]
    known = [value for value in found if value is not None]
    return min(known) if known else None


def own_memory() -> int:
    """Return the bytes that this process holds and shares with no file; 0 where that cannot be known."""
    try:
        _, resident, shared, *_ = (int(number) for number in _OWN.read_text(encoding="ascii").split())
        return (resident - shared) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 0


def size_text(n_bytes: float) -> str:
    """Return ``512 bytes``, ``3.2 MB`` or ``1.5 GB``, in powers of 1000."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        # What would be rounded up to 1,000 of a unit is 1 of the next.
        if n_bytes >= 0.99995 * size:
            return f"{n_bytes / size:,.1f} {unit}"
    return f"{n_bytes:.0f} bytes"


def _of_machine() -> int | None:
    try:
        for line in _MEMINFO.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _of_container(limit: Path, used: Path) -> int | None:
    try:
        return max(0, int(limit.read_text(encoding="ascii")) - int(used.read_text(encoding="ascii")))
    except (OSError, ValueError):
        # No container, or one without a limit: "max".
        return None
