"""Which NVIDIA GPUs a process would see, found without loading any of their libraries."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

VISIBLE = "CUDA_VISIBLE_DEVICES"
"""The variable that says which GPUs a process sees, and in which order; read when it first touches one."""

_DEVICES = Path("/dev")
_SECONDS = 5.0
"""How long the driver's own list is waited for: it wakes GPUs that sleep, which takes a second or two."""

_GPU = re.compile(r"^GPU \d+: .*\(UUID: (GPU-[^)]+)\)")
_PART = re.compile(r"^\s+MIG .*\(UUID: (MIG-[^)]+)\)")


def visible_gpus() -> tuple[str, ...]:
    """Return what each GPU is called in ``CUDA_VISIBLE_DEVICES``; a part of one that is divided (MIG) counts as one.

    CUDA for macOS and TensorFlow for GPUs on Windows have ended, so there are none.
    """
    if not sys.platform.startswith("linux"):
        return ()
    asked = os.environ.get(VISIBLE)
    if asked is None:
        return _there()
    names = _named(asked)
    return _known(names, _there()) if names else ()


def _named(text: str) -> list[str]:
    """Return what a value of the variable names; as CUDA reads it, nothing counts from the first that is no GPU on."""
    names: list[str] = []
    for name in (part.strip() for part in text.split(",")):
        if not (name.isdecimal() or name.startswith(("GPU-", "MIG-"))) or name in names:
            break
        names.append(name)
    return names


def _known(names: Sequence[str], there: Sequence[str]) -> tuple[str, ...]:
    """Return those of the names up to the first that is none of what is there: a number, or how a UUID begins."""
    known: list[str] = []
    for name in names:
        is_number, has_uuids = name.isdecimal(), any(not one.isdecimal() for one in there)
        is_there = int(name) < len(there) if is_number else any(one.startswith(name) for one in there) or not has_uuids
        if not there or not is_there:
            break
        known.append(name)
    return tuple(known)


@lru_cache(maxsize=1)
def _there() -> tuple[str, ...]:
    """Return all GPUs of this machine; asks for them only where there is a sign of one."""
    files = [one for one in _DEVICES.glob("nvidia*") if one.name.removeprefix("nvidia").isdecimal()]
    if not files and not (_DEVICES / "dxg").exists():  # as it is called in Windows' Linux
        return ()
    listed = _listed()
    return tuple(str(number) for number in range(len(files))) if listed is None else listed


def _listed() -> tuple[str, ...] | None:
    """Return what the driver lists, by UUIDs, whose order is nobody's choice; None where it cannot be asked."""
    import subprocess  # only where there is a GPU: every command imports this

    try:
        done = subprocess.run(
            ["nvidia-smi", "-L"],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None
    return _parsed(done.stdout) if done.returncode == 0 else ()


def _parsed(text: str) -> tuple[str, ...]:
    found: list[list[str]] = []
    for line in text.splitlines():
        if gpu := _GPU.match(line):
            found.append([gpu[1]])
        elif (part := _PART.match(line)) and found:
            found[-1].append(part[1])
    # Of a divided one, only the parts can be had.
    return tuple(name for one in found for name in (one[1:] or one))
