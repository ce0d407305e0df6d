"""From ``cv_results_`` to the run that reports are made of."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, Any

from kerasgrid.axes.candidate import Candidate
from kerasgrid.errors import RunError
from kerasgrid.fits.metric import metric_named
from kerasgrid.insight.ranking import Trial
from kerasgrid.model_selection.shown import shown_params

if TYPE_CHECKING:
    from kerasgrid.run.run import Run

_RESOURCES = ("iter", "n_resources")
"""Columns of a halving search: how far a candidate came, and with how much."""


def metric_of(search: Any, metric: str | None = None) -> str:
    """Return the suffix of the metric's columns in ``cv_results_``: ``score``, or the name of one of several.

    Raises:
        NotFittedError: if the search is not fitted.
        TypeError: if it is no search.
        RunError: if there are several metrics and none is named, or there is no metric of that name.
    """
    check_fitted(search)
    names = [key.removeprefix("mean_test_") for key in search.cv_results_ if key.startswith("mean_test_")]
    if metric is None:
        metric = names[0] if len(names) == 1 else search.refit if isinstance(search.refit, str) else None
    if metric is None:
        raise RunError(
            "which of several metrics is meant must be said",
            where=type(search).__name__,
            got=f"refit={_short(search.refit)}",
            hint=f"pass metric=, one of {', '.join(names)}",
        )
    if metric not in names:
        if names == ["score"] and metric == shown_metric(search, "score"):
            return "score"
        raise RunError(
            f"the search has no metric {metric}", where=type(search).__name__, hint=f"it has {', '.join(names)}"
        )
    return metric


def check_fitted(search: Any) -> None:
    """Check that this is a fitted search.

    Raises:
        NotFittedError: if it is a search that is not fitted.
        TypeError: if it is none.
    """
    from sklearn.utils.validation import check_is_fitted

    if not (hasattr(search, "cv_results_") or hasattr(search, "refit")):
        raise TypeError(f"a search of scikit-learn is needed, as GridSearchCV, got {type(search).__name__}")
    check_is_fitted(search, "cv_results_")


def shown_metric(search: Any, name: str) -> str:
    """Return the metric's name for people: the scorer's where there is only one and it has a name."""
    if name == "score":
        scoring = search.scoring
        function = getattr(scoring, "_score_func", scoring)
        label = scoring if isinstance(scoring, str) else getattr(function, "__name__", name)
        name = label if "<" not in label else name
    # Our own losses of these names are the better the smaller; scikit-learn's scores the better the greater.
    return name if metric_named(name).greater_is_better else f"{name} score"


def chosen_trials(search: Any, metric: str | None = None, *, resources: bool = False) -> list[tuple[int, Trial]]:
    """Return the trials with their rows in ``cv_results_``; the one that was chosen first, then by score.

    Args:
        search: A fitted search.
        metric: As for :func:`metric_of`.
        resources: Whether a halving search's iteration and resources count as parameters.
    """
    name = metric_of(search, metric)
    results = search.cv_results_
    chosen = _chosen(search, name)
    latest = results.get("iter", [0] * len(results["params"]))
    trials = [_trial(search, index, name, resources) for index in range(len(results["params"]))]

    def place(index: int) -> tuple[float, ...]:
        mean = trials[index].mean
        return index != chosen, mean is None, -latest[index], 0.0 if mean is None else -mean

    order = sorted(range(len(trials)), key=place)
    return [(index, _ranked(trials[index], rank)) for rank, index in enumerate(order, start=1)]


def run_of(search: Any, metric: str | None = None, *, resources: bool = False) -> Run:
    """Return a fitted search as a run; scores are in scikit-learn's sign.

    Args:
        search: A fitted search.
        metric: As for :func:`metric_of`.
        resources: As for :func:`chosen_trials`.
    """
    from kerasgrid.model_selection.stratified import classifies
    from kerasgrid.run.run import Run

    trials = [trial for _, trial in chosen_trials(search, metric, resources=resources)]
    known: dict[str, Any] = getattr(search, "_facts", None) or {}
    results = search.cv_results_
    n_fits = len(trials) * search.n_splits_
    spent = sum(float(results[f"mean_{part}_time"].sum()) for part in ("fit", "score")) * search.n_splits_
    classes = getattr(search.best_estimator_, "classes_", ()) if hasattr(search, "best_estimator_") else ()
    seed = search.estimator.get_params(deep=False).get("random_state")
    return Run(
        name=f"{type(search).__name__} of {estimator_name(search.estimator)}",
        dataset=known.get("dataset", {}),
        metric=shown_metric(search, metric_of(search, metric)),
        task="classification" if classifies(search.estimator) else "regression",
        classes=tuple(str(label) for label in classes),
        n_folds=search.n_splits_,
        n_repeats=1,
        n_fits_asked=n_fits,
        n_fits_done=n_fits,
        seed=int(seed) if isinstance(seed, int) and not isinstance(seed, bool) else None,
        trials=trials,
        log_axes=_log_axes(search),
        elapsed=known.get("elapsed", spent if math.isfinite(spent) else 0.0),
        created=known.get("created", ""),
    )


def estimator_name(estimator: Any) -> str:
    """Return the estimator's class; of a pipeline, that of its last step."""
    steps = getattr(estimator, "steps", None)
    return estimator_name(steps[-1][1]) if steps else type(estimator).__name__


def _chosen(search: Any, name: str) -> int | None:
    """Return the row of the candidate that the search chose, if it was by this metric or by a function of all."""
    is_by_it = not search.multimetric_ or search.refit == name or callable(search.refit)
    return int(search.best_index_) if is_by_it and hasattr(search, "best_index_") else None


def _trial(search: Any, index: int, name: str, resources: bool) -> Trial:
    results = search.cv_results_
    found = [float(results[f"split{split}_test_{name}"][index]) for split in range(search.n_splits_)]
    scores = tuple(score if math.isfinite(score) else None for score in found)
    good = [score for score in scores if score is not None]
    is_ok = len(good) == len(scores)
    params = shown_params(results["params"][index])
    if resources:
        params |= {key: int(results[key][index]) for key in _RESOURCES if key in results}
    train = float(results[f"mean_train_{name}"][index]) if f"mean_train_{name}" in results else math.nan
    errors = (getattr(search, "_facts", None) or {}).get("errors", {})
    error = errors.get(index, None if is_ok else "a score is not a finite number")
    return Trial(
        candidate=Candidate(params),
        rank=0,
        scores=scores,
        mean=statistics.fmean(good) if is_ok else None,
        std=statistics.pstdev(good) if is_ok else None,
        standard_error=statistics.stdev(good) / math.sqrt(len(good)) if is_ok and len(good) > 1 else None,
        train_score_mean=train if math.isfinite(train) else None,
        mean_seconds=float(results["mean_fit_time"][index]),
        std_seconds=float(results["std_fit_time"][index]),
        n_parameters=None,
        status="ok" if is_ok else "failed",
        error=error,
        fits_done=len(good),
    )


def _ranked(trial: Trial, rank: int) -> Trial:
    from dataclasses import replace

    return replace(trial, rank=rank)


def _log_axes(search: Any) -> frozenset[str]:
    """Return the parameters that were drawn from scipy's loguniform."""
    spaces = getattr(search, "param_distributions", {})
    drawn = [item for space in ([spaces] if isinstance(spaces, dict) else spaces) for item in space.items()]
    return frozenset(
        name for name, axis in drawn if getattr(getattr(axis, "dist", None), "name", "") in ("loguniform", "reciprocal")
    )


def _short(value: Any) -> str:
    return "a function" if callable(value) else repr(value)
