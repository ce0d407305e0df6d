"""Numbers as people write them: decimal commas, thousands, money, percent and units."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from kerasgrid.data.columns import PLAIN, Form
from kerasgrid.data.dataset import Array
from kerasgrid.data.unit_text import are_times, have_powers, hours_in, unit_of, without_powers, without_unit

GAP_MARKS = frozenset({"", "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "?", "-", "--", "nat"})
"""What stands for a missing value in columns of numbers, dates and yes/no, in letters of any case."""

_FIRST_LETTERS = frozenset("nN#<?- \t")
_SAMPLE = 2000
_FEW = 0.4
"""Of many words so many of a sample must be numbers for the others to be looked at."""

_MANY = 20

_SIGNS = "$€£¥₩₹₽₺₫฿₴₪₱"
_NAMES = "USD|EUR|GBP|JPY|KRW|CNY|RMB|CHF|CAD|AUD|NZD|HKD|SGD|INR|BRL|MXN|SEK|NOK|DKK|PLN|CZK|HUF|RUB|TRY|ZAR|THB"
_MONEY = rf"(?:(?:US|CA|AU|A|C|R)?[{_SIGNS}]|(?:{_NAMES})|kr\.?|zł)"
_BLANKS = " \u00a0\u202f\u2009"
_FLAGS = re.IGNORECASE | re.MULTILINE
_BEFORE = re.compile(rf"(?:^|(?<=[-+(]))[{_BLANKS}]*{_MONEY}[{_BLANKS}]*(?=[-+(.\d])", _FLAGS)
_BEHIND = re.compile(rf"(?<=[\d.,])[{_BLANKS}]*{_MONEY}(?=\)?$)", _FLAGS)
_PERCENT = re.compile(rf"(?<=[\d.,])[{_BLANKS}]*%(?=\)?$)", re.MULTILINE)
_ACCOUNT = re.compile(r"^\(([^()\n]*)\)$", re.MULTILINE)
_LETTER = re.compile(rf"[A-Za-zł{_SIGNS}]")
_QUOTES = "'’"
_MARKS = {",": ",", ".": ".", " ": _BLANKS, "'": _QUOTES}

_FORMS = {
    # What can be read in two ways, such as 1,234, is read as the first that reads the most cells.
    ".": (("", "."), (",", "."), ("", ","), (".", ","), (" ", "."), (" ", ","), ("'", ".")),
    ",": (("", ","), (".", ","), ("", "."), (",", "."), (" ", ","), (" ", "."), ("'", ".")),
}
"""Marks between thousands, and decimal marks, by the decimal mark of the rest of the file."""


def _core(thousands: str, decimal: str) -> re.Pattern[str]:
    """Return how a line with a number looks, signs of money and percent aside."""
    point = re.escape(decimal)
    if not thousands:
        return re.compile(rf"[-+]?(?:\d+{point}?\d*|{point}\d+)(?:[eE][-+]?\d+)?")
    mark = f"[{re.escape(_MARKS[thousands])}]"
    return re.compile(rf"[-+]?(?:[1-9]\d{{0,2}}(?:{mark}\d{{3}})+|\d+)(?:{point}\d*)?")


_CORES = {marks: _core(*marks) for marks in _FORMS["."]}


def are_gaps(words: Array) -> npt.NDArray[np.bool_]:
    """Return which words stand for a missing number, (k,)."""
    return np.fromiter(map(_is_gap, words), np.bool_, len(words))


def _is_gap(word: str) -> bool:
    # Most words are told apart by their first letter.
    return not word or (word[0] in _FIRST_LETTERS and len(word) < 12 and word.strip().lower() in GAP_MARKS)


def form_of(
    words: Array, counts: Array, decimal: str = ".", *, with_units: bool = True
) -> tuple[Form, npt.NDArray[np.bool_]]:
    """Return the form in which the most rows are numbers, and which of the words are numbers in it.

    Args:
        words: Without marks of gaps, str (k,).
        counts: How many rows have each, (k,).
        decimal: The decimal mark of the rest of the file.
        with_units: Whether units, k and M may stand behind numbers, and times are numbers.

    Returns:
        The form, and whether each word has it, (k,).
    """
    best, fits = _bare_form(words, counts, decimal)
    if fits.all() or not with_units:
        return best, fits
    n_rows = counts[fits].sum()
    for bare, form in _behind(words):
        found, also = (form, ~np.isnan(hours_in(words))) if form.clock else _bare_form(bare, counts, decimal)
        # Of a few words with a unit the others are no mistakes: "4 doors", "5 doors", "other".
        if counts[also].sum() > n_rows and (also.all() or also.sum() > _MANY):
            return replace(found, unit=form.unit, powers=form.powers), also
    return best, fits


def _behind(words: Array) -> Iterator[tuple[Array, Form]]:
    """Yield words without what stands behind numbers, and what that is, for each way in which that may be."""
    if are_times(words):
        yield words, Form(clock=True)
    if have_powers(words):
        yield without_powers(words)[0], Form(powers=True)
    if unit := unit_of(words):
        yield without_unit(words, unit), Form(unit=unit)


def _bare_form(words: Array, counts: Array, decimal: str) -> tuple[Form, npt.NDArray[np.bool_]]:
    some = np.arange(len(words)) if len(words) <= _SAMPLE else np.linspace(0, len(words) - 1, _SAMPLE).astype(np.int64)
    best, fits = _best(words[some], counts[some], decimal)
    if len(some) == len(words):
        return best, fits
    if fits.mean() < _FEW:
        return best, np.zeros(len(words), np.bool_)
    fits = ~np.isnan(numbers_in(words, best))
    if fits.all():
        return best, fits
    # What the sample did not show, such as the only value above a thousand, may be another form's.
    others = [form for form in _candidates(words, decimal) if form != best]
    for form in others:
        more = ~np.isnan(numbers_in(words, form))
        if counts[more].sum() > counts[fits].sum():
            best, fits = form, more
    return best, fits


def _best(words: Array, counts: Array, decimal: str) -> tuple[Form, npt.NDArray[np.bool_]]:
    best, best_fits, most = PLAIN, np.zeros(len(words), np.bool_), -1
    for form in _candidates(words, decimal):
        fits = ~np.isnan(numbers_in(words, form))
        if (count := int(counts[fits].sum())) > most:
            best, best_fits, most = form, fits, count
        if fits.all():
            break
    return best, best_fits


def _candidates(words: Array, decimal: str) -> Iterator[Form]:
    text = "\n".join(words)
    money = any(pattern.search(text) is not None for pattern in (_BEFORE, _BEHIND, _ACCOUNT))
    bare = Form(money=money, percent=_PERCENT.search(text) is not None)
    for thousands, mark in _FORMS[decimal]:
        if not thousands or any(letter in text for letter in _MARKS[thousands]):
            yield replace(bare, thousands=thousands, decimal=mark)


def wider(form: Form) -> Form:
    """Return a form of what has this one, and of what may stand beside it: $1,200.00 where 999.00 was all there was.

    A percent sign changes what a number is, and is not among it.
    """
    return replace(form, money=True, thousands=form.thousands or {".": ",", ",": "."}[form.decimal])


def numbers_in(words: Array, form: Form) -> npt.NDArray[np.float64]:
    """Return the numbers that words are in a form, float64 (k,); NaN for what is none, and for marks of gaps.

    Infinity is a number, so that it can be refused as such.
    """
    if not len(words):
        return np.empty(0)
    if form.clock:
        return hours_in(words)
    if form.powers:
        bare, factors = without_powers(words)
        return numbers_in(bare, replace(form, powers=False)) * factors
    if form.unit:
        return numbers_in(without_unit(words, form.unit), replace(form, unit=""))
    if form == PLAIN:
        return _floats(words)
    text = "\n".join(words)
    if text.count("\n") >= len(words):
        # Nobody writes a number on two lines.
        return np.array(
            [numbers_in(np.array([word], object), form)[0] if "\n" not in word else np.nan for word in words]
        )
    lines = np.array(_without_signs(text, form).split("\n"), dtype=object)
    return _with_marks(lines, form)


def _with_marks(lines: Array, form: Form) -> npt.NDArray[np.float64]:
    """Return the numbers that lines are, without signs but with marks between thousands, and of decimals."""
    core = _CORES[form.thousands, form.decimal]
    fits = np.fromiter((core.fullmatch(line) is not None for line in lines), np.bool_, len(lines))
    text = "\n".join(lines[fits])
    for mark in _MARKS.get(form.thousands, ""):
        text = text.replace(mark, "")
    if form.decimal == ",":
        text = text.replace(",", ".")
    values = np.full(len(lines), np.nan)
    if fits.any():
        values[fits] = _floats(np.array(text.split("\n"), dtype=object))
    return values


def _without_signs(text: str, form: Form) -> str:
    """Return lines without blanks around, currencies and percent signs; (5), as accountants write it, is -5."""
    if " " in text or "\t" in text or "\u00a0" in text:
        text = "\n".join([line.strip() for line in text.split("\n")])
    if form.percent:
        text = _without_sign("%", text)
        text = _PERCENT.sub("", text) if "%" in text else text
    if form.money:
        for sign in _SIGNS:
            if sign in text:
                text = _without_sign(sign, text)
        if _LETTER.search(text) is not None:
            text = _BEHIND.sub("", _BEFORE.sub("", text))
        if "(" in text:
            text = _ACCOUNT.sub(r"-\1", text)
    return text


def _without_sign(sign: str, text: str) -> str:
    """Return lines without a sign at their beginnings and ends: what most need, many times faster than patterns."""
    text = f"\n{text}\n"
    for before in ("\n", "\n-"):
        text = text.replace(f"{before}{sign}", before)
    return text.replace(f"{sign}\n", "\n").replace(" \n", "\n").replace("\n ", "\n")[1:-1]


def _floats(words: Any) -> npt.NDArray[np.float64]:
    import pandas as pd

    values = pd.to_numeric(pd.Series(words, dtype=object), errors="coerce")
    return values.to_numpy(dtype=np.float64, na_value=np.nan).copy()
