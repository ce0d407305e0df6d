"""What a process without Keras imports when it reads an estimator from a pickle."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasgrid import KerasClassifier

_READ = """
import json, pickle, sys
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        estimator = pickle.load(file)
    threads = None
    if "tensorflow" in sys.modules:
        import tensorflow as tf
        threads = tf.config.threading.get_intra_op_parallelism_threads()
    print(json.dumps([threads, type(estimator.optimizer).__name__]))
"""


def fitted(**params: Any) -> KerasClassifier:
    x = np.linspace(0, 1, 40, dtype=np.float32).reshape(20, 2)
    return KerasClassifier(hidden_units=(), epochs=1, random_state=0, **params).fit(x, x[:, 0] > 0.5)


def test_only_what_holds_objects_of_keras_imports_it_and_then_with_one_thread(tmp_path: Path) -> None:
    plain, with_optimizer = fitted(), fitted(optimizer=keras.optimizers.Lion(0.01))
    paths = [tmp_path / "plain", tmp_path / "with_optimizer"]
    for path, estimator in zip(paths, (plain, with_optimizer), strict=True):
        path.write_bytes(pickle.dumps(estimator))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_NUM_")}
    done = subprocess.run(
        [sys.executable, "-c", _READ, *map(str, paths)], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert [json.loads(line) for line in done.stdout.splitlines()] == [[None, "str"], [1, "Lion"]]


def test_its_attributes_are_there_again() -> None:
    again = pickle.loads(pickle.dumps(fitted(optimizer=keras.optimizers.Lion(0.01))))
    assert "_keras" not in vars(again)
    assert again.predict(np.zeros((1, 2))).shape == (1,)
