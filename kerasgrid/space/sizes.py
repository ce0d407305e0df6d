"""Sizes on the disk as people write them: ``"2 GB"``."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BeforeValidator

from kerasgrid.axes.parameter import shown
from kerasgrid.axes.problems import carried
from kerasgrid.errors import SpaceError

PATTERN = r"^ *[0-9]{1,6}([.][0-9]{1,3})? *[kKMGT]?B *$"
"""What a size looks like, as a regular expression of JSON Schema."""

MOST = 10**15
"""The largest size that is taken, in bytes."""

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


DEFAULT = 2 * 10**9
"""The bytes that true stands for."""


def size_or_default(where: str) -> BeforeValidator:
    """Return what makes a number of bytes of a size; of true the default, and of false None.

    Args:
        where: The key, for messages.
    """

    def read(raw: Any) -> int | None:
        if raw is None or raw is False:
            return None
        n_bytes = DEFAULT if raw is True else _bytes(raw)
        if n_bytes is None or not 0 < n_bytes <= MOST:
            rule = 'must be true, false or a size such as "2 GB"'
            raise carried([SpaceError(rule, where=where, got=shown(raw))])
        return n_bytes

    return BeforeValidator(read)


def _bytes(raw: Any) -> int | None:
    if isinstance(raw, int):
        return raw
    if not isinstance(raw, str) or re.fullmatch(PATTERN, raw) is None:
        return None
    number, unit = re.fullmatch(r" *([0-9.]+) *([a-zA-Z]*)B *", raw).groups()  # type: ignore[union-attr]
    return round(float(number) * _UNITS[unit.lower()])
