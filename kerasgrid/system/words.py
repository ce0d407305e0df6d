"""Numbers, times and counts in words, as every room writes them."""

from __future__ import annotations

NOTHING = "–"
"""Stands for what is not there."""

_LONGEST = 200
_FEWEST_SECONDS = 0.0995
"""Less than this is told in milliseconds."""


def counted(count: int, noun: str) -> str:
    """Return ``1 fit`` or ``1,200 fits``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def duration(seconds: float) -> str:
    """Return ``8 ms``, ``8.3 s``, ``2 min 5 s`` or ``1 h 12 min``."""
    if 0 < seconds < _FEWEST_SECONDS:
        return f"{max(1, round(1000 * seconds))} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def number_text(value: float) -> str:
    """Return a score with four decimals, or with four significant digits where these would say too little."""
    return f"{value:{_form(value)}}"


def with_error(mean: float, error: float | None) -> str:
    """Return ``0.8931 ± 0.0012``, or the mean alone if there is no error."""
    # A standard error of another form than its mean would be hard to compare with it.
    return number_text(mean) if error is None else f"{number_text(mean)} ± {error:{_form(mean)}}"


def signed_with_error(difference: float, error: float | None) -> str:
    """Return ``+0.0123 ± 0.0040``, or the difference alone if there is no error."""
    # Of the greater one: what chance makes of nothing is written as nothing.
    form = _form(max(abs(difference), error or 0.0))
    return f"{difference:+{form}}" if error is None else f"{difference:+{form}} ± {error:{form}}"


def short(text: str | None) -> str:
    """Return the first line of a message, cut where it becomes too long to read."""
    line = next((line.strip() for line in (text or "").splitlines() if line.strip()), "unknown")
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _form(value: float) -> str:
    return ".4f" if value == 0 or 0.001 <= abs(value) < 1000 else ".4g"
