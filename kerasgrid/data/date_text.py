"""Dates as people write them."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from kerasgrid.data.dataset import Array

ISO = "ISO8601"

_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")
_DAYS = (
    "%d.%m.%Y", "%d.%m.%y", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%Y/%m/%d", "%Y.%m.%d", "%d-%m-%Y",
    "%m-%d-%Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%d. %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y",
    "%B %d %Y", "%b %Y", "%B %Y", "%b-%Y", "%a, %d %b %Y",
)  # fmt: skip
"""Usual forms; of two that both read a column, the first is taken: the month first between slashes."""

_LOOKS = re.compile(
    r"\d{4}-\d{1,2}(-\d{1,2})?([T ]\d.*)?|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(\s.*)?"
    r"|(\w{3},\s*)?\d{1,2}[. -]+[A-Za-z]{3,9}[. -]+\d{2,4}(\s.*)?|[A-Za-z]{3,9}[ -]+(\d{1,2},? +)?\d{4}(\s.*)?"
)
_FIRST = 200
_MILLISECONDS = 86_400_000.0


def look_like_dates(words: Array) -> bool:
    """Whether most words look like dates: a guess in passing, before they are read."""
    some = words[:_FIRST]
    return len(some) > 0 and sum(_LOOKS.fullmatch(str(word).strip()) is not None for word in some) > len(some) / 2


def form_of_dates(words: Array, counts: Array, more: tuple[str, ...] = ()) -> tuple[str, npt.NDArray[np.float64]]:
    """Return the form in which the most rows are dates, and the days of each word in it.

    Args:
        words: Without marks of gaps, str (k,).
        counts: How many rows have each, (k,).
        more: Forms to try before all others.

    Returns:
        The form, as :class:`kerasgrid.data.columns.Form` has it, and days since 1970-01-01, float64 (k,); NaN for
        what is no date.
    """
    best, best_days, most = ISO, np.full(len(words), np.nan), -1
    forms = (*more, ISO, *(f"{day}{time}" for time in _TIMES for day in _DAYS))
    some = words[:_FIRST]
    for form in forms:
        # Most forms read none of the first words.
        if np.isnan(days_in(some, form)).all():
            continue
        days = days_in(words, form)
        count = int(counts[~np.isnan(days)].sum())
        if count > most:
            best, best_days, most = form, days, count
        if count == int(counts.sum()):
            break
    return best, best_days


def days_in(words: Array, form: str) -> npt.NDArray[np.float64]:
    """Return days since 1970-01-01, with fractions, float64 (k,); NaN for what is no date of this form.

    Times of another zone are those of Greenwich.
    """
    import pandas as pd

    texts = pd.Series(words, dtype=object).str.strip()
    try:
        dates = pd.to_datetime(texts, format=form, errors="coerce", utc=True)
    except (ValueError, OverflowError):
        return np.full(len(words), np.nan)
    return days_of(dates.dt.tz_localize(None).to_numpy())


def days_of(dates: Array) -> npt.NDArray[np.float64]:
    """Return days since 1970-01-01 of datetime64 of any unit, float64 (n,); NaN for NaT."""
    milliseconds = dates.astype("datetime64[ms]")
    days = milliseconds.astype(np.int64) / _MILLISECONDS
    return np.where(np.isnat(milliseconds), np.nan, days)


def is_ambiguous(words: Array, form: str) -> bool:
    """Whether the month and the day of every word could be swapped."""
    if not form.startswith(("%m/%d", "%d/%m", "%d-%m", "%m-%d")):
        return False
    other = form.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")
    return not np.isnan(days_in(words, other)).any()
