"""Small steps in reading a space file: plain values, and names from a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import BeforeValidator

from kerasgrid.axes.parameter import shown
from kerasgrid.axes.problems import carried
from kerasgrid.errors import SpaceError


def plain(raw: Any) -> Any:
    """Return a copy in the types of JSON: tuples become lists, numpy scalars Python's."""
    if isinstance(raw, Mapping):
        return {str(key): plain(value) for key, value in raw.items()}
    if isinstance(raw, list | tuple):
        return [plain(item) for item in raw]
    return raw.item() if hasattr(raw, "item") and getattr(raw, "ndim", None) == 0 else raw


def name_in(names: Callable[[], Iterable[str]], where: str) -> BeforeValidator:
    """Return what validates a key of a file that must be a name from a table.

    Args:
        names: Returns the names that there are.
        where: The key.
    """

    def check(raw: Any) -> Any:
        there = list(names())
        if raw in there:
            return raw
        *others, last = map(repr, there)
        rule = f"must be {', '.join(others)} or {last}" if others else f"must be {last}"
        raise carried([SpaceError(rule, where=where, got=shown(raw))])

    return BeforeValidator(check)
