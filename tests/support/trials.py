"""Made-up runs for the tests of ranking and reports."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import FinalResult, Fit, FitResult, Stint
from kerasgrid.insight.ranking import Trial, rank_trials
from kerasgrid.run.run import Run

FMNIST: Mapping[str, Sequence[Any]] = {
    "model": ["mlp"],
    "hidden_units": [[128]],
    "activation": ["relu", "selu", "swish"],
    "input_batch_norm": [True, False],
    "input_dropout": [0.2, 0.4],
    "learning_rate": [0.001, 0.002, 0.01],
    "optimizer": ["RMSprop", "Adam"],
    "batch_size": [512, 1024],
    "epochs": [15],
}


def grid(axes: Mapping[str, Sequence[Any]]) -> list[Candidate]:
    return [Candidate(dict(zip(axes, values, strict=True))) for values in itertools.product(*axes.values())]


def noise(*parts: object) -> float:
    """The same number from 0 to 1 for the same parts, everywhere."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:6], "big") / 2**48


def fit_result(
    candidate: Candidate, fold: int, score: float, *, repeat: int = 0, metric: str = "accuracy"
) -> FitResult:
    curve = {"loss": [1.0, 0.5], metric: [score, score + 0.01], f"val_{metric}": [score / 2, score]}
    fit = Fit(candidate, fold, repeat)
    return FitResult(fit, "ok", curve, 1.0 + noise("seconds", candidate.id, fold), 1000)


def diverged(candidate: Candidate, fold: int, repeat: int = 0) -> FitResult:
    curve = {"loss": [2.0, float("nan")], "val_accuracy": [0.99, float("nan")]}
    return FitResult(Fit(candidate, fold, repeat), "diverged", curve, 0.5, 1000)


def failed(candidate: Candidate, fold: int, error: str = "out of memory", repeat: int = 0) -> FitResult:
    return FitResult(Fit(candidate, fold, repeat), "failed", error=error)


def plausible(candidate: Candidate, fold: int) -> float:
    rate = float(str(candidate.get("learning_rate", 0.001)))
    score = 0.885 - 3.0 * abs(rate - 0.002) - 0.05 * float(str(candidate.get("input_dropout", 0.2)))
    score += 0.012 * bool(candidate.get("input_batch_norm")) + 0.004 * (candidate.get("activation") == "swish")
    return score + 0.01 * noise(candidate.id) + 0.004 * noise(candidate.id, fold)


def all_fits(
    candidates: Iterable[Candidate],
    n_folds: int = 3,
    score: Callable[[Candidate, int], float] = plausible,
    metric: str = "accuracy",
) -> list[FitResult]:
    return [fit_result(c, fold, score(c, fold), metric=metric) for c in candidates for fold in range(n_folds)]


def trials_of(candidates: Sequence[Candidate], results: Iterable[FitResult], n_folds: int = 3) -> list[Trial]:
    return rank_trials(candidates, results, metric="accuracy", n_folds=n_folds)


def made_run(
    trials: Sequence[Trial] = (), final: FinalResult | None = None, results: Iterable[FitResult] = (), **changes: Any
) -> Run:
    """A run of these trials, best first; all else is made up, and may be changed."""
    usual = Run(
        trials=tuple(trials),
        final=final,
        results=tuple(results),
        name="fmnist",
        dataset={
            "name": "fashion_mnist",
            "source": "files",
            "fingerprint": "5f2a90c1",
            "n_train": 60000,
            "n_test": 10000,
            "input_shape": [28, 28],
        },
        metric="accuracy",
        task="classification",
        classes=("top", "bag"),
        n_folds=3,
        n_repeats=1,
        n_fits_asked=432,
        n_fits_done=432,
        seed=0,
        log_axes=frozenset(),
        elapsed=725.0,
        created="2030-01-02T03:04:05+00:00",
        versions={"python": "3.11.9", "kerasgrid": "0.1.0", "keras": "3.15.1"},
    )
    return replace(usual, **changes)


def final_result(**changes: Any) -> FinalResult:
    usual = FinalResult(
        "ok",
        {"loss": [0.5, 0.25], "accuracy": [0.8, 0.91]},
        {"loss": 0.31, "accuracy": 0.8842},
        [[90, 10], [5, 95]],
        "model.keras",
        12.5,
    )
    return replace(usual, **changes)


def worked(
    results: Iterable[FitResult], n_workers: int = 2, began: float = 1.8e9, pause: float = 0.0
) -> list[FitResult]:
    """Return the results as trained one after the other by so many workers in turn, each fit followed by a pause."""
    free = [began] * n_workers
    told = []
    for result in results:
        worker = free.index(min(free))
        ended = free[worker] + result.seconds
        told.append(result.trained(Stint(free[worker], ended, str(worker + 1))))
        free[worker] = ended + pause
    return told
