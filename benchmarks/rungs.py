"""Does a race over epochs and folds end with the winner of the full search, and how many epochs does it spare?

    python benchmarks/rungs.py             # simulated searches, then replays of one that was trained (minutes)
    python benchmarks/rungs.py table       # trains that one anew (ten minutes on two cores)

**Simulated**: candidates that end with scores which spread as much as the score of one fit varies (``spread 1``; or
more, as where a learning rate matters), and get there from ten times as far below, each at its own pace:

    score after e of 50 epochs = end − 10 · exp(−e / pace) + what the split does to all + σ · chance of the fit
                                 + 0.3 · chance of the epoch

with paces log-normal around 5 epochs (0.7), σ = 1 or of each candidate its own (``unequal``: log-normal, 0.5). Curves
that **cross**: the better a candidate ends, the slower it is (correlation of end and log pace 0.5, 0.9); or the faster
(``the fast win``, −0.5). ``heavy tails``: chance and log pace of Student's t with 3 degrees of freedom.

**Replayed**: 200 random candidates, deep MLPs of learning rates over four decades on 500 digits, trained on 5 folds × 3
repeats for 50 epochs (``rungs_digits.json`` has their scores after 5, 15 and 50). A replay draws 100 of them and the
order of the splits, and runs the race on 1, 3, 5 or all 15 splits; the full search is that of the same scores.

The last lines go through the race itself, trial by trial; the others call what it decides by.
"""

from __future__ import annotations

import json
import math
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from race_searches import Floats, N, run

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.fits.metric import metric_named
from kerasgrid.insight.race_marks import Early
from kerasgrid.insight.ranking import Trial, rank_trials
from kerasgrid.races.catch_up import caught_up, n_needed
from kerasgrid.races.elimination import looks, spent, standing
from kerasgrid.races.epochs import HEAT_ERROR, EpochRace
from kerasgrid.races.folds import ERROR
from kerasgrid.space.files import bundled_spaces

TABLE = Path(__file__).parent / "rungs_digits.json"
SPLITS = (1, 3, 5, 15)
EPOCHS = 50
LOOKS = tuple(math.ceil(share * EPOCHS) for share in (*EpochRace.rungs, 1.0))
SPACE = json.loads(bundled_spaces()["random"].read_text())
SPACE |= {"name": "rungs_digits", "trials": 200, "race": False, "cv": 5, "repeats": 3, "validation_split": None}


def raced(scores: Floats) -> tuple[bool, float]:
    """Race over scores of candidates in an order of chance, as the race does."""
    n, n_splits, _ = scores.shape
    full, m, n_known = scores[:, :, -1], n_needed(HEAT_ERROR), min(2, n_splits)
    seen = scores[:, 0] if n_splits > 1 else scores[:, 0, :-1]
    ends = full[:m, :n_known] + (full[:m, :1].mean(axis=0) - full[:m, :n_known].mean(axis=0))
    bound = caught_up(seen[:m], ends[:, -1], ends.mean(axis=1), HEAT_ERROR)
    there, used = list(range(m)), m * n_known * EPOCHS
    for one in range(m, n):
        out = next((look for look, score in enumerate(seen[one]) if bound.is_too_far(score, look)), None)
        used += EPOCHS if out is None else LOOKS[out]
        there += [one] if out is None else []
    left, before = np.array(there), 1
    for t in (*looks(n_splits), n_splits):
        used += (t - before) * len(left) * EPOCHS - (m * EPOCHS if before == 1 and n_known == 2 else 0)
        before = t
        if t < n_splits and len(left) > 1:
            left = left[~standing(full[left, :t], n_splits, spent(n_splits, ERROR)[t]).is_out]
    return bool(full.mean(axis=1).argmax() in left), 1 - used / (full.size * EPOCHS)


def raced_by_trials(scores: Floats) -> tuple[bool, float]:
    """The same, by :class:`kerasgrid.races.epochs.EpochRace` on trials."""
    n, n_splits, _ = scores.shape
    candidates = [Candidate({"number": number}) for number in range(n)]
    asked = [Fit(candidate, fold) for candidate in candidates for fold in range(n_splits)]
    race, metric = EpochRace(), metric_named("accuracy")
    done, seen = dict[Fit, FitResult](), dict[Candidate, int]()

    def result(fit: Fit) -> FitResult:
        return FitResult(fit, "ok", {"val_accuracy": [float(scores[int(str(fit.candidate["number"])), fit.fold, -1])]})

    def looked(trial: Trial) -> Trial:
        row, n_seen = scores[int(str(trial.candidate["number"])), 0], seen.get(trial.candidate, 0)
        early = [Early(LOOKS[k], EPOCHS, float(row[k]) if k < n_seen else None) for k in range(len(race.rungs))]
        return replace(trial, early=tuple(early))

    def ranked() -> list[Trial]:
        return [looked(trial) for trial in rank_trials(candidates, done.values(), metric="accuracy", n_folds=n_splits)]

    while True:
        trials = ranked()
        further = dict(race.early(asked, trials, metric))
        new = [fit for fit in race.fits(asked, trials, metric) if fit not in done]
        if not new and further == seen:
            break
        seen = further
        done |= {fit: result(fit) for fit in new}
    best = rank_trials(candidates, map(result, asked), metric="accuracy", n_folds=n_splits)[0]
    winner = rank_trials(candidates, done.values(), metric="accuracy", n_folds=n_splits)[0]
    paused = sum(LOOKS[n - 1] for one, n in seen.items() if Fit(one, 0) not in done)
    return winner.candidate == best.candidate, 1 - (len(done) * EPOCHS + paused) / (len(asked) * EPOCHS)


def simulated(kind: str, n_splits: int, rng: np.random.Generator, spread: float) -> Floats:
    """Return one search's scores, (candidates, splits, looks)."""

    def chance(*shape: int) -> Floats:
        return rng.standard_t(3, shape) / math.sqrt(3) if kind == "heavy tails" else rng.standard_normal(shape)

    ends = rng.standard_normal(N)
    crossing = {"crossing, 0.5": 0.5, "crossing, 0.9": 0.9, "the fast win": -0.5}.get(kind, 0.0)
    pace = 5 * np.exp(0.7 * (crossing * ends + math.sqrt(1 - crossing**2) * chance(N)))
    sigma = np.exp(0.5 * rng.standard_normal(N)) if kind == "unequal" else np.ones(N)
    way = spread * ends[:, None] - 10 * np.exp(-np.array(LOOKS) / pace[:, None])
    fits = 2 * rng.standard_normal(n_splits) + sigma[:, None] * chance(N, n_splits)
    return np.asarray(way[:, None] + fits[:, :, None] + 0.3 * rng.standard_normal((N, n_splits, len(LOOKS))))


CASES = (
    ("clean", 0.5), ("clean", 1.0), ("clean", 2.0), ("the fast win", 1.0), ("crossing, 0.5", 1.0),
    ("crossing, 0.9", 0.5), ("crossing, 0.9", 1.0), ("crossing, 0.9", 2.0), ("heavy tails", 1.0), ("unequal", 1.0),
)  # fmt: skip


def trained() -> None:
    """Train the table, and keep it beside this file."""
    import kerasgrid

    run = kerasgrid.search(SPACE, out="runs/rungs_digits")
    curves = {(one.fit.candidate, one.fit.repeat, one.fit.fold): one.curve["val_accuracy"] for one in run.results}
    rows = [
        [
            [round(curves[trial.candidate, split // 5, split % 5][epoch - 1], 4) for epoch in LOOKS]
            for split in range(15)
        ]
        for trial in sorted(run.trials, key=lambda trial: trial.candidate.id)
    ]
    TABLE.write_text(json.dumps(rows, separators=(",", ":")).replace("]],", "]],\n") + "\n")


def main() -> None:
    """Simulate and replay, or train the table."""
    cases = ((f"{kind}, spread {spread:g}", partial(simulated, kind, spread=spread)) for kind, spread in CASES)
    run(__doc__, trained, cases, TABLE, SPLITS, (raced, raced_by_trials), "epochs")


if __name__ == "__main__":
    sys.exit(main())
