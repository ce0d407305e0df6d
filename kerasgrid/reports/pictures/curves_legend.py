"""The legend of the learning curves: in as many lines as a narrow figure needs, beside it what the scale leaves out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerasgrid.reports.pictures.figure import BLUE, QUIET, SMALL, VERMILLION

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_HANDLE = 2.4
_AROUND = 1.0
_BETWEEN = 2.0
"""In widths of a letter's em: a handle's line, what is around it, what is between two."""

_LETTER = 0.56
"""The width of a letter in ems, rather too much than too little."""

_FIRST, _LINE = 0.36, 0.19
"""Inches from the top of the figure to the legend's first line, and from line to line."""

_NOTE = 7.0

Handle = tuple[str, Mapping[str, Any]]
"""A label and the look of its line."""


@dataclass(frozen=True, slots=True)
class Legend:
    """A legend in lines.

    Attributes:
        lines: What stands in each.
        note: What stands at the right; may be empty.
        note_line: In which line.
    """

    lines: Sequence[Sequence[Handle]]
    note: str
    note_line: int

    @property
    def more_height(self) -> float:
        """How many inches it takes beyond its first line."""
        return _LINE * (max(len(self.lines) - 1, self.note_line if self.note else 0))

    def draw(self, figure: Figure, left: float, right: float) -> None:
        """Draw it, between distances from the figure's sides in inches."""
        from matplotlib.lines import Line2D

        width, height = figure.get_size_inches()
        for number, line in enumerate(self.lines):
            figure.legend(
                handles=[Line2D([], [], label=label, **look) for label, look in line], loc="upper left",
                ncols=len(line), borderaxespad=0, borderpad=0, handlelength=_HANDLE, columnspacing=_BETWEEN,
                bbox_to_anchor=(left / width, 1 - (_FIRST + number * _LINE) / height),
            )  # fmt: skip
        if self.note:
            at = 1 - (_FIRST + self.note_line * _LINE) / height
            figure.text(1 - right / width, at, self.note, fontsize=_NOTE, color=QUIET, ha="right", va="top")


def legend_of(fits: str, note: str, room: float) -> Legend:
    """Return the legend of the curves.

    Args:
        fits: Of how many fits each curve is, for people; empty for a single one.
        note: What the scale leaves out; may be empty.
        room: How wide it may be, in inches.
    """
    handles: list[Handle] = [
        ("held out", {"color": VERMILLION, "linewidth": 1.6}),
        ("training", {"color": BLUE, "linewidth": 1.6, "linestyle": (0, (4, 2))}),
    ]
    thin: list[Handle] = []
    if fits:
        thin.append((f"thin: each of {fits}; bold: their mean", {"color": QUIET, "linewidth": 0.6}))
    is_one = _width([*handles, *thin]) <= room
    lines = [[*handles, *thin]] if is_one else [handles, thin]
    wide = len(note) * _LETTER * _NOTE / 72
    beside = (number for number, line in enumerate(lines) if _width(line) + wide + 0.15 <= room)
    return Legend(lines, note, next(beside, len(lines)))


def _width(line: Sequence[Handle]) -> float:
    """Return about how wide a line is, in inches."""
    ems = sum(_HANDLE + _AROUND + _LETTER * len(label) for label, _ in line) + _BETWEEN * max(0, len(line) - 1)
    return ems * SMALL / 72
