"""Runs whose file is a database as before, but holds what we do not write."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from support.searches import run, score
from support.written import called

from kerasgrid.api.opening import open_run, rewrite_reports
from kerasgrid.errors import RunError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.run.schema import TABLES
from kerasgrid.run.store import FILE


@pytest.fixture
def there(tmp_path: Path) -> Path:
    run(tmp_path, FakeFitter(score))
    return tmp_path


def change(folder: Path, statement: str, *values: Any) -> None:
    with sqlite3.connect(folder / FILE) as other:
        other.execute(statement, values)
        # As if we had written it: that something else stands there than was written is told before it is looked at.
        for table in TABLES:
            other.execute(f"UPDATE {table} SET checksum = NULL")
    other.close()


ONE = "WHERE key = (SELECT min(key) FROM fits)"
UNREADABLE = [
    ("curve", "{"),
    ("curve", "{}"),
    ("curve", "null"),
    ("curve", '{"loss": 1}'),
    ("curve", '{"loss": ["a"], "val_accuracy": [0.5]}'),
    ("curve", '{"loss": [1.0], "steps": []}'),
    ("curve", '{"loss": [1.0], "stopping": {"x": 1}}'),
    ("curve", b"\x00"),
    ("seconds", "soon"),
    ("status", "fine"),
    ("n_parameters", "many"),
    ("fold", "first"),
    ("candidate", "[]"),
    ("candidate", "{"),
    ("curve_every", "all"),
    ("worker", "1"),  # and no moment
    ("began", "soon"),
]


@pytest.mark.parametrize(("column", "value"), UNREADABLE)
def test_a_fit_that_cannot_be_read_is_missing_and_trained_again(there: Path, column: str, value: Any) -> None:
    change(there, f"UPDATE fits SET {column} = ? {ONE}", value)
    found = open_run(there)
    assert (found.n_unreadable, found.n_fits_done, found.complete) == (1, 5, False)
    rewrite_reports(str(there))
    told = "Incomplete: 5 of 6 fits are done. 1 stored fit cannot be read; searching again trains what is missing."
    assert told in (there / "summary.md").read_text()
    fitter = FakeFitter(score)
    outcome, lines = run(there, fitter)
    assert len(fitter.trained) == 1
    assert "1 stored fit cannot be read: as if not trained" in lines
    assert (outcome.run.complete, outcome.run.n_unreadable) == (True, 0)


def test_a_letter_that_is_none_of_utf_8_costs_its_fit_alone(there: Path) -> None:
    change(there, f"UPDATE fits SET curve = CAST(x'7bff7d' AS TEXT) {ONE}")
    assert (open_run(there).n_unreadable, open_run(there).n_fits_done) == (1, 5)


FACTS = [
    ("plan", "null", "null for a plan"),
    ("plan", "[]", r"\[\] for a plan"),
    ("plan", '{"space": 1}', "1 for the space of a plan"),
    ("plan", '{"x": 1}', '{"x": 1} for a plan'),
    ("elapsed", '"long"', '"long" for the fact elapsed'),
    ("versions", "{}", "{} for the fact versions"),
    ("created", "5", "5 for the fact created"),
    ("began", "{}", "{} for the fact began"),
    ("began", '["soon"]', r'\["soon"\] for the fact began'),
    ("plan", "{", "Expecting property name"),
]


def test_another_digit_than_was_written_costs_its_row_alone(there: Path) -> None:
    with sqlite3.connect(there / FILE) as other:
        other.execute(f"UPDATE fits SET curve = replace(curve, '0.', '1.') {ONE}")
    other.close()
    assert (open_run(there).n_unreadable, open_run(there).n_fits_done) == (1, 5)


def test_a_fact_of_another_digit_is_told(there: Path) -> None:
    with sqlite3.connect(there / FILE) as other:
        other.execute("UPDATE meta SET value = replace(value, '6', '7') WHERE name = 'plan'")
    other.close()
    with pytest.raises(RunError, match="is damaged, got another text for the fact plan than was written"):
        open_run(there)


@pytest.mark.parametrize(("name", "value", "told"), FACTS)
def test_facts_that_we_do_not_write_are_told(there: Path, name: str, value: str, told: str) -> None:
    change(there, "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", name, value)
    message = rf"run.sqlite: the file of the run is damaged, got {told}.* \(kerasgrid repair {there} salvages"
    with pytest.raises(RunError, match=message) as caught:
        open_run(there)
    assert caught.value.exit_code == 2


PLANS = [
    ("$.space", "{}", r"\{\} for the space of a plan"),
    ("$.space.model", "5", r'\{.*"model": 5.* for the space of a plan'),
    ("$.task", '"guessing"', '"guessing" for the task of a plan'),
    ("$.classes", "[1]", r"\[1\] for the classes of a plan"),
    ("$.n_outputs", "0", "0 for the n_outputs of a plan"),
    ("$.race", '"snail"', '"snail" for the race of a plan'),
    ("$.dataset", "{}", r"\{\} for the dataset of a plan"),
    ("$.fold_fingerprints", '["a"]', "1 fold for 1 × 2"),
    ("$.dataset.n_train", '"many"', '"many" for the n_train of the data set'),
    ("$.dataset.n_train", "0", "0 for the n_train of the data set"),
    ("$.dataset.majority", "7", "7 for the majority of the data set"),
    ("$.dataset.input_shape", "5", "5 for the input_shape of the data set"),
    ("$.dataset.columns", '{"given": 3}', r'\{"given": 3\} for the columns of the data set'),
    ("$.dataset.columns", '{"given": [{"name": 3, "kind": "number"}]}', ".* for the columns of the data set"),
    ("$.dataset.splits", '{"by": "group"}', ".* for the splits of the data set"),
    ("$.dataset.notes", '"read me"', '"read me" for the notes of the data set'),
]


@pytest.mark.parametrize(("place", "value", "told"), PLANS)
def test_plans_that_we_do_not_write_are_told(there: Path, place: str, value: str, told: str) -> None:
    change(there, "UPDATE meta SET value = json_set(value, ?, json(?)) WHERE name = 'plan'", place, value)
    with pytest.raises(RunError, match=rf"run.sqlite: the file of the run is damaged, got {told}"):
        open_run(there)


def test_no_traceback_on_the_command_line(
    there: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    change(there, "INSERT OR REPLACE INTO meta (name, value) VALUES ('plan', 'null')")
    for command in ("show", "report", "narrow"):
        done = called(monkeypatch, capsys, command, str(there))
        assert done.code == 2
        assert done.err.startswith(
            f"kerasgrid: {there}/run.sqlite: the file of the run is damaged, got null for a plan"
        )
