"""How a text file separates its columns, what it calls them, and which decimal mark it uses."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from kerasgrid.data.preamble import lines_above, note_of
from kerasgrid.data.text_file import TextFile, lines_of
from kerasgrid.errors import DataError

WHITESPACE = r"\s+"
_SEPARATORS = (",", ";", "\t", "|")
_FIRST_ROWS = 200
_LARGEST_CELL = 1 << 27

_COMMA = re.compile(r"[-+]?\d*,\d+")
_POINT = re.compile(r"[-+]?\d*\.\d+")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}([.,]\d{3})+")
_WEB_PAGE = re.compile(r"\s*<(!doctype\s+html|html)\b", re.IGNORECASE)
_SEPARATOR_LINE = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file writes its table.

    Attributes:
        separator: A character, or :data:`WHITESPACE`.
        names: Of all columns, as the first line has them; ``column 3`` where it has none.
        nameless: Those of them that were made up.
        decimal: The decimal mark that its numbers show, ``.`` or ``,``.
        skipped: Lines above the header.
        note: What there is to say of these; may be empty.
    """

    separator: str
    names: tuple[str, ...]
    nameless: tuple[str, ...] = ()
    decimal: str = "."
    skipped: int = 0
    note: str = ""

    @property
    def has_index(self) -> bool:
        """Whether the first column has no name, as pandas and R write their rows' names."""
        return self.names[0] in self.nameless


def dialect_of(file: TextFile) -> Dialect:
    """Return how a file writes its table.

    Raises:
        DataError: It has no header with at least one name, or rows are longer than the header.
    """
    text = file.sample()
    where = str(file.path)
    if not text.strip():
        raise DataError("must hold a header and rows", where=where, got="an empty file")
    if _WEB_PAGE.match(text):
        hint = "download the file itself, of a repository the raw one"
        raise DataError("must be a table as text", where=where, got="a web page", hint=hint)
    said = _SEPARATOR_LINE.fullmatch(text.split("\n", 1)[0])
    # Excel takes a first line "sep=;" for what it says.
    text = text.split("\n", 1)[-1] if said else text
    n_above = lines_above(text, [said[1]] if said else _SEPARATORS)
    note = note_of(text, n_above) if n_above else ""
    text = "".join(lines_of(text)[n_above:])
    try:
        separator = said[1] if said else _separator(text)
        rows = _rows(text, separator)
    except csv.Error as error:
        raise DataError("must be a table as text", where=where, got=str(error)) from None
    if not rows:
        raise DataError("must hold a header and rows", where=where, got="an empty file")
    names, nameless = _names(rows, where)
    return Dialect(separator, names, nameless, _decimal(rows[1:], separator), n_above + bool(said), note)


def _rows(text: str, separator: str) -> list[list[str]]:
    """Return the first rows that hold anything; what the sample cut off at its end is left out."""
    csv.field_size_limit(_LARGEST_CELL)
    lines = lines_of(text)
    if separator == WHITESPACE:
        reader = csv.reader((re.sub(r"[ \t]+", " ", line.strip()) for line in lines), delimiter=" ")
    else:
        reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    rows = list(islice((row for row in reader if row and any(cell.strip() for cell in row)), _FIRST_ROWS))
    return rows if len(rows) <= 2 or len(rows) == _FIRST_ROWS else [*rows[:-1], *_whole(rows)]


def _whole(rows: list[list[str]]) -> list[list[str]]:
    return [rows[-1]] if len(rows[-1]) >= len(rows[0]) else []


def _separator(text: str) -> str:
    """Return the separator by which the most rows have as many cells as the header, the most of them."""
    best, best_score = ",", (0.0, 1)
    for separator in (*_SEPARATORS, WHITESPACE):
        if separator == WHITESPACE and best_score[1] > 1:
            break
        rows = _rows(text, separator)
        n = len(rows[0]) if rows else 0
        if n < 2:
            continue
        others = rows[1:]
        alike = sum(abs(len(row) - n) <= (len(row) > n) for row in others) / max(1, len(others))
        if separator == WHITESPACE and alike < 0.9:
            continue
        # A few broken rows must not decide between separators, so shares are told in tenths.
        score = (round(alike, 1), n)
        if score > best_score:
            best, best_score = separator, score
    return best


def _names(rows: list[list[str]], where: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of all columns, and those of them that were made up."""
    header, others = [name.strip() for name in rows[0]], rows[1:]
    surplus = (len(others[0]) - len(header)) if others else 0
    if surplus == 1 and all(len(row) <= len(header) or not row[-1].strip() for row in others):
        header = [*header, ""]
    elif surplus == 1 and _are_row_names([row[0] for row in others if len(row) > len(header)]):
        header = ["", *header]
    elif surplus > 0:
        raise DataError(
            "rows must have as many values as the header has names",
            where=where,
            got=f"{len(header)} names and {len(others[0])} values",
        )
    return with_names(header)


def with_names(header: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return names with ``column 3`` and the like where there is none, and those that were made up.

    Where a column is called so, ``column 3_`` is another.
    """
    taken = set(header)
    names, nameless = [], []
    for place, said in enumerate(header, 1):
        name = said or f"column {place}"
        if not said:
            while name in taken:
                name += "_"
            nameless.append(name)
        names.append(name)
    return tuple(names), tuple(nameless)


def _are_row_names(cells: Sequence[str]) -> bool:
    """Whether a column is what R writes in front: all different, words or a counter from 1."""
    if len(cells) < 2 or len(set(cells)) < len(cells):
        return False
    return all(cell == str(place) for place, cell in enumerate(cells, 1)) or not any(map(is_number, cells))


def is_number(text: str) -> bool:
    """Whether a text is a number as Python reads it."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _decimal(rows: list[list[str]], separator: str) -> str:
    """Return the decimal mark: a comma if some cell can be nothing else, and none needs a point."""
    if separator == ",":
        return "."
    cells = [cell.strip() for row in rows for cell in row]
    commas, points = (any(_needs(mark, cell) for cell in cells) for mark in (_COMMA, _POINT))
    return "," if commas and not points else "."


def _needs(mark: re.Pattern[str], cell: str) -> bool:
    return mark.fullmatch(cell) is not None and _THOUSANDS.fullmatch(cell) is None
