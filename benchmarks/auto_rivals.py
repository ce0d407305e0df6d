"""One rival of ``auto.py``, in a process of its own: it reads the training rows, and predicts the others.

* ``network``: kerasgrid's default parameters, one candidate, no search; a CNN for images.
* ``MLP``: ``RandomizedSearchCV`` over scikit-learn's ``MLPClassifier`` or ``MLPRegressor``, its defaults first;
  numbers imputed and standardised, words one-hot, a regression's target standardised.
* ``boosting``: ``HistGradientBoosting…`` with its defaults; words as categories.
* ``boosting-search``: ``RandomizedSearchCV`` over it, its defaults first.

A search draws two candidates at a time, on as many folds as ``kerasgrid auto`` would take, until what is left is what
the best so far needs to be trained on all rows: then the draws are ended wherever they are, and it is. No epoch of an
MLP begins after its time, so it is never late however large a draw was; boosting of which no draw ended in time
is given its defaults, and as many iterations as there is time for.

    python benchmarks/auto_rivals.py MLP FOLDER --seconds 60 --began 1764230000

FOLDER holds what ``auto_data.py`` writes; predictions are written to ``predictions.csv`` there. ``--began`` is when the
process was started, in seconds since 1970.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

UNTIL = "KERASGRID_BENCHMARK_UNTIL"
"""The environment's variable that says when an MLP's last epoch may begin."""

MARGIN = 2.0
"""Seconds for what comes after the last fit."""

PER_ROUND = 2
ITERATIONS = 3
"""Of boosting at a time, where all of them may be too many."""

CORES = 2
SEARCHED = {"MLP": "MLP", "boosting-search": "boosting"}
GRIDS: Mapping[str, Mapping[str, Any]] = {
    "MLP": {
        "hidden_layer_sizes": [(32,), (64,), (128,), (256,), (512,), (64, 64), (128, 128), (256, 256), (128, 64, 32)],
        "alpha": list(np.logspace(-6, 0, 13)), "learning_rate_init": list(np.logspace(-4, -2, 9)),
        "batch_size": [32, 64, 128, 200], "activation": ["relu", "tanh"], "early_stopping": [True, False],
    },
    "boosting": {
        "learning_rate": list(np.logspace(-2, -0.3, 9)), "max_iter": [50, 100, 200, 400],
        "max_leaf_nodes": [7, 15, 31, 63, 127], "min_samples_leaf": [5, 10, 20, 50],
        "l2_regularization": [0.0, 0.01, 0.1, 1.0, 10.0], "max_features": [0.3, 0.6, 1.0],
    },
}  # fmt: skip


def read_rows(path: Path) -> pd.DataFrame:
    """Return a file's rows as people read them, but for words, which are of type object with None for a gap."""
    rows = pd.read_csv(path)
    for name in rows.columns:
        if not pd.api.types.is_numeric_dtype(rows[name]):
            words = rows[name].astype(object)
            rows[name] = words.where(words.notna(), None)
    return rows


def data_of(folder: Path) -> tuple[str, Any, Any, Any]:
    """Return the task, training samples and targets, and test samples."""
    said = json.loads((folder / "task.json").read_text())
    if said["train"].endswith(".npz"):
        train, test = np.load(folder / said["train"]), np.load(folder / said["test"])
        flat = [pd.DataFrame(x.reshape(len(x), -1) / 255.0).add_prefix("p") for x in (train["x"], test["x"])]
        return said["task"], flat[0], pd.Series(train["y"]), flat[1]
    rows, test = read_rows(folder / said["train"]), read_rows(folder / said["test"])
    return said["task"], rows.drop(columns=said["target"]), rows[said["target"]], test


def model_of(kind: str, task: str, X: pd.DataFrame) -> tuple[Any, str]:
    """Return a model of its defaults behind what it needs, and what comes before the names of its parameters."""
    from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

    words = [name for name in X if X[name].dtype == object]
    numbers = [name for name in X if name not in words]
    filled = SimpleImputer(missing_values=None, strategy="constant", fill_value="missing")
    if kind == "boosting":
        codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, max_categories=255)
        front = ColumnTransformer([("words", make_pipeline(filled, codes), words), ("numbers", "passthrough", numbers)])
        made = HistGradientBoostingClassifier if task == "classification" else HistGradientBoostingRegressor
        return make_pipeline(
            front, made(categorical_features=list(range(len(words))), random_state=0)
        ), f"{made.__name__.lower()}__"
    dummies = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    scaled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    front = ColumnTransformer([("words", make_pipeline(filled, dummies), words), ("numbers", scaled, numbers)])
    made = timed_mlp(task)
    if task == "classification":
        return make_pipeline(front, made(random_state=0)), "timedmlp__"
    own = TransformedTargetRegressor(made(random_state=0), transformer=StandardScaler())
    return make_pipeline(front, own), "transformedtargetregressor__regressor__"


def timed_mlp(task: str) -> type[Any]:
    """Return scikit-learn's MLP, which begins no epoch once its time is over."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    class TimedMLP(MLPClassifier if task == "classification" else MLPRegressor):  # type: ignore[misc]
        def _update_no_improvement_count(self, *arguments: Any) -> None:
            super()._update_no_improvement_count(*arguments)
            if time.time() > float(os.environ.get(UNTIL, "inf")):
                self._no_improvement_count = self.n_iter_no_change + 1

    return TimedMLP


def splits_of(task: str, y: pd.Series, is_images: bool) -> Any:
    """Return the folds that ``kerasgrid auto`` would take."""
    from sklearn.model_selection import KFold, ShuffleSplit, StratifiedKFold, StratifiedShuffleSplit

    classes, n = task == "classification", len(y)
    if is_images or n > 20_000:
        return (StratifiedShuffleSplit if classes else ShuffleSplit)(1, test_size=0.2, random_state=0)
    return (StratifiedKFold if classes else KFold)(5 if n <= 5_000 else 3, shuffle=True, random_state=0)


def draw(kind: str, folder: Path, found: Path) -> None:
    """Search without end, a round after another, until it is killed; what each found is written to a folder."""
    from sklearn.model_selection import RandomizedSearchCV

    task, X, y, _ = data_of(folder)
    model, prefix = model_of(kind, task, X)
    splits = splits_of(task, y, (folder / "train.npz").exists())
    number, parent = 0, os.getppid()
    # Whoever asked may have been killed.
    while os.getppid() == parent:
        # The first is the defaults.
        grid = (
            {f"{prefix}{name}": values for name, values in GRIDS[kind].items()}
            if number
            else {f"{prefix}random_state": [0]}
        )
        search = RandomizedSearchCV(
            model, grid, n_iter=PER_ROUND if number else 1, cv=splits, n_jobs=CORES, refit=False, random_state=number,
            error_score=-np.inf,
        )  # fmt: skip
        search.fit(X, y)
        best = search.best_index_
        kept = (float(search.best_score_), search.best_params_, float(search.cv_results_["mean_fit_time"][best]))
        fresh = found / f"{number}.new"
        fresh.write_bytes(pickle.dumps(kept))
        fresh.rename(found / f"{number}.pickle")
        number += 1


def searched(kind: str, folder: Path, end: float) -> tuple[dict[str, Any], int]:
    """Return the best parameters that are found in time, and how many candidates were compared."""
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, __file__, kind, str(folder), "--draw", name]
        # An MLP that is still in training then would be ended anyway, but its process must see it.
        environment = {**os.environ, UNTIL: str(end), "PYTHONWARNINGS": "ignore"}
        drawing = subprocess.Popen(command, env=environment, start_new_session=True)
        rounds: dict[Path, Any] = {}
        try:
            while drawing.poll() is None:
                new = [path for path in Path(name).glob("*.pickle") if path not in rounds]
                rounds |= {path: pickle.loads(path.read_bytes()) for path in new}
                best = max(rounds.values(), key=lambda one: one[0], default=None)
                # All rows are more than those of a fold; a quarter of the time where nothing is known.
                needed = 1.3 * best[2] + 0.5 if best else 0.25 * max(end - STARTED, 0.0)
                if time.time() + needed > end:
                    break
                time.sleep(0.1)
        finally:
            if drawing.poll() is None:
                os.killpg(drawing.pid, signal.SIGKILL)
            drawing.wait()
    if drawing.returncode != -signal.SIGKILL:
        raise RuntimeError(f"the draws ended by themselves, with exit status {drawing.returncode}")
    n = max(0, 1 + PER_ROUND * (len(rounds) - 1))
    return (best[1] if best else {}), n


STARTED = time.time()


def boosted_until(model: Any, X: pd.DataFrame, y: pd.Series, end: float) -> Any:
    """Fit boosting a few iterations at a time, as long as there is time for as many more."""
    front, own = model[0].fit(X), model[-1].set_params(warm_start=True)
    ready, most, n, took = front.transform(X), own.max_iter, 0, 0.0
    while n < most and time.time() + took < end:
        started, n = time.time(), min(most, n + ITERATIONS)
        own.set_params(max_iter=n).fit(ready, y)
        took = time.time() - started
    return model


def network(folder: Path) -> Any:
    """Train kerasgrid's default parameters, and return what they predict."""
    import kerasgrid
    from kerasgrid.api.predicting import predict_run

    said = json.loads((folder / "task.json").read_text())
    is_images = said["train"].endswith(".npz")
    dataset = {"path": str(folder / said["train"])} | ({} if is_images else {"target": said["target"]})
    space = {
        "name": "default",
        "dataset": dataset,
        "model": "cnn" if is_images else "mlp",
        "validation_split": 0.2,
        "params": {},
    }
    kerasgrid.search(space, out=folder / "run-network", jobs=CORES, progress=False)
    found = predict_run(str(folder / "run-network"), folder / said["test"])
    return pd.concat(list(found.parts()))["prediction"]


def main() -> None:
    """Predict, or draw on behalf of a search."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rival", choices=["network", "MLP", "boosting", "boosting-search"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--began", type=float, default=STARTED)
    parser.add_argument("--draw", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    from threadpoolctl import threadpool_limits

    if options.draw is not None:
        draw(options.rival, options.folder, options.draw)
        return
    if options.rival == "network":
        predicted, n = network(options.folder), 1
    else:
        task, X, y, X_test = data_of(options.folder)
        kind, end = SEARCHED.get(options.rival, options.rival), options.began + options.seconds - MARGIN
        params, n = searched(kind, options.folder, end) if options.rival in SEARCHED else ({}, 1)
        os.environ[UNTIL] = str(end)
        model = model_of(kind, task, X)[0].set_params(**params)
        # Where no round ended in time, nothing tells how long the defaults take.
        late = options.rival == "boosting-search" and not n
        # Small networks are several times slower on two threads; and one is what the draws were timed by.
        with threadpool_limits(1 if kind == "MLP" and n else None, "blas"):
            model = boosted_until(model, X, y, end) if late else model.fit(X, y)
        predicted = model.predict(X_test)
    pd.DataFrame({"prediction": predicted}).to_csv(options.folder / "predictions.csv", index=False)
    print(json.dumps({"candidates": n}))


if __name__ == "__main__":
    main()
