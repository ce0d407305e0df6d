"""What each axis does, as text and tables: the same that ``effects.png`` draws."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kerasgrid.axes.candidate import value_text
from kerasgrid.insight.effects import AxisEffect, Effects, Level
from kerasgrid.insight.factors import ABSENT, Cell
from kerasgrid.system.words import counted, number_text, with_error

Table = tuple[list[str], list[list[str]]]

_LITTLE = 0.005
_LARGE = 1e6


def share_text(share: float | None) -> str:
    """Return ``61%``, ``<1%`` or a dash."""
    if share is None:
        return "–"
    return "<1%" if 0 < share < _LITTLE * 2 else f"{share:.0%}"


def cell_text(cell: Cell) -> str:
    """Return a value of a factor; several of one that joins several axes stand with commas between them."""
    if cell is ABSENT:
        return "–"
    if isinstance(cell, tuple) and not all(type(part) is int for part in cell):
        return ", ".join(cell_text(part) for part in cell)
    return value_text(cell)  # type: ignore[arg-type]


def level_text(level: Level) -> str:
    """Return a value, or ``0.001 … 0.01`` for a part of a range."""
    if level.end is None:
        return cell_text(level.value)
    return f"{_end_text(level.value)} … {_end_text(level.end)}"


def _end_text(end: Cell) -> str:
    # Two digits would make 126 a power of ten, of which a batch size has none.
    assert isinstance(end, int | float)
    return f"{end:.0f}" if 10 <= abs(end) < _LARGE else f"{end:.2g}"


def lost_text(level: Level) -> str:
    """Return ``3 of 6 diverged``, or nothing if every trial ended well."""
    lost = [(level.n_diverged, "diverged"), (level.n_failed, "failed")]
    parts = [f"{count} of {level.n_trials} {word}" for count, word in lost if count]
    return ", ".join(parts)


def method_lines(effects: Effects) -> list[str]:
    """Return how the shares were found and what they leave out, or why there are none."""
    lines = []
    if effects.method is None:
        lines.append(f"No importance can be told: {effects.reason}.")
    elif effects.method == "anova":
        noise = (
            "one fit a trial does not tell how much of it is noise"
            if effects.noise is None
            else f"{share_text(effects.noise)} of it is noise of the fits and left out of the shares"
        )
        lines.append(
            f"Shares of the variance between {counted(effects.n_scored, 'trial')} of a complete grid; {noise}."
        )
        shares = [axis.importance or 0.0 for axis in effects.axes] + [pair.share for pair in effects.interactions]
        # To make them smaller would take from a share that is right what chance added to the others.
        if math.fsum(shares) >= 1 + _LITTLE:
            lines.append(
                "Together they are more than 100%: each is an estimate, and those that chance made negative are 0."
            )
    else:
        assert effects.explained is not None
        trials, told = counted(effects.n_scored, "trial"), share_text(effects.explained)
        lines.append(f"Shares of the variance over the space, by a random forest that learned {trials}.")
        lines.append(f"It predicts {told} of the variance of held-out trials.")
    if effects.n_left_out and effects.axes:
        lines.append(f"{counted(effects.n_left_out, 'trial')} that diverged or failed are counted, but in no mean.")
    lines += [f"{one} goes with {other}: what they do cannot be told apart in full." for one, other in effects.follows]
    return lines


def importance_table(effects: Effects) -> Table | None:
    """Return the share of each axis, then of pairs beyond what each axis does alone; None if none is known."""
    if effects.method is None:
        return None
    rows = [[axis.factor.name, share_text(axis.importance)] for axis in effects.axes]
    rows += [[f"{pair.names[0]} × {pair.names[1]}", share_text(pair.share)] for pair in effects.interactions]
    return ["axis", "importance"], rows


def level_table(axis: AxisEffect, metric: str) -> Table:
    """Return the values of one axis with the mean score and its standard error, and what got lost there."""
    has_marginal = any(level.marginal is not None for level in axis.levels)
    has_lost = any(lost_text(level) for level in axis.levels)
    head = [axis.factor.name, "trials", metric]
    head += ["marginal"] * has_marginal + ["lost"] * has_lost
    rows = []
    for level in axis.levels:
        row = [
            level_text(level),
            str(level.n_trials),
            "–" if level.mean is None else with_error(level.mean, level.standard_error),
        ]
        row += ["–" if level.marginal is None else number_text(level.marginal)] * has_marginal
        rows.append(row + [lost_text(level)] * has_lost)
    return head, rows


def effects_tables(effects: Effects, metric: str) -> Sequence[Table]:
    """Return all tables, the importance first."""
    first = importance_table(effects)
    return [*([first] if first else []), *(level_table(axis, metric) for axis in effects.axes)]
