"""What kerasgrid can be extended by."""

from __future__ import annotations

from kerasgrid import sockets
from kerasgrid.registry import Registry
from kerasgrid_docs.markdown import code, codes, table


def registries() -> dict[str, Registry]:
    """Return every table, by its name in ``kerasgrid.sockets``."""
    return {name: getattr(sockets, name) for name in sockets.__all__ if name.isupper()}


def tables() -> str:
    """Return the table of tables: what a row is, and what rows there are."""
    rows = [(found.kind, code(name), codes(list(found)[:_MOST]) + (", …" if len(found) > _MOST else ""))
            for name, found in registries().items()]  # fmt: skip
    return table(("one more", "table in `kerasgrid.sockets`", "rows that are there"), rows)


_MOST = 8
