"""Metrics of held-out predictions by scikit-learn's own functions, under the names of its scorers.

Its scorers are the better the greater; those of errors begin with ``neg_``. An error goes by its plain name, too.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from kerasgrid.fits.metric_row import Metric, Needs

if TYPE_CHECKING:
    from kerasgrid.fits.predictions import Predictions

_CLASSES, _LABELS, _NUMBERS = "classification", "multilabel", "regression"
_BOTH = (_CLASSES, _LABELS)
_MEANS = {
    "macro": "mean over classes",
    "micro": "over all classes together",
    "weighted": "mean over classes by their sizes",
}


def _sklearn(name: str) -> Any:
    # Imported when a fit asks for it: a worker that does not is up sooner.
    return getattr(import_module("sklearn.metrics"), name)


def _ours(name: str, **options: Any) -> Any:
    """Return a function of :mod:`kerasgrid.fits.areas`, which needs NumPy, to be imported as late."""
    return partial(_area, name, options)


def _area(name: str, options: dict[str, Any], p: Predictions) -> float:
    from kerasgrid.fits import areas

    return float(getattr(areas, name)(p, **options))


def _of_labels(function: str, options: dict[str, Any], p: Predictions) -> float:
    return float(_sklearn(function)(p.true, p.labels, **options))


def _of_scores(function: str, options: dict[str, Any], p: Predictions) -> float:
    """Of two classes the positive one's, as scikit-learn's scorers take them."""
    is_binary = p.task == _CLASSES and p.n_outputs == 2
    return float(_sklearn(function)(p.true, p.positive if is_binary else p.scores, **options))


def _of_all_scores(function: str, options: dict[str, Any], p: Predictions) -> float:
    return float(_sklearn(function)(p.true, p.scores, labels=range(p.n_outputs), **options))


def _brier(p: Predictions) -> float:
    if p.n_outputs == 2:
        return _of_scores("brier_score_loss", {}, p)
    return _of_all_scores("brier_score_loss", {}, p)


def _likelihood_ratio(scorer: str, p: Predictions) -> float:
    # What stands for an undefined one differs between versions: the scorer knows.
    return float(_sklearn("get_scorer")(scorer)._score_func(p.true, p.labels))


def _share(name: str, label: str, task: Any, of: Any, **needs: Any) -> Metric:
    return Metric(name, label, True, task, low=0.0, high=1.0, of_predictions=of, needs=Needs(**needs))


def _averaged(stem: str, function: str, label: str) -> list[Metric]:
    """Return the row of two classes, and those of the ways to make one number for all classes or labels."""
    near = tuple(f"{stem}_{mean}" for mean in _MEANS)
    of = partial(_of_labels, function, {})
    rows = [_share(stem, f"{label} (of the second class)", _CLASSES, of, n_classes=2, near=near)]
    for mean, words in _MEANS.items():
        of = partial(_of_labels, function, {"average": mean})
        rows.append(_share(f"{stem}_{mean}", f"{label} ({words})", _BOTH, of))
    of = partial(_of_labels, function, {"average": "samples"})
    return [*rows, _share(f"{stem}_samples", f"{label} (mean over samples)", _LABELS, of)]


def _areas() -> list[Metric]:
    near = ("balanced_accuracy", "f1_macro")
    rows = [
        _share("roc_auc", "area under the ROC curve", _BOTH, _ours("roc_auc"), n_classes=2, every_class=True,
               near=("roc_auc_ovr", "roc_auc_ovo", *near)),
    ]  # fmt: skip
    for kind, pairs in {"ovr": "each class against the rest", "ovo": "each pair of classes"}.items():
        for is_weighted in (False, True):
            name = f"roc_auc_{kind}" + ("_weighted" if is_weighted else "")
            label = f"area under the ROC curve ({pairs}{', by their sizes' if is_weighted else ''})"
            of = _ours(f"roc_auc_{kind}", is_weighted=is_weighted)
            rows.append(_share(name, label, _CLASSES, of, every_class=True, near=near))
    of = _ours("average_precision")
    rows.append(_share("average_precision", "average precision", _BOTH, of, every_class=True, near=("f1_macro",)))
    return rows


def _error(name: str, scorer: str, label: str, task: str, of: Any, unit: str = "", **needs: Any) -> list[Metric]:
    """Return the rows of an error, by its plain name and by that of scikit-learn's scorer, which negates it."""
    plain = Metric(name, label, False, task, unit=unit, low=0.0, of_predictions=of, needs=Needs(**needs))
    negated = replace(plain, name=scorer, label=f"−{label}", greater_is_better=True, low=None, high=0.0,
                      of_predictions=partial(_negated, of))  # fmt: skip
    return [plain, negated]


def _negated(of: Any, p: Predictions) -> float:
    return -float(of(p))


def _of_numbers(function: str, p: Predictions) -> float:
    return float(_sklearn(function)(p.true, p.labels))


def _numbers() -> list[Metric]:
    square, plain = "target unit squared", "target unit"
    errors: list[tuple[str, str, str, str, dict[str, Any]]] = [
        ("rmse", "neg_root_mean_squared_error", "root mean squared error", plain, {}),
        ("median_absolute_error", "neg_median_absolute_error", "median absolute error", plain, {}),
        ("max_error", "neg_max_error", "largest error", plain, {"one_target": True}),
        ("mape", "neg_mean_absolute_percentage_error", "mean relative error", "share of the target", {}),
        ("msle", "neg_mean_squared_log_error", "mean squared error of log(1 + target)", "", {"least": 0.0}),
        ("rmsle", "neg_root_mean_squared_log_error", "root mean squared error of log(1 + target)", "", {"least": 0.0}),
        ("mean_poisson_deviance", "neg_mean_poisson_deviance", "mean Poisson deviance", "",
         {"least": 0.0, "one_target": True}),
        ("mean_gamma_deviance", "neg_mean_gamma_deviance", "mean gamma deviance", "",
         {"above": 0.0, "one_target": True}),
    ]  # fmt: skip
    rows = []
    for name, scorer, label, unit, needs in errors:
        function = {"mape": "mean_absolute_percentage_error"}.get(name, scorer.removeprefix("neg_"))
        head = f"{label} ({unit})" if unit else label
        rows += _error(name, scorer, head, _NUMBERS, partial(_of_numbers, function), unit, **needs)
    for scorer, label, unit in (
        ("neg_mean_squared_error", "mean squared error", square),
        ("neg_mean_absolute_error", "mean absolute error", plain),
    ):
        of = partial(_of_numbers, scorer.removeprefix("neg_"))
        rows.append(_error("", scorer, f"{label} ({unit})", _NUMBERS, of, unit)[1])
    for name, function, label in (
        ("explained_variance", "explained_variance_score", "explained variance"),
        ("d2_absolute_error_score", "d2_absolute_error_score", "D² of absolute errors"),
    ):
        of = partial(_of_numbers, function)
        rows.append(Metric(name, f"{label} (share)", True, _NUMBERS, unit="share", high=1.0, of_predictions=of))
    return rows


SCORERS: tuple[Metric, ...] = (
    _share("balanced_accuracy", "balanced accuracy (mean recall of the classes)", _CLASSES,
           partial(_of_labels, "balanced_accuracy_score", {})),
    *_averaged("f1", "f1_score", "F1"),
    *_averaged("precision", "precision_score", "precision"),
    *_averaged("recall", "recall_score", "recall"),
    *_averaged("jaccard", "jaccard_score", "Jaccard index"),
    *_areas(),
    Metric("matthews_corrcoef", "Matthews correlation", True, _CLASSES, low=-1.0, high=1.0,
           of_predictions=partial(_of_labels, "matthews_corrcoef", {})),
    *_error("log_loss", "neg_log_loss", "log loss", _CLASSES, partial(_of_all_scores, "log_loss", {})),
    *_error("brier_score", "neg_brier_score", "Brier score", _CLASSES, _brier),
    Metric("d2_log_loss_score", "D² of the log loss (share)", True, _CLASSES, high=1.0,
           of_predictions=partial(_of_all_scores, "d2_log_loss_score", {})),
    Metric("d2_brier_score", "D² of the Brier score (share)", True, _CLASSES, high=1.0,
           of_predictions=partial(_of_all_scores, "d2_brier_score", {}), needs=Needs(scikit_learn=(1, 8))),
    _share("top_k_accuracy", "right class among the two most probable (share of samples)", _CLASSES,
           partial(_of_all_scores, "top_k_accuracy_score", {"k": 2}), least_classes=3, near=("balanced_accuracy",)),
    Metric("positive_likelihood_ratio", "positive likelihood ratio", True, _CLASSES, low=0.0,
           of_predictions=partial(_likelihood_ratio, "positive_likelihood_ratio"),
           needs=Needs(n_classes=2, every_class=True)),
    _error("", "neg_negative_likelihood_ratio", "negative likelihood ratio", _CLASSES,
           partial(_likelihood_ratio, "neg_negative_likelihood_ratio"), n_classes=2, every_class=True)[1],
    *_numbers(),
)  # fmt: skip
"""A row for every scorer of scikit-learn that suits held-out predictions, besides those that every fit records."""
