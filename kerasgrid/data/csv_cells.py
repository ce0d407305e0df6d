"""Reading the cells of a text file: by pandas, some rows at a time, numbers as numbers and words once each."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kerasgrid.data.cells import Cells, Numbers, Words, joined, stripped
from kerasgrid.data.dataset import Array
from kerasgrid.data.dialect import WHITESPACE, Dialect
from kerasgrid.data.text_file import TextFile
from kerasgrid.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_CELLS_AT_ONCE = 1 << 22
_FEWEST_ROWS = 1000
_LEADING_ZERO = rb"(?:^|[%s\n\" ])0\d+(?=[%s\r\n\" ]|$)"
_RAGGED = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")
_ZERO = re.compile(r"^-?0\d+\s*$", re.MULTILINE)

Part = Numbers | Words | None
"""What some rows of a column hold; None for a mixture."""


def read_cells(
    file: TextFile, dialect: Dialect, *, words: Collection[str] = (), missing: Sequence[str] = ()
) -> dict[str, Cells]:
    """Return the cells of every column, in the order of the file.

    A column whose every cell is a number is one of numbers, if no whole number begins with a zero; one of nothing but
    True and False one of booleans. An empty cell is a gap.

    Args:
        file: Where they are.
        dialect: How they are written.
        words: Columns that are words even if they look like numbers.
        missing: Further marks of gaps.

    Raises:
        DataError: The file is broken, or holds no rows.
    """
    cells = _columns(file, dialect, dialect.names, frozenset(words), missing)
    unsure = {name for name, column in cells.items() if column is None}
    if any(_is_whole(column) for column in cells.values()) and _has_leading_zeros(file, dialect):
        unsure |= {name for name, column in cells.items() if _is_whole(column)}
    if unsure:
        again = _columns(file, dialect, [name for name in dialect.names if name in unsure], unsure, missing)
        for name, column in again.items():
            if cells[name] is None or _begin_with_zero(column):
                cells[name] = column
    return {name: without_marks(column, missing) for name, column in cells.items() if column is not None}


def text_rows(file: TextFile, dialect: Dialect) -> Iterator[pd.DataFrame]:
    """Yield the rows as text, as they are in the file, gaps as empty text, a part at a time.

    Raises:
        DataError: The file is broken.
    """
    return _chunks(file, dialect, None, dict.fromkeys(dialect.names, str), (), keep_empty=True)


def without_marks(column: Cells, missing: Sequence[str]) -> Cells:
    """Return a column with gaps where a cell is one of the marks, as a word or as the number that the mark is."""
    if not missing:
        return column
    marks = {mark.strip() for mark in missing}
    numbers = {value for mark in marks if (value := _number(mark)) is not None}
    if isinstance(column, Words):
        marked = [place for place, word in enumerate(column.words)
                  if (text := str(word).strip()) in marks or (numbers and _number(text) in numbers)]  # fmt: skip
        return Words(np.where(np.isin(column.codes, marked), np.int32(-1), column.codes), column.words)
    if isinstance(column, Numbers) and numbers:
        marked_rows = np.isin(column.values, list(numbers))
        return Numbers(np.where(marked_rows, np.nan, column.values)) if marked_rows.any() else column
    return column


def without_headers(
    cells: dict[str, Cells], nameless: Collection[str] = ()
) -> tuple[dict[str, Cells], npt.NDArray[np.intp]]:
    """Return cells without rows that are the header once more, as where files were put together, and their places.

    Args:
        cells: By the names of the columns.
        nameless: Columns without a name in the header.
    """
    none = np.array([], np.intp)
    is_header: npt.NDArray[np.bool_] = np.full(len(next(iter(cells.values()))), not cells.keys() <= set(nameless))
    for name, column in cells.items():
        if name in nameless:
            is_header &= column.gaps
        elif isinstance(column, Words):
            is_header &= np.isin(column.codes, np.flatnonzero(column.words == name.strip()))
        else:
            return cells, none
        if not is_header.any():
            return cells, none
    rows = np.flatnonzero(~is_header)
    return {name: column.at(rows) for name, column in cells.items()}, np.flatnonzero(is_header)


def words_of(column: pd.Series) -> Words:
    """Return a column of a frame as words, without blanks around them; missing values become gaps."""
    import pandas as pd

    places, found = pd.factorize(column, use_na_sentinel=True)
    words: Array = np.asarray(found, dtype=object)
    codes: npt.NDArray[np.int32] = places.astype(np.int32)
    if not isinstance(column.dtype, pd.StringDtype) and not all(isinstance(word, str) for word in words):
        # 1 and "1" are one word.
        places, words = pd.factorize(np.array([*map(_text, words), ""], dtype=object)[:-1])
        codes = np.append(places, -1).astype(np.int32)[codes]
    return stripped(Words(codes, words))


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _columns(
    file: TextFile, dialect: Dialect, names: Sequence[str], words: Collection[str], missing: Sequence[str]
) -> dict[str, Part]:
    parts: dict[str, list[Part]] = {name: [] for name in names}
    only = None if len(names) == len(dialect.names) else list(names)
    types = {name: str for name in names if name in words}
    for chunk in _chunks(file, dialect, only, types, missing):
        for name in names:
            parts[name].append(_part(chunk[name]))
    if not sum(len(part) for part in parts[names[0]] if part is not None) and None not in parts[names[0]]:
        raise DataError("must hold rows below the header", where=str(file.path), got="none")
    columns = {}
    for name in names:
        columns[name] = _whole(parts.pop(name))
    return columns


def _part(column: pd.Series) -> Part:
    if column.dtype.kind in "biuf":
        # A copy, for the rows of all columns would be kept for the sake of one.
        return Numbers(column.to_numpy().copy())
    if column.dtype == object:
        import pandas as pd

        if pd.api.types.infer_dtype(column, skipna=True) not in ("string", "empty"):
            return None
    return words_of(column)


def _whole(parts: Sequence[Part]) -> Part:
    """Return the parts of a column as one, or None if some are numbers and some are none."""
    if None in parts:
        return None
    numbers = [part for part in parts if isinstance(part, Numbers)]
    if len(numbers) == len(parts):
        booleans = {part.values.dtype.kind == "b" for part in numbers}
        return Numbers(np.concatenate([part.values for part in numbers])) if len(booleans) == 1 else None
    # What is empty throughout is read as numbers.
    if not all(part.gaps.all() for part in numbers):
        return None
    none = np.array([], dtype=object)
    return joined([part if isinstance(part, Words) else Words(np.full(len(part), -1, np.int32), none)
                   for part in parts if part is not None])  # fmt: skip


def _chunks(
    file: TextFile,
    dialect: Dialect,
    only: Sequence[str] | None,
    types: Mapping[str, type],
    missing: Sequence[str],
    *,
    keep_empty: bool = False,
) -> Iterator[pd.DataFrame]:
    import pandas as pd

    options: dict[str, Any] = {
        "sep": dialect.separator,
        "names": list(dialect.names),
        "header": 0,
        "skiprows": dialect.skipped,
        "usecols": only,
        "dtype": dict(types),
        "decimal": dialect.decimal,
        "encoding": file.encoding,
        "compression": "gzip" if file.is_packed else None,
        "keep_default_na": False,
        "na_values": [] if keep_empty else ["", *missing],
        "skipinitialspace": True,
        "low_memory": False,
        "chunksize": max(_FEWEST_ROWS, _CELLS_AT_ONCE // len(dialect.names)),
    }
    try:
        with pd.read_csv(file.path, **options) as reader:
            for chunk in reader:
                if not isinstance(chunk.index, pd.RangeIndex):
                    # pandas takes surplus leading columns for an index.
                    raise DataError(
                        "rows must have as many values as the header has names",
                        where=str(file.path),
                        got=f"{len(dialect.names)} names and {len(dialect.names) + chunk.index.nlevels} values",
                    )
                yield chunk
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeError) as error:
        if (ragged := _RAGGED.search(str(error))) is not None:
            raise DataError(
                "rows must have as many values as the header has names",
                where=str(file.path),
                got=f"{ragged[3]} values in line {ragged[2]}, and {ragged[1]} names",
                hint="a cell that holds the separator stands in quotes",
            ) from None
        how = "separated by blanks" if dialect.separator == WHITESPACE else f"separated by {dialect.separator!r}"
        got = " ".join(str(error).split())
        raise DataError(f"must be a table in {file.encoding}, {how}", where=str(file.path), got=got) from None


def _is_whole(column: Part) -> bool:
    if not isinstance(column, Numbers) or column.values.dtype.kind == "b":
        return False
    if column.values.dtype.kind != "f":
        return True
    # With gaps whole numbers are floats.
    some = column.values[~column.gaps][:_FEWEST_ROWS]
    return bool((some == np.floor(some)).all())


def _has_leading_zeros(file: TextFile, dialect: Dialect) -> bool:
    """Whether somewhere in the file a cell is a whole number that begins with a zero, such as 01234."""
    if not file.is_bytewise:
        return True
    separator = b"\t" if dialect.separator == WHITESPACE else re.escape(dialect.separator.encode())
    pattern = re.compile(_LEADING_ZERO % (separator, separator))
    tail = b""
    for chunk in file.chunks():
        # NumPy sees in passing that there is nothing to look for.
        if _may_lead(tail + chunk, dialect) and pattern.search(tail + chunk):
            return True
        tail = chunk[-32:]
    return False


def _may_lead(chunk: bytes, dialect: Dialect) -> bool:
    letters = np.frombuffer(chunk, np.uint8)
    zeros = np.flatnonzero(letters[:-1] == ord("0"))
    zeros = zeros[(letters[zeros + 1] >= ord("0")) & (letters[zeros + 1] <= ord("9"))]
    before = letters[np.maximum(zeros, 1) - 1]
    marks = b'\n" \t' + dialect.separator.encode()[:1]
    return bool((zeros == 0).any() or np.isin(before, np.frombuffer(marks, np.uint8)).any())


def _begin_with_zero(column: Part) -> bool:
    return isinstance(column, Words) and _ZERO.search("\n".join(column.words)) is not None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
