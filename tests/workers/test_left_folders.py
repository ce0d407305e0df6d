"""Folders for temporary files: those of dead processes are removed, all others are not."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from support.searches import run, score

import kerasgrid
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.workers import folders
from kerasgrid.workers.folders import make_folder


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left_in(folder: Path) -> Path:
    """Return a folder that a killed process has left there."""
    program = "import os; from kerasgrid.workers.folders import make_folder as m; print(m().path); os.abort()"
    environment = {**os.environ, "TMPDIR": str(folder)}
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=False, timeout=60,
                          env={**environment, "PYTHONUNBUFFERED": "1"})  # fmt: skip
    left = Path(done.stdout.strip())
    (left / "data").write_text("x")
    return left


def test_a_folder_goes_when_it_is_no_longer_needed(there: Path) -> None:
    own = make_folder()
    (own.path / "data").write_text("x")
    own.remove()
    assert list(there.iterdir()) == []


def test_what_a_dead_process_left_is_removed_at_the_next_start(there: Path) -> None:
    left, living = left_in(there), make_folder()
    assert not left.exists()
    own = make_folder()
    assert sorted(there.iterdir()) == sorted([living.path, own.path])
    living.remove()
    own.remove()


def test_a_search_of_which_nothing_is_left_to_be_trained_removes_it_too(there: Path) -> None:
    run(there / "run", FakeFitter(score))
    left, fitter = left_in(there), FakeFitter(score)
    run(there / "run", fitter)
    assert not left.exists()
    assert fitter.trained == []


def test_so_does_one_of_the_search_classes(there: Path) -> None:
    x, y = np.random.default_rng(0).random((30, 2)), np.arange(30) % 2

    def search() -> None:
        kerasgrid.GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2, n_jobs=1, run_dir=there / "run").fit(x, y)

    search()
    left = left_in(there)
    search()
    assert not left.exists()


def test_the_folder_of_another_system_stays(there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = left_in(there)
    monkeypatch.setattr(folders, "_system", lambda: "another")
    make_folder().remove()
    assert left.exists()


def test_the_folder_of_another_user_stays(there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = left_in(there)
    monkeypatch.setattr(os, "getuid", lambda: -5)
    make_folder().remove()
    assert left.exists()


def test_what_is_not_ours_stays(there: Path) -> None:
    left = left_in(there)
    (there / "kerasgrid-linked").symlink_to(left)
    moved = left.rename(there / "elsewhere")
    (there / "kerasgrid-mine").mkdir()
    (there / "kerasgrid-notes").write_text("x")
    make_folder().remove()
    names = ["elsewhere", "kerasgrid-linked", "kerasgrid-mine", "kerasgrid-notes"]
    assert sorted(path.name for path in there.iterdir()) == names
    assert (moved / "data").exists()
