"""A system without what POSIX has beyond Windows: the package's code runs there, as far as that can be seen here."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.elsewhere import hiding
from support.written import write

import kerasgrid

Python = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return hiding(tmp_path_factory.mktemp("hiding"))


@pytest.fixture
def python(environment: dict[str, str], tmp_path: Path) -> Python:
    """Call a Python there, in a folder of its own, and check that it ends well."""

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, cwd=tmp_path,
                              env=environment, timeout=300)  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done

    return call


def test_it_is_hidden_from_the_package_alone(python: Python) -> None:
    program = """
import textwrap
ours = textwrap.dedent('''
    import os, select, signal, socket
    from signal import SIGINT, SIGTERM
    def can(statement):
        try:
            exec(statement, {"__name__": __name__})
        except ImportError:
            return False
        return True
    seen = [can("import fcntl"), can("from os import fork"), can("from signal import SIGKILL"),
            hasattr(os, "getuid"), hasattr(select, "poll"), hasattr(socket, "AF_UNIX")]
''')
for name in ("kerasgrid.some", "another"):
    scope = {"__name__": name}
    exec(ours, scope)
    print(set(scope["seen"]))
"""
    assert python("-c", program).stdout.splitlines() == ["{False}", "{True}"]


def test_every_module_is_imported(python: Python) -> None:
    done = python("-c", "from support.elsewhere import import_everything; import_everything()")
    package = Path(kerasgrid.__file__).parent
    assert int(done.stdout) == len(list(package.rglob("*.py"))) - 3  # itself, __main__ and what the server runs


def test_commands_that_train_nothing(python: Python) -> None:
    assert "search" in python("-m", "kerasgrid", "--help").stdout
    assert "digits" in python("-m", "kerasgrid", "list").stdout
    assert "36 fits" in python("-m", "kerasgrid", "check", "digits").stdout


def test_a_search_and_what_reads_it(python: Python, tmp_path: Path) -> None:
    write(tmp_path / "tiny.json")
    python("-m", "kerasgrid", "search", "tiny.json", "--jobs", "2")
    run = tmp_path / "runs" / "tiny"
    assert json.loads((run / "best_params.json").read_text(encoding="utf-8"))["status"] == "complete"
    assert (run / "model.keras").stat().st_size > 0
    assert not (run / "run.lock.holder").exists()
    again = python("-m", "kerasgrid", "search", "tiny.json")
    assert "training" not in again.stderr
    assert "best" in python("-m", "kerasgrid", "show", "tiny").stdout.lower()
    python("-m", "kerasgrid", "report", "tiny")
    python("-m", "kerasgrid", "export", "tiny", "--to", "csv")
