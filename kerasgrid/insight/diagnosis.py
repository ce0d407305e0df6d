"""What is the matter with a trial, told from its fits and their learning curves. Pure functions.

A trial that ended well has any number of these words, each found by a test at the 1% level, so that of a hundred
healthy trials about one is called ill:

* ``not learning``: the held-out accuracy is not above the share of the largest class, nor r2 above 0. The error is the
  larger of the binomial one of all samples that a repeat holds out (for r2: of an independent prediction, whose n·r² is
  chi-square with one degree of freedom) and that of the mean over the fits. Trials with class weights are not asked.
* ``still improving``: the held-out metric gets better over the last quarter of the epochs, three at least: Student's t
  of the slope that all fits of the trial share. As many epochs again would gain more than the standard error over the
  fits (of a single fit: than a point strays from the line).
* ``overfitting``: the mean held-out loss rises after its lowest epoch, by the same test over all epochs that follow it,
  three at least, and by more than a point strays; meanwhile the training loss falls, and ends below the held-out one.
* ``unstable``: once what the folds do to all trials is taken out, the variance between the fits is larger than that of
  the other trials: F test against their median, at 5% over all trials together. An accuracy may always vary as
  a binomial does, and losses are compared by their logarithms, since larger ones vary more.

``diverged`` and ``failed`` stand alone: some fit became non-finite, or an error stopped it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import FitResult
from kerasgrid.fits.metric import metric_named
from kerasgrid.insight.curves import metric_of_curves
from kerasgrid.insight.groups import (
    DIVERGED,
    FAILED,
    LEAST_EPOCHS,
    NOT_LEARNING,
    OVERFITTING,
    STILL_IMPROVING,
    UNSTABLE,
)
from kerasgrid.insight.ranking import Trial

Floats = npt.NDArray[np.float64]

LEVEL = 0.01
_UNSTABLE_LEVEL = 0.05
_LEAST_TRIALS = 3

_Z = NormalDist().inv_cdf(1 - LEVEL)
_CHI_SQUARE = NormalDist().inv_cdf(1 - LEVEL / 2) ** 2


def diagnosed(
    trials: Sequence[Trial],
    results: Iterable[FitResult],
    *,
    metric: str,
    task: str,
    n_held_out: int,
    n_folds: int,
    majority: float,
) -> list[Trial]:
    """Return the trials with their ``diagnosis`` and ``generalization_gap``.

    Args:
        trials: In any order.
        results: Results of their fits; others are ignored.
        metric: What the trials are ranked by.
        task: ``classification`` or ``regression``.
        n_held_out: On how many samples a fit is scored.
        n_folds: Folds a repeat; 1 for a hold-out split.
        majority: Share of the largest class, in (0, 1], or its mean over labels; not looked at for regression.
    """
    fits: dict[Candidate, list[FitResult]] = {trial.candidate: [] for trial in trials}
    for result in results:
        if result.status == "ok" and result.fit.candidate in fits:
            fits[result.fit.candidate].append(result)
    by_task = {"classification": ("accuracy", majority), "multilabel": ("binary_accuracy", majority)}
    chance = by_task.get(task, ("r2", 0.0))
    unstable = _unstable(trials, metric, n_held_out)
    found = []
    for trial in trials:
        done = fits[trial.candidate]
        words: list[str] = []
        if trial.status in (FAILED, DIVERGED):
            words.append(trial.status)
        elif done:
            learned = _last(done, f"val_{chance[0]}", trial.n_fixed)
            # Where rare classes count more, accuracy is not what was learnt for.
            is_weighted = trial.candidate.get("class_weight") is not None
            if not is_weighted and _is_at_chance(learned, *chance, n_held_out * min(n_folds, len(done))):
                words.append(NOT_LEARNING)
            shown = metric_of_curves(done, metric, task)
            error = trial.standard_error if shown == metric else None
            if _is_improving(_curves(done, f"val_{shown}"), shown, error):
                words.append(STILL_IMPROVING)
            elif _is_overfitting(_curves(done, "loss"), _curves(done, "val_loss")):
                words.append(OVERFITTING)
            if trial.candidate in unstable:
                words.append(UNSTABLE)
        found.append(replace(trial, diagnosis=tuple(words), generalization_gap=_gap(trial, metric)))
    return found


def _gap(trial: Trial, metric: str) -> float | None:
    if trial.train_score_mean is None or trial.mean is None:
        return None
    return metric_named(metric).sign * (trial.train_score_mean - trial.mean)


def _is_at_chance(learned: Floats, name: str, chance: float, n: int) -> bool:
    if len(learned) == 0 or chance >= 1:
        return False
    fold_error = float(learned.std(ddof=1)) / len(learned) ** 0.5 if len(learned) > 1 else 0.0
    if name == "r2":
        limit = max(_CHI_SQUARE / max(n, 1), _Z * fold_error)
    else:
        limit = chance + _Z * max((chance * (1 - chance) / max(n, 1)) ** 0.5, fold_error)
    return float(learned.mean()) <= limit


def _is_improving(curves: Floats | None, metric: str, standard_error: float | None) -> bool:
    if curves is None or curves.shape[1] < LEAST_EPOCHS:
        return False
    n_epochs = max(LEAST_EPOCHS, -(-curves.shape[1] // 4))
    gain, stray = _trend(curves[:, -n_epochs:])
    return metric_named(metric).sign * gain > (stray if standard_error is None else standard_error)


def _is_overfitting(train: Floats | None, held_out: Floats | None) -> bool:
    if train is None or held_out is None or train.shape != held_out.shape:
        return False
    lowest = int(held_out.mean(axis=0).argmin())
    after = held_out[:, lowest + 1 :]
    if after.shape[1] < LEAST_EPOCHS or held_out[:, -1].mean() <= train[:, -1].mean():
        return False
    rise, stray = _trend(after)
    return rise > stray and bool(train[:, -1].mean() < train[:, lowest].mean())


def _trend(curves: Floats) -> tuple[float, float]:
    """Return by how much curves change over their length, 0 if that is no more than chance, and how far points stray.

    The straight lines through the curves, (fits, epochs), share their slope.
    """
    n_fits, n_epochs = curves.shape
    time, squares = _times(n_epochs)
    spread = n_fits * squares
    centred = curves - curves.mean(axis=1, keepdims=True)
    slope = float((centred * time).sum()) / spread
    left = n_fits * n_epochs - n_fits - 1
    stray = (float(((centred - slope * time) ** 2).sum()) / left) ** 0.5
    is_significant = abs(slope) * spread**0.5 > _student(left) * stray
    return (slope * n_epochs if is_significant else 0.0), stray


@lru_cache(maxsize=1024)
def _times(n_epochs: int) -> tuple[Floats, float]:
    """Return the epochs, counted from their middle, and the sum of their squares."""
    time: Floats = np.arange(n_epochs, dtype=np.float64) - (n_epochs - 1) / 2
    return time, float((time**2).sum())


@lru_cache(maxsize=1024)
def _student(degrees_of_freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(degrees_of_freedom, 1 - LEVEL))


def _unstable(trials: Sequence[Trial], metric: str, n_held_out: int) -> set[Candidate]:
    from scipy.special import fdtri, gammaincinv

    scored = [trial for trial in trials if trial.status == "ok"]
    # Trials that were confirmed have more scores; all have the first ones.
    n_blocks = min((len(trial.scores) for trial in scored), default=0)
    if len(scored) < _LEAST_TRIALS or n_blocks < 2:
        return set()
    scores = np.array([trial.scores[:n_blocks] for trial in scored], dtype=np.float64)
    least = np.zeros(len(scored))
    if metric == "accuracy":
        least = scores.mean(axis=1) * (1 - scores.mean(axis=1)) / max(n_held_out, 1)
    elif metric != "r2" and (scores > 0).all():
        scores = np.log(scores)
    centred = scores - scores.mean(axis=1, keepdims=True)
    residuals = centred - np.median(centred, axis=0)
    residuals -= residuals.mean(axis=1, keepdims=True)
    freedom = n_blocks - 1
    variances = (residuals**2).sum(axis=1) / freedom
    # The median of chi-square over its degrees of freedom is less than 1, and knows about half of what a mean does.
    usual = float(np.median(variances)) / (2 * float(gammaincinv(freedom / 2, 0.5)) / freedom)
    limit = float(fdtri(freedom, (len(scored) - 1) * freedom / 2, 1 - _UNSTABLE_LEVEL / len(scored)))
    tiny = (1e-9 * float(np.abs(scores).max())) ** 2
    return {
        trial.candidate
        for trial, variance, floor in zip(scored, variances, least, strict=True)
        if variance > max(limit * max(usual, float(floor)), tiny)
    }


def _curves(results: Sequence[FitResult], name: str) -> Floats | None:
    """Return the curves of this name, (fits, epochs).

    None if there is none, or they are of different lengths, or a fit was stopped because it got no better.
    """
    if any(result.best_epoch not in (None, result.n_epochs) for result in results):
        return None
    curves = [result.curve.get(name, ()) for result in results]
    if not curves[0] or any(len(curve) != len(curves[0]) for curve in curves):
        return None
    found = np.array(curves, dtype=np.float64)
    return found if np.isfinite(found).all() else None


def _last(results: Sequence[FitResult], name: str, n_fixed: int) -> Floats:
    """Return the last values of the fits that have any, or where repeats have the same splits of the splits."""
    there = [result for result in results if result.curve.get(name)]
    last = np.array([result.kept_curve[name][-1] for result in there], dtype=np.float64)
    if n_fixed < 2:
        return last
    folds = np.array([result.fit.fold for result in there])
    return np.array([last[folds == fold].mean() for fold in np.unique(folds)], dtype=np.float64)
