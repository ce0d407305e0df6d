"""The same searches as people write them today: scikeras under scikit-learn's search classes.

Run by ``run.py`` in a process of its own, so that its start-up counts as kerasgrid's does. Prints the best score and
the test accuracy of the refitted winner.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from scikeras.wrappers import KerasClassifier
from scipy.stats import loguniform
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, StratifiedKFold, StratifiedShuffleSplit

from kerasgrid.data.sources import load_dataset


def fashion_model(input_dropout: float) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Flatten(),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(input_dropout),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def deep_model() -> keras.Model:
    hidden = [keras.layers.Dense(100, activation="relu", kernel_initializer="he_normal") for _ in range(6)]
    return keras.Sequential(
        [keras.Input((8, 8)), keras.layers.Flatten(), *hidden, keras.layers.Dense(10, activation="softmax")]
    )


def grid(batch_size: int, n_jobs: int) -> tuple[GridSearchCV, dict]:
    estimator = KerasClassifier(
        fashion_model,
        model__input_dropout=0.2,
        loss="sparse_categorical_crossentropy",
        optimizer="adam",
        optimizer__learning_rate=0.001,
        batch_size=batch_size,
        epochs=3,
        verbose=0,
    )
    axes = {"model__input_dropout": [0.2, 0.4], "optimizer__learning_rate": [0.001, 0.002, 0.01]}
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    return GridSearchCV(estimator, axes, cv=folds, scoring="accuracy", n_jobs=n_jobs, error_score="raise"), {
        "name": "fashion_mnist"
    }


def random(trials: int, n_jobs: int) -> tuple[RandomizedSearchCV, dict]:
    estimator = KerasClassifier(
        deep_model,
        loss="sparse_categorical_crossentropy",
        optimizer="sgd",
        optimizer__learning_rate=0.001,
        optimizer__weight_decay=0.0,
        batch_size=100,
        epochs=50,
        verbose=0,
    )
    axes = {"optimizer__learning_rate": loguniform(1e-6, 1e-2), "optimizer__weight_decay": loguniform(1e-8, 1e-4)}
    split = StratifiedShuffleSplit(1, test_size=0.2, random_state=0)
    search = RandomizedSearchCV(
        estimator,
        axes,
        n_iter=trials,
        cv=split,
        scoring="accuracy",
        n_jobs=n_jobs,
        random_state=0,
        error_score="raise",
    )
    return search, {"name": "digits", "train_size": 500}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("search", choices=["grid", "random"])
    parser.add_argument("--batch-size", type=int, default=512)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--n-jobs", type=int, default=1)
    options = parser.parse_args()
    if options.search == "grid":
        search, source = grid(options.batch_size, options.n_jobs)
    else:
        search, source = random(options.trials, options.n_jobs)
    data = load_dataset(**source)
    search.fit(data.x_train, data.y_train)
    accuracy = float(np.mean(search.predict(data.x_test) == data.y_test))
    print(f"{search.best_score_:.4f} {accuracy:.4f}")


if __name__ == "__main__":
    main()
