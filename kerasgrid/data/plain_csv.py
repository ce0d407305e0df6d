"""CSV files of numbers alone, as before columns had kinds: runs of that time go on with the same matrix."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kerasgrid.data.dataset import Array
from kerasgrid.data.dialect import is_number
from kerasgrid.data.raw import Raw
from kerasgrid.errors import DataError, nearest

if TYPE_CHECKING:
    import pandas as pd

# utf-8-sig, for spreadsheets put a byte-order mark in front.
_ENCODING = "utf-8-sig"
_SHOWN = 20


def read_plain_csv(path: Path, target: str | None) -> Raw:
    """Return the feature columns, float64 (n, features), and the target column (n,), of any type.

    Rows are counted in messages from 1, the first one below the header.

    Raises:
        DataError: There is no header or no such target, a value is missing or no number, or the file is broken.
    """
    where = str(path)
    columns = _header(path)
    target = _target(columns, target, where)
    frame = _frame(path, columns, where)
    features = [column for column in columns if column != target]
    x = np.column_stack([_feature(frame[column], where) for column in features])
    return Raw(x, _labels(frame[target], where), x_name="features", y_name=f"column {target!r}", source=where)


def _header(path: Path) -> list[str]:
    """Return the column names; pandas would silently rename empty and repeated ones."""
    where = str(path)
    try:
        with path.open(encoding=_ENCODING, newline="") as file:
            columns = next((row for row in csv.reader(file, skipinitialspace=True) if row), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(where, error) from None
    if not columns:
        raise DataError("must hold a header and rows", where=where, got="an empty file")
    if len(columns) == 1:
        other = next((name for name in (";", "\t") if name in columns[0]), None)
        hint = "columns must be separated by commas" if other else "a table needs a feature and a target"
        raise DataError("must have at least two columns", where=where, got=repr(columns[0]), hint=hint)
    for index, column in enumerate(columns):
        if not column.strip():
            raise DataError(
                "every column must have a name in the first line",
                where=where,
                got=f"none for column {index + 1}",
                hint="if it is an index, leave it out: frame.to_csv(path, index=False)",
            )
        if column in columns[:index]:
            _check_is_header(columns, where)
            raise DataError("column names must differ", where=where, got=f"{column!r} twice")
    return columns


def _target(columns: list[str], target: str | None, where: str) -> str:
    known = "columns: " + _shown(columns)
    if target is None:
        raise DataError(
            "say which column is to be predicted",
            where=where,
            got="no target",
            hint=f'set "target" beside "path", or give --target; {known}',
        )
    if target in columns:
        return target
    _check_is_header(columns, where)
    alike = nearest(target, columns)
    question = f"did you mean {alike!r}? " if alike else ""
    raise DataError("target must be a column", where=where, got=repr(target), hint=question + known)


def _check_is_header(columns: list[str], where: str) -> None:
    if all(is_number(column) for column in columns):
        raise DataError(
            "the first line must be a header of column names",
            where=where,
            got=_shown(columns),
            hint="put a line of names above the values",
        )


def _shown(columns: list[str]) -> str:
    more = f", … ({len(columns)} in all)" if len(columns) > _SHOWN else ""
    return ", ".join(columns[:_SHOWN]) + more


def _frame(path: Path, columns: list[str], where: str) -> pd.DataFrame:
    import pandas as pd

    try:
        frame = pd.read_csv(path, names=columns, header=0, encoding=_ENCODING, skipinitialspace=True, low_memory=False)
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise _unreadable(where, error) from None
    if not isinstance(frame.index, pd.RangeIndex):
        # pandas takes surplus leading columns for an index.
        raise DataError(
            "rows must have as many values as the header has names",
            where=where,
            got=f"{len(frame.columns)} names and {len(frame.columns) + frame.index.nlevels} values",
        )
    if not len(frame):
        raise DataError("must hold rows below the header", where=where, got="none")
    return frame


def _feature(column: pd.Series, where: str) -> Array:
    import pandas as pd

    _check_missing(column, where, "every value must be there")
    if not pd.api.types.is_numeric_dtype(column):
        numbers = pd.to_numeric(column, errors="coerce")
        bad = numbers.isna().to_numpy()
        if bad.any():
            row = int(bad.argmax())
            raise DataError(
                "feature columns must hold numbers only",
                where=f"{where}: column {column.name!r}",
                got=f"{str(column.iloc[row])!r} in row {row + 1}",
                hint="encode it as numbers, for instance one column per category, or leave it out",
            )
        column = numbers
    values = column.to_numpy(dtype=np.float64)
    infinite = np.isinf(values)
    if infinite.any():
        raise DataError(
            "must hold finite numbers only",
            where=f"{where}: column {column.name!r}",
            got=f"{values[infinite][0]} in row {int(infinite.argmax()) + 1}",
        )
    return values


def _labels(column: pd.Series, where: str) -> Array:
    _check_missing(column, where, "every sample must have a label")
    if column.dtype.kind in "biuf":
        return column.to_numpy()
    return np.array([str(value) for value in column])


def _check_missing(column: pd.Series, where: str, rule: str) -> None:
    missing = column.isna().to_numpy()
    n_missing = int(missing.sum())
    if n_missing:
        noun = "1 missing value" if n_missing == 1 else f"{n_missing} missing values"
        raise DataError(
            rule,
            where=f"{where}: column {column.name!r}",
            got=f"{noun}, the first in row {int(missing.argmax()) + 1}",
            hint="fill them in or drop those rows; an empty cell, NA, NaN, null and None all count as missing",
        )


def _unreadable(where: str, error: Exception) -> DataError:
    return DataError("must be a comma-separated table in UTF-8", where=where, got=str(error).strip())
