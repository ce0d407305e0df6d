"""How an estimator reads X: as numbers, or as a table with words and dates; the same way for each X after its fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import assert_all_finite

from kerasgrid.data.cells import Cells
from kerasgrid.data.columns import Column, Columns
from kerasgrid.data.dataset import Array, FloatArray
from kerasgrid.errors import InputError
from kerasgrid.estimators.cells import cells_of, columns_of, declared, frame_of, is_number, matrix_of
from kerasgrid.estimators.sklearn_versions import checked_arrays, checked_names
from kerasgrid.system.memory import available_memory, size_text

_CHUNK = 25_000_000
"""Values of a sparse matrix that are written out at a time to predict: 100 MB."""

_MOST_VALUES = 2_000_000
"""Values of an array that its medians are taken of; of more, rows evenly spaced."""


@dataclass(frozen=True, eq=False)
class Samples:
    """X, checked by scikit-learn's rules; one of its two parts is there.

    Attributes:
        numbers: A float32 array (n, …), or a sparse matrix by rows (n, features); NaN for gaps. None of a table.
        cells: By the names of the columns.
        said: Kinds of columns that pandas's types say, by name.
    """

    numbers: Any = None
    cells: Mapping[str, Cells] | None = None
    said: Mapping[str, str] = field(default_factory=dict)


def samples_of(
    estimator: BaseEstimator, X: Any, y: Any = None, *, fitting: bool, as_table: bool = False
) -> tuple[Samples, Any]:
    """Return X and, if ``fitting``, y as scikit-learn checks them.

    Args:
        estimator: Gets ``n_features_in_`` and, for data frames, ``feature_names_in_`` if ``fitting``, else must agree.
        X: Samples.
        y: Labels or targets; looked at only if ``fitting``.
        fitting: Whether this is for ``fit``.
        as_table: Whether to take plain numbers as a table, too.

    Raises:
        ValueError: if they are wrong; if it is ours, an :class:`~kerasgrid.errors.InputError`.
    """
    if as_table and hasattr(X, "toarray"):
        X = X.toarray()
    frame = frame_of(X, always=as_table)
    if frame is None:
        checked = checked_arrays(estimator, X, y, fitting=fitting)
        numbers, y = checked if fitting else (checked, None)
        if numbers.ndim > 2:
            assert_all_finite(numbers, input_name="X")
        return Samples(numbers), y
    y = checked_names(estimator, X, y, fitting=fitting)
    # The names that scikit-learn's ``get_feature_names_out`` makes up.
    names = [*getattr(estimator, "feature_names_in_", [f"x{place}" for place in range(frame.shape[1])])]
    return Samples(cells=cells_of(frame, names), said=declared(frame, names)), y


@dataclass(frozen=True, eq=False)
class Reading:
    """How the samples of a fit were read, and those after it are.

    Attributes:
        shape: Of one sample as it is given; of a table (columns,).
        columns: What the columns are, of a table, or of numbers with gaps; None of numbers without, and of images.
        is_table: Whether there are columns of words, dates or the like: a saved model takes them by name then.
        fill: What a gap of each column becomes where there was none in the fit, (features,); None of images, and where
            ``columns`` say what to do.
    """

    shape: tuple[int, ...]
    columns: Columns | None = None
    is_table: bool = False
    fill: FloatArray | None = None

    @classmethod
    def of(cls, samples: Samples, rows: Array) -> tuple[Self, FloatArray]:
        """Decide how samples are read, and read them.

        Args:
            samples: Those of a fit.
            rows: Places of those that are trained on; the others are not looked at to decide anything.

        Returns:
            The reading, and all samples, float32 (n, \\*shape); of a table its matrix.

        Raises:
            InputError: if a column is no clear one, or nothing can be learnt from any.
        """
        if samples.cells is None:
            return cls._of_numbers(_dense(samples.numbers), rows)
        columns = columns_of(samples.cells, samples.said, rows)
        if all(map(is_number, columns.given)):
            numbers = Columns(tuple(Column(column.name, "number") for column in columns.given))
            return cls._of_numbers(matrix_of(samples.cells, numbers), rows)
        if all(column.kind == "category" and not column.levels for column in columns.given):
            raise InputError(
                "must have a column to learn from", where="X", got="words alone that stand in one row each"
            )
        return cls((len(columns.given),), columns, is_table=True), matrix_of(samples.cells, columns)

    @classmethod
    def _of_numbers(cls, x: FloatArray, rows: Array) -> tuple[Self, FloatArray]:
        shape = x.shape[1:]
        if len(shape) > 1:
            return cls(shape), x
        if not _has_gaps(x):
            return cls(shape, fill=_medians(x, rows)), x
        gaps = np.isnan(x)
        if gaps.all():
            raise InputError("must hold at least one number", where="X", got="NaN alone")
        has_gaps = gaps[rows].sum(axis=0) > 0
        return cls(
            shape, Columns(tuple(Column(f"x{i}", "number", has_gaps=bool(has_gaps[i])) for i in range(shape[0])))
        ), x

    def matrices(self, samples: Samples) -> Iterator[FloatArray]:
        """Yield samples as they were read in the fit, float32 (m, \\*shape), some of them at a time.

        Raises:
            InputError: if they are not like those of the fit.
        """
        if samples.cells is not None:
            if self.is_table:
                assert self.columns is not None
                yield matrix_of(samples.cells, self.columns)
                return
            numbers = Columns(tuple(Column(name, "number") for name in samples.cells))
            yield self._filled(matrix_of(samples.cells, numbers))
        elif hasattr(samples.numbers, "toarray"):
            n = max(1, _CHUNK // max(1, samples.numbers.shape[1]))
            for start in range(0, samples.numbers.shape[0], n):
                yield self._filled(_dense(samples.numbers[start : start + n]))
        else:
            yield self._filled(samples.numbers)

    def _filled(self, x: FloatArray) -> FloatArray:
        if x.shape[1:] != self.shape:
            raise InputError(
                f"samples must have the shape that the model was fitted on, ({', '.join(map(str, self.shape))})",
                where="X",
                got=f"({', '.join(map(str, x.shape[1:]))})",
            )
        if self.columns is not None or x.ndim > 2:
            return x
        if self.fill is None:  # pickled by a version that knew of no gaps
            assert_all_finite(x, input_name="X")
            return x
        return np.where(np.isnan(x), self.fill, x) if _has_gaps(x) else x


def _dense(numbers: Any) -> FloatArray:
    """Return a float32 array of what may be sparse."""
    if not hasattr(numbers, "toarray"):
        return np.asarray(numbers)
    n_bytes, available = 4 * numbers.shape[0] * numbers.shape[1], available_memory()
    if available is not None and n_bytes > available:
        raise InputError(
            "must fit in memory as a dense array",
            where="X",
            got=f"{numbers.shape[0]:,} × {numbers.shape[1]:,} numbers, {size_text(n_bytes)} of the "
            f"{size_text(available)} that are free",
            hint="fewer columns may do, as of sklearn.decomposition.TruncatedSVD",
        )
    return np.asarray(numbers.toarray(order="C"), np.float32)


def _has_gaps(x: FloatArray) -> bool:
    # A sum takes no memory; one that overflows says nothing.
    with np.errstate(all="ignore"):
        return bool(np.isnan(x.sum()) and np.isnan(x).any())


def _medians(x: FloatArray, rows: Array) -> FloatArray:
    n = max(1, min(len(rows), _MOST_VALUES // max(1, x.shape[1])))
    return np.median(x[rows[np.linspace(0, len(rows) - 1, n).astype(np.int64)]], axis=0).astype(np.float32)
