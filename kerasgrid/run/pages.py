"""Rows of a SQLite file that SQLite itself refuses: read page by page, by https://www.sqlite.org/fileformat2.html.

Nothing here is sure of anything: whoever asks says which rows are such as we write.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

Value = int | float | str | bytes | None

_PAGE_SIZE = 4096
"""SQLite's own choice since 2016."""

_LEAF, _OTHER_PAGES = 13, frozenset((2, 5, 10))
"""The first byte of a page that holds rows of a table, and of those that hold none."""

_MOST_COLUMNS = 32
_WAL_HEADER, _FRAME_HEADER = 32, 24


class Cell(NamedTuple):
    """A row as it stands in a page.

    Attributes:
        rowid: Its number: of two rows of one key the later one has the greater.
        values: Of its columns.
    """

    rowid: int
    values: tuple[Value, ...]


def cells_of(content: bytes, log: bytes = b"") -> Iterator[Cell]:
    """Yield what may be rows of tables, in no order, some several times and some of old.

    Args:
        content: Of the file.
        log: Of its write-ahead log, whose pages are newer ones.
    """
    sizes = dict.fromkeys((_stated_size(content), _PAGE_SIZE))
    for size in sizes:
        pages = [content[at : at + size].ljust(size, b"\0") for at in range(0, len(content), size)]
        yield from _Pages(pages).cells()
        newer = dict(_frames(log, size))
        if newer:
            pages += [bytes(size)] * (max(newer) - len(pages))
            for number, page in newer.items():
                pages[number - 1] = page
            yield from _Pages(pages).cells()


def _stated_size(content: bytes) -> int:
    size = int.from_bytes(content[16:18], "big")
    size = 65536 if size == 1 else size
    return size if 512 <= size <= 65536 and size & (size - 1) == 0 else _PAGE_SIZE


def _frames(log: bytes, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield number and content of the pages of a write-ahead log, newer ones later, whatever their checksums say."""
    salt = log[16:24]
    most = 2 * len(log) // size + 2**20
    for at in range(_WAL_HEADER, len(log) - _FRAME_HEADER - size + 1, _FRAME_HEADER + size):
        number = int.from_bytes(log[at : at + 4], "big")
        if log[at + 8 : at + 16] == salt and 0 < number <= most:
            yield number, log[at + _FRAME_HEADER : at + _FRAME_HEADER + size]


class _Pages:
    """The pages of a file at one moment."""

    def __init__(self, pages: Sequence[bytes]) -> None:
        self._pages = pages
        self._size = len(pages[0]) if pages else _PAGE_SIZE
        self._used: set[int] = set()
        """Numbers of the pages that hold the rest of a row."""

    def cells(self) -> Iterator[Cell]:
        doubtful = []
        for number, page in enumerate(self._pages, start=1):
            start = 100 if number == 1 else 0
            if page[start] in _OTHER_PAGES:
                continue
            cells = [self._cell(page, place) for place in _places(page, start)] if page[start] == _LEAF else [None]
            yield from (cell for cell in cells if cell is not None)
            if None in cells or not cells:
                doubtful.append(number)
        for number in doubtful:
            # Its beginning is damaged, which says where its rows are; or it is the rest of a long row.
            if number not in self._used:
                page = self._pages[number - 1]
                found = (self._cell(page, place) for place in range(self._size - 4))
                yield from (cell for cell in found if cell is not None)

    def _cell(self, page: bytes, place: int) -> Cell | None:
        """Return what would be a row that begins at this place; None if none can."""
        length, at = _varint(page, place)
        rowid, at = _varint(page, at)
        if not 4 <= length <= len(self._pages) * self._size or rowid < 1:
            return None
        payload = self._payload(page, at, length)
        return None if payload is None else _record(rowid, payload)

    def _payload(self, page: bytes, at: int, length: int) -> bytes | None:
        most = self._size - 35
        if length <= most:
            return page[at : at + length] if at + length <= self._size else None
        least = (self._size - 12) * 32 // 255 - 23
        here = least + (length - least) % (self._size - 4)
        here = here if here <= most else least
        if at + here + 4 > self._size:
            return None
        # Looked at before its rest is put together: most places are none where a row begins.
        if _columns(page[at : at + here], length) is None:
            return None
        parts, left, used = [page[at : at + here]], length - here, set[int]()
        following = int.from_bytes(page[at + here : at + here + 4], "big")
        while left > 0:
            if not 0 < following <= len(self._pages) or following in used:
                return None
            used.add(following)
            rest = self._pages[following - 1]
            parts.append(rest[4 : 4 + left])
            left -= len(parts[-1])
            following = int.from_bytes(rest[:4], "big")
        self._used |= used
        return b"".join(parts)


def _places(page: bytes, start: int) -> Iterator[int]:
    """Yield where a page says that its rows begin."""
    n_cells = int.from_bytes(page[start + 3 : start + 5], "big")
    for at in range(start + 8, min(start + 8 + 2 * n_cells, len(page) - 1), 2):
        yield int.from_bytes(page[at : at + 2], "big")


def _varint(page: bytes, at: int) -> tuple[int, int]:
    """Return a number of one to nine bytes, and where what follows it begins; -1 if the page ends before."""
    value = 0
    for n, byte in enumerate(page[at : at + 9], start=1):
        if n == 9:
            return (value << 8) | byte, at + n
        value = (value << 7) | (byte & 0x7F)
        if byte < 0x80:
            return value, at + n
    return -1, at


def _columns(payload: bytes, length: int) -> tuple[list[int], int] | None:
    """Return the kinds of a row's values and where the first one begins; None unless they make up the length."""
    n_header, at = _varint(payload, 0)
    if not 2 <= n_header <= min(len(payload), 9 * _MOST_COLUMNS):
        return None
    kinds = []
    while at < n_header:
        kind, at = _varint(payload, at)
        if kind < 0 or kind in (10, 11):
            return None
        kinds.append(kind)
    is_right = at == n_header and n_header + sum(map(_length, kinds)) == length and len(kinds) <= _MOST_COLUMNS
    return (kinds, at) if is_right else None


def _length(kind: int) -> int:
    return (kind - 12) // 2 if kind >= 12 else (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)[kind]


def _record(rowid: int, payload: bytes) -> Cell | None:
    found = _columns(payload, len(payload))
    if found is None:
        return None
    kinds, at = found
    values: list[Value] = []
    for kind in kinds:
        part = payload[at : at + _length(kind)]
        at += len(part)
        values.append(_value(kind, part))
    return Cell(rowid, tuple(values))


def _value(kind: int, part: bytes) -> Value:
    if kind >= 12:
        return part.decode(errors="replace") if kind % 2 else part
    if kind == 7:
        return float(struct.unpack(">d", part)[0])
    return (None, 0, 1)[(0, 8, 9).index(kind)] if kind in (0, 8, 9) else int.from_bytes(part, "big", signed=True)
