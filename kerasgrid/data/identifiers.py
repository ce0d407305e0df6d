"""Identifiers: columns that count or name rows, from which nothing can be learnt."""

from __future__ import annotations

import re

import numpy as np

from kerasgrid.data.dataset import Array

_ID_WORDS = frozenset(
    {"id", "ids", "index", "idx", "no", "nr", "num", "number", "uuid", "guid", "key", "pk", "rowid", "row", "rownum",
     "rownames", "record", "serial", "unnamed", "nummer", "numero", "번호", "순번"}
)  # fmt: skip
_MEASURED_WORDS = frozenset(
    {"time", "timestamp", "date", "datetime", "year", "month", "day", "week", "weekday", "hour", "minute", "second",
     "seconds", "quarter", "age", "x", "t", "step", "epoch", "jahr", "monat", "tag", "woche", "stunde", "alter", "zeit",
     "datum", "temperature", "distance", "depth", "height", "position", "year_built"}
)  # fmt: skip
_FEWEST_COUNTED = 10
"""So many rows must be counted for the count to be no chance."""

_FEWEST_SHUFFLED = 20
_FEWEST_NAMED = 4
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")


def identifier(name: str, values: Array) -> str | None:
    """Return why a column of numbers is an identifier, or None.

    It counts rows: its values are whole, all different, and run without gaps, in order or shuffled. Or its name says
    so, and its values are whole and all different. Columns named as times, ages and the like are none.

    Args:
        name: The column's.
        values: Numbers, (n,).
    """
    if is_measured(name) or len(values) < _FEWEST_NAMED or values.dtype.kind == "b":
        return None
    # A look at the first rows spares most columns the sorting of all.
    some = values[:1000]
    if values.dtype.kind == "f" and not (np.isfinite(some).all() and (some == np.floor(some)).all()):
        return None
    if len(np.unique(some)) < len(some):
        return None
    if values.dtype.kind == "f" and not (np.isfinite(values).all() and (values == np.floor(values)).all()):
        return None
    ordered = np.sort(values)
    if (ordered[1:] == ordered[:-1]).any():
        return None
    # As floats, because differences of whole numbers at both ends of their range have no place there.
    if float(ordered[-1]) - float(ordered[0]) == len(values) - 1:
        in_order = ordered[0] in (0, 1) and bool((values[1:] > values[:-1]).all())
        if is_named_identifier(name) or len(values) >= (_FEWEST_COUNTED if in_order else _FEWEST_SHUFFLED):
            return "a row counter: whole numbers that run without gaps"
    if is_named_identifier(name):
        return "an identifier: every row differs"
    return None


def is_named_identifier(name: str) -> bool:
    """Whether a name is like that of an identifier: ``Id``, ``PassengerId``, ``row_no``."""
    words = _words(name)
    return bool(words) and (words[0] in _ID_WORDS or words[-1] in _ID_WORDS)


def is_measured(name: str) -> bool:
    """Whether a name is like that of a time, an age or another measurement that may run without gaps."""
    return any(word in _MEASURED_WORDS for word in _words(name))


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(name)]
