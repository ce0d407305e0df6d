"""Tables: cells in named columns become a matrix, what is to be predicted, and what is said about both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from kerasgrid.axes.problems import together
from kerasgrid.data import hints, roles
from kerasgrid.data.cells import Cells, Numbers
from kerasgrid.data.coding import coded
from kerasgrid.data.columns import Column, Columns
from kerasgrid.data.dataset import Array, FloatArray, Splits
from kerasgrid.data.dropped import columns_of_parts
from kerasgrid.data.identifiers import identifier
from kerasgrid.data.kinds import LeftOut, kind_of
from kerasgrid.data.raw import Raw
from kerasgrid.data.source import Request
from kerasgrid.data.target import Target, class_codes, guessed, target_of
from kerasgrid.data.value_hints import value_hints
from kerasgrid.errors import DataError
from kerasgrid.system.words import counted

ROW_NAMES = "has no name: the rows' own names or numbers"


@dataclass(frozen=True, eq=False)
class Table:
    """The cells of a file or frame.

    Attributes:
        where: Where they were found, for people.
        cells: By the names of the columns, in their order. Whoever makes a data set of it takes them out.
        decimal: The decimal mark of its numbers.
        index: The name that was made up for a first column without one; None where it has one.
        notes: What there is to say of how it was read.
        left_out: Places of rows of the file that are none of the table, from 0.
    """

    where: str
    cells: dict[str, Cells]
    decimal: str = "."
    index: str | None = None
    notes: tuple[str, ...] = field(default=())
    left_out: Array = field(default_factory=lambda: np.array([], np.intp))

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.cells.values())))


@dataclass(frozen=True, eq=False, slots=True)
class _Rows:
    """Which rows of a table are for what, as their places."""

    train: Array
    test: Array | None
    all_train: bool
    fold_of: Array | None


def raw_of_table(table: Table, request: Request) -> Raw:
    """Return the matrix of a table, what is to be predicted, and how rows are to be split.

    Args:
        table: Its cells; they are taken out, so that they take no memory beside the matrix.
        request: What its columns are for.

    Raises:
        DataError: Everything that is wrong with it, a line each.
    """
    request = replace(request, drop=columns_of_parts(request.drop, list(table.cells)))
    if problems := roles.problems_of_roles(list(table.cells), request):
        raise together(problems, table.where)
    target, splits, parts, fold_of, weights = _roles_of(table, request)
    rows = _rows_of(target, parts, fold_of)
    notes = [*table.notes, *_gap_note(target)]
    if weights is not None:
        weights = weights[rows.train]
        notes.append(f"{request.weight}: what a row counts in the training, {weights.min():g} … {weights.max():g}")
    columns = _columns_of(table, request, rows)
    x_train, x_test = _matrices(table, columns, rows)
    del table
    raw = _labelled(Raw(x_train, np.empty(0), x_test, source=request_place(request)), target, rows, request, notes)
    splits = Splits(
        None if splits.groups is None else splits.groups[rows.train],
        None if splits.times is None else splits.times[rows.train],
        rows.fold_of,
    )
    said = hints.hints(x_train, raw.y_train, columns, raw.task or "regression", request)
    told = (*raw.notes, *said, *value_hints(x_train, columns, raw.classes or (), request))
    return replace(raw, columns=columns, targets=request.target, splits=splits, weights=weights, notes=told)


def request_place(request: Request) -> str:
    """Return where the data of a request is, for people."""
    return str(request.path) if request.path != Path() else "memory"


def _roles_of(table: Table, request: Request) -> tuple[Target, Splits, Array | None, Array | None, Array | None]:
    """Return the target, groups and times of all rows, and the part, the fold and the weight of each."""
    problems: list[DataError] = []
    cells, decimal = table.cells, table.decimal
    target, groups, times, parts, fold_of, weights = None, None, None, None, None, None
    try:
        target = target_of(request.target, [cells[name] for name in request.target], task=request.task, decimal=decimal)
        if not target.is_there.any():
            raise DataError("some row must have a target", where=f"column {request.target[0]!r}", got="none")
    except DataError as error:
        problems.append(error)
    if request.group is not None:
        groups = roles.groups_of(cells[request.group])
    try:
        if request.time is not None:
            times = roles.times_of(request.time, cells[request.time], decimal)
    except DataError as error:
        problems.append(error)
    try:
        if request.fold is not None:
            parts, fold_of = roles.parts_of(request.fold, cells[request.fold])
    except DataError as error:
        problems.append(error)
    try:
        if request.weight is not None:
            weights = roles.weights_of(request.weight, cells[request.weight], decimal)
    except DataError as error:
        problems.append(error)
    if problems or target is None:
        everything = _Rows(np.arange(table.n_rows), None, True, None)
        # A time is a feature, too: what is wrong with it is told once.
        blamed = {problem.where for problem in problems}
        others = [problem for problem in _decided(table, request, everything)[2] if problem.where not in blamed]
        raise together([*problems, *others], table.where)
    return target, Splits(groups, times), parts, fold_of, weights


def _rows_of(target: Target, parts: Array | None, fold_of: Array | None) -> _Rows:
    there = target.is_there
    if parts is None:
        train = np.flatnonzero(there)
        return _Rows(train, None, len(train) == len(there), None if fold_of is None else fold_of[train])
    train, test = (np.flatnonzero(there & ((parts == roles.TEST) == is_test)) for is_test in (False, True))
    folds = None if fold_of is None else fold_of[train]
    return _Rows(train, test if len(test) else None, len(train) == len(there), folds)


def _gap_note(target: Target) -> list[str]:
    n_without = int((~target.is_there).sum())
    return [f"{counted(n_without, 'row')} without {' or '.join(target.names)} left out"] if n_without else []


def _columns_of(table: Table, request: Request, rows: _Rows) -> Columns:
    """Return what the columns are, decided from the training rows."""
    given, left_out, problems = _decided(table, request, rows)
    if not given and not problems:
        # What counts rows is still better than nothing.
        kept = next((reason.column for reason in left_out.values() if reason.column is not None), None)
        if kept is None:
            problems.append(_nothing_left(left_out))
        else:
            given[kept.name] = kept
            del left_out[kept.name]
    if problems:
        raise together(problems, table.where)
    return Columns(tuple(given.values()), {name: reason.why for name, reason in left_out.items()}, request.missing)


def _decided(
    table: Table, request: Request, rows: _Rows
) -> tuple[dict[str, Column], dict[str, LeftOut], list[DataError]]:
    """Return the columns to give, those to leave out, and what is wrong with others."""
    given: dict[str, Column] = {}
    left_out: dict[str, LeftOut] = {}
    problems: list[DataError] = []
    for name, cells in table.cells.items():
        if name in request.drop:
            left_out[name] = LeftOut("dropped")
        elif name in request.target or name in (request.group, request.fold, request.weight):
            continue
        elif name == table.index:
            left_out[name] = LeftOut(ROW_NAMES)
        else:
            try:
                found = _kind(name, cells, rows, request.columns.get(name), table.decimal)
            except DataError as error:
                problems.append(error)
            else:
                if isinstance(found, Column):
                    given[name] = found
                else:
                    left_out[name] = found
    return given, left_out, problems


def _kind(name: str, cells: Cells, rows: _Rows, said: str | None, decimal: str) -> Column | LeftOut:
    if not rows.all_train and said is None and isinstance(cells, Numbers):
        # Of all rows the count has no gaps.
        reason = identifier(name, cells.values)
        if reason is not None:
            return LeftOut(reason, Column(name, "number", why=reason))
    return kind_of(name, cells if rows.all_train else cells.at(rows.train), said=said, decimal=decimal)


def _nothing_left(left_out: Mapping[str, LeftOut]) -> DataError:
    reasons = [f"{name}: {reason.why}" for name, reason in list(left_out.items())[:5]]
    if not reasons:
        return DataError("must have at least two columns", got="one", hint="a table needs a feature and a target")
    more = f"; … ({len(left_out)} in all)" if len(left_out) > len(reasons) else ""
    return DataError(
        "must have a column to learn from",
        got="; ".join(reasons) + more,
        hint='"columns": {"name": "category"} keeps one',
    )


def _matrices(table: Table, columns: Columns, rows: _Rows) -> tuple[FloatArray, FloatArray | None]:
    x_train = np.empty((len(rows.train), len(columns.given)), np.float32)
    x_test = None if rows.test is None else np.empty((len(rows.test), len(columns.given)), np.float32)
    problems: list[DataError] = []
    for place, column in enumerate(columns.given):
        cells = table.cells.pop(column.name)
        try:
            x_train[:, place] = coded(column, cells if rows.all_train else cells.at(rows.train))
            if x_test is not None and rows.test is not None:
                x_test[:, place] = coded(column, cells.at(rows.test))
        except DataError as error:
            problems.append(error)
    if problems:
        raise together(problems, table.where)
    return x_train, x_test


def _labelled(raw: Raw, target: Target, rows: _Rows, request: Request, notes: Sequence[str]) -> Raw:
    """Return a raw with its labels, the training's and the test's."""
    train = target.at(rows.train)
    test = None if rows.test is None else target.at(rows.test)
    task, note = guessed(train, request.task)
    name = f"column {target.names[0]!r}" if len(target.names) == 1 else f"columns {', '.join(map(repr, target.names))}"
    raw = replace(raw, x_name="features", y_name=name, task=task, notes=(*notes, *([note] if note else [])))
    if train.words is None:
        return replace(raw, y_train=train.values, y_test=None if test is None else test.values)
    place = f"{raw.source}: {name}"
    y_train, classes = class_codes(train, train, place)
    y_test = None if test is None else class_codes(test, train, f"{raw.source}: y_test")[0]
    return replace(raw, y_train=y_train, y_test=y_test, classes=classes)
