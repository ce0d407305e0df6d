"""Does a race over folds end with the winner of the full search, and how many fits does it spare?

    python benchmarks/races.py             # simulated searches, then replays of one that was trained (minutes)
    python benchmarks/races.py table       # trains that one anew (a quarter of an hour on two cores)

**Simulated**: candidates whose true scores spread as much as the score of one fit varies (``spread 1``, or less: then
more of them may win), on J splits:

    score = true score + what the split does to all + σ · e

with σ = 1, or of each candidate its own (``unequal``: log-normal, 0.5; ``very unequal``: 1.0; ``better vary more``:
σ = exp(true / 2), so that the winner is among those of which least is known; ``worse vary more``), and e normal or of
Student's t with 3 degrees of freedom (``heavy tails``), or rounded to a few different scores (``coarse``).

**Replayed**: 200 random candidates, small MLPs on 600 digits, were trained on 5 folds × 3 repeats
(``races_digits.json``). A replay draws 100 of them, and the order of the splits, and runs the race on the scores of
3, 5 or all 15 splits; the full search is that of the same scores.

The last lines go through the race itself, trial by trial; the others call what it decides by.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import numpy as np
from race_searches import Floats, N, run

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.fits.metric import metric_named
from kerasgrid.insight.ranking import Trial, rank_trials
from kerasgrid.races.elimination import looks, spent, standing
from kerasgrid.races.folds import ERROR, FoldRace

TABLE = Path(__file__).parent / "races_digits.json"
SPLITS = (3, 5, 15)
SPACE = {
    "name": "races_digits", "dataset": {"name": "digits", "train_size": 600}, "strategy": "random", "trials": 200,
    "race": False, "cv": 5, "repeats": 3, "metric": "accuracy",
    "params": {
        "hidden_units": [[16], [64], [64, 64]], "activation": "relu", "optimizer": ["Adam", "SGD"], "batch_size": 50,
        "epochs": {"int_uniform": {"low": 3, "high": 12}},
        "learning_rate": {"log_uniform": {"low": 1e-4, "high": 1.0}},
        "l2": {"log_uniform": {"low": 1e-6, "high": 1e-2}},
    },
}  # fmt: skip


def raced(full: Floats, error: float = ERROR) -> tuple[bool, float]:
    """Race over a table of candidates × splits, as the race does."""
    n, n_splits = full.shape
    errors = spent(n_splits, error)
    there, used, before = np.arange(n), 0, 0
    for t in (*looks(n_splits), n_splits):
        used += len(there) * (t - before)
        before = t
        if t < n_splits and len(there) > 1:
            there = there[~standing(full[there, :t], n_splits, errors[t]).is_out]
    return bool(full.mean(axis=1).argmax() in there), 1 - used / full.size


def raced_by_trials(full: Floats) -> tuple[bool, float]:
    """The same, by :class:`kerasgrid.races.folds.FoldRace` on trials."""
    n, n_splits = full.shape
    candidates = [Candidate({"number": number}) for number in range(n)]
    asked = [Fit(candidate, fold) for candidate in candidates for fold in range(n_splits)]
    race, metric, done = FoldRace(), metric_named("accuracy"), dict[Fit, FitResult]()

    def result(fit: Fit) -> FitResult:
        return FitResult(fit, "ok", {"val_accuracy": [float(full[int(str(fit.candidate["number"])), fit.fold])]})

    def ranked(results: Iterable[FitResult]) -> list[Trial]:
        return rank_trials(candidates, results, metric="accuracy", n_folds=n_splits)

    while new := [fit for fit in race.fits(asked, ranked(done.values()), metric) if fit not in done]:
        done |= {fit: result(fit) for fit in new}
    best, winner = ranked(map(result, asked))[0], ranked(done.values())[0]
    return winner.candidate == best.candidate, 1 - len(done) / len(asked)


def simulated(kind: str, n_splits: int, rng: np.random.Generator, spread: float, n: int = N) -> Floats:
    """Return one search's table, (candidates, splits)."""
    true = spread * rng.standard_normal(n)
    sigma = {
        "unequal": np.exp(0.5 * rng.standard_normal(n)),
        "very unequal": np.exp(rng.standard_normal(n)),
        "better vary more": np.exp(np.clip(0.5 * true, -2, 2)),
        "worse vary more": np.exp(np.clip(-0.5 * true, -2, 2)),
    }.get(kind, np.ones(n))
    shape = (n, n_splits)
    e = rng.standard_t(3, shape) / np.sqrt(3) if kind == "heavy tails" else rng.standard_normal(shape)
    table = true[:, None] + 2 * rng.standard_normal(n_splits) + sigma[:, None] * e
    return np.asarray(np.round(table / 2) * 2 if kind == "coarse" else table)


CASES = (
    ("clean", 0.0, 2), ("clean", 0.0, 10), ("clean", 0.0, N), ("clean", 0.5, N), ("clean", 1.0, N), ("clean", 2.0, N),
    ("unequal", 0.5, N), ("unequal", 1.0, N), ("very unequal", 1.0, N), ("better vary more", 1.0, N),
    ("worse vary more", 1.0, N), ("heavy tails", 0.5, N), ("heavy tails", 1.0, N), ("coarse", 1.0, N),
)  # fmt: skip


def trained() -> None:
    """Train the table, and keep it beside this file."""
    import kerasgrid

    run = kerasgrid.search(SPACE, out="runs/races_digits")
    rows = {trial.candidate.id: trial.scores for trial in run.trials if trial.status == "ok"}
    scores = [[round(score, 4) for score in rows[one]] for one in sorted(rows)]
    TABLE.write_text(json.dumps(scores).replace("], ", "],\n") + "\n")


def main() -> None:
    """Simulate and replay, or train the table."""
    cases = (
        (f"{n} candidates, {kind}, spread {spread:g}", partial(simulated, kind, spread=spread, n=n))
        for kind, spread, n in CASES
    )
    run(__doc__, trained, cases, TABLE, SPLITS, (raced, raced_by_trials), "fits")


if __name__ == "__main__":
    sys.exit(main())
