"""What every report file, column of results and export must keep; a test class of each inherits it."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import get_args

from kerasgrid.reports.export.export import Export
from kerasgrid.reports.files import ReportFile
from kerasgrid.run.columns import Place, ResultColumn
from kerasgrid.run.run import Run


class ReportFileContract:
    """For a fixture ``row``, and ``run`` and ``empty``: a whole run, and one without a trial."""

    def test_it_says_what_it_is(self, row: ReportFile) -> None:
        assert row.caption
        assert Path(row.name).name == row.name

    def test_the_same_run_makes_the_same_bytes(self, row: ReportFile, run: Run) -> None:
        content = row.content(run)
        assert content is None or isinstance(content, bytes)
        assert row.content(run) == content

    def test_a_run_without_trials_is_no_error(self, row: ReportFile, empty: Run) -> None:
        content = row.content(empty)
        assert content is None or isinstance(content, bytes)

    def test_another_process_can_make_it(self, row: ReportFile, run: Run) -> None:
        if row.stage == "trials":
            sent, content = pickle.loads(pickle.dumps((run, row.content)))
            assert content(sent) == row.content(run)


class ResultColumnContract:
    """For a fixture ``column``, and ``run``: a whole one."""

    def test_it_appears_somewhere(self, column: ResultColumn, run: Run) -> None:
        assert column.places
        assert set(column.places) <= set(get_args(Place))
        assert column.head(run)

    def test_its_cells_are_of_its_type(self, column: ResultColumn, run: Run) -> None:
        kind = {"float64": (int, float), "int64": (int,), "Int64": (int,), "object": (str,)}[column.dtype]
        values = [column.value(run, trial) for trial in run.trials]
        assert all(value is None or isinstance(value, kind) for value in values)
        assert column.dtype != "int64" or None not in values

    def test_it_is_written_for_people(self, column: ResultColumn, run: Run) -> None:
        assert all(isinstance(column.written(run, trial), str) for trial in run.trials)


class ExportContract:
    """For a fixture ``form``, and ``run``: a whole one."""

    def test_it_is_written_and_replaced(self, form: Export, run: Run, tmp_path: Path) -> None:
        for _ in range(2):
            form.write(run, tmp_path / form.default, False)
            assert [path.name for path in tmp_path.iterdir()] == [form.default]

    def test_a_table_has_a_row_for_each_epoch_if_asked(self, form: Export, run: Run, tmp_path: Path) -> None:
        if form.is_table:
            form.write(run, tmp_path / "a", False)
            form.write(run, tmp_path / "b", True)
            assert (tmp_path / "a").read_bytes() != (tmp_path / "b").read_bytes()
