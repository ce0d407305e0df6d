"""What one axis does: its values or the parts of its range, with the trials that have them. Pure functions."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kerasgrid.insight.factors import ABSENT, Cell, Factor, identity, is_number
from kerasgrid.insight.ranking import Trial
from kerasgrid.insight.shares import Curve, Shares

_BINS = 5


@dataclass(frozen=True, slots=True)
class Level:
    """One value of an axis, or one part of its range, and the trials that have it.

    Attributes:
        value: The value; for a part of a range its lower end.
        end: The upper end of a part of a range, which the last part includes and the others do not; None for a value.
        n_trials: Trials with it, however they ended.
        n_scored: Those with a mean score.
        mean: Mean of their scores; None without any.
        standard_error: Of that mean. On a complete grid with several splits it is that of the fits' noise; else it
            comes from the spread of the trials, which holds what the other axes do. None if unknown.
        marginal: What the forest predicts for it on average over all other axes; None without a forest.
        n_diverged: Trials that diverged; they are in no mean.
        n_failed: Trials that failed; they are in no mean.
    """

    value: Cell
    end: float | None
    n_trials: int
    n_scored: int
    mean: float | None
    standard_error: float | None
    marginal: float | None
    n_diverged: int
    n_failed: int


@dataclass(frozen=True, slots=True)
class AxisEffect:
    """What one axis does.

    Attributes:
        factor: The axis; its cells are one a trial, in the order of the trials.
        importance: Share, from 0 to 1, of the variance of the score that it makes by itself; None if it is not known.
        levels: Its values or the parts of its range, in order.
        points: Number and mean score of each trial with both, for ranges.
        lost: Number of each trial that diverged or failed, for ranges.
        curve: Number, marginal and spread between trees along the range, by the forest; empty without one.
    """

    factor: Factor
    importance: float | None
    levels: tuple[Level, ...]
    points: tuple[tuple[float, float], ...]
    lost: tuple[float, ...]
    curve: tuple[tuple[float, float, float], ...]


def axis_effects(
    found: Sequence[Factor], trials: Sequence[Trial], part: Sequence[Factor], shares: Shares, variance: float | None
) -> list[AxisEffect]:
    """Return what each axis does.

    Args:
        found: The axes.
        trials: All trials, in the order of the cells of the axes.
        part: The axes that the shares are of, with those levels alone that have a score.
        shares: How much each of these makes; empty if that cannot be told.
        variance: Of a mean score by noise alone, where the means of values compare as they are; None otherwise.
    """
    names = [factor.name for factor in part]
    # Without shares there are neither of these.
    main = dict(zip(names, shares.main, strict=False))
    curves = dict(zip(names, shares.curves, strict=False))
    return [
        AxisEffect(
            factor,
            importance=main.get(factor.name),
            levels=_levels(factor, trials, _marginals(part, curves, factor.name), variance),
            points=_points(factor, trials),
            lost=_lost(factor, trials),
            curve=_curve(factor, curves),
        )
        for factor in found
    ]


def _levels(
    factor: Factor, trials: Sequence[Trial], marginals: Mapping[object, float], variance: float | None
) -> tuple[Level, ...]:
    if factor.is_range:
        return _parts(factor, trials)
    members: dict[object, list[Trial]] = {}
    for cell, trial in zip(factor.cells, trials, strict=True):
        members.setdefault(identity(cell), []).append(trial)
    return tuple(
        _level(level, None, members[identity(level)], marginals.get(identity(level)), variance)
        for level in factor.levels
    )


def _parts(factor: Factor, trials: Sequence[Trial]) -> tuple[Level, ...]:
    first, last = factor.position(factor.low), factor.position(factor.high)
    members: list[list[Trial]] = [[] for _ in range(_BINS)]
    for cell, trial in zip(factor.cells, trials, strict=True):
        if cell is not ABSENT:
            place = (factor.position(float(cell)) - first) / (last - first)  # type: ignore[arg-type]
            members[min(int(place * _BINS), _BINS - 1)].append(trial)
    ends = [first + (last - first) * part / _BINS for part in range(_BINS + 1)]
    ends = [math.exp(end) for end in ends] if factor.log else ends
    return tuple(_level(ends[part], ends[part + 1], there, None, None) for part, there in enumerate(members) if there)


def _level(
    value: Cell, end: float | None, members: Sequence[Trial], marginal: float | None, variance: float | None
) -> Level:
    scores = [trial.mean for trial in members if trial.mean is not None]
    error = None
    if scores and variance is not None:
        error = math.sqrt(variance / len(scores))
    elif len(scores) > 1:
        error = statistics.stdev(scores) / math.sqrt(len(scores))
    return Level(
        value,
        end,
        n_trials=len(members),
        n_scored=len(scores),
        mean=statistics.fmean(scores) if scores else None,
        standard_error=error,
        marginal=marginal,
        n_diverged=sum(trial.status == "diverged" for trial in members),
        n_failed=sum(trial.status == "failed" for trial in members),
    )


def _points(factor: Factor, trials: Sequence[Trial]) -> tuple[tuple[float, float], ...]:
    if not factor.is_range:
        return ()
    return tuple(
        (float(cell), trial.mean)  # type: ignore[arg-type]
        for cell, trial in zip(factor.cells, trials, strict=True)
        if is_number(cell) and trial.mean is not None
    )


def _lost(factor: Factor, trials: Sequence[Trial]) -> tuple[float, ...]:
    if not factor.is_range:
        return ()
    return tuple(
        float(cell)  # type: ignore[arg-type]
        for cell, trial in zip(factor.cells, trials, strict=True)
        if is_number(cell) and trial.status in ("diverged", "failed")
    )


def _marginals(part: Sequence[Factor], curves: Mapping[str, Curve], name: str) -> dict[object, float]:
    levels = next((factor.levels for factor in part if factor.name == name), ())
    if name not in curves or not levels:
        return {}
    return {identity(level): mean for level, mean in zip(levels, curves[name].mean, strict=True)}


def _curve(factor: Factor, curves: Mapping[str, Curve]) -> tuple[tuple[float, float, float], ...]:
    if not factor.is_range or factor.name not in curves:
        return ()
    curve = curves[factor.name]
    return tuple(zip(curve.x, curve.mean, curve.spread, strict=True))
