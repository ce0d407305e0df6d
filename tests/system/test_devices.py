"""Kinds of devices, and which GPUs a process would see. There is none here: /dev and nvidia-smi are made up."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.devices import PLACE, TOY, TWO, fake_gpus

from kerasgrid.errors import RunError
from kerasgrid.system import nvidia
from kerasgrid.system.devices import CPU, DEVICES, check_there, environment_at
from kerasgrid.system.nvidia import VISIBLE, visible_gpus

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="GPUs are looked for on Linux alone")

DIVIDED = """GPU 0: NVIDIA A (UUID: GPU-aaaa-1)
  MIG 1g.10gb     Device  0: (UUID: MIG-0000-1)
  MIG 1g.10gb     Device  1: (UUID: MIG-0000-2)
GPU 1: NVIDIA B (UUID: GPU-bbbb-2)
"""


@pytest.fixture(autouse=True)
def _looked_for_anew() -> Iterator[None]:
    nvidia._there.cache_clear()
    yield
    nvidia._there.cache_clear()


def test_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_gpus(tmp_path / "two", monkeypatch, 2, TWO)
    assert visible_gpus() == ("GPU-aaaa-1", "GPU-bbbb-2")
    fake_gpus(tmp_path / "divided", monkeypatch, 2, DIVIDED)
    assert visible_gpus() == ("MIG-0000-1", "MIG-0000-2", "GPU-bbbb-2")
    # A container often lacks the program.
    fake_gpus(tmp_path / "files", monkeypatch, 3)
    assert visible_gpus() == ("0", "1", "2")


def test_without_a_device_file_nothing_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_gpus(tmp_path, monkeypatch, 0, TWO, before=f"touch {tmp_path}/asked")
    assert visible_gpus() == ()
    assert not (tmp_path / "asked").exists()


def test_a_driver_that_cannot_be_reached_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_gpus(tmp_path, monkeypatch, 1, "NVIDIA-SMI has failed\n", before="exit 9")
    assert visible_gpus() == ()


def test_one_that_does_not_answer_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvidia, "_SECONDS", 0.2)
    fake_gpus(tmp_path, monkeypatch, 2, TWO, before="exec sleep 20")
    assert visible_gpus() == ("0", "1")


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("", ()),
        ("-1", ()),
        ("none", ()),
        ("1", ("1",)),
        ("1,0", ("1", "0")),
        (" 0 , 1 ", ("0", "1")),
        ("0,-1,1", ("0",)),  # as CUDA reads it, nothing counts after the first that is none
        ("0,7,1", ("0",)),
        ("0,0", ("0",)),
        ("GPU-bbbb", ("GPU-bbbb",)),
        ("GPU-cccc", ()),
        ("GPU-aaaa-1,GPU-bbbb-2", ("GPU-aaaa-1", "GPU-bbbb-2")),
    ],
)
def test_the_variable_says_which_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, seen: tuple[str, ...]
) -> None:
    fake_gpus(tmp_path, monkeypatch, 2, TWO)
    monkeypatch.setenv(VISIBLE, value)
    assert visible_gpus() == seen


def test_the_variable_alone_makes_no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_gpus(tmp_path, monkeypatch, 0)
    monkeypatch.setenv(VISIBLE, "0")
    assert visible_gpus() == ()


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_have_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    fake_gpus(tmp_path, monkeypatch, 2, TWO)
    monkeypatch.setattr(sys, "platform", system)
    assert visible_gpus() == ()


def test_a_worker_sees_its_own_device_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_gpus(tmp_path, monkeypatch, 2, TWO)
    gpu = environment_at(DEVICES["gpu"], "GPU-bbbb-2")
    assert gpu == {VISIBLE: "GPU-bbbb-2", "KERASGRID_DEVICE": "GPU"}
    assert environment_at(DEVICES[CPU], "") == {VISIBLE: "-1"}
    with DEVICES.with_row(TOY):
        assert environment_at(DEVICES["gpu"], "0") == {VISIBLE: "0", "KERASGRID_DEVICE": "GPU", PLACE: "none"}
        assert environment_at(TOY, "left") == {VISIBLE: "-1", "KERASGRID_DEVICE": "CPU", PLACE: "left"}


def test_on_a_machine_without_a_gpu_a_worker_is_told_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_gpus(tmp_path, monkeypatch, 0)
    assert environment_at(DEVICES[CPU], "") == {}
    assert len(DEVICES[CPU].places()) == len(os.sched_getaffinity(0))


def test_what_is_not_there_is_refused() -> None:
    check_there("auto", [])
    check_there("gpu", ["cpu", "gpu"])
    rule = r"^--device: there is no such kind of device, got GPU \(did you mean gpu\?\)$"
    with pytest.raises(RunError, match=rule):
        check_there("GPU", ["cpu"])
    with pytest.raises(RunError, match=r"got x \(known are auto, cpu, gpu\)$"):
        check_there("x", ["cpu"])
    rule = r"^--device: there is no GPU here, got gpu \(nvidia-smi -L lists what there is, and CUDA_VISIBLE_DEVICES may"
    with pytest.raises(RunError, match=rule) as caught:
        check_there("gpu", ["cpu"])
    assert caught.value.exit_code == 2
