"""Files with tables as a source of data."""

from __future__ import annotations

from dataclasses import replace

from kerasgrid.data.raw import Raw
from kerasgrid.data.rows import read_labelled
from kerasgrid.data.source import Request
from kerasgrid.data.table import raw_of_table
from kerasgrid.data.table_file import table_in


def read_table(request: Request) -> Raw:
    """Return the matrix of a file's table, what is to be predicted, and how rows are to be split.

    Raises:
        DataError: The file is broken, or everything that is wrong with its columns, a line each.
    """
    said = [name for name, kind in request.columns.items() if kind != "number"]
    words = {*request.target, *said, *(name for name in (request.group, request.fold) if name is not None)}
    table = table_in(request.path, words=words, missing=request.missing, encoding=request.encoding)
    raw = raw_of_table(table, request)
    return raw if request.validation is None else _with_validation(raw, request)


def _with_validation(raw: Raw, request: Request) -> Raw:
    """Return a raw with the samples of another file to hold out, read as the training's columns are."""
    assert request.validation is not None
    x_val, y_val, notes = read_labelled(request.validation, raw, encoding=request.encoding)
    return replace(raw, x_val=x_val, y_val=y_val, notes=(*raw.notes, *notes))
