"""Files of tables that are no text: Parquet, spreadsheets and JSON. One more kind is one row."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from kerasgrid.data.dialect import with_names
from kerasgrid.data.preamble import note_of_rows, rows_above
from kerasgrid.data.room import check_room
from kerasgrid.data.text_file import lines_of
from kerasgrid.errors import DataError
from kerasgrid.system.memory import size_text

if TYPE_CHECKING:
    import pandas as pd

_TIMES_ITS_SIZE = 12
"""What a file of JSON or a spreadsheet takes in memory, at least, while it is read."""

_LARGE = 1 << 24
_ROWS_LOOKED_AT = 200


@dataclass(frozen=True, eq=False, slots=True)
class ReadFrame:
    """What such a file holds.

    Attributes:
        frame: Its rows.
        notes: What there is to say of how it was read.
        index: The name that was made up for a first column without one; None where it has one.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    index: str | None = None


@dataclass(frozen=True, slots=True)
class FrameFile:
    """A kind of files that pandas reads as a frame.

    Attributes:
        name: For people, with its article.
        endings: Of its files, in small letters with their dots.
        read: Returns what an opened file holds.
        package: What must be installed; empty for nothing.
        extra: The extra of ours that installs it.
        grows: How many times its size a file takes in memory at least.
    """

    name: str
    endings: tuple[str, ...]
    read: Callable[[BinaryIO], ReadFrame]
    package: str = ""
    extra: str = ""
    grows: int = 1


def _parquet(file: BinaryIO) -> ReadFrame:
    import pandas as pd

    return ReadFrame(pd.read_parquet(file, engine="pyarrow"))


def _json(file: BinaryIO) -> ReadFrame:
    """Return the rows of a list of objects, of lines with an object each, or of an object with a list a column."""
    import pandas as pd

    text = file.read().decode("utf-8-sig")
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        if not text.lstrip().startswith("{"):
            raise
        found = [json.loads(line) for line in lines_of(text) if line.strip()]
    rows = [found] if isinstance(found, dict) and not _are_columns(found) else found
    if not isinstance(rows, dict) and not all(isinstance(row, dict) for row in rows):
        raise ValueError("rows that are no objects")
    return ReadFrame(pd.DataFrame(rows))


def _are_columns(found: dict[str, Any]) -> bool:
    """Whether an object holds a table's columns, as pandas writes them, rather than one row."""
    return bool(found) and all(isinstance(column, list | dict) for column in found.values())


def _spreadsheet(file: BinaryIO) -> ReadFrame:
    """Return the rows of the first sheet; its header may have lines above it."""
    import pandas as pd

    with pd.ExcelFile(file, engine="openpyxl") as book:
        sheets = list(map(str, book.sheet_names))
        # None and NA may be classes; what is a gap is decided by the column.
        frame = pd.read_excel(book, header=None, dtype=object, keep_default_na=False, na_values=[""])
    notes: list[str] = []
    if len(sheets) > 1:
        others = ", ".join(f'"{name}"' for name in sheets[1:4]) + (", …" if len(sheets) > 4 else "")
        notes.append(
            f'read is the first sheet, "{sheets[0]}"; there {"are" if len(sheets) > 2 else "is"} {others}, too'
        )
    frame = frame.dropna(how="all").dropna(how="all", axis=1)
    if not len(frame):
        return ReadFrame(frame)
    head = [["" if pd.isna(cell) else str(cell) for cell in row]
            for row in frame.head(_ROWS_LOOKED_AT).itertuples(index=False)]  # fmt: skip
    n_above = rows_above(head)
    if n_above:
        notes.append(note_of_rows(head[:n_above]))
    rows = frame.iloc[n_above + 1 :]
    # What stands above the header alone is no column of it.
    header = [name.strip() for name in head[n_above]]
    held = [place for place, name in enumerate(header) if name or not rows.iloc[:, place].isna().all()]
    names, nameless = with_names([header[place] for place in held])
    rows = rows.iloc[:, held]
    rows.columns = pd.Index(names)
    return ReadFrame(rows.infer_objects(), tuple(notes), next((name for name in names[:1] if name in nameless), None))


FRAME_FILES = (
    FrameFile("a Parquet file", (".parquet",), _parquet, "pyarrow", "parquet"),
    FrameFile("a spreadsheet", (".xlsx", ".xlsm"), _spreadsheet, "openpyxl", "excel", _TIMES_ITS_SIZE),
    FrameFile("JSON with a row an object", (".json", ".jsonl", ".ndjson"), _json, grows=_TIMES_ITS_SIZE),
)
"""Every kind, the first whose ending a file has counts."""


def frame_file_at(path: Path) -> FrameFile | None:
    """Return the kind of a file by its ending, or None."""
    return next((kind for kind in FRAME_FILES if path.name.lower().endswith(kind.endings)), None)


def frame_in(path: Path) -> ReadFrame:
    """Return what such a file holds, one row at least.

    Raises:
        DataError: It is none, is broken, too large for memory, or a package is not installed.
    """
    kind = frame_file_at(path)
    assert kind is not None
    where = str(path)
    if (size := path.stat().st_size) > _LARGE:
        check_room(
            kind.grows * size, where, f"{size_text(size)} in the file", "leave out rows, or write it as CSV or Parquet"
        )
    try:
        with path.open("rb") as file:
            found = kind.read(file)
    except ImportError:
        hint = f"pip install 'kerasgrid[{kind.extra}]'"
        raise DataError(f"needs {kind.package} to be read", where=where, got=f"no {kind.package}", hint=hint) from None
    # What readers raise has no end; the system's own errors have a number.
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        got = " ".join(str(error).split())[:200] or type(error).__name__
        raise DataError(f"must be {kind.name}, and whole", where=where, got=got) from None
    if not len(found.frame) or not len(found.frame.columns):
        raise DataError("must hold rows and columns", where=where, got=f"{len(found.frame)} rows")
    return found
