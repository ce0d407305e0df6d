"""X with words, dates and the like: its cells, and what its columns are. Every column that is given is used."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasgrid.axes.problems import together
from kerasgrid.data.cells import Cells, Dates, Numbers
from kerasgrid.data.coding import coded
from kerasgrid.data.columns import PLAIN, Column, Columns, Form
from kerasgrid.data.dataset import Array, FloatArray
from kerasgrid.data.date_text import ISO
from kerasgrid.data.frame import cells_of_frame
from kerasgrid.data.kinds import kind_of
from kerasgrid.errors import DataError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

_WORDS_AND_OBJECTS = "OSTUMm"
"""Kinds of NumPy's types that are not plain numbers: objects, bytes, text, dates and times."""


def frame_of(X: Any, *, always: bool = False) -> pd.DataFrame | None:
    """Return X as a frame if it holds anything but plain numbers; None if it does not, or has not two axes.

    Args:
        X: A frame, an array, or what NumPy makes one of.
        always: Whether plain numbers are wanted as a frame, too.
    """
    if _is_frame(X):
        import pandas as pd

        types = pd.api.types
        return X if always or not all(map(types.is_numeric_dtype, X.dtypes)) else None
    if hasattr(X, "tocsr") or isinstance(X, str):
        return None
    array: Any = None
    with suppress(ValueError):  # rows of different lengths, which scikit-learn tells of
        array = X if isinstance(X, np.ndarray) else np.asarray(X)
    if array is None or array.ndim != 2 or not (always or array.dtype.kind in _WORDS_AND_OBJECTS):
        return None
    import pandas as pd

    return pd.DataFrame(array if array.dtype.kind not in "ST" else array.astype(object))


def cells_of(frame: pd.DataFrame, names: Sequence[str]) -> dict[str, Cells]:
    """Return the cells of a frame's columns, under these names; what is no number, text or date becomes text.

    Raises:
        InputError: Two columns have one name, there are no rows or no columns, or a column holds complex numbers.
    """
    if not len(frame) or not len(names):
        rule = "must hold at least one sample" if len(names) else "must hold at least one feature per sample"
        raise InputError(rule, where="X", got=f"shape {frame.shape}")
    frame = frame.set_axis(list(names), axis=1)
    for place in _objects(frame, "mixed"):
        frame.isetitem(place, list(map(_hashable, frame.iloc[:, place])))
    for place in _objects(frame, "boolean"):
        # With gaps they would be words elsewhere; here a gap must not change what a column is.
        truths = frame.iloc[:, place].astype("boolean")
        frame.isetitem(place, truths.to_numpy(dtype=np.float64, na_value=np.nan))
    with as_input_errors():
        return cells_of_frame(frame, (), "X")


def declared(frame: pd.DataFrame, names: Sequence[str]) -> dict[str, str]:
    """Return which columns are categories whatever they hold: those of pandas's own type, and those of containers."""
    import pandas as pd

    places = {place for place, dtype in enumerate(frame.dtypes) if isinstance(dtype, pd.CategoricalDtype)}
    places |= {place for place in _objects(frame, "mixed") if not all(map(_is_hashable, frame.iloc[:, place]))}
    return {names[place]: "category" for place in sorted(places)}


def columns_of(cells: Mapping[str, Cells], said: Mapping[str, str], rows: Array) -> Columns:
    """Return what the columns are, decided from some rows.

    Args:
        cells: By the names of the columns.
        said: The kinds of some, by name.
        rows: Places of the rows that are trained on.

    Raises:
        InputError: A column is nearly all numbers, or dates, but for a few words; a line each.
    """
    given: list[Column] = []
    problems: list[DataError] = []
    for name, column in cells.items():
        try:
            given.append(_column(name, column.at(rows), said.get(name)))
        except DataError as error:
            hint = "let gaps be NaN; if its values are words, give the column pandas's type category"
            problems.append(InputError(error.rule, where=error.where, got=error.got, hint=hint))
    if problems:
        raise together(problems, "X")
    return Columns(tuple(given))


def matrix_of(cells: Mapping[str, Cells], columns: Columns) -> FloatArray:
    """Return the matrix of a table, float32 (n, c), as :data:`kerasgrid.data.columns.Kind` says; new words are 0.

    Raises:
        InputError: A column of numbers or dates holds something else; a line each.
    """
    x = np.empty((len(next(iter(cells.values()))), len(columns.given)), np.float32)
    problems: list[DataError] = []
    for place, column in enumerate(columns.given):
        try:
            x[:, place] = coded(column, cells[column.name])
        except DataError as error:
            problems.append(InputError(error.rule, where=error.where, got=error.got))
    if problems:
        raise together(problems, "X")
    return x


def is_number(column: Column) -> bool:
    """Whether a column is of plain numbers, or true and false, rather than of words, dates or amounts of money."""
    return column.kind in ("number", "yes/no") and not column.levels and column.form == PLAIN


@contextmanager
def as_input_errors() -> Iterator[None]:
    """Raise errors of data as those of an estimator's X or y."""
    try:
        yield
    except DataError as error:
        raise InputError(error.rule, where=error.where, got=error.got, hint=error.hint) from None


def _column(name: str, cells: Cells, said: str | None) -> Column:
    found = kind_of(name, cells, said=said)
    if isinstance(found, Column):
        return replace(found, why="")
    # Of what says nothing a table would be rid; a column that was given here stays.
    has_gaps = bool(cells.gaps.any())
    if isinstance(cells, Dates):
        return Column(name, "date", has_gaps=has_gaps, form=Form(date=ISO))
    if isinstance(cells, Numbers):
        return Column(name, "yes/no" if cells.values.dtype.kind == "b" else "number", has_gaps=has_gaps)
    kept = kind_of(name, cells, said="category" if found.column is None else found.column.kind)
    assert isinstance(kept, Column)
    return replace(kept, why="")


def _is_frame(X: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(X, pandas.DataFrame)


def _objects(frame: pd.DataFrame, what: str) -> list[int]:
    """Return the places of columns of objects that pandas infers to be of this type, with gaps aside."""
    import pandas as pd

    types = pd.api.types
    found = [place for place, dtype in enumerate(frame.dtypes) if dtype.name in ("object", "boolean")]
    return [place for place in found if types.infer_dtype(frame.iloc[:, place], skipna=True) == what]


def _is_hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _hashable(value: Any) -> Any:
    return value if _is_hashable(value) else str(value)
