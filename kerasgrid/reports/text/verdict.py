"""The verdict on a run: which trial to take, in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from kerasgrid.insight.ranking import Trial
from kerasgrid.reports.text.sentences import best_line, ties_line
from kerasgrid.run.parameters import params_line, varying_params
from kerasgrid.run.run import Run
from kerasgrid.system.words import counted

_NAMED = 4
"""With more parameters than this a sentence names no values: the table beside it has them."""


def verdict(run: Run) -> str:
    """Return which trial is best, how many others may be as good, and whether one of them is cheaper.

    Such as ``hidden_units 64×32, activation tanh is best, but 9 of the 143 others cannot be told from it, with 95%
    confidence. As good, for all that is known: hidden_units 32, activation relu, which has 33% of its size.``
    """
    best, ties = run.best, run.tie_set
    if best is None:
        return best_line(run)
    if ties.reason is not None:
        return ties_line(run)
    varying = varying_params(run.trials)
    n_others, n_tied = ties.n_compared - 1, len(ties.trials) - 1
    if n_others == 0:
        return ties_line(run) or "It is the only trial with a score."
    who = _named(best, varying, "")
    others = f"the {n_others:,} others" if n_others > 1 else "the other"
    if n_tied == 0:
        return f"{who or 'The best trial'} is better than {others}{_of(run)}, with 95% confidence."
    tied, can = f"{n_tied:,} of {others}" if n_others > 1 else others, "cannot"
    if 1 < n_others == n_tied:
        tied, can = f"none of {others}", "can"
    if who:
        said = f"{who} is best, but {tied}{_of(run)} {can} be told from it, with 95% confidence."
    else:
        said = f"{tied[0].upper()}{tied[1:]}{_of(run)} {can} be told from the best trial, with 95% confidence."
    cheaper = _cheaper(best, ties.cheapest)
    if not cheaper:
        return f"{said} {'None of them' if n_tied > 1 else 'It'} is {'' if n_tied > 1 else 'not '}cheaper."
    assert ties.cheapest is not None
    take = _named(ties.cheapest, varying, f"rank {ties.cheapest.rank}")
    return f"{said} As good, for all that is known: {take}, which {cheaper}."


def _named(trial: Trial, varying: Sequence[str], otherwise: str) -> str:
    if trial.name:
        return trial.name
    names = [name for name in varying if name in trial.candidate]
    return params_line(trial, names) if 0 < len(names) <= _NAMED else otherwise


def _of(run: Run) -> str:
    if run.n_confirmed > 1:
        return " that were confirmed"
    return " that stayed in the race" if any(trial.dropped is not None for trial in run.trials) else ""


def _cheaper(best: Trial, cheapest: Trial | None) -> str:
    """Return by how much the cheapest of the tied trials is cheaper than the best; nothing if it is not."""
    if cheapest is None or cheapest is best:
        return ""
    if best.n_parameters and cheapest.n_parameters is not None and cheapest.n_parameters < best.n_parameters:
        share = cheapest.n_parameters / best.n_parameters
        size = counted(cheapest.n_parameters, "parameter")
        return f"has {share:.0%} of its size ({size})" if share < 0.995 else f"is a little smaller ({size})"
    if best.mean_seconds and cheapest.mean_seconds is not None and cheapest.mean_seconds < best.mean_seconds:
        return f"takes {cheapest.mean_seconds / best.mean_seconds:.0%} of its time"
    return ""
