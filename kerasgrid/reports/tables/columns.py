"""The columns of the parallel-coordinates page: which there are, of which type, in which order. Draws nothing."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kerasgrid.axes.candidate import value_text
from kerasgrid.axes.value import is_power_of_two
from kerasgrid.insight.parts import taken_apart
from kerasgrid.run.columns import COLUMNS, Kind, ResultColumn, chosen
from kerasgrid.run.parameters import ABSENT, varying_params
from kerasgrid.run.run import Run
from kerasgrid.system.words import NOTHING

Cell = str | int | float

_RESERVED = ("uid", "from_uid")
"""Names that HiPlot keeps to itself."""

_LOG_SPAN = 100
_FEW = 8
_TICK = 6
"""Letters of a tick, at most: the first axis has no more room at its left."""

_SAFE_INTEGER = 2**53
_DIGITS = 6
"""Significant digits of a parameter."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table and, unless hidden there, one axis of the plot.

    Attributes:
        name: As shown; unique, and safe as HTML.
        kind: Type of its scale.
        cells: One a trial; None where the trial has none.
        axis: Whether it may be drawn as an axis.
        is_param: Whether it is a parameter, rather than what came of a trial.
    """

    name: str
    kind: Kind
    cells: tuple[Cell | None, ...]
    axis: bool
    is_param: bool = False

    @property
    def varies(self) -> bool:
        """Whether there are two different cells, so that there is something to draw."""
        return len(set(self.cells) - {None}) > 1


def columns(run: Run) -> list[Column]:
    """Return the columns from left to right: rank, model, training, results, the score last but for the status.

    Parameters with the same value in all trials are left out, and so are results that tell nothing.
    """
    found = chosen(run, "plot")
    left = [_result(run, column) for column in found if column.places["plot"] < 0]
    right = [_result(run, column) for column in found if column.places["plot"] >= 0]
    # Also those that are left out, so that a parameter is called the same however the trials end.
    taken = {safe(column.head(run)) for column in COLUMNS.values() if "plot" in column.places} | set(_RESERVED)
    for name in varying_params(run.trials):
        values = [trial.candidate.get(name, ABSENT) for trial in run.trials]
        axes = [block.axes[name] for block in run.blocks if name in block.axes]
        parts = {name: tuple(values)} | taken_apart(name, values, axes, ABSENT)
        for part, of_part in parts.items():
            if part == name or len(set(of_part) - {ABSENT}) > 1:
                column = _parameter(free_name(safe(part), taken), of_part, part in run.log_axes)
                taken.add(column.name)
                # Where depth and width are drawn apart, the table shows what they come to.
                left.append(replace(column, axis=len(parts) == 1 or part != name))
    return [column for column in [*left, *right] if any(cell is not None for cell in column.cells)]


def free_name(name: str, taken: Collection[str]) -> str:
    """Return the name, with underscores behind it where it is taken."""
    while name in taken:
        name += "_"
    return name


def safe(text: str) -> str:
    """Return the text without ``<`` and ``>``: HiPlot puts names and cells into the page as HTML."""
    return text.replace("<", "‹").replace(">", "›")


def _result(run: Run, column: ResultColumn) -> Column:
    """Return the column of what came of the trials; an empty text is none."""
    values = [column.value(run, trial) for trial in run.trials]
    name = safe(column.head(run))
    if not column.is_number:
        texts = tuple(None if value in (None, "") else safe(str(value)) for value in values)
        return Column(name, column.kind or "categorical", texts, column.is_axis)
    cells = tuple(None if value is None else _rounded(value, column.digits) for value in values)
    return Column(name, column.kind or _result_kind(cells), cells, column.is_axis)


def _result_kind(cells: Sequence[Any]) -> Kind:
    present = [cell for cell in cells if cell is not None]
    is_log = bool(present) and min(present) > 0 and max(present) >= _LOG_SPAN * min(present)
    return "numericlog" if is_log else "numeric"


def _parameter(name: str, values: Sequence[Any], is_log: bool) -> Column:
    """Return the column of a parameter; where a candidate does not have it a number is None and a text a dash."""
    present = [value for value in values if value is not ABSENT]
    if all(_is_number(value) for value in present):
        cells = tuple(None if value is ABSENT else _rounded(value, _DIGITS) for value in values)
        return Column(name, _numeric_kind(present, is_log), cells, axis=True, is_param=True)
    texts = tuple(NOTHING if value is ABSENT else safe(value_text(value)) for value in values)
    return Column(name, "categorical", texts, axis=True, is_param=True)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    # Beyond 2^53 JavaScript would show another integer.
    return (isinstance(value, int) and abs(value) <= _SAFE_INTEGER) or (
        isinstance(value, float) and math.isfinite(value)
    )


def _numeric_kind(values: Sequence[int | float], is_log: bool) -> Kind:
    distinct = sorted(set(values))
    positive = [value for value in distinct if value > 0]
    is_wide = is_log or (len(positive) > 1 and positive[-1] >= _LOG_SPAN * positive[0])
    if len(distinct) <= _FEW and all(map(is_power_of_two, distinct)):
        return "numericpercentile"
    # A logarithmic axis has no place for zero, and no ticks at all with one.
    if is_wide and len(positive) == len(distinct):
        return "numericlog"
    # Choices read best as exact ticks at even distances; numbers that were drawn do not, and are too long for ticks.
    are_choices = len(distinct) <= _FEW and all(len(value_text(value)) <= _TICK for value in distinct)
    return "numericpercentile" if is_wide or are_choices else "numeric"


def _rounded(value: Any, digits: int) -> int | float:
    """Return a float with so many significant digits, since HiPlot's table does not round."""
    return float(f"{value:.{digits}g}") if isinstance(value, float) else value
