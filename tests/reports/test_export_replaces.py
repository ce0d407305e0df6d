"""An export takes the place of an earlier one, and of nothing else."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.plans import plan_of
from support.searches import searched

from kerasgrid.api.opening import open_run
from kerasgrid.errors import RunError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.reports.export.export import export_beside
from kerasgrid.run.run import Run

KERAS = "events.out.tfevents.1700000000.host.123.0.v2"
OURS = "events.out.tfevents.1700000000.kerasgrid"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run") / "run"
    searched(plan_of(), folder, FakeFitter(lambda fit: 0.5))
    return open_run(str(folder))


@pytest.mark.parametrize(
    "name",
    ["precious.txt", f"run1/train/{KERAS}", KERAS, f"t001-abc/train/{KERAS}", f"mine/t001-abc/{OURS}", f"mine/{OURS}"],
)
def test_a_folder_of_other_files_is_kept(run: Run, tmp_path: Path, name: str) -> None:
    pytest.importorskip("tensorboard", reason="needs tensorboard")
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("precious")
    message = f"{tmp_path}: the folder holds other files than those of an earlier export, got {name} (choose another"
    with pytest.raises(RunError, match=re.escape(message)):
        export_beside(run, "tensorboard", tmp_path)
    assert (tmp_path / name).read_text() == "precious"


def test_an_earlier_export_is_replaced(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="needs tensorboard")
    out = tmp_path / "events"
    export_beside(run, "tensorboard", out)
    first = sorted(path.relative_to(out) for path in out.rglob("*"))
    old = out / "t123-0123abcd" / "train" / OURS
    old.parent.mkdir(parents=True)
    old.touch()
    export_beside(run, "tensorboard", out)
    assert sorted(path.relative_to(out) for path in out.rglob("*")) == first


@pytest.mark.parametrize("name", ["what?", "a%20b", "50 %", "{x}", "ü#1", "file:x?mode=ro"])
def test_a_study_is_written_into_a_folder_of_any_name(run: Run, tmp_path: Path, name: str) -> None:
    pytest.importorskip("optuna", reason="needs optuna")
    folder = tmp_path / name
    folder.mkdir()
    export_beside(run, "optuna", folder / "study.db")
    assert [path.name for path in folder.iterdir()] == ["study.db"]
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with closing(sqlite3.connect(folder / "study.db")) as database:
        assert database.execute("SELECT count(*) FROM trials").fetchone() == (len(run.trials),)
