"""The same candidates under KerasTuner or Optuna, with plain Keras, as their guides do it.

Run by ``peers.py`` in a process of its own. Prints the best held-out accuracy and the test accuracy of the winner,
which is fitted again on all training data.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from kerasgrid.data.sources import load_dataset
from kerasgrid.run.planning import make_plan
from kerasgrid.space.files import load_space

Params = Mapping[str, Any]


def built(params: Params, shape: tuple[int, ...], n_classes: int) -> keras.Model:
    """Return the compiled model of a candidate, of dense layers."""
    layers = [keras.Input(shape), keras.layers.Flatten()]
    if params.get("input_batch_norm"):
        layers.append(keras.layers.BatchNormalization())
    if params.get("input_dropout"):
        layers.append(keras.layers.Dropout(params["input_dropout"]))
    for units in params["hidden_units"]:
        initializer = params["kernel_initializer"]
        layers.append(keras.layers.Dense(units, activation=params["activation"], kernel_initializer=initializer))
    model = keras.Sequential([*layers, keras.layers.Dense(n_classes, activation="softmax")])
    options = {"weight_decay": params["weight_decay"]} if params["weight_decay"] else {}
    optimizer = getattr(keras.optimizers, params["optimizer"])(params["learning_rate"], **options)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def by_keras_tuner(candidates: Sequence[Params], make: Callable[[Params], keras.Model], data: Any, held: Any) -> int:
    """Return the number of the best candidate by KerasTuner's search over all of them."""
    import keras_tuner

    class Candidates(keras_tuner.HyperModel):  # type: ignore[misc]
        def build(self, hp: Any) -> keras.Model:
            return make(candidates[hp.Choice("candidate", list(range(len(candidates))))])

        def fit(self, hp: Any, model: keras.Model, *args: Any, **options: Any) -> Any:
            params = candidates[hp.get("candidate")]
            return model.fit(*args, batch_size=params["batch_size"], epochs=params["epochs"], **options)

    with tempfile.TemporaryDirectory() as folder:
        tuner = keras_tuner.GridSearch(
            Candidates(), objective="val_accuracy", max_trials=len(candidates), directory=folder
        )
        tuner.search(*data, validation_data=held, verbose=0)
        best = tuner.oracle.get_best_trials(1)[0]
        print(f"{best.score:.4f}", end=" ")
        return int(best.hyperparameters.get("candidate"))


def by_optuna(candidates: Sequence[Params], make: Callable[[Params], keras.Model], data: Any, held: Any) -> int:
    """Return the number of the best candidate by Optuna's search over all of them."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)

    def objective(trial: optuna.Trial) -> float:
        params = candidates[trial.suggest_categorical("candidate", list(range(len(candidates))))]
        # As its guides say: else the graphs of all models stay.
        keras.backend.clear_session()
        model = make(params)
        model.fit(*data, batch_size=params["batch_size"], epochs=params["epochs"], verbose=0)
        return float(model.evaluate(*held, verbose=0)[1])

    sampler = optuna.samplers.GridSampler({"candidate": list(range(len(candidates)))})
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.optimize(objective, n_trials=len(candidates))
    print(f"{study.best_value:.4f}", end=" ")
    return int(study.best_params["candidate"])


PEERS = {"keras-tuner": by_keras_tuner, "optuna": by_optuna}


def main() -> None:
    """Search a space with a hold-out split by a peer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=list(PEERS))
    parser.add_argument("space", type=Path, help="a space file")
    options = parser.parse_args()
    space = load_space(str(options.space))
    data = load_dataset(**space.dataset.model_dump())
    plan, (fold,) = make_plan(space, data)
    candidates = [candidate.resolved(plan.task).params for candidate in plan.candidates]
    x, y, shape = data.x_train, data.y_train, data.x_train.shape[1:]

    def make(params: Params) -> keras.Model:
        return built(params, shape, plan.n_outputs)

    inner, held = (x[fold.train], y[fold.train]), (x[fold.held_out], y[fold.held_out])
    best = candidates[PEERS[options.peer](candidates, make, inner, held)]
    model = make(best)
    model.fit(x, y, batch_size=best["batch_size"], epochs=best["epochs"], verbose=0)
    print(f"{float(np.mean(model.predict(data.x_test, verbose=0).argmax(axis=1) == data.y_test)):.4f}")


if __name__ == "__main__":
    main()
