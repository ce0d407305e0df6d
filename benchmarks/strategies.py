"""How good is what each strategy finds, after how many trials? Replayed: nothing is trained while strategies search.

    python benchmarks/strategies.py tables      # trains the grids that are replayed, once (minutes)
    python benchmarks/strategies.py             # replays them, and spaces whose scores are formulas

Of every space and seed a strategy gets 50 trials, and ``random`` 100. What counts is the true score of the winner that
the noisy scores picked: for a formula its value, for a grid the mean over all folds and repeats that were trained, of
which a search sees one repeat. Printed are medians over the seeds, and whether a strategy with 50 trials is worse than
``random`` with 100 by Wilcoxon's signed-rank test, with Holm's correction over the spaces.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.insight.ranking import rank_trials
from kerasgrid.space.spec import space_from_dict

TABLES = Path("runs/benchmark_strategies.json")
TASK = "classification"
N_FOLDS = 3
SEEDS = 20
STRATEGIES = ("bayes", "tpe", "harmony")

RATE = {"log_uniform": {"low": 1e-5, "high": 1.0}}
GRID_AXES: Mapping[str, Any] = {
    "hidden_units": [[16], [64], [256], [64, 64], [128, 64, 32]],
    "activation": ["relu", "tanh", "selu"],
    "learning_rate": [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1],
    "batch_size": [16, 64, 256],
    "optimizer": ["Adam", "SGD"],
}
GRIDS: Mapping[str, Mapping[str, Any]] = {
    "digits, 630 MLPs": {"dataset": {"name": "digits", "train_size": 900}, "params": {**GRID_AXES, "epochs": 8}},
    "sine, 630 MLPs": {"dataset": "sine", "params": {**GRID_AXES, "epochs": 20}, "metric": "r2"},
}


@dataclass(frozen=True)
class Problem:
    """Something to search.

    Attributes:
        name: What it is called.
        params: The axes.
        observed: From a candidate, a fold and a seed to a score.
        true: What the candidate is worth.
    """

    name: str
    params: Mapping[str, Any]
    observed: Callable[[Candidate, int, int], float]
    true: Callable[[Candidate], float]


def searched(problem: Problem, strategy: str, trials: int, seed: int) -> float:
    """Return the true score of the winner of a search."""
    document = {"name": "replay", "dataset": "digits", "strategy": strategy, "trials": trials, "seed": seed}
    tried = space_from_dict({**document, "params": problem.params}).tried
    batches: list[tuple[Candidate, ...]] = []
    while True:
        round_of = {candidate: number for number, batch in enumerate(batches, start=1) for candidate in batch}
        results = [
            FitResult(Fit(one, fold), "ok", {"val_accuracy": [problem.observed(one, fold, seed)]})
            for one in round_of
            for fold in range(N_FOLDS)
        ]
        ranked = rank_trials(list(round_of), results, metric="accuracy", n_folds=N_FOLDS)
        batch = tried.next([replace(trial, round=round_of[trial.candidate]) for trial in ranked], TASK)
        if not batch:
            return problem.true(ranked[0].candidate)
        batches.append(tuple(batch))


def formula_problems() -> list[Problem]:
    """Return spaces of two to eight axes whose scores are smooth hills with ridges, cliffs and axes without effect."""
    names = ("learning_rate", "dropout", "batch_size", "activation", "l2", "hidden_units", "input_dropout", "momentum")
    axes: Mapping[str, Any] = {
        "learning_rate": RATE,
        "dropout": {"uniform": {"low": 0.0, "high": 0.8}},
        "batch_size": [16, 32, 64, 128, 256, 512],
        "activation": ["relu", "tanh", "selu", "sigmoid"],
        "l2": {"log_uniform": {"low": 1e-7, "high": 1e-1}},
        "hidden_units": [[16], [64], [256], [16, 16], [64, 64], [256, 256], [64, 64, 64]],
        "input_dropout": {"uniform": {"low": 0.0, "high": 0.5}},
        "momentum": {"uniform": {"low": 0.0, "high": 0.99}},
    }
    return [_formula(number, {name: axes[name] for name in names[: 2 + number % 7]}) for number in range(10)]


def _formula(number: int, axes: Mapping[str, Any]) -> Problem:
    rng = random.Random(f"formula {number}")
    best = {"rate": rng.uniform(-3.5, -1.5), "dropout": rng.uniform(0.0, 0.5), "l2": rng.uniform(-5.0, -3.0)}
    words = {name: 0.04 * rng.random() for name in ("relu", "tanh", "selu", "sigmoid")}
    ridge, steep = rng.uniform(-0.3, 0.6), rng.uniform(1.0, 4.0)
    noise = rng.choice((0.002, 0.005, 0.01))

    def true(one: Candidate) -> float:
        given: dict[str, Any] = dict(one)
        rate = math.log10(given["learning_rate"]) - best["rate"]
        if "batch_size" in given:
            rate -= ridge * (math.log2(given["batch_size"]) - 6)
        score = 0.95 - 0.03 * rate**2 * (steep if rate > 0 else 1.0)
        score -= 0.15 * (given.get("dropout", best["dropout"]) - best["dropout"]) ** 2
        score -= words.get(given.get("activation", ""), 0.0)
        score -= 0.004 * max(0.0, math.log10(given.get("l2", 1e-7)) - best["l2"]) ** 2
        sizes = given.get("hidden_units", (64, 64))
        score -= 0.01 * abs(len(sizes) - 2) + 0.003 * abs(math.log2(sizes[0]) - 7)
        score -= 0.05 * given.get("input_dropout", 0.0) ** 2
        return max(score, 0.1)

    def observed(one: Candidate, fold: int, seed: int) -> float:
        own = random.Random(f"{number}:{one.id}:{fold}:{seed}").gauss(0, noise)
        return true(one) + own + random.Random(f"{number}:{fold}:{seed}").gauss(0, 0.01)

    # Momentum is taken beside SGD alone.
    params = {**axes, "optimizer": "SGD"} if "momentum" in axes else axes
    return Problem(f"formula {number}, {len(axes)} axes", params, observed, true)


def make_tables(folder: Path) -> None:
    """Train every candidate of the grids on four repeats of three folds, and keep the scores."""
    import kerasgrid

    tables: dict[str, Any] = {}
    for name, grid in GRIDS.items():
        space = {"name": name.replace(", ", "_").replace(" ", "_"), "cv": N_FOLDS, "repeats": 4, **grid}
        run = kerasgrid.search(space, out=folder / space["name"])
        tables[name] = [{"params": dict(trial.candidate), "scores": trial.scores} for trial in run.trials]
        print(f"{name}: {len(run.trials)} candidates, {run.elapsed:.0f} s", flush=True)
    TABLES.write_text(json.dumps(tables), encoding="utf-8")


def table_problems() -> list[Problem]:
    """Return the grids that were trained."""
    if not TABLES.exists():
        print(f"{TABLES} is not there: python benchmarks/strategies.py tables")
        return []
    return [_table(name, rows) for name, rows in json.loads(TABLES.read_text(encoding="utf-8")).items()]


def _table(name: str, rows: Sequence[Mapping[str, Any]]) -> Problem:
    known = {Candidate(row["params"]): row["scores"] for row in rows}
    worst = min(score for scores in known.values() for score in scores if score is not None)
    scores = {one: [worst if score is None else score for score in there] for one, there in known.items()}
    n_repeats = len(next(iter(scores.values()))) // N_FOLDS

    def observed(one: Candidate, fold: int, seed: int) -> float:
        return float(scores[one][(seed % n_repeats) * N_FOLDS + fold])

    return Problem(name, GRIDS[name]["params"], observed, lambda one: statistics.fmean(scores[one]))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number (Holm 1979)."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    corrected, most = [0.0] * len(p_values), 0.0
    for place, index in enumerate(order):
        most = max(most, min(1.0, p_values[index] * (len(p_values) - place)))
        corrected[index] = most
    return corrected


def compare(problems: Sequence[Problem], n_seeds: int) -> None:
    """Print what each strategy finds, and whether it is worse than twice as many random trials."""
    from scipy.stats import wilcoxon

    found: dict[str, list[list[float]]] = {}
    print(f"{'':26}{'random 50':>11}{'random 100':>12}" + "".join(f"{name + ' 50':>12}" for name in STRATEGIES))
    for problem in problems:
        row: list[float] = []
        for key, strategy, n in (
            ("random 50", "random", 50), ("random", "random", 100), *((name, name, 50) for name in STRATEGIES),
        ):  # fmt: skip
            scores = [searched(problem, strategy, n, seed) for seed in range(n_seeds)]
            found.setdefault(key, []).append(scores)
            row.append(statistics.median(scores))
        print(f"{problem.name:26}" + "".join(f"{value:>12.4f}" for value in row), flush=True)
    for name in STRATEGIES:
        pairs = list(zip(found[name], found["random"], strict=True))
        better = sum(statistics.median(a) >= statistics.median(b) for a, b in pairs)
        tests = [wilcoxon(a, b, alternative="less").pvalue if a != b else 1.0 for a, b in pairs]
        worse = sum(p < 0.05 for p in holm(tests))
        print(f"{name} with 50 trials: median at least that of random with 100 in {better} of {len(pairs)} spaces, "
              f"significantly worse in {worse}")  # fmt: skip


def main() -> None:
    """Make tables, or replay."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["tables", "replay"], default="replay")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    asked = parser.parse_args()
    if asked.what == "tables":
        make_tables(TABLES.parent / "benchmark_strategies")
    else:
        compare([*table_problems(), *formula_problems()], asked.seeds)


if __name__ == "__main__":
    main()
