"""A plain scikit-learn grid search over one of the two estimators, timed after a first fit, in one process.

Run by ``run.py``. Prints the search's seconds, then its best score and the test accuracy of the refitted winner.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from kerasgrid.data.sources import load_dataset

AXES = {"dropout": [0.2, 0.4], "learning_rate": [0.001, 0.002, 0.01]}


def ours() -> tuple[object, dict]:
    from kerasgrid import KerasClassifier

    estimator = KerasClassifier(hidden_units=[64], dropout=0.2, epochs=15, batch_size=32, random_state=0)
    return estimator, AXES


def theirs() -> tuple[object, dict]:
    import keras
    from scikeras.wrappers import KerasClassifier

    def model(dropout: float) -> keras.Model:
        return keras.Sequential(
            [
                keras.Input((8, 8)),
                keras.layers.Flatten(),
                keras.layers.Dense(64, activation="relu"),
                keras.layers.Dropout(dropout),
                keras.layers.Dense(10, activation="softmax"),
            ]
        )

    estimator = KerasClassifier(
        model, model__dropout=0.2, loss="sparse_categorical_crossentropy", optimizer="adam",
        optimizer__learning_rate=0.001, epochs=15, batch_size=32, verbose=0, random_state=0,
    )  # fmt: skip
    return estimator, {"model__dropout": AXES["dropout"], "optimizer__learning_rate": AXES["learning_rate"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("estimator", choices=["ours", "theirs"])
    parser.add_argument("--n-jobs", type=int, default=1)
    options = parser.parse_args()
    estimator, axes = ours() if options.estimator == "ours" else theirs()
    data = load_dataset(name="digits")
    estimator.fit(data.x_train, data.y_train).predict(data.x_test)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    search = GridSearchCV(
        estimator, axes, cv=folds, scoring="accuracy", n_jobs=options.n_jobs, refit=False, error_score="raise"
    )
    started = time.perf_counter()
    search.fit(data.x_train, data.y_train)
    seconds = time.perf_counter() - started
    winner = estimator.set_params(**search.best_params_).fit(data.x_train, data.y_train)
    accuracy = float(np.mean(winner.predict(data.x_test) == data.y_test))
    print(f"{seconds:.3f} {search.best_score_:.4f} {accuracy:.4f}")


if __name__ == "__main__":
    main()
