"""Effects: what each axis does to the score, and how much of the differences it makes. Pure functions."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kerasgrid.axes.blocks import Block
from kerasgrid.insight.anova import Anova
from kerasgrid.insight.axis_effect import AxisEffect, Level, axis_effects
from kerasgrid.insight.factors import Factor, factors, following, identity
from kerasgrid.insight.forest import Forest
from kerasgrid.insight.noise import fit_variance, of_shared_splits
from kerasgrid.insight.ranking import Trial
from kerasgrid.insight.shares import Evaluator, Shares

__all__ = ["AxisEffect", "Effects", "Interaction", "Level", "effects"]

EVALUATORS: tuple[Evaluator, ...] = (Anova(), Forest())
"""Those that are asked for shares, in this order, until one is made for the trials; the last is made for any."""

_LEAST = 3
_PAIRS = 5
_LEAST_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Interaction:
    """How much of the variance two axes make together, beyond what each makes by itself; ``share`` from 0 to 1."""

    names: tuple[str, str]
    share: float


@dataclass(frozen=True, slots=True)
class Effects:
    """What the axes of a run do.

    Attributes:
        method: ``anova``: the exact decomposition of a complete grid. ``forest``: functional analysis of variance on a
            random forest. None if no importance can be told; ``reason`` says why.
        reason: Why nothing, or no importance, can be told; empty otherwise.
        axes: The most important first.
        interactions: Of the pairs that make at least 2%, the first five.
        noise: ``anova`` only: share of the variance between trials that is noise of the fits, taken out of the shares;
            None if one fit a trial does not tell.
        explained: ``forest`` only: share of the variance between held-out trials that the forest predicts.
        n_scored: Trials with a mean score.
        n_left_out: Trials that diverged or failed.
        follows: Pairs of names: each value of the first axis goes with one value of the second, so what they do
            cannot be told apart in full.
    """

    method: str | None
    reason: str
    axes: tuple[AxisEffect, ...]
    interactions: tuple[Interaction, ...]
    noise: float | None
    explained: float | None
    n_scored: int
    n_left_out: int
    follows: tuple[tuple[str, str], ...]


def effects(trials: Sequence[Trial], blocks: Sequence[Block] = (), task: str = "classification") -> Effects:
    """Return what each axis does to the mean score.

    Trials that diverged or failed have no score and are in no mean and no share, but they are counted for each value:
    a learning rate at which half of the trials diverge may look good by the other half. If each combination of values
    is one scored trial, the variance between them is decomposed exactly, pairs included, with the noise of the fits
    taken out. Else a random forest learns the scores, and its prediction is decomposed over the whole space. Then a
    value's ``mean`` is that of the trials that happen to have it, its ``marginal`` the one adjusted for other axes.

    Where some trials were confirmed, the scores of the splits that all trials have count. Trials that left a race count
    with their adjusted means; the noise that is taken out of shares is that of so few scores, too. Of ``one_factor``
    and ``list`` nothing is told: most of their trials share a value with others that are changed elsewhere, too.

    Args:
        trials: All trials, in any order.
        blocks: The axes of the space; without them ranges are those of the trials.
        task: ``classification`` or ``regression``.
    """
    trials = of_shared_splits(trials)
    scored = [index for index, trial in enumerate(trials) if trial.mean is not None]
    scores = [mean for trial in trials if (mean := trial.mean) is not None]
    n_left_out = sum(trial.status in ("diverged", "failed") for trial in trials)
    found = factors(trials, blocks, task)
    reason = _by_strategy(trials) or _too_little(found, scores)
    if reason:
        return Effects(None, reason, (), (), None, None, len(scored), n_left_out, ())
    variance = fit_variance(trials)
    if variance is not None:
        variance = _variance_of_means([trials[index] for index in scored], variance)
    # Values of which no trial has a score have no part in any share.
    part = [rest for factor in found if (rest := _scored(factor, scored)) is not None]
    evaluator, shares = _evaluated(part, scored, scores, variance)
    told = Shares() if shares.reason else shares
    axes = axis_effects(found, trials, part, told, variance if evaluator.is_exact else None)
    return Effects(
        method=None if shares.reason else evaluator.name,
        reason=shares.reason,
        axes=tuple(sorted(axes, key=lambda axis: -(axis.importance or 0.0))),
        interactions=_interactions(part, told),
        noise=told.noise,
        explained=shares.explained,
        n_scored=len(scored),
        n_left_out=n_left_out,
        follows=() if shares.reason or evaluator.is_exact else following(part),
    )


def _variance_of_means(scored: Sequence[Trial], variance: float) -> float:
    """Return the variance of a trial's mean by noise alone, on average: less is known of those that left a race."""
    sizes = [sum(score is not None for score in trial.split_scores) for trial in scored]
    if len(set(sizes)) == 1:
        return variance / sizes[0]
    # One that left amid its first fit has the score that it was expected to end with.
    return statistics.fmean(
        variance / size if size else max(variance, (trial.standard_error or 0.0) ** 2)
        for trial, size in zip(scored, sizes, strict=True)
    )


def _evaluated(
    part: Sequence[Factor], rows: Sequence[int], scores: Sequence[float], variance: float | None
) -> tuple[Evaluator, Shares]:
    """Return the first evaluator that is made for these trials, and what it says."""
    for evaluator in EVALUATORS:
        shares = evaluator.evaluate(part, rows, scores, variance)
        if shares is not None:
            return evaluator, shares
    raise AssertionError("the last evaluator is made for any trials")


def _interactions(part: Sequence[Factor], shares: Shares) -> tuple[Interaction, ...]:
    names = [factor.name for factor in part]
    found = [Interaction((names[one], names[other]), share) for (one, other), share in shares.pairs.items()]
    found = sorted((pair for pair in found if pair.share >= _LEAST_SHARE), key=lambda pair: -pair.share)
    return tuple(found[:_PAIRS])


def _by_strategy(trials: Sequence[Trial]) -> str:
    labels = [trial.label for trial in trials if trial.label is not None]
    if any(label.axis for label in labels):
        return "each trial changes one axis of the baseline: the table of changes and one_factor.png tell more"
    return "the candidates of a list may differ in several axes at once" if labels else ""


def _scored(factor: Factor, scored: Sequence[int]) -> Factor | None:
    """Return the factor without the levels of which no trial has a score; None if that leaves nothing to compare."""
    if factor.is_range:
        return factor
    there = {identity(factor.cells[row]) for row in scored}
    levels = tuple(level for level in factor.levels if identity(level) in there)
    return replace(factor, levels=levels) if len(levels) > 1 else None


def _too_little(found: Sequence[Factor], scores: Sequence[float]) -> str:
    if not scores:
        return "no trial has a score"
    if len(scores) < _LEAST:
        return f"{len(scores)} scored {'trial tells' if len(scores) == 1 else 'trials tell'} nothing of any axis"
    if not found:
        return "no axis has two values"
    if len(set(scores)) == 1:
        return "all trials have the same score"
    return ""
