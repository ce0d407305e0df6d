"""Small real searches to be disturbed: one of each strategy, with races, and with all that may follow the fits."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from support.kills import Search

_RATE = {"log_uniform": {"low": 1e-3, "high": 0.3}}
_DRAWN = {"hidden_units": [[4], [3]], "learning_rate": _RATE, "batch_size": 8, "epochs": 12}
_ROUNDS = {"trials": 9, "start": 4, "per_round": 3, "cv": 2, "params": _DRAWN}
_GRID = {**_DRAWN, "learning_rate": [0.01, 0.03, 0.1]}

SPACES: Mapping[str, dict[str, Any]] = {
    "grid": {"strategy": "grid", "cv": 3, "params": _GRID},
    "random": {"strategy": "random", "trials": 9, "cv": 3, "params": _DRAWN},
    "one_factor": {
        "strategy": "one_factor",
        "cv": 3,
        "baseline": {"hidden_units": [4], "learning_rate": 0.03, "batch_size": 8, "epochs": 12},
        "params": [{"learning_rate": [0.01, 0.1]}, {"batch_size": [4, 16]}],
    },
    "list": {
        "strategy": "list",
        "cv": 3,
        "params": {"hidden_units": [4], "epochs": 12},
        "candidates": [{"name": f"trial {n}", "params": {"batch_size": n}} for n in (4, 8, 12, 16)],
    },
    "bayes": {"strategy": "bayes", **_ROUNDS},
    "tpe": {"strategy": "tpe", **_ROUNDS},
    "harmony": {"strategy": "harmony", "memory_size": 4, **_ROUNDS},
    "rounds": {"strategy": "random", "trials": 9, "rounds": 3, "cv": 2, "params": _DRAWN},
    "race over folds": {"strategy": "random", "trials": 10, "cv": 4, "race": "folds", "params": _DRAWN},
    "race over epochs": {
        "strategy": "random",
        "trials": 12,
        "cv": 3,
        "race": "epochs",
        "keep_states": "10MB",
        "params": {**_DRAWN, "epochs": 24},
    },
    "shared epochs": {"cv": 2, "keep_states": "10MB", "params": {**_GRID, "epochs": [2, 6, 14]}},
    "compiled": {"cv": 3, "params": {**_GRID, "hidden_units": [[8, 8]], "batch_size": 1, "epochs": 300}},
    "all that follows": {
        "strategy": "random",
        "trials": 5,
        "cv": 3,
        "confirm": 2,
        "ensemble": True,
        "explain": True,
        "baselines": ["linear"],
        "params": _DRAWN,
    },
}
"""By name; the first ones bear those of their strategies."""


def write_data(home: Path) -> None:
    random = np.random.default_rng(0)
    y = np.arange(72) % 3
    x = (random.normal(size=(72, 5)) + 0.8 * (y[:, None] == np.arange(5) % 3)).astype(np.float32)
    np.savez(home / "made.npz", x_train=x[:60], y_train=y[:60], x_test=x[60:], y_test=y[60:])


def space_of(scenario: str) -> dict[str, Any]:
    """Return what the space file of a scenario holds."""
    return {"name": "space", "dataset": {"path": "made.npz"}, **(SPACES | FAKED)[scenario]}


def search_in(home: Path, scenario: str) -> Search:
    """Return the search of this scenario, with all that it needs in this folder."""
    home.mkdir(parents=True)
    write_data(home)
    if scenario in (*SCRIPTS, *FAKED):
        (home / "script.py").write_text(SCRIPTS.get(scenario, _FAKED_SCRIPT))
        (home / "space.json").write_text(json.dumps(space_of(scenario) if scenario in FAKED else {}))
        return Search([sys.executable, "script.py"], home, home / "run")
    (home / "space.json").write_text(json.dumps(space_of(scenario)))
    command = [sys.executable, "-m", "kerasgrid", "search", "space.json", "--jobs", "2"]
    return Search(command, home, home / "runs" / "space")


_FAKED_SCRIPT = textwrap.dedent("""
    import hashlib, json, time
    import kerasgrid
    from kerasgrid.fits.fake import FakeFitter

    def score(fit):
        time.sleep(0.01)
        text = f"{fit.candidate.canonical} {fit.fold} {fit.repeat}"
        return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 2**32

    with open("space.json") as file:
        kerasgrid.search(json.load(file), fitter=FakeFitter(score), out="run")
""")

_OF_FITS_ALONE = [name for name in SPACES if name not in ("shared epochs", "compiled", "all that follows")]
FAKED: Mapping[str, dict[str, Any]] = {
    f"{name}, faked": {**SPACES[name], **({"trials": 24} if "trials" in SPACES[name] else {})}
    for name in _OF_FITS_ALONE
}
"""The same searches with more fits, which are not trained: of all that happens around these many moments are struck."""

_SCRIPT = textwrap.dedent("""
    import numpy as np
    from scipy.stats import loguniform
    import kerasgrid

    made = np.load("made.npz")
    estimator = kerasgrid.KerasClassifier(hidden_units=[4], epochs=12, batch_size=8, random_state=0)
    search = kerasgrid.{search}
    search.fit(made["x_train"], made["y_train"])
""")

SCRIPTS: Mapping[str, str] = {
    "GridSearchCV": _SCRIPT.format(
        search='GridSearchCV(estimator, {"learning_rate": [0.01, 0.03, 0.1], "epochs": [4, 12]}, cv=3, '
        'n_jobs=2, run_dir="run")'
    ),
    "RandomizedSearchCV": _SCRIPT.format(
        search='RandomizedSearchCV(estimator, {"learning_rate": loguniform(1e-3, 0.3), "hidden_units": [[4], [3]]}, '
        'n_iter=5, cv=3, n_jobs=2, random_state=0, run_dir="run")'
    ),
}
"""Scripts of the search classes of scikit-learn's face, by name."""
