"""The command line where the system refuses: closed and full streams, names too long, Ctrl-C while it starts."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.searches import run as searched
from support.searches import score

from kerasgrid.fits.fake import FakeFitter

KERASGRID = f"{sys.executable} -m kerasgrid"


def shell(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, timeout=60)


def test_a_full_standard_output_is_told_in_one_line(tmp_path: Path) -> None:
    searched(tmp_path, FakeFitter(score))
    for command in ("list", f"show {tmp_path}"):
        done = shell(f"{KERASGRID} {command} >/dev/full")
        message = "kerasgrid: standard output takes no more, got no space left on device (make room)\n"
        assert (done.returncode, done.stderr) == (1, message)


def test_a_reader_that_leaves_early_is_no_error() -> None:
    done = shell(f"{KERASGRID} list | head -1")
    assert done.stderr == ""


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_lead_nowhere(closed: str) -> None:
    program = "import os; from kerasgrid.system.startup import set_up_process as s; s(); os._exit(os.open('.', 0))"
    assert shell(f'{sys.executable} -c "{program}" {closed}').returncode == 3
    assert shell(f"{KERASGRID} list {closed}").returncode == 0


def test_what_is_said_on_a_closed_standard_error_does_not_go_to_standard_output() -> None:
    done = shell(f"{KERASGRID} show nowhere 2>&-")
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize("command", ["search digits --out", "auto digits --out", "show"])
def test_a_name_too_long_is_told(command: str) -> None:
    name = "x" * 300
    done = shell(f"{KERASGRID} {command} {name}")
    assert done.returncode == 2
    assert done.stderr.startswith(f"kerasgrid: {name}")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("module", ["typer", "kerasgrid.cli.searching"])
def test_an_interrupt_while_it_starts_shows_nothing(tmp_path: Path, module: str) -> None:
    # Amid an import.
    program = f"""
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
sys.argv = ["kerasgrid", "list"]
from kerasgrid.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")
