"""Frames of pandas as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasgrid.data.cells import Cells, Dates, Numbers, Words, stripped
from kerasgrid.data.csv_cells import without_marks, words_of
from kerasgrid.data.date_text import days_of
from kerasgrid.data.raw import Raw
from kerasgrid.data.source import Request
from kerasgrid.data.table import Table, raw_of_table
from kerasgrid.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from kerasgrid.data.dataset import Task

_DAY = np.timedelta64(1, "D")


def raw_of_frame(
    frame: pd.DataFrame,
    target: str | Sequence[str],
    *,
    task: Task | None = None,
    columns: Mapping[str, str] | None = None,
    drop: Sequence[str] = (),
    group: str | None = None,
    time: str | None = None,
    fold: str | None = None,
    weight: str | None = None,
    missing: Sequence[str] = (),
    name: str = "data",
) -> Raw:
    """Return the matrix of a frame, what is to be predicted, and how rows are to be split.

    The rules are those of files; a categorical column of numbers is a category. The index is no column. Names that are
    no text become text.

    Args:
        frame: A row a sample.
        target: The column to predict, or several.
        task: What to predict; None guesses.
        columns: The kinds of some columns, by name; see :data:`kerasgrid.data.columns.Kind`.
        drop: Columns to leave out.
        group: The column whose rows of one value stand on one side of every split.
        time: The column by which rows are ordered in time.
        fold: The column that says in which fold a row is held out.
        weight: The column that says how much a row counts in the training.
        missing: Marks of gaps, such as ``?`` and ``-999``.
        name: Of the data set, for messages.

    Raises:
        DataError: Everything that is wrong with it, a line each.
    """
    targets = (target,) if isinstance(target, str) or not isinstance(target, Sequence) else tuple(target)
    request = Request(
        name,
        target=tuple(map(str, targets)),
        task=task,
        columns={**_declared(frame), **{str(key): kind for key, kind in (columns or {}).items()}},
        drop=tuple(map(str, drop)),
        group=group,
        time=time,
        fold=fold,
        weight=weight,
        missing=tuple(missing),
    )
    if not len(frame) or not len(frame.columns):
        raise DataError("must hold rows and columns", where=name, got=f"a frame of shape {frame.shape}")
    return raw_of_table(Table(name, cells_of_frame(frame, request.missing, name)), request)


def _declared(frame: pd.DataFrame) -> dict[str, str]:
    """Return the columns of numbers that pandas was told are categories."""
    import pandas as pd

    types = ((str(label), dtype) for label, dtype in zip(frame.columns, frame.dtypes, strict=True))
    return {
        name: "category"
        for name, dtype in types
        if isinstance(dtype, pd.CategoricalDtype) and pd.api.types.is_numeric_dtype(dtype.categories.dtype)
    }


def cells_of_frame(frame: pd.DataFrame, missing: Sequence[str], where: str) -> dict[str, Cells]:
    """Return the cells of a frame by the names of its columns, as text.

    Args:
        frame: (n, c).
        missing: Further marks of gaps.
        where: For messages.

    Raises:
        DataError: Two columns have one name, or a column holds what is no number, word or date.
    """
    found: dict[str, Cells] = {}
    for place, label in enumerate(frame.columns):
        name = " ".join(map(str, label)) if isinstance(label, tuple) else str(label)
        if name in found:
            raise DataError("column names must differ", where=where, got=f"{name!r} twice")
        found[name] = without_marks(_cells(frame.iloc[:, place], f"{where}: column {name!r}"), missing)
    return found


def _cells(column: pd.Series[Any], where: str) -> Cells:
    import pandas as pd

    types = pd.api.types
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _categories(column)
    if isinstance(dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    if types.is_datetime64_any_dtype(column.dtype):
        return Dates(_days(column))
    if types.is_timedelta64_dtype(dtype):
        return Numbers(column.to_numpy() / _DAY)
    if types.is_bool_dtype(dtype) and not types.is_object_dtype(dtype):
        has_gaps = bool(column.isna().any())
        return words_of(column.astype(object)) if has_gaps else Numbers(column.to_numpy(dtype=np.bool_))
    if types.is_complex_dtype(dtype):
        raise DataError("must hold numbers, words or dates", where=where, got=f"dtype {dtype}")
    if types.is_numeric_dtype(dtype):
        return Numbers(_numbers(column))
    return _objects(column, where)


def _numbers(column: pd.Series[Any]) -> Any:
    import pandas as pd

    if isinstance(column.dtype, np.dtype):
        return column.to_numpy()
    if pd.api.types.is_integer_dtype(column.dtype) and not column.isna().any():
        return column.to_numpy(dtype=np.int64)
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _categories(column: pd.Series[Any]) -> Cells:
    words = [str(value) for value in column.cat.categories]
    return stripped(Words(column.cat.codes.to_numpy().astype(np.int32), np.array([*words, ""], dtype=object)[:-1]))


def _days(column: pd.Series[Any]) -> Any:
    dates = column.dt.tz_convert("UTC").dt.tz_localize(None) if column.dt.tz is not None else column
    return days_of(dates.to_numpy())


def _objects(column: pd.Series[Any], where: str) -> Cells:
    """Return a column of objects: numbers if all are, dates if all are, words otherwise."""
    import pandas as pd

    what = pd.api.types.infer_dtype(column, skipna=True)
    if what in ("integer", "floating", "mixed-integer-float", "decimal"):
        return Numbers(pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan))
    if what in ("datetime64", "datetime", "date"):
        dates = pd.to_datetime(column, errors="coerce", utc=True)
        return Dates(_days(dates))
    try:
        return words_of(column.astype(object))
    except TypeError:
        example = next((value for value in column if not isinstance(value, str)), None)
        got = f"{type(example).__name__} objects"
        raise DataError("must hold numbers, words or dates", where=where, got=got) from None
