"""Importing ahead, and rare looks for garbage."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kerasgrid.reports.write import SLOW_IMPORTS
from kerasgrid.system.startup import imported_ahead


def test_modules_are_there_when_the_block_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_one.py").write_text("import time\ntime.sleep(0.2)\nready = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(KeyError, match="block"), imported_ahead("slow_one"):
        raise KeyError("block")
    assert sys.modules.pop("slow_one").ready


def test_what_cannot_be_imported_is_left_to_who_needs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_one.py").write_text("raise OSError\n")
    (tmp_path / "good_one.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    with imported_ahead("broken_one", "no_such_module", "good_one"):
        pass
    assert "broken_one" not in sys.modules
    assert sys.modules.pop("good_one")


def test_the_slow_imports_of_the_reports_exist_and_are_none_of_their_own() -> None:
    program = f"""
import sys, kerasgrid.cli.app, kerasgrid.reports.write
names = {SLOW_IMPORTS!r}
assert not [name for name in names if name in sys.modules], "imported too early"
from kerasgrid.system.startup import imported_ahead
with imported_ahead(*names):
    pass
assert [name for name in names if name in sys.modules] == list(names)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_our_process_looks_for_garbage_rarely_and_ends_without(tmp_path: Path) -> None:
    program = """
import atexit, gc, sys
from kerasgrid.cli import app as cli
# What is registered first runs last.
atexit.register(lambda: print(gc.get_threshold()[0], gc.get_freeze_count() > 1000))
sys.argv = ["kerasgrid", "list"]
cli.main()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "50000 True"


def test_letters_that_the_terminal_has_not_become_question_marks(tmp_path: Path) -> None:
    program = "import sys; from kerasgrid.cli import app as cli; sys.argv = ['kerasgrid', 'list']; cli.main()"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=environment)
    assert "y = 9.8x?" in done.stdout


@pytest.mark.parametrize(("asked", "threads"), [(None, "1"), ("2", "2")])
def test_numpy_has_one_thread_unless_the_user_says_otherwise(asked: str | None, threads: str) -> None:
    # Before NumPy is imported, which reads it once.
    program = """
import os, sys
from kerasgrid.cli import app as cli
assert "numpy" not in sys.modules
cli.app = lambda **options: print(os.environ["OPENBLAS_NUM_THREADS"])
cli.main()
"""
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    if asked is not None:
        environment["OPENBLAS_NUM_THREADS"] = asked
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True)
    assert ended.stdout == f"{threads}\n"
