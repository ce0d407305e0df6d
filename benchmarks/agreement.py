"""Do our searches find what scikit-learn finds over a plain scikeras estimator of the same model?

Trains the same small network on digits, with both, over repeated seeds, and compares the mean score of each candidate:
their difference should be within two standard errors. Prints one line a candidate; exits with 1 if one differs.

    python benchmarks/agreement.py             16 seeds, ten minutes
    python benchmarks/agreement.py --seeds 30
"""

from __future__ import annotations

import argparse
import math
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import scikeras.wrappers
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, StratifiedKFold

import kerasgrid

RATES = [0.001, 0.003, 0.01]
EPOCHS = 10
BATCH = 32
UNITS = 32


def network() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(UNITS, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def ours(X: np.ndarray, y: np.ndarray, folds: StratifiedKFold, seed: int) -> np.ndarray:
    estimator = kerasgrid.KerasClassifier(
        hidden_units=[UNITS], dropout=0.2, epochs=EPOCHS, batch_size=BATCH, random_state=seed
    )
    search = kerasgrid.GridSearchCV(estimator, {"learning_rate": RATES}, cv=folds, scoring="accuracy", refit=False)
    return np.asarray(search.fit(X, y).cv_results_["mean_test_score"])


def theirs(X: np.ndarray, y: np.ndarray, folds: StratifiedKFold, seed: int) -> np.ndarray:
    estimator = scikeras.wrappers.KerasClassifier(
        network,
        loss="sparse_categorical_crossentropy",
        optimizer="adam",
        epochs=EPOCHS,
        batch_size=BATCH,
        random_state=seed,
        verbose=0,
    )
    axes = {"optimizer__learning_rate": RATES}
    search = GridSearchCV(estimator, axes, cv=folds, scoring="accuracy", refit=False, error_score="raise")
    return np.asarray(search.fit(X, y).cv_results_["mean_test_score"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=16)
    options = parser.parse_args()
    X, y = load_digits(return_X_y=True)
    X, y = (X[:600] / 16).astype(np.float32), y[:600]
    scores = {"ours": [], "theirs": []}
    for seed in range(options.seeds):
        folds = StratifiedKFold(3, shuffle=True, random_state=seed)
        scores["ours"].append(ours(X, y, folds, seed))
        scores["theirs"].append(theirs(X, y, folds, seed))
    mine, other = np.array(scores["ours"]), np.array(scores["theirs"])
    agree = True
    for number, rate in enumerate(RATES):
        difference = mine[:, number].mean() - other[:, number].mean()
        error = math.sqrt(sum(part[:, number].var(ddof=1) for part in (mine, other)) / options.seeds)
        agree &= abs(difference) <= 2 * error
        print(
            f"learning_rate {rate}: ours {mine[:, number].mean():.4f}, scikeras {other[:, number].mean():.4f}, "
            f"difference {difference:+.4f} = {difference / error:+.1f} standard errors of {error:.4f}",
            flush=True,
        )
    sys.exit(0 if agree else 1)


if __name__ == "__main__":
    main()
