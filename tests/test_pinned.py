"""Runs that an earlier version made: they are told of as they were, gone on with, and trained to the same numbers."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import sqlite3
import sys
from contextlib import closing
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.pins import called, observed

PINNED = Path(__file__).parent / "pinned"
RUNS = sorted(path.parent.name for path in PINNED.glob("*/run.sqlite"))
MODELS = sorted(path.parent.name for path in PINNED.glob("*/model.keras"))

every_run = pytest.mark.parametrize("name", RUNS)


def expected(name: str) -> dict[str, Any]:
    """Return what the earlier version told of a run, and on what processor it was trained."""
    content: dict[str, Any] = json.loads((PINNED / name / "expected.json").read_text(), parse_constant=str)
    return content


@pytest.fixture
def copied(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the run's folder; the current folder is where the runs were made, where their data is."""
    monkeypatch.chdir(PINNED)
    folder = tmp_path / name
    shutil.copytree(PINNED / name, folder)
    return folder


def test_every_kind_of_run_is_there() -> None:
    assert RUNS == [
        "cnn_grid", "compiled", "confirmed", "diverged", "grid_mlp", "holdout", "lenet5_list", "list", "one_factor",
        "random_mlp", "regression", "repeats", "rounds", "steps", "union",
    ]  # fmt: skip
    assert MODELS == ["cnn_grid", "grid_mlp", "lenet5_list"]


@every_run
def test_the_same_is_told_of_it(name: str, copied: Path) -> None:
    now, before = observed(copied), expected(name)["observed"]
    if not is_of_this_machine(name):
        if versions(name) != installed(name) and before["effects"]["method"] == "forest":
            # Another scikit-learn may grow other trees.
            before |= {what: now[what] for what in ("effects", "show_effects")}
        now, before = rounded(now), rounded(before)
    assert sorted(now) == sorted(before)
    for what in before:
        assert now[what] == before[what], what


ADDED = ("gain", "ensemble", "baselines", "classes", "targets", "inputs", "columns", "left_out", "device")
"""Keys of ``best_params.json`` that the stored files do not have yet."""


@every_run
def test_its_reports_are_the_same(name: str, copied: Path) -> None:
    files = ("results.csv", "summary.md", "space.json")
    for file in (*files, "best_params.json"):
        (copied / file).unlink()
    called("report", copied)
    for file in files:
        assert (copied / file).read_bytes() == (PINNED / name / file).read_bytes(), file
    now, before = (json.loads((folder / "best_params.json").read_bytes()) for folder in (copied, PINNED / name))
    # What the model takes and gives is said since there are tables of words.
    assert {key: value for key, value in now.items() if key not in ADDED} == before
    assert [key for key in now if key not in ADDED] == list(before)


@every_run
def test_it_is_gone_on_with_and_nothing_is_trained_again(name: str, copied: Path) -> None:
    # Most models are not stored. Which one is there is told by the store.
    (copied / "model.keras").touch()
    before, asked = fits(copied), len(expected(name)["observed"]["keys"])
    if name == "confirmed":
        # Of the two candidates, two folds of the search's repeat and of two more.
        ended, asked = called("confirm", copied, "--top", "2", "--repeats", "2"), 12
    else:
        ended = called("search", copied / "space.json", "--out", copied)
    assert ended.stderr == f"reusing {asked} of {asked} fits\n"
    assert fits(copied) == before
    assert (copied / "results.csv").read_bytes() == (PINNED / name / "results.csv").read_bytes()


def test_compiled_fits_are_among_them() -> None:
    with closing(sqlite3.connect(f"file:{PINNED / 'compiled/run.sqlite'}?mode=ro&immutable=1", uri=True)) as store:
        ((compiled,),) = store.execute("SELECT value FROM meta WHERE name = 'compiled'").fetchall()
    assert len(json.loads(compiled)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["holdout", "compiled", "cnn_grid"])
def test_it_trains_to_the_same_numbers(name: str, copied: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    called("search", copied / "space.json", "--out", new)
    now, before = fits(new), fits(copied)
    assert now.keys() == before.keys()
    if is_of_this_machine(name):
        assert {key: fit[:-1] for key, fit in now.items()} == {key: fit[:-1] for key, fit in before.items()}
        assert observed(new)["final"] == expected(name)["observed"]["final"]
        return
    # Other processors and versions round differently, and training makes more of it with every epoch.
    for key, fit in before.items():
        curve, old_curve = (json.loads(of[-2]) for of in (now[key], fit))
        assert curve["loss"][0] == pytest.approx(old_curve["loss"][0], rel=1e-4)


@pytest.mark.parametrize("name", MODELS)
def test_its_model_predicts_the_same(name: str) -> None:
    import keras

    model = keras.saving.load_model(PINNED / name / "model.keras")
    inputs = np.random.default_rng(0).random((3, *model.input_shape[1:]), np.float32)
    predictions, before = np.asarray(model(inputs, training=False)).tolist(), expected(name)["predictions"]
    assert len(before) == len(predictions) == 3
    for row, row_before in zip(predictions, before, strict=True):
        assert row == pytest.approx(row_before, abs=1e-5)


def fits(folder: Path) -> dict[str, tuple[Any, ...]]:
    """Return what the store has of each fit by its key; last come its curve and, of no account, what time took."""
    columns = "key, candidate, fold, repeat, seed, status, n_parameters, error, curve"
    with closing(sqlite3.connect(folder / "run.sqlite")) as store:
        rows = store.execute(f"SELECT {columns}, seconds || ' ' || finished_at FROM fits").fetchall()
    return {key: tuple(rest) for key, *rest in rows}


def is_of_this_machine(name: str) -> bool:
    """Return whether the run was made on such a processor and by the same versions, so that all bits must be equal."""
    return bool(expected(name)["processor"] == processor()) and versions(name) == installed(name)


def processor() -> str:
    """Return what bears on how this processor rounds: its name and a hash of what it can do."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "unknown"
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = " ".join(sorted(facts.get("flags", facts.get("Features", "")).split()))
    return f"{facts.get('model name', 'unknown')}, {hashlib.sha256(flags.encode()).hexdigest()[:10]}"


def versions(name: str) -> dict[str, str]:
    """Return the versions that a run was made by, but for that of this package."""
    made_by: dict[str, str] = json.loads((PINNED / name / "best_params.json").read_text())["versions"]
    return {package: version for package, version in made_by.items() if package != "kerasgrid"}


def installed(name: str) -> dict[str, str]:
    """Return the versions that are here of the same."""
    python = ".".join(map(str, sys.version_info[:3]))
    return {package: python if package == "python" else metadata.version(package) for package in versions(name)}


def rounded(value: Any) -> Any:
    """Return the value with ten digits of each number, all that another processor must agree on."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.9e}") if isinstance(value, float) and math.isfinite(value) else value
