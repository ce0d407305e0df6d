"""FLAML as a rival of ``auto.py``; run by the Python of the folder that it is installed into, without kerasgrid.

FOLDER/bin/python benchmarks/auto_flaml.py TASK --seconds 60 --began 1764230000
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

MARGIN = 3.0
"""Seconds for what comes after the search: FLAML trains its winner on all rows within the time that it is given."""


def data_of(folder: Path) -> tuple[str, Any, Any, Any]:
    """Return the task, training samples and targets, and test samples."""
    said = json.loads((folder / "task.json").read_text())
    if said["train"].endswith(".npz"):
        train, test = np.load(folder / said["train"]), np.load(folder / said["test"])
        return said["task"], train["x"].reshape(len(train["x"]), -1), train["y"], test["x"].reshape(len(test["x"]), -1)
    rows, test = pd.read_csv(folder / said["train"]), pd.read_csv(folder / said["test"])
    return said["task"], rows.drop(columns=said["target"]), rows[said["target"]], test


def main() -> None:
    """Search, and predict."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--began", type=float, required=True)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    from flaml import AutoML

    task, X, y, X_test = data_of(options.folder)
    model = AutoML()
    left = options.began + options.seconds - MARGIN - time.time()
    metric = "accuracy" if task == "classification" else "r2"
    model.fit(X, y, task=task, metric=metric, time_budget=max(left, 1.0), n_jobs=2, seed=0, verbose=0)
    predicted = np.ravel(model.predict(X_test))
    pd.DataFrame({"prediction": predicted}).to_csv(options.folder / "predictions.csv", index=False)
    print(json.dumps({"candidates": len(model.config_history), "winner": model.best_estimator}))


if __name__ == "__main__":
    main()
