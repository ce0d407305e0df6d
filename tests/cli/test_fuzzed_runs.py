"""Folders of runs in any state, read by every command: an answer or one clear message.

``KERASGRID_FUZZ=10000`` tries so many, instead of few.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fuzzed import JSON, fuzzed
from support.plans import plan_of
from support.searches import score, searched
from support.written import called

from kerasgrid.api.searching import carry_out, prepare
from kerasgrid.data.sources import load_dataset
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.reports.ahead.illustrator import NoIllustrator
from kerasgrid.reports.files import REPORTS
from kerasgrid.run.schema import TABLES
from kerasgrid.run.watcher import Silence
from kerasgrid.space.spec import space_from_dict

FILES = ("run.sqlite", "run.sqlite-wal", "run.lock", "model.keras", "report.html", *REPORTS)
COLUMNS = [(table, column) for table, columns in TABLES.items() for column in columns]

COMMANDS = (
    ("show", "run"), ("show", "run", "--effects"), ("report", "run"), ("narrow", "run"), ("compare", "run", "whole"),
    ("compare", "whole", "run"), ("export", "run", "--to", "csv"), ("export", "run", "--to", "csv", "--epochs"),
    ("export", "run", "--to", "jsonl"), ("export", "run", "--to", "tensorboard"), ("predict", "run", "rows.csv"),
    ("repair", "run"), ("repair", "run", "--out", "mended"), ("confirm", "run"),
)  # fmt: skip

BASES = ("whole", "table")

Blow = Callable[[Path], None]


TABLE = "size,town,when,weight,kind\n" + "".join(
    f"{n / 7:.3f},{('Bonn', 'Ulm', '')[n % 3]},2024-01-{1 + n % 28:02},{1 + n % 3},{('a', 'b')[n % 2]}\n"
    for n in range(60)
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run on arrays, and one in rounds on a table that is gone."""
    folder = tmp_path_factory.mktemp("fuzzed")
    searched(plan_of(), folder / "whole", FakeFitter(score))
    table = folder / "table.csv"
    table.write_text(TABLE)
    space = space_from_dict({
        "name": "table", "dataset": {"path": str(table), "target": "kind"}, "strategy": "random", "trials": 6,
        "rounds": 2, "cv": 3, "repeats": 2, "race": "folds",
        "params": {"learning_rate": {"log_uniform": {"low": 1e-3, "high": 0.1}}, "epochs": [1, 3]},
    })  # fmt: skip
    prepared = prepare(space, folder / "table", load_dataset(path=table, target="kind"))
    carry_out(prepared, FakeFitter(score), Silence(), illustrator=NoIllustrator())
    table.unlink()
    return folder


@pytest.fixture(autouse=True)
def here(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in BASES:
        shutil.copytree(runs / name, tmp_path / name)
    (tmp_path / "rows.csv").write_text(TABLE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _file(name: str, change: Callable[[bytes], bytes]) -> Blow:
    def strike(run: Path) -> None:
        path = run / name
        path.write_bytes(change(path.read_bytes() if path.is_file() else b""))

    return strike


def _instead(name: str, make: Callable[[Path], object]) -> Blow:
    def strike(run: Path) -> None:
        path = run / name
        path.unlink(missing_ok=True)
        make(path)

    return strike


def _changed(statements: list[tuple[str, tuple[object, ...]]], *, sealed: bool) -> Blow:
    """Change what the database holds; without the checksums, as a program that knows nothing of these would."""

    def strike(run: Path) -> None:
        with closing(sqlite3.connect(run / "run.sqlite", isolation_level=None)) as connection:
            for statement, values in statements:
                with suppress(sqlite3.Error, OverflowError, UnicodeEncodeError):
                    connection.execute(statement, values)
            for table in () if sealed else TABLES:
                with suppress(sqlite3.Error):
                    connection.execute(f"UPDATE {table} SET checksum = NULL")

    return strike


VALUES = (
    st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(max_size=8) | st.binary(max_size=8)
    | JSON.map(json.dumps)
)  # fmt: skip
PLACES = [
    "space", "dataset", "task", "classes", "n_outputs", "fold_fingerprints", "race", "new",
    *(f"space.{key}" for key in ("params", "cv", "metric", "strategy", "repeats", "seed", "confirm", "race", "name",
                                 "model", "dataset", "rounds", "trials")),
    *(f"dataset.{fact}" for fact in (
        "fingerprint", "n_train", "n_test", "source", "input_shape", "majority", "splits", "notes", "targets",
        "is_bytes", "columns", "columns.given", "columns.given[0]", "columns.given[1].kind", "columns.given[1].levels",
        "columns.given[1].name", "columns.given[2].form", "columns.given[2].form.date", "columns.missing",
        "columns.left_out")),
]  # fmt: skip
STATEMENTS = (
    st.tuples(st.sampled_from(COLUMNS), VALUES).map(lambda one: (f"UPDATE {one[0][0]} SET {one[0][1]} = ?", (one[1],)))
    | st.tuples(st.sampled_from(COLUMNS), VALUES).map(
        lambda one: (f"UPDATE {one[0][0]} SET {one[0][1]} = ? WHERE rowid = 1", (one[1],))
    )
    | st.tuples(st.sampled_from(["plan", "elapsed", "created", "versions", "compiled"]), JSON).map(
        lambda one: ("UPDATE meta SET value = ? WHERE name = ?", (json.dumps(one[1]), one[0]))
    )
    | st.sampled_from(sorted(TABLES)).flatmap(
        lambda table: st.sampled_from([f"DELETE FROM {table}", f"DROP TABLE {table}"])
    ).map(lambda statement: (statement, ()))
    | st.integers(-5, 1200).map(lambda n: (f"PRAGMA user_version = {n}", ()))
    | st.sampled_from([0, 1]).map(lambda n: (f"PRAGMA application_id = {n}", ()))
    | st.tuples(st.sampled_from(PLACES), JSON).map(
        lambda one: ("UPDATE meta SET value = json_set(value, ?, json(?)) WHERE name = 'plan'",
                     (f"$.{one[0]}", json.dumps(one[1])))
    )
)  # fmt: skip
BLOWS = (
    st.sampled_from(FILES).map(lambda name: _instead(name, lambda path: None))
    | st.sampled_from(FILES).map(lambda name: _instead(name, lambda path: path.mkdir()))
    | st.sampled_from(FILES).map(lambda name: _instead(name, lambda path: path.symlink_to(path.name)))
    | st.tuples(st.sampled_from(FILES), st.binary(max_size=200)).map(
        lambda one: _file(one[0], lambda content: one[1])
    )
    | st.tuples(st.sampled_from(FILES), st.integers(0, 60_000)).map(
        lambda one: _file(one[0], lambda content: content[: one[1]])
    )
    | st.tuples(st.sampled_from(FILES), st.integers(0, 60_000), st.binary(min_size=1, max_size=40)).map(
        lambda one: _file(one[0], lambda content: content[: one[1]] + one[2] + content[one[1] + len(one[2]) :])
    )
    | st.tuples(st.lists(STATEMENTS, min_size=1, max_size=2), st.booleans()).map(
        lambda one: _changed(one[0], sealed=one[1])
    )
)  # fmt: skip


@fuzzed
@given(base=st.sampled_from(BASES), blows=st.lists(BLOWS, min_size=1, max_size=2), command=st.sampled_from(COMMANDS))
def test_runs(
    base: str,
    blows: list[Blow],
    command: tuple[str, ...],
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("run", "mended"):
        shutil.rmtree(here / name, ignore_errors=True)
    shutil.copytree(here / base, here / "run")
    for blow in blows:
        # What is a folder already, say, is no file.
        with suppress(OSError, sqlite3.Error):
            blow(here / "run")
    is_there = os.path.isfile(here / "run" / "run.sqlite") and os.path.getsize(here / "run" / "run.sqlite") > 0
    ended = called(monkeypatch, capsys, *command)
    assert ended.code in (0, 2), ended
    assert "Traceback" not in ended.err + ended.out
    assert all(letter.isprintable() or letter in "\n\t" for letter in ended.err + ended.out)
    if ended.code == 2:
        assert ended.err.startswith("kerasgrid: ")
        assert ended.err.count("kerasgrid: ") == 1
    else:
        assert is_there
        assert ended.out.strip()


def _database(path: Path, statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(statements)


_OPTUNA = """
CREATE TABLE studies (study_id INTEGER PRIMARY KEY, study_name VARCHAR(512) NOT NULL);
CREATE TABLE trials (trial_id INTEGER PRIMARY KEY, number INTEGER, study_id INTEGER, state VARCHAR(8) NOT NULL);
CREATE TABLE trial_values (trial_value_id INTEGER PRIMARY KEY, trial_id INTEGER NOT NULL, value FLOAT);
INSERT INTO studies VALUES (1, 'digits'); INSERT INTO trials VALUES (1, 0, 1, 'COMPLETE');
"""
_CSV = "number,value,params_lr,state\n0,0.9,0.1,COMPLETE\n"
NO_RUNS: dict[str, Callable[[Path], object]] = {
    "a table of another tool": lambda path: path.write_text(_CSV),
    "a folder with such a table": lambda path: (path.mkdir(), (path / "results.csv").write_text(_CSV)),
    "a database of another tool": lambda path: _database(path, _OPTUNA),
    "a folder with such a one in place of ours": lambda path: (path.mkdir(), _database(path / "run.sqlite", _OPTUNA)),
    "an empty folder": lambda path: path.mkdir(),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "nothing": lambda path: None,
}


@pytest.mark.parametrize("kind", NO_RUNS)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_what_is_no_run_of_ours(
    kind: str,
    command: tuple[str, ...],
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("other", "\x1b[2Jx", "-1", "x" * 200):
        NO_RUNS[kind](here / name)
        ended = called(monkeypatch, capsys, *[str(here / name) if word == "run" else word for word in command])
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith("kerasgrid: ")
        assert ended.err.count("\n") == 1
