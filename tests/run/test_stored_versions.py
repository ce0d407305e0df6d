"""Runs that earlier versions have stored: a file of each, which stays readable and is gone on with.

``stored/version_N.sql`` is a small search of :mod:`support.searches` as the code of its time has stored it, by the fake
fitter. ``tests/pinned`` has real ones.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from support.plans import plan_of
from support.searches import score, searched

from kerasgrid.api.opening import open_run
from kerasgrid.errors import RunError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Stint
from kerasgrid.run.repairing import repaired
from kerasgrid.run.schema import MIGRATIONS, SCHEMA_VERSION, TABLES
from kerasgrid.run.store import FILE, Store

STORED = Path(__file__).parent / "stored"
VERSIONS = range(1, SCHEMA_VERSION + 1)
OTHER_NUMBERS = {1}
"""Versions of when the engine computed other numbers: their fits can be read, but are none of those of now."""


def stored(folder: Path, version: int) -> Path:
    folder.mkdir()
    connection = sqlite3.connect(folder / FILE)
    connection.executescript((STORED / f"version_{version}.sql").read_text())
    connection.close()
    return folder


def schema(folder: Path) -> set[tuple[str, ...]]:
    connection = sqlite3.connect(folder / FILE)
    found = {(table, *column[1:4]) for table in TABLES for column in connection.execute(f"PRAGMA table_info({table})")}
    connection.close()
    return found


def test_there_is_a_file_of_each_version() -> None:
    assert {path.name for path in STORED.iterdir()} == {f"version_{version}.sql" for version in VERSIONS}
    assert set(MIGRATIONS) == set(range(SCHEMA_VERSION))


@pytest.mark.parametrize("version", VERSIONS)
def test_it_is_read_as_it_is(tmp_path: Path, version: int) -> None:
    folder = stored(tmp_path / "run", version)
    before = (folder / FILE).read_bytes()
    with Store.open_readonly(folder) as store:
        known = store.everything()
        assert store.evaluations(["a"]) == {}
    assert (folder / FILE).read_bytes() == before
    assert len(known) == 6
    found = open_run(folder)
    if version not in OTHER_NUMBERS:
        assert (found.n_fits_done, found.complete) == (6, True)
        new = searched(plan_of(), tmp_path / "new", FakeFitter(score)).run
        assert [trial.scores for trial in found.trials] == [trial.scores for trial in new.trials]


@pytest.mark.parametrize("version", VERSIONS)
def test_it_tells_who_trained_each_fit_and_when_since_that_is_kept(tmp_path: Path, version: int) -> None:
    folder = stored(tmp_path / "run", version)
    with Store.open_readonly(folder) as store:
        stints = [result.stint for result in store.everything().values()]
    moments = [Stint(1.8e9 + 0.125 + n / 2, 1.8e9 + 0.375 + n / 2) for n in range(6)]
    assert stints == (moments if version >= 5 else [None] * 6)
    searched(plan_of(), folder, FakeFitter(score))
    if version not in OTHER_NUMBERS:
        assert [result.stint for result in open_run(folder).results] == stints


@pytest.mark.parametrize("version", VERSIONS)
def test_it_is_brought_up_to_date_and_gone_on_with(tmp_path: Path, version: int) -> None:
    folder = stored(tmp_path / "run", version)
    fitter = FakeFitter(score)
    outcome = searched(plan_of(), folder, fitter)
    assert outcome.run.complete
    assert len(fitter.trained) == (6 if version in OTHER_NUMBERS else 0)
    with Store.open_readonly(folder) as store:
        assert len(store.everything()) == (12 if version in OTHER_NUMBERS else 6)
    new = tmp_path / "new"
    Store.create_or_open(new).close()
    assert schema(folder) == schema(new)
    connection = sqlite3.connect(folder / FILE)
    assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    connection.close()


@pytest.mark.parametrize("version", VERSIONS)
def test_it_is_repaired(tmp_path: Path, version: int) -> None:
    folder = stored(tmp_path / "run", version)
    with Store.open_readonly(folder) as store:
        known = dict(store.everything())
    content = bytearray((folder / FILE).read_bytes())
    # Where the tables are is said in the first page.
    content[100:4096] = bytes(3996)
    (folder / FILE).write_bytes(content)
    with pytest.raises(RunError, match="is damaged"), Store.open_readonly(folder) as store:
        store.everything()
    assert repaired(folder).n_models == 1
    with Store.open_readonly(folder) as store:
        assert store.everything() == known
        assert "plan" in store.meta()
