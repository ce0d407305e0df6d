"""``best_params.json``: the winner, for programs to read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from kerasgrid.data.columns import Columns
from kerasgrid.fits.fit import FinalResult
from kerasgrid.insight.ensembles import EnsembleFound
from kerasgrid.insight.gain import Gain
from kerasgrid.insight.ties import CONFIDENCE, TieSet
from kerasgrid.models.layout import aliases
from kerasgrid.run.run import Run

_DATASET_KEYS = ("name", "source", "fingerprint", "n_train", "n_test", "input_shape")


def best_params(run: Run) -> dict[str, Any] | None:
    """Return the content of ``best_params.json``; None if no trial has a score.

    ``mean``, ``standard_error``, ``std`` and ``scores`` are the metric on held-out folds, in its own sign and unit
    (losses are not negated here). ``status`` is ``complete`` once every fit that was asked for is done, else
    ``partial``. ``tie_set`` has the trials that cannot be told from the winner with 95% confidence, the winner
    first, and the cheapest of them; with too few fits to tell, it has the reason instead. ``baselines`` has the
    simple models that were asked for, whose ``verdict`` is ``behind``, ``tied`` or ``ahead`` of the winner with 95%
    confidence. ``confirmed`` is the number of trials with more repeats than the search gave all of them. ``gain`` is
    how much better the winner of the search was than the default by new repeats of both; null without these.
    ``ensemble`` is what came of joining trials; if it is ``taken``, it is the model. ``test`` is null without a test
    set or before the winner is refitted. ``classes`` are in the order of the model's outputs, ``columns`` are the
    inputs of a table's model. ``device`` is what all fits were trained on. A number that is not finite is null.
    """
    best = run.best
    if best is None:
        return None
    params = {name: list(value) if isinstance(value, tuple) else value for name, value in best.candidate.items()}
    content = {
        "name": run.name,
        "params": params,
        "model": params.get("model"),
        "metric": run.metric,
        "mean": best.mean,
        "standard_error": best.standard_error,
        "std": best.std,
        "scores": best.scores,
        "folds": run.n_folds,
        "repeats": run.n_repeats,
        "confirmed": run.n_confirmed,
        "gain": _gain(run.gain),
        "tie_set": _tie_set(run.tie_set),
        "ensemble": _ensemble(run.ensemble),
        "baselines": _baselines(run),
        "n_candidates": len(run.trials),
        "n_fits": {"asked": run.n_fits_asked, "done": run.n_fits_done},
        "status": "complete" if run.complete else "partial",
        "test": _test(run),
        "classes": list(run.classes) or None,
        "targets": run.dataset.get("targets"),
        **_inputs(run),
        "final_training": _final_training(run),
        "dataset": {key: run.dataset.get(key) for key in _DATASET_KEYS},
        "seed": run.seed,
        # Who trains a search of scikit-learn's is the user's.
        "device": None if run.space is None else run.device,
        "versions": run.versions,
        "created": run.created,
    }
    return {name: _strict(value) for name, value in content.items()}


def _inputs(run: Run) -> dict[str, Any]:
    """Return what ``model.keras`` takes: the columns of a table, by name, and those that are left out."""
    if "columns" not in run.dataset:
        takes = "images of bytes, 0 … 255" if run.dataset.get("is_bytes") else "arrays as they are"
        return {"inputs": takes, "columns": None, "left_out": None}
    columns = Columns.from_dict(run.dataset["columns"])
    called = aliases(columns)
    given = {
        column.name: {
            "kind": column.kind,
            "type": "text" if column.is_text else "float",
            "input": called.get(column.name, column.name),
            **({"levels": column.levels} if column.levels else {}),
        }
        for column in columns.given
    }
    takes = "a dictionary of these columns, dates as days since 1970-01-01, NaN for gaps"
    return {"inputs": takes, "columns": given, "left_out": columns.left_out}


def _tie_set(ties: TieSet) -> dict[str, Any]:
    cheapest = ties.cheapest
    return {
        "reason": ties.reason,
        "confidence": CONFIDENCE,
        "compared": ties.n_compared,
        "size": len(ties.trials),
        "candidates": [trial.candidate.id for trial in ties.trials],
        "cheapest": None
        if cheapest is None
        else {
            "candidate": cheapest.candidate.id,
            "rank": cheapest.rank,
            "params": dict(cheapest.candidate),
            "mean": cheapest.mean,
            "n_parameters": cheapest.n_parameters,
            "seconds": cheapest.mean_seconds,
        },
    }


def _baselines(run: Run) -> dict[str, Any] | None:
    if not run.baselines:
        return None
    return {
        one.name: {
            "label": one.label,
            "mean": one.mean,
            "standard_error": one.standard_error,
            "scores": one.scores,
            "seconds": one.seconds,
            "verdict": one.verdict,
            "error": one.error,
        }
        for one in run.baselines
    }


def _gain(gain: Gain | None) -> dict[str, Any] | None:
    if gain is None:
        return None
    return {
        "mean": gain.mean,
        "standard_error": gain.standard_error,
        "fits": gain.n_fits,
        "tuned": dict(gain.tuned),
        "default": dict(gain.default),
    }


def _ensemble(found: EnsembleFound | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "taken": found.is_taken,
        "gain": found.gain,
        "standard_error": found.standard_error,
        "networks": found.n_networks,
        "n_parameters": found.n_parameters,
        "members": [
            {"count": count, "params": dict(candidate)}
            for candidate, count in zip(found.candidates, found.counts, strict=True)
            if count
        ],
    }


def _test(run: Run) -> dict[str, Any] | None:
    final = run.final
    if final is None or final.test is None:
        return None
    matrix = (
        {} if final.confusion_matrix is None else {"confusion_matrix": final.confusion_matrix, "classes": run.classes}
    )
    return {**final.test, **matrix}


def _final_training(run: Run) -> dict[str, Any] | None:
    final = run.final
    if final is None:
        return None
    last = {name: values[-1] for name, values in final.curve.items() if values}
    return {"status": final.status, "error": final.error, "seconds": final.seconds, **_ended(run, final), **last}


def _ended(run: Run, final: FinalResult) -> dict[str, Any]:
    """Return when early stopping ended the refit; nothing without it."""
    is_ensemble = run.ensemble is not None and run.ensemble.is_taken
    if run.best is None or not run.best.best_epochs or is_ensemble:
        return {}
    return {"epochs": max(map(len, final.curve.values()), default=0), "best_epoch": final.best_epoch}


def _strict(value: Any) -> Any:
    """Return the value in plain types of JSON, None for numbers that JSON does not know."""
    if isinstance(value, Mapping):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_strict(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
