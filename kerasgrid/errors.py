"""The exceptions of kerasgrid.

::

    KerasgridError
    ├── SpaceError    the search-space file is wrong
    │   └── ParameterError    a parameter of an estimator is wrong; also a ValueError
    ├── DataError     the data set is wrong or cannot be found
    │   └── InputError    X or y of an estimator is wrong; also a ValueError
    ├── FitError      one fit failed; the other fits go on
    └── RunError      the run cannot start or go on: its folder, its settings, this machine
        └── WorkersDieError    nothing can be trained on this machine

Each says where, which rule was broken, what was received and how to mend it, and keeps these parts as attributes.
The command line prints the message alone and exits with ``exit_code``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MAKE_ROOM = "make room and run the same command again: what is done is kept"
"""How to mend that a disk is full, amid a search or its reports."""

_LONGEST = 2000
"""Letters of a part of a message; files may hold texts of any length."""


class KerasgridError(Exception):
    """Root of every error that kerasgrid raises on purpose.

    Args:
        rule: What must hold, as a sentence without a full stop.
        where: The place: a path inside the space file, a file, a row.
        got: What was received instead, already formatted.
        hint: How to mend it.
        exit_code: What the command line exits with, where it is not the class's.
    """

    exit_code = 1

    def __init__(
        self,
        rule: str,
        *,
        where: str | None = None,
        got: str | None = None,
        hint: str | None = None,
        exit_code: int | None = None,
    ) -> None:
        self.rule = rule
        self.where = where
        self.got = got
        self.hint = hint
        if exit_code is not None:
            self.exit_code = exit_code
        message = _cut(rule) if where is None else f"{_cut(where)}: {_cut(rule)}"
        if got is not None:
            message += f", got {_cut(got)}"
        if hint is not None:
            message += f" ({_cut(hint)})"
        super().__init__(legible(message))


class SpaceError(KerasgridError):
    """The search-space file is wrong."""

    exit_code = 2


class DataError(KerasgridError):
    """The data set is wrong or cannot be found."""

    exit_code = 2


class ParameterError(SpaceError, ValueError):
    """A parameter of an estimator is wrong; a ValueError, as scikit-learn's users expect."""


class InputError(DataError, ValueError):
    """X or y of an estimator is wrong; a ValueError, as scikit-learn's users expect."""


class FitError(KerasgridError):
    """One fit failed; the other fits go on."""


class RunError(KerasgridError):
    """The run cannot start or go on."""

    exit_code = 2


class WorkersDieError(RunError):
    """Nothing can be trained on this machine: its worker processes die, whatever they are asked for."""

    exit_code = 1


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word nearest to ``word`` in spelling, whatever its case, or None if none is near."""
    by_lower = {name.lower(): name for name in known}
    matches = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[matches[0]] if matches else None


def legible(text: str) -> str:
    """Return the text with what is no letter escaped: it could move the cursor, or turn what is read around."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter in "\n\t" else _escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} letters in all)"


def reason(error: OSError) -> str:
    """Return what the system says, in small letters."""
    return (error.strerror or str(error)).lower()
