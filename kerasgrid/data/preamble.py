"""Lines above a table's header, as spreadsheets and programs write them: titles, dates of the export, comments."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from kerasgrid.data.text_file import lines_of
from kerasgrid.system.words import counted

_MOST = 30
"""So many lines may stand above a header."""

_MOST_ROWS = 200
_FEWEST_ALIKE = 0.8
"""So many of the rows below must have one length, for the shorter lines above them to be no part of the table."""

_NUMBER = re.compile(r"[-+]?[\d.,]*\d[\d.,]*(?:[eE][-+]?\d+)?\s*%?")
_SHOWN, _LETTERS = 3, 60


def lines_above(text: str, separators: Sequence[str]) -> int:
    """Return how many lines stand above the header; 0 where the first line that holds anything may be one.

    They hold half as many values as the table has columns at most, or begin with ``#``, and below them stands a line of
    names with as many cells as the rows have.

    Args:
        text: The beginning of a file.
        separators: Those that cells may be separated by.
    """
    start = text[: 1 << 16]
    tables = [_first_rows(start, separator) for separator in separators]
    if not all(tables):
        return 0
    counts = [rows_above(rows) for rows in tables]
    # By the decimal comma of 0,64;a each row has two cells, and the header is a line above them.
    fitting = [count for rows, count in zip(tables, counts, strict=True) if _is_table(rows[count:])]
    return min(fitting, default=max(counts, default=0))


def rows_above(rows: Sequence[Sequence[str]]) -> int:
    """Return how many of the first rows of a table stand above its header, in the same way."""
    held = [place for place, row in enumerate(rows) if _n_values(row)]
    for count, place in enumerate(held[: _MOST + 1]):
        below = [rows[other] for other in held[count + 1 :]]
        if not below:
            break
        length, n_alike = Counter(map(len, below)).most_common(1)[0]
        if _is_apart(rows[place], length):
            continue
        are_alike = n_alike >= _FEWEST_ALIKE * len(below)
        return place if count and are_alike and _are_names(rows[place], length) else 0
    return 0


def _is_table(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first line that holds anything is as wide as the next, and as most rows below it."""
    held = [row for row in rows if _n_values(row)]
    if len(held) < 2:
        return False
    length, n_alike = Counter(map(len, held[1:])).most_common(1)[0]
    is_header = length > 1 and abs(length - len(held[0])) <= 1 and not _is_apart(held[0], length)
    return is_header and len(held[1]) == length and n_alike >= _FEWEST_ALIKE * (len(held) - 1)


def note_of(text: str, n_lines: int) -> str:
    """Return what there is to say of the first lines of a file, which are left out."""
    return _note([line.strip().strip(",;\t|").strip('"').strip() for line in lines_of(text)[:n_lines]])


def note_of_rows(rows: Sequence[Sequence[str]]) -> str:
    """Return the same of the first rows of a spreadsheet."""
    return _note([" ".join(filter(None, row)) for row in rows])


def _note(lines: Sequence[str]) -> str:
    held = [line if len(line) <= _LETTERS else f"{line[: _LETTERS - 1]}…" for line in lines if line]
    told = ", ".join(f'"{line}"' for line in held[:_SHOWN]) + (", …" if len(held) > _SHOWN else "")
    return f"{counted(len(lines), 'line')} above the header left out: {told}"


def _first_rows(text: str, separator: str) -> list[list[str]]:
    """Return the first rows, empty ones too; what is cut off at the end is left out, and all if one has two lines."""
    reader = csv.reader(lines_of(text), delimiter=separator, skipinitialspace=True)
    rows: list[list[str]] = []
    with suppress(csv.Error):
        for row in reader:
            if reader.line_num > len(rows) + 1 and len(rows) <= _MOST:
                return []
            rows.append(row)
            if len(rows) >= _MOST_ROWS:
                return rows
    return rows if text.endswith("\n") else rows[:-1]


def _n_values(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _is_apart(row: Sequence[str], length: int) -> bool:
    """Whether a line is no row of a table of so many columns: it holds few values, or is a comment."""
    is_comment = row[0].lstrip().startswith("#") and len(row) != length
    return length > 1 and (is_comment or _n_values(row) <= length / 2)


def _are_names(row: Sequence[str], length: int) -> bool:
    """Whether a line may be the header of rows of this length."""
    return abs(length - len(row)) <= 1 and not any(_NUMBER.fullmatch(cell.strip()) for cell in row)
