"""What of a run is used again when its search is asked anew with a change: all that is exactly valid, and nothing else.

One table: the change, and whether fits are reused or trained anew. Trained is by the fake fitter, so that it is quick;
what the keys of fits are made of does not depend on who trains.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from support.plans import dataset
from support.trials import noise

from kerasgrid.api.searching import carry_out, dataset_for, prepare
from kerasgrid.data.dataset import Dataset
from kerasgrid.fits import fit as fit_module
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.reports.ahead.illustrator import NoIllustrator
from kerasgrid.run.watcher import Silence
from kerasgrid.space.spec import space_from_dict

Change = Mapping[str, Any]

PARAMS: dict[str, Any] = {"hidden_units": [[4], [8]], "learning_rate": [0.001, 0.01], "epochs": 4}
DOCUMENT: dict[str, Any] = {"name": "reuse", "dataset": "digits", "cv": 2, "race": False, "params": PARAMS}
N = 8
"""Fits of that: four candidates, two folds."""
KINDS = {"cpu": 4, "gpu": 1}
"""Devices. So small a search is trained on the CPU, if nobody says otherwise."""


def searched(
    folder: Path, document: Mapping[str, Any], data: Dataset | None = None, device: str = "auto"
) -> FakeFitter:
    """Search, and return who trained: on a machine that has all devices."""
    space = space_from_dict(document)
    fitter = FakeFitter(
        lambda fit: noise(fit.candidate.id, fit.fold, fit.repeat), metric=space.metric or "accuracy", kinds=KINDS
    )
    fitter.ask(device)
    prepared = prepare(space, folder, dataset() if data is None else data)
    outcome = carry_out(prepared, fitter, Silence(), illustrator=NoIllustrator(), publishes=False)
    assert outcome.end == "complete"
    return fitter


def n_trained(folder: Path, document: Mapping[str, Any], data: Dataset | None = None, device: str = "auto") -> int:
    return len(searched(folder, document, data, device).trained)


def params(**changes: Any) -> Change:
    return {"params": {**PARAMS, **changes}}


# The change, and how many fits it trains; all others are reused.
GROWN: Mapping[str, tuple[Change, int]] = {
    "nothing": ({}, 0),
    "another name": ({"name": "other"}, 0),
    "a value more": (params(learning_rate=[0.001, 0.01, 0.1]), 4),
    "a value less": (params(learning_rate=[0.001]), 0),
    "values in another order": (params(learning_rate=[0.01, 0.001]), 0),
    "the same values, told otherwise": (params(learning_rate={"log_space": {"low": 0.001, "high": 0.01, "num": 2}}), 0),
    "an axis of its default": (params(dropout=0.0), 0),
    "an axis of its default and another value": (params(dropout=[0.0, 0.5]), N),
    "all that has a default, told": (params(optimizer="Adam", batch_size=32, l2=0.0, activation="relu"), 0),
    "an alias of a value": (params(loss="scce"), 0),
    "another grid beside it": ({"params": [PARAMS, {"hidden_units": [[16]], "epochs": 4}]}, 2),
    "a repeat more": ({"repeats": 2}, N),
    "two repeats more": ({"repeats": 3}, 2 * N),
    "another strategy of the same candidates": (
        {
            "strategy": "list",
            "params": {"epochs": 4},
            "candidates": [
                {"name": f"{units} {rate}", "params": {"hidden_units": units, "learning_rate": rate}}
                for units in ([4], [8])
                for rate in (0.001, 0.01)
            ],
        },
        0,
    ),
    "a metric that was measured anyway": ({"metric": "loss"}, 0),
    "a race": ({"race": "folds"}, 0),
    "states kept": ({"keep_states": "1MB"}, 0),
}

ANEW: Mapping[str, Change] = {
    "another seed": {"seed": 1},
    "more folds, whose training samples are others": {"cv": 3},
    "a hold-out split": {"cv": None, "validation_split": 0.2},
    "other epochs": params(epochs=5),
    "another batch size": params(batch_size=5),
    "another loss": params(loss="focal"),
    "another optimizer": params(optimizer="SGD"),
    "averaged weights": params(ema_momentum=0.9),
    "early stopping": params(early_stopping={"patience": 2}),
    "a schedule": params(learning_rate_schedule="cosine"),
    "weights of classes": params(class_weight="balanced"),
    "other initial weights": params(kernel_initializer="he_normal"),
    "a penalty": params(l2=0.01),
    "scaled numbers": params(scaling="standard"),
    "a metric of predictions, which were not kept": {"metric": "f1_macro"},
    "curves of the steps": {"curve_every": 2},
}


@pytest.mark.parametrize("name", GROWN)
def test_what_is_valid_is_reused(tmp_path: Path, name: str) -> None:
    change, expected = GROWN[name]
    assert n_trained(tmp_path, DOCUMENT) == N
    assert n_trained(tmp_path, {**DOCUMENT, **change}) == expected
    # And what there was before is still there.
    assert n_trained(tmp_path, DOCUMENT) == 0


@pytest.mark.parametrize("name", ANEW)
def test_what_is_not_valid_is_trained_anew(tmp_path: Path, name: str) -> None:
    assert n_trained(tmp_path, DOCUMENT) == N
    trained = n_trained(tmp_path, {**DOCUMENT, **ANEW[name]})
    assert trained == n_trained(tmp_path / "alone", {**DOCUMENT, **ANEW[name]}) > 0
    assert n_trained(tmp_path, DOCUMENT) == 0


def test_more_trials_train_those_alone(tmp_path: Path) -> None:
    drawn = {"learning_rate": {"log_uniform": {"low": 1e-4, "high": 0.1}}, "epochs": 4}
    document = {**DOCUMENT, "strategy": "random", "params": drawn}
    assert n_trained(tmp_path, {**document, "trials": 5}) == 10
    assert n_trained(tmp_path, {**document, "trials": 8}) == 6
    assert n_trained(tmp_path, {**document, "trials": 3}) == 0


# Of the device: the one before, the one after, and how many fits are trained. "auto" goes on with what there was.
ON_DEVICES = [("auto", "cpu", 0), ("cpu", "auto", 0), ("gpu", "auto", 0), ("gpu", "gpu", 0), ("gpu", "cpu", N),
              ("cpu", "gpu", N), ("auto", "gpu", N)]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "expected"), ON_DEVICES)
def test_what_was_trained_on_one_kind_of_device_is_none_of_another(
    tmp_path: Path, before: str, after: str, expected: int
) -> None:
    assert n_trained(tmp_path, DOCUMENT, device=before) == N
    assert n_trained(tmp_path, DOCUMENT, device=after) == expected
    # And what there was before is still there.
    assert n_trained(tmp_path, DOCUMENT, device=before) == 0
    # More of it is trained where it was.
    assert n_trained(tmp_path, {**DOCUMENT, "repeats": 2}) == N


# Of the engine: what computes other numbers raises its version.
VERSIONS: Mapping[str, int] = {"ENGINE_VERSION": N, "CONVOLUTIONS_VERSION": 0, "OWN_MODELS_VERSION": 0}


@pytest.mark.parametrize("name", VERSIONS)
def test_a_version_of_the_engine_trains_anew_what_it_is_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert n_trained(tmp_path, DOCUMENT) == N
    monkeypatch.setattr(fit_module, name, getattr(fit_module, name) + 1)
    fit_module._params_text.cache_clear()
    try:
        assert n_trained(tmp_path, DOCUMENT) == VERSIONS[name]
    finally:
        fit_module._params_text.cache_clear()


# Of the data: arrays.


def test_data_that_is_the_same_is_reused_from_wherever_it_is(tmp_path: Path) -> None:
    data = dataset()
    assert n_trained(tmp_path, DOCUMENT, data) == N
    assert n_trained(tmp_path, DOCUMENT, replace(data, name="other", source="elsewhere")) == 0


def test_another_test_set_only_repeats_the_refit(tmp_path: Path) -> None:
    first = searched(tmp_path, DOCUMENT)
    second = searched(tmp_path, DOCUMENT, dataset(test_shift=1.0))
    assert [len(fitter.trained) for fitter in (first, second)] == [N, 0]
    assert [len(fitter.refitted) for fitter in (first, second)] == [1, 1]


@pytest.mark.parametrize("change", ["a sample", "a label", "an order", "a weight", "a sample less"])
def test_data_that_is_not_the_same_is_trained_anew(tmp_path: Path, change: str) -> None:
    data = dataset()
    x, y = data.x_train.copy(), data.y_train.copy()
    changed = {"x_train": x, "y_train": y}
    if change == "a sample":
        x[3, 2] += 1e-3
    elif change == "a label":
        y[0] = 1
    elif change == "an order":
        changed = {"x_train": x[::-1].copy(), "y_train": y[::-1].copy()}
    elif change == "a weight":
        changed["weights"] = np.ones(len(x), np.float32)
    else:
        changed = {"x_train": x[1:].copy(), "y_train": y[1:].copy()}
    assert n_trained(tmp_path, DOCUMENT, data) == N
    assert n_trained(tmp_path, DOCUMENT, replace(data, **changed)) == N
    assert n_trained(tmp_path, DOCUMENT, data) == 0


# Of the data: tables.


def table() -> pd.DataFrame:
    n = np.arange(40)
    columns = {"size": n % 7 + 0.5, "code": n % 5, "word": np.array(["a", "b", "c"])[n % 3], "who": n // 2}
    return pd.DataFrame({**columns, "kind": np.array(["no", "yes"])[n % 2]})


def of_table(path: Path, **options: Any) -> dict[str, Any]:
    said = {"path": str(path), "target": "kind", "columns": {"code": "number", "who": "number"}, **options}
    return {**DOCUMENT, "dataset": said}


def n_trained_on(folder: Path, document: dict[str, Any]) -> int:
    space = space_from_dict(document)
    return n_trained(folder, document, dataset_for(space, folder=folder))


WRITTEN: Mapping[str, tuple[str, Callable[[pd.DataFrame, Path], None]]] = {
    "another file": ("other.csv", lambda frame, path: frame.to_csv(path, index=False)),
    "other separators": ("mine.tsv", lambda frame, path: frame.to_csv(path, index=False, sep="\t")),
    "more decimals": ("mine.csv", lambda frame, path: frame.to_csv(path, index=False, float_format="%.4f")),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_table_of_the_same_values_is_reused(tmp_path: Path, name: str) -> None:
    file, write = WRITTEN[name]
    table().to_csv(tmp_path / "mine.csv", index=False)
    assert n_trained_on(tmp_path / "run", of_table(tmp_path / "mine.csv")) == N
    write(table(), tmp_path / file)
    assert n_trained_on(tmp_path / "run", of_table(tmp_path / file)) == 0


READ: Mapping[str, Change] = {
    "a number that is a category now": {"columns": {"code": "category", "who": "number"}},
    "a column dropped": {"drop": ["word"]},
    "a mark of gaps": {"missing": ["0.5"]},
    "a group": {"group": "who"},
    "an order in time": {"time": "who"},
    "weights": {"weight": "size"},
    "a test set kept": {"test_split": 0.25},
}


@pytest.mark.parametrize("name", READ)
def test_a_table_that_is_read_otherwise_is_trained_anew(tmp_path: Path, name: str) -> None:
    table().to_csv(tmp_path / "mine.csv", index=False)
    assert n_trained_on(tmp_path / "run", of_table(tmp_path / "mine.csv")) == N
    said = dict(READ[name])
    named = {said.get(key) for key in ("group", "time", "weight")}
    kinds = {column: kind for column, kind in {"code": "number", "who": "number"}.items() if column not in named}
    assert n_trained_on(tmp_path / "run", of_table(tmp_path / "mine.csv", **{"columns": kinds, **said})) == N
    assert n_trained_on(tmp_path / "run", of_table(tmp_path / "mine.csv")) == 0


PREPARED: Mapping[str, Change] = {
    "the scaling": params(scaling="robust"),
    "how words are given": params(one_hot_max=1),
}


@pytest.mark.parametrize("name", PREPARED)
def test_a_table_that_is_prepared_otherwise_is_trained_anew(tmp_path: Path, name: str) -> None:
    table().to_csv(tmp_path / "mine.csv", index=False)
    asked = of_table(tmp_path / "mine.csv")
    assert n_trained_on(tmp_path / "run", asked) == N
    assert n_trained_on(tmp_path / "run", {**asked, **PREPARED[name]}) == N
    assert n_trained_on(tmp_path / "run", asked) == 0
