"""Rows that a trained model is given: read as the columns of its training were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kerasgrid.axes.problems import together
from kerasgrid.data import labels
from kerasgrid.data.cells import Cells
from kerasgrid.data.coding import coded, new_words
from kerasgrid.data.columns import PLAIN, Columns, Form
from kerasgrid.data.dataset import Array, FloatArray, Task
from kerasgrid.data.frame import cells_of_frame
from kerasgrid.data.raw import Raw
from kerasgrid.data.roles import shown
from kerasgrid.data.table import Table
from kerasgrid.data.table_file import table_in
from kerasgrid.data.target import Target, target_of
from kerasgrid.errors import DataError
from kerasgrid.system.words import counted

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows as a trained model is given them.

    Attributes:
        x: The matrix, float32 (n, c), as :data:`kerasgrid.data.columns.Kind` says.
        new: In how many rows a column of words holds one that the training did not, by the column's name.
        target: What was to be predicted, of all rows; None where the columns are not there.
        where: Where they were found, for people.
        notes: What there is to say of how they were read.
        left_out: Places of rows of the file that are not among them, from 0.
    """

    x: FloatArray
    new: Mapping[str, int]
    target: Target | None
    where: str
    notes: tuple[str, ...] = ()
    left_out: Sequence[int] | Array = ()

    def known(self, task: Task, classes: Sequence[str] | None) -> tuple[Array, npt.NDArray[np.int64]]:
        """Return what was to be predicted, as a data set has it, of the rows where it is known.

        Args:
            task: What is predicted.
            classes: The training's classes; None for regression.

        Returns:
            Labels or targets, (m,) or (m, targets), and the places of their rows, (m,).

        Raises:
            DataError: A class is none of the training's, or a target is no number.
        """
        assert self.target is not None
        places = np.flatnonzero(self.target.is_there)
        return labels_of(self.target.at(places), task, classes, self.where), places


def read_rows(
    source: str | Path | pd.DataFrame,
    columns: Columns,
    targets: Sequence[str] = (),
    *,
    task: Task | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
    needs_target: bool = True,
) -> Rows:
    """Return the rows of a file or frame as a model that was trained on such columns is given them.

    Columns are found by their names, in any order; others are left aside. Of the rows that it was trained on the matrix
    is the training's.

    Args:
        source: A file, or a frame.
        columns: Those of the training.
        targets: Columns that were to be predicted; they may be missing.
        task: What was to be predicted, if it is known.
        encoding: Of a text file; None for what shows.
        decimal: The decimal mark of targets; None for that of the file.
        needs_target: Whether targets that cannot be read are an error; else they are not there, and a note says so.

    Raises:
        DataError: Columns are missing, or hold what is neither of their kind nor a gap; a line each.
        OSError: The file cannot be opened.
    """
    words = {column.name for column in columns.given if column.is_text or column.kind == "date"}
    words |= {column.name for column in columns.given if column.kind == "number" and _needs_text(column.form)}
    words |= set(targets)
    table = _table(source, words, columns.missing, encoding)
    missing = [name for name in columns.names if name not in table.cells]
    if missing:
        noun = "column" if len(missing) == 1 else "columns"
        raise DataError(
            f"must have the {noun} that the model was trained on",
            where=table.where,
            got=f"none named {shown(missing)}",
            hint=f"it has {shown(list(table.cells))}",
        )
    target, notes = None, table.notes
    if targets and all(name in table.cells for name in targets):
        found = [table.cells[name] for name in targets]
        try:
            target = target_of(targets, found, task=task, decimal=decimal or table.decimal)
        except DataError as error:
            if needs_target:
                raise
            notes = (*notes, not_scored(error))
    x, new = _matrix(table, columns)
    return Rows(x, new, target, table.where, notes, table.left_out)


def not_scored(error: DataError) -> str:
    """Return a note of targets that cannot be read, where the rows themselves can; how to mend them is left out."""
    return f"not scored: {DataError(error.rule, where=error.where, got=error.got)}"


def _needs_text(form: Form) -> bool:
    return form != replace(PLAIN, decimal=form.decimal, date=form.date)


def _table(source: str | Path | pd.DataFrame, words: set[str], missing: Sequence[str], encoding: str | None) -> Table:
    if isinstance(source, str | Path):
        return table_in(Path(source), words=words, missing=missing, encoding=encoding)
    return Table("data", cells_of_frame(source, missing, "data"))


def _matrix(table: Table, columns: Columns) -> tuple[FloatArray, dict[str, int]]:
    x = np.empty((table.n_rows, len(columns.given)), np.float32)
    new: dict[str, int] = {}
    problems: list[DataError] = []
    for place, column in enumerate(columns.given):
        cells: Cells = table.cells.pop(column.name)
        try:
            x[:, place] = coded(column, cells)
        except DataError as error:
            problems.append(error)
        else:
            if n_new := new_words(column, cells):
                new[column.name] = n_new
    if problems:
        raise together(problems, table.where)
    return x, new


def read_labelled(path: Path, raw: Raw, *, encoding: str | None = None) -> tuple[FloatArray, Array, tuple[str, ...]]:
    """Return samples and labels of a further file of the same kind as the training's, and what is said of them.

    Args:
        path: The file.
        raw: The training's.
        encoding: Of a text file; None for what shows.

    Raises:
        DataError: It lacks columns, or has no row with a target.
    """
    assert raw.columns is not None
    rows = read_rows(path, raw.columns, raw.targets, task=raw.task, encoding=encoding)
    if rows.target is None:
        rule = f"must have {' and '.join(map(repr, raw.targets))} to be held out"
        raise DataError(rule, where=str(path), got="no such column")
    there = rows.target.is_there
    if not there.any():
        raise DataError("some row must have a target", where=str(path), got="none")
    notes = list(rows.notes)
    if not there.all():
        notes.append(f"{path.name}: {counted(int((~there).sum()), 'row')} without {' or '.join(raw.targets)} left out")
    notes += [f"{path.name}: {counted(n, 'row')} with a new word in {name}" for name, n in rows.new.items()]
    y, places = rows.known(raw.task or "regression", raw.classes)
    return rows.x[places], y, tuple(notes)


def labels_of(target: Target, task: Task, classes: Sequence[str] | None, where: str) -> Array:
    """Return labels or targets of rows that have one, as a data set has them; see :meth:`Rows.known`."""
    if target.words is None:
        if task == "classification" and classes is not None:
            return labels.indices_among(target.values, tuple(classes), f"{where}: column {target.names[0]!r}")
        return target.values
    place = f"{where}: column {target.names[0]!r}"
    if task != "classification" or classes is None:
        words = [target.words[code] for code in np.unique(target.values)]
        raise DataError("must hold numbers, as in the training", where=place, got=f"words such as {words[0][:80]!r}")
    return labels.indices_of_words(target.values, target.words, tuple(classes), place)
