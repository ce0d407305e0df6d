"""Narrower axes around the best trials: where to look next. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Context
from typing import Any

from kerasgrid.axes.axis import Choices, DepthWidth, Distribution
from kerasgrid.axes.axis_reading import part_rows
from kerasgrid.axes.blocks import Block
from kerasgrid.axes.candidate import Value
from kerasgrid.axes.parameter import Parameter
from kerasgrid.axes.parameters import check_taken
from kerasgrid.axes.value import is_power_of_two
from kerasgrid.insight.factors import is_number
from kerasgrid.insight.noise import fit_variance
from kerasgrid.insight.parts import Simple, items_of
from kerasgrid.insight.ranges import TOP, End, edge_of, ends, is_log, misfit, number, place_on, top_trials, varies
from kerasgrid.insight.ranking import Trial

_BEYOND = 0.1
"""By which part of its old range a distribution goes on beyond an end at which the best trial sits."""

_Values = Set[tuple[str, Value]]

_LEAST_PAD = 0.02
_DIGITS = 2
_GREATEST_EXPONENT = 700.0


def narrowed(
    params: Any,
    parts: Sequence[Sequence[Block]],
    trials: Sequence[Trial],
    top: int = TOP,
    *,
    names_models: bool = False,
    keeps_layers: bool = False,
) -> Any:
    """Return ``params`` around the best trials; as they are, if no trial has a score.

    - A distribution goes from the least to the greatest value among the best trials, widened on both sides by their
      mean distance, in the logarithm where it is; beyond its old end only where the best trial sits at that end.
    - Numeric choices between the least and the greatest value among the best trials stay; beyond an end at which the
      best trial sits comes one more step, and towards the neighbours left out midpoints, as long as an axis has no more
      values than before. Towards a neighbour of which every trial diverged or failed there is nothing to find.
    - Other choices stay if one of the best trials has them, or a trial that is tied with these: by the same mean, or
      by one standard error of a difference where splits tell the noise.
    - Depth and width are narrowed each by itself.
    - Objects of ``params`` and models without one of the best trials go.

    Nothing leaves what the parameters allow; sizes of kernels and pools stay in their old range, since images end.

    Args:
        params: What was searched, as a space file has it: an object, or a list of objects.
        parts: The blocks of each object.
        trials: Best first.
        top: How many of the best count, see :func:`kerasgrid.insight.ranges.top_trials`.
        names_models: Whether each object is to name its models, since several stand beside ``params``.
        keeps_layers: Whether a model without any layer, another kind of model, comes in only where it was asked for.
    """
    best = top_trials(trials, top)
    if not best:
        return params
    objects = params if isinstance(params, list) else [params]
    lost = _lost(trials)
    kept = []
    for index, near in sorted(_members([*best, *_tied(trials, best)], parts).items()):
        inner = [trial for trial in near if trial in best] or near
        names = names_models or "model" in objects[index]
        asked = {"names_models": names, "keeps_layers": keeps_layers}
        kept.append(_narrow_part(objects[index], parts[index], inner, near, lost, **asked))
    return kept if isinstance(params, list) else kept[0]


def _members(trials: Sequence[Trial], parts: Sequence[Sequence[Block]]) -> dict[int, list[Trial]]:
    """Return the trials of each object of ``params``, by its index; none for an object without."""
    blocks = [(index, block) for index, part in enumerate(parts) for block in part]
    members: dict[int, list[Trial]] = {}
    for trial in trials:
        # Of one that no object makes, the nearest: it is of an earlier state of the space.
        index, _ = min(blocks, key=lambda place: misfit(trial.candidate, place[1]))
        members.setdefault(index, []).append(trial)
    return members


def _tied(trials: Sequence[Trial], best: Sequence[Trial]) -> list[Trial]:
    """Return the trials that cannot be told from the last of the best."""
    worst = best[-1].mean
    assert worst is not None
    variance = fit_variance(trials) or 0.0

    def is_tied(trial: Trial) -> bool:
        # Of the two, one may have been confirmed and have more scores.
        margin = math.sqrt(variance / len(best[-1].split_scores) + variance / len(trial.split_scores))
        return trial.mean is not None and abs(trial.mean - worst) <= margin

    return [trial for trial in trials if trial not in best and is_tied(trial)]


def _lost(trials: Sequence[Trial]) -> _Values:
    """Return the values, with their parameters, of which every trial diverged or failed."""
    left, lost = (
        {
            item
            for trial in trials
            if (trial.status in ("diverged", "failed")) == ill
            for item in items_of(trial.candidate).items()
        }
        for ill in (False, True)
    )
    return lost - left


def _narrow_part(
    part: Mapping[str, Any],
    blocks: Sequence[Block],
    best: Sequence[Trial],
    near: Sequence[Trial],
    lost: _Values,
    *,
    names_models: bool,
    keeps_layers: bool,
) -> dict[str, Any]:
    """Return an object of ``params`` around its best trials; ``near`` has those that are tied with them, too."""
    there = {trial.candidate.get("model") for trial in near}
    blocks = [block for block in blocks if block.model in there] or blocks
    models = [block.model for block in blocks]
    narrow: dict[str, Any] = {"model": models if len(models) > 1 else models[0]} if names_models else {}
    for name, raw in part.items():
        axis = next((block.axes[name] for block in blocks if name in block.axes), None)
        if axis is not None:
            parameter = check_taken(name, tuple(models), name)
            if isinstance(axis, DepthWidth):
                rows = part_rows(parameter)
                if keeps_layers and ends(axis.layers)[0] >= 1:
                    rows["layers"] = replace(rows["layers"], low=1)
                narrow[name] = {
                    part: _narrow_simple(rows[part], raw[part], axis.parts[part], best, near, lost) for part in raw
                }
            else:
                narrow[name] = _narrow_simple(parameter, raw, axis, best, near, lost)
    return narrow


def _narrow_simple(
    parameter: Parameter, raw: Any, axis: Simple, best: Sequence[Trial], near: Sequence[Trial], lost: _Values
) -> Any:
    name = parameter.name
    if not varies(axis):
        assert isinstance(axis, Choices)
        there = [values[name] for trial in near if name in (values := items_of(trial.candidate))]
        kept = [value for value in axis.values if value in there]
        return raw if len(kept) in (0, axis.size) else [_plain(value) for value in kept]
    numbers = [number(trial.candidate, name) for trial in best if is_number(items_of(trial.candidate).get(name))]
    if not numbers:
        return raw
    edge = edge_of(name, axis, numbers[0])
    if parameter.structural and parameter.kind == "int":
        edge = None
    if isinstance(axis, Distribution):
        return {axis.kind: _narrow_distribution(parameter, axis, numbers, edge)}
    return _narrow_choices(parameter, axis, numbers, edge, lost)


def _narrow_distribution(
    parameter: Parameter, axis: Distribution, numbers: Sequence[float], edge: End | None
) -> dict[str, float]:
    places = [place_on(axis, value) for value in numbers]
    first, last = place_on(axis, axis.low), place_on(axis, axis.high)
    least, most = min(places), max(places)
    pad = (most - least) / (len(places) - 1) if len(places) > 1 else _BEYOND * (last - first)
    pad = max(pad, _LEAST_PAD * (last - first))
    low, high = _outward(axis, least - pad, ROUND_FLOOR), _outward(axis, most + pad, ROUND_CEILING)
    if edge == "lower":
        low = min(low, _outward(axis, first - _BEYOND * (last - first), ROUND_FLOOR))
    else:
        low = max(low, min(axis.low, *numbers))
    if edge == "upper":
        high = max(high, _outward(axis, last + _BEYOND * (last - first), ROUND_CEILING))
    else:
        high = min(high, max(axis.high, *numbers))
    low, high = _allowed(parameter, low, axis.low), _allowed(parameter, high, axis.high)
    if axis.kind.startswith("int"):
        # Half the way to an excluded bound need not be whole.
        low, high = (int(end) if float(end).is_integer() else old for end, old in ((low, axis.low), (high, axis.high)))
    return {"low": axis.low if axis.log and low <= 0 else low, "high": high}


def _narrow_choices(
    parameter: Parameter, axis: Choices, numbers: Sequence[float], edge: End | None, lost: _Values
) -> Any:
    every = sorted(value for value in axis.values if isinstance(value, int | float))
    good = [value for value in every if (parameter.name, value) not in lost]
    low, high = min(numbers), max(numbers)
    kept = [value for value in good if low <= value <= high] or [numbers[0]]
    log = is_log(axis)
    powers = all(map(is_power_of_two, every))

    def between(one: float, other: float) -> float:
        if powers:
            return float(2 ** int((math.log2(one) + math.log2(other)) // 2))
        return math.sqrt(one * other) if log else (one + other) / 2

    def after(one: float, other: float) -> float:
        """Return the next step from ``one`` over ``other``."""
        return other * other / one if log or powers else other + (other - one)

    left, right = [value for value in every if value < low], [value for value in every if value > high]
    new: list[float] = []
    if edge == "lower" and not left:
        new.append(_allowed(parameter, after(every[1], every[0]), every[0]))
    if edge == "upper" and not right:
        new.append(_allowed(parameter, after(every[-2], every[-1]), every[-1]))
    new += [between(left[-1], low)] if left and left[-1] in good else []
    new += [between(high, right[0])] if right and right[0] in good else []
    # A builder's own parameter says nothing of its kind, its values do.
    whole = all(isinstance(value, int) for value in every)
    added = [round(value) if whole else float(f"{value:.{_DIGITS}g}") for value in new]
    # Rounding must neither leave what is allowed nor meet a value that was tried.
    added = [value for value in added if value not in every and _allowed(parameter, value, every[0]) == value]
    values = sorted({*kept, *added[: len(every) - len(kept)]})
    return values if len(values) > 1 else values[0]


def _outward(axis: Distribution, place: float, rounding: str) -> float:
    """Return the number of a place, rounded outward to two significant digits or to a whole number."""
    value = math.exp(min(max(place, -_GREATEST_EXPONENT), _GREATEST_EXPONENT)) if axis.log else place
    if axis.kind.startswith("int"):
        return math.floor(value) if rounding == ROUND_FLOOR else math.ceil(value)
    return float(Context(prec=_DIGITS, rounding=rounding).create_decimal(repr(value)))


def _allowed(parameter: Parameter, value: float, old: float) -> float:
    """Return the value if the parameter allows it, or else its bound, or half the way to a bound that is excluded."""
    low, high = parameter.low, parameter.high
    if not math.isfinite(value):  # a step beyond what floats hold
        return old
    if low is not None and (value <= low if parameter.low_open else value < low):
        return _half_way(old, low) if parameter.low_open else type(old)(low)
    if high is not None and (value >= high if parameter.high_open else value > high):
        return _half_way(old, high) if parameter.high_open else type(old)(high)
    return value


def _half_way(old: float, bound: float) -> float:
    """Return what is half the way to a bound, or the old value where floats have nothing between them."""
    half = (old + bound) / 2
    return old if half == bound else half


def _plain(value: Value) -> Any:
    return list(value) if isinstance(value, tuple) else value
