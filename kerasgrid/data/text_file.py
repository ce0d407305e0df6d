"""Text files as people have them: with the encoding found, and unpacked where they are packed."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import IO, cast

from kerasgrid.errors import DataError

_MARKS = (
    # UTF-32 before UTF-16, for its mark begins with the other's.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FALLBACK = "cp1252"
"""What Windows of Western Europe and America writes. Every byte but five is a letter in it."""

_CHUNK = 1 << 22
_SAMPLE = 1 << 18
_FEWEST_LINES = 3
_EACH_OTHER = 0.3
"""Text without a byte-order mark is UTF-16 if so many of its bytes are 0, all of them at odd, or at even places."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file and how to read it.

    Attributes:
        path: Where it is.
        encoding: As Python calls it.
        note: What there is to say of the encoding; may be empty.
    """

    path: Path
    encoding: str
    note: str = ""

    @property
    def is_packed(self) -> bool:
        """Whether it is packed by gzip."""
        return self.path.name.lower().endswith(".gz")

    @property
    def is_bytewise(self) -> bool:
        """Whether ASCII letters stand in it as their one byte each."""
        return self.encoding in ("utf-8", "utf-8-sig", _FALLBACK)

    def sample(self) -> str:
        """Return its beginning without a byte-order mark: 262,144 bytes or a few lines, whichever is more.

        Raises:
            DataError: It cannot be unpacked, or is no text in its encoding.
        """
        with _reading(self.path) as file:
            start = file.read(_SAMPLE)
            is_whole = len(start) < _SAMPLE
            while not is_whole and start.count(b"\n") < _FEWEST_LINES:
                more = file.read(_SAMPLE)
                is_whole, start = len(more) < _SAMPLE, start + more
        decoder = codecs.getincrementaldecoder(self.encoding)()
        try:
            text = decoder.decode(start, final=is_whole)
        except UnicodeError as error:
            raise _no_text(self.path, self.encoding, error) from None
        if "\x00" in text:
            raise DataError("must be a text file", where=str(self.path), got="bytes that are no text")
        return text.removeprefix("\ufeff")

    def chunks(self) -> Iterator[bytes]:
        """Yield the unpacked bytes, a few million at a time."""
        yield from _chunks(self.path)


def lines_of(text: str) -> list[str]:
    """Return the lines of a text with their ends, as files have them: str.splitlines ends some at U+2028, too."""
    return list(StringIO(text, newline=""))


def text_file(path: Path, encoding: str | None = None) -> TextFile:
    """Return a text file with its encoding: the one that is given, else by its byte-order mark, else UTF-8.

    What has no mark and is no UTF-8 is read as cp1252, which is noted.

    Raises:
        DataError: There is no such encoding, or the file cannot be unpacked.
    """
    name = _by_beginning(path) if encoding is None else _known(encoding)
    if name is not None:
        file = TextFile(path, name)
        if file.is_packed:
            # What is torn would be told of as broken rows, or as no text.
            for _ in file.chunks():
                pass
        return file
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return TextFile(path, _FALLBACK, f'read as {_FALLBACK}, for it is no UTF-8; "encoding" says another')
    return TextFile(path, "utf-8")


def _by_beginning(path: Path) -> str | None:
    """Return the encoding that the first bytes show, or None."""
    with _reading(path) as file:
        start = file.read(4096)
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    return _without_mark(start) if marked is None else marked


def _known(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
        codecs.getincrementaldecoder(name)().decode(b"a")
    except (LookupError, ValueError, TypeError):
        raise DataError(
            "must be an encoding that Python knows",
            where="encoding",
            got=repr(encoding),
            hint="such as utf-8, cp1252, latin-1, cp949 or shift_jis",
        ) from None
    # A byte-order mark is no letter of the first name.
    return "utf-8-sig" if name == "utf-8" else name


def _without_mark(start: bytes) -> str | None:
    """Return UTF-16's name if every other byte of the beginning is nothing but 0, or None."""
    even, odd = start[::2].count(0), start[1::2].count(0)
    if odd > _EACH_OTHER * len(start) and not even:
        return "utf-16-le"
    return "utf-16-be" if even > _EACH_OTHER * len(start) and not odd else None


def _chunks(path: Path) -> Iterator[bytes]:
    with _reading(path) as file:
        while chunk := file.read(_CHUNK):
            yield chunk


@contextmanager
def _reading(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        if not path.name.lower().endswith(".gz"):
            yield file
            return
        try:
            with gzip.GzipFile(fileobj=file) as packed:
                yield cast("IO[bytes]", packed)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise _torn(path, error) from None


def _torn(path: Path, error: Exception) -> DataError:
    return DataError("must be packed by gzip, and whole", where=str(path), got=str(error))


def _no_text(path: Path, encoding: str, error: Exception) -> DataError:
    tried = {"utf-8-sig": "utf-8", _FALLBACK: f'utf-8, {_FALLBACK} or what "encoding" says'}.get(encoding, encoding)
    return DataError(
        f"must be text in {tried}",
        where=str(path),
        got=str(error),
        hint='say which encoding it has, such as "encoding": "cp949"',
    )
