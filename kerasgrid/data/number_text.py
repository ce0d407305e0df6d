"""Numbers as people write them: decimal commas, thousands, money and percent."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kerasgrid.data.columns import PLAIN, Form
from kerasgrid.data.dataset import Array

if TYPE_CHECKING:
    import pandas as pd

GAP_MARKS = frozenset({"", "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "?", "-", "--", "nat"})
"""What stands for a missing value in columns of numbers, dates and yes/no, in letters of any case."""

_FIRST = 100
"""A look at so many words spares a look at all, as a rule."""

_SIGNS = "$€£¥₩₹₽₺₫฿₴₪₱"
_NAMES = "USD|EUR|GBP|JPY|KRW|CNY|RMB|CHF|CAD|AUD|NZD|HKD|SGD|INR|BRL|MXN|SEK|NOK|DKK|PLN|CZK|HUF|RUB|TRY|ZAR|THB"
_MONEY = rf"(?:US|CA|AU|A|C|R)?[{_SIGNS}]|(?:{_NAMES})|kr\.?|zł"
_BEFORE = re.compile(rf"^([-+(]*)\s*(?:{_MONEY})\s*([-+]?)", re.IGNORECASE)
_BEHIND = re.compile(rf"\s*(?:{_MONEY})(\)?)$", re.IGNORECASE)
_PERCENT = re.compile(r"\s*%(\)?)$")
_ACCOUNT = re.compile(r"^\((.*)\)$")
_BLANKS = " \u00a0\u202f\u2009"
_QUOTES = "'’"

_CORES = {
    ("", "."): r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?",
    ("", ","): r"[-+]?(?:\d+,?\d*|,\d+)(?:[eE][-+]?\d+)?",
    (",", "."): r"[-+]?(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d*)?",
    (".", ","): r"[-+]?(?:[1-9]\d{0,2}(?:\.\d{3})+|\d+)(?:,\d*)?",
    (" ", "."): rf"[-+]?(?:[1-9]\d{{0,2}}(?:[{_BLANKS}]\d{{3}})+|\d+)(?:\.\d*)?",
    (" ", ","): rf"[-+]?(?:[1-9]\d{{0,2}}(?:[{_BLANKS}]\d{{3}})+|\d+)(?:,\d*)?",
    ("'", "."): rf"[-+]?(?:[1-9]\d{{0,2}}(?:[{_QUOTES}]\d{{3}})+|\d+)(?:\.\d*)?",
}
"""How a number looks, by its mark between thousands and its decimal mark."""

_ORDER = {
    # What can be read in two ways, such as 1,234, is read as the first that reads the most cells.
    ".": (("", "."), (",", "."), ("", ","), (".", ","), (" ", "."), (" ", ","), ("'", ".")),
    ",": (("", ","), (".", ","), ("", "."), (",", "."), (" ", ","), (" ", "."), ("'", ".")),
}


def are_gaps(words: Array) -> npt.NDArray[np.bool_]:
    """Return which words stand for a missing number, (k,)."""
    return np.array([str(word).strip().lower() in GAP_MARKS for word in words], np.bool_)


def form_of(words: Array, counts: Array, decimal: str = ".") -> tuple[Form, npt.NDArray[np.bool_]]:
    """Return the form in which the most rows are numbers, and which of the words are numbers in it.

    Args:
        words: Without marks of gaps, str (k,).
        counts: How many rows have each, (k,).
        decimal: The decimal mark of the rest of the file.

    Returns:
        The form, and whether each word has it, (k,).
    """
    import pandas as pd

    plain = np.isfinite(_floats(words)) | _are_infinite(words)
    if plain.all() and decimal == ".":
        return PLAIN, plain
    texts = pd.Series(words, dtype=object).str.strip()
    bare = Form(money=_any(texts, _BEFORE, _BEHIND, _ACCOUNT), percent=_any(texts, _PERCENT))
    cores = _without_signs(texts, bare)
    best, best_count, best_fits = PLAIN, -1, plain
    for thousands, mark in _ORDER[decimal]:
        fits = cores.str.fullmatch(_CORES[thousands, mark]).to_numpy(dtype=np.bool_)
        count = int(counts[fits].sum())
        if count > best_count:
            best, best_count, best_fits = replace(bare, decimal=mark, thousands=thousands), count, fits
    if int(counts[plain].sum()) >= best_count and decimal == ".":
        return PLAIN, plain
    return best, best_fits


def numbers_in(words: Array, form: Form) -> npt.NDArray[np.float64]:
    """Return the numbers that words are in a form, float64 (k,); NaN for what is none, and for marks of gaps."""
    import pandas as pd

    if form == PLAIN:
        values = _floats(words)
        values[are_gaps(words)] = np.nan
        return values
    texts = pd.Series(words, dtype=object).str.strip()
    cores = _without_signs(texts, form)
    fits = cores.str.fullmatch(_CORES[form.thousands, form.decimal])
    marks = {" ": f"[{_BLANKS}]", "'": f"[{_QUOTES}]", "": ""}.get(form.thousands, re.escape(form.thousands))
    if marks:
        cores = cores.str.replace(marks, "", regex=True)
    if form.decimal == ",":
        cores = cores.str.replace(",", ".")
    return np.where(fits, _floats(cores.to_numpy()), np.nan)


def _without_signs(texts: pd.Series[Any], form: Form) -> pd.Series[Any]:
    """Return texts without currencies and percent signs; in parentheses, as accountants write it, is below zero."""
    if form.percent:
        texts = texts.str.replace(_PERCENT, r"\1", regex=True)
    if form.money:
        texts = texts.str.replace(_BEFORE, r"\1\2", regex=True).str.replace(_BEHIND, r"\1", regex=True)
        texts = texts.str.replace(_ACCOUNT, r"-\1", regex=True)
    return texts


def _any(texts: pd.Series[Any], *patterns: re.Pattern[str]) -> bool:
    return any(pattern.search(text) is not None for pattern in patterns for text in texts.head(_FIRST)) or any(
        bool((texts.str.replace(pattern, "", regex=True) != texts).any()) for pattern in patterns
    )


def _floats(words: Array) -> npt.NDArray[np.float64]:
    import pandas as pd

    if not len(words):
        return np.empty(0)
    values = pd.to_numeric(pd.Series(words, dtype=object), errors="coerce")
    return values.to_numpy(dtype=np.float64, na_value=np.nan).copy()


def _are_infinite(words: Array) -> npt.NDArray[np.bool_]:
    return np.isinf(_floats(words))
