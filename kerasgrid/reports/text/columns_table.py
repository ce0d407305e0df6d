"""What the columns of a table were taken for, as a short table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasgrid.data.columns import Column, Columns
from kerasgrid.data.dataset import Array, FloatArray
from kerasgrid.system.words import counted

_MOST_SHOWN = 60
_LONGEST_NAME = 32
_LONGEST_WORD = 16
_WORDS_SHOWN = 3


def columns_lines(columns: Columns, x: FloatArray, targets: Sequence[str] = ()) -> list[str]:
    """Return a line for each column: its name, its kind, and its range or words and gaps, or why it is left out.

    Of many columns those beyond the first sixty are counted.

    Args:
        columns: What they are.
        x: The training rows' matrix, (n, c).
        targets: Names of the columns to predict; one line for all.
    """
    rows = [(column.name, column.kind, _said(column, x[:, place])) for place, column in enumerate(columns.given)]
    more = len(rows) - _MOST_SHOWN
    rows = rows[:_MOST_SHOWN]
    left = [(name, "left out", why) for name, why in columns.left_out.items()]
    n_more_left = len(left) - _MOST_SHOWN
    last = [(", ".join(targets), "target", "")] if targets else []
    width = max((len(_short(name, _LONGEST_NAME)) for name, *_ in [*rows, *left, *last]), default=0)
    lines = [_line(row, width) for row in rows]
    lines += [f"  and {counted(more, 'column')} more"] if more > 0 else []
    lines += [_line(row, width) for row in left[:_MOST_SHOWN]]
    lines += [f"  and {counted(n_more_left, 'column')} more left out"] if n_more_left > 0 else []
    return lines + [_line(row, width) for row in last]


def _line(row: tuple[str, str, str], width: int) -> str:
    name, kind, text = row
    return f"  {_short(name, _LONGEST_NAME):{width}}  {kind:8}  {text}".rstrip()


def _said(column: Column, values: Array) -> str:
    parts = [_values(column, values)]
    gaps = int(np.isnan(values).sum())
    parts += [counted(gaps, "gap")] if gaps else []
    parts += [column.why] if column.why else []
    return ", ".join(part for part in parts if part)


def _values(column: Column, values: Array) -> str:
    if column.kind == "category":
        words = [_word(word) for word in column.levels[:_WORDS_SHOWN]]
        rest = int((values == 0).sum())
        others = f" and {counted(rest, 'row')} of rare words" if rest else ""
        shown = ", ".join(words) + (", …" if len(column.levels) > _WORDS_SHOWN else "")
        return f"{counted(len(column.levels), 'word')}: {shown}{others}"
    if column.levels:
        return " or ".join(map(_word, column.levels))
    present = values[~np.isnan(values)]
    if column.kind == "yes/no" or not len(present):
        return ""
    low, high = float(present.min()), float(present.max())
    if column.kind == "date":
        first, last = (str(np.datetime64(int(np.floor(day)), "D")) for day in (low, high))
        return f"{first} … {last}"
    return f"{low:g} … {high:g}"


def _word(word: str) -> str:
    return _short(word, _LONGEST_WORD) if word.strip() else "(empty)"


def _short(text: str, longest: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1] + "…"
