"""Durations as people write them."""

from __future__ import annotations

import re

from kerasgrid.errors import RunError

_LONGEST = 10 * 365 * 24 * 3600
"""The longest time that is taken, in seconds."""


def parse_duration(text: str) -> float:
    """Return the seconds of a duration such as ``90``, ``90s``, ``10m`` or ``1h30m``.

    Raises:
        RunError: It is none, or nothing, or longer than ten years.
    """
    # Python reads no number of thousands of digits, and no clock waits so long.
    match = re.fullmatch(r"(?:(\d{1,10})h)?(?:(\d{1,10})m)?(?:(\d{1,10})s?)?", text.strip())
    hours, minutes, seconds = (0, 0, 0) if match is None else (int(part or 0) for part in match.groups())
    total = 3600 * hours + 60 * minutes + seconds
    if not 0 < total <= _LONGEST:
        raise RunError("must be a time such as 90s, 10m or 1h30m", where="max_time", got=text)
    return float(total)
