"""Networks and simple models of a run in one table, best first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasgrid.insight.ranking import Trial
from kerasgrid.run.columns import signed

if TYPE_CHECKING:
    import pandas as pd

    from kerasgrid.run.run import Run


def leaderboard(run: Run) -> pd.DataFrame:
    """Return a row for each network and each simple model (baseline) of a run, best first, numbered from 1.

    Columns are ``model``: what it is, networks with the parameters in which they differ; ``kind``: ``network`` or
    ``simple model``; ``score``: the mean over the folds, of losses negated, so that greater is better, NaN where there
    is none; ``standard_error`` of it; ``seconds`` of a fit; and ``verdict``: ``best`` of the best network, of others
    what they are with 95% confidence, ``tied`` with it, ``behind`` or ``ahead``, and None where nothing can be told.
    """
    import pandas as pd

    rows = [*_networks(run), *_baselines(run)]
    head = ["model", "kind", "score", "standard_error", "seconds", "verdict"]
    table = pd.DataFrame(rows, columns=head)
    table = table.astype(dict.fromkeys(("score", "standard_error", "seconds"), "float64"))
    # As a column of text its gaps would be NaN.
    table["verdict"] = pd.Series([row[-1] for row in rows], dtype=object)
    # Of equals the networks come first, as they were ranked.
    table = table.sort_values("score", ascending=False, kind="stable", ignore_index=True)
    return table.set_axis(range(1, len(table) + 1))


def _networks(run: Run) -> list[tuple[Any, ...]]:
    values: dict[str, set[str]] = {}
    for trial in run.trials:
        for name, value in trial.candidate.items():
            values.setdefault(name, set()).add(repr(value))
    differing = {name for name, found in values.items() if len(found) > 1 and name != "model"}
    tied = {trial.rank for trial in run.tie_set.trials}

    def verdict(trial: Trial) -> str | None:
        if trial is run.best:
            return "best"
        if run.tie_set.reason is not None or trial.mean is None:
            return None
        return "tied" if trial.rank in tied else "behind"

    return [
        (
            _text(trial, differing),
            "network",
            signed(run, trial.mean),
            trial.standard_error,
            trial.mean_seconds,
            verdict(trial),
        )
        for trial in run.trials
    ]


def _text(trial: Trial, differing: set[str]) -> str:
    own = ", ".join(f"{name}={value!r}" for name, value in trial.candidate.items() if name in differing)
    return f"{trial.candidate['model']} ({own})" if own else str(trial.candidate["model"])


def _baselines(run: Run) -> list[tuple[Any, ...]]:
    return [
        (one.label, "simple model", signed(run, one.mean), one.standard_error, one.seconds, one.verdict)
        for one in run.baselines
    ]
