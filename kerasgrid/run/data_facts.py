"""What a plan keeps of its data, for reports and so that it can be rebuilt from a store without the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold, notes_on_folds
from kerasgrid.run.given_splits import facts_of_splits
from kerasgrid.space.spec import Space

GROUPS_AND_TIMES = "groups_and_times"
"""The fact of their hash, where there are any: fits that watch samples choose them by these."""


def facts_of(dataset: Dataset, folds: Sequence[Fold], space: Space) -> dict[str, Any]:
    """Return the facts that are kept of a data set, as JSON holds them.

    Args:
        dataset: The data set.
        folds: Those of all repeats of the space.
        space: What is asked of it.
    """
    how = {"cv": space.cv, "validation_split": space.validation_split, "repeats": space.repeats}
    notes = [*dataset.notes, *notes_on_folds(dataset, folds, **how)]  # type: ignore[arg-type]
    notes += _notes_on_metric(dataset, space.metric_for(dataset.task))
    return {
        "name": dataset.name,
        "source": dataset.source,
        "fingerprint": dataset.fingerprint,
        "n_train": len(dataset.x_train),
        "n_test": 0 if dataset.x_test is None else len(dataset.x_test),
        "input_shape": list(dataset.input_shape),
        **_majority(dataset),
        **_columns(dataset),
        **({GROUPS_AND_TIMES: dataset.splits.fingerprint} if dataset.splits.fingerprint else {}),
        **facts_of_splits(dataset, folds[: len(folds) // space.repeats]),
        **({"notes": notes} if notes else {}),
    }


def _notes_on_metric(dataset: Dataset, metric: str) -> list[str]:
    if dataset.has_unlike_targets and metric in ("mse", "mae"):
        return [f'several targets: {metric} is mostly the largest one\'s; "metric": "r2" weighs them alike']
    return []


def _majority(dataset: Dataset) -> dict[str, float]:
    """Return the share of the largest class, which a model reaches without learning; nothing for regression.

    Of several labels it is the mean of each one's.
    """
    if dataset.task == "regression":
        return {}
    if dataset.task == "multilabel":
        held = dataset.y_train.mean(axis=0, dtype=np.float64)
        return {"majority": float(np.maximum(held, 1 - held).mean())}
    return {"majority": float(np.bincount(dataset.y_train).max() / len(dataset.y_train))}


def _columns(dataset: Dataset) -> dict[str, Any]:
    """Return what is kept of a table's columns and of what is to be predicted; nothing that is not there."""
    facts = {
        "columns": None if dataset.columns is None else dataset.columns.to_dict(),
        "targets": list(dataset.targets),
    }
    kept = {name: fact for name, fact in facts.items() if fact}
    # Runs of before this was kept have none: their models take what images were made into.
    return kept | ({"is_bytes": dataset.is_bytes} if dataset.has_images else {})
