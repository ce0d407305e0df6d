"""Devices that are not there: the processor in disguise, and NVIDIA GPUs in a faked /dev."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from kerasgrid.system import nvidia
from kerasgrid.system.devices import DeviceKind

if TYPE_CHECKING:
    import pytest

PLACE = "TOY_PLACE"

TOY = DeviceKind(
    "toy",
    "a processor that pretends",
    "toy",
    "CPU",
    lambda: ("left", "right"),
    lambda place: {PLACE: place},
    {PLACE: "none"},
    "look under the bed",
)
"""What TensorFlow calls the processor, so that all of it works without a device."""

TWO = """GPU 0: NVIDIA A (UUID: GPU-aaaa-1)
GPU 1: NVIDIA B (UUID: GPU-bbbb-2)
"""


def fake_gpus(folder: Path, monkeypatch: pytest.MonkeyPatch, n: int, smi: str | None = None, before: str = "") -> None:
    """Have a machine with so many device files.

    Args:
        folder: A free one.
        monkeypatch: Takes it back.
        n: How many.
        smi: What ``nvidia-smi -L`` prints; None for a machine without it.
        before: Commands of the shell that it runs before.
    """
    devices, programs = folder / "dev", folder / "bin"
    devices.mkdir(parents=True)
    programs.mkdir()
    for name in [*(f"nvidia{number}" for number in range(n)), *(["nvidiactl", "nvidia-uvm"] if n else [])]:
        (devices / name).touch()
    if smi is not None:
        program = programs / "nvidia-smi"
        program.write_text(f"#!/bin/sh\n{before}\ncat <<'END'\n{smi}END\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setattr(nvidia, "_DEVICES", devices)
    monkeypatch.delenv(nvidia.VISIBLE, raising=False)
    nvidia._there.cache_clear()
