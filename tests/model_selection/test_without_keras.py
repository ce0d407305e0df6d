"""Searches over estimators that are not of Keras neither need nor import it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import kerasgrid
from kerasgrid.errors import RunError
from kerasgrid.model_selection.programs import needs_engine

PLAIN = """
    import sys
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression
    import kerasgrid

    search = kerasgrid.GridSearchCV(LogisticRegression(max_iter=1000), {"C": [0.01, 1.0]}, cv=2, n_jobs=2)
    print(search.fit(*load_iris(return_X_y=True)).best_params_)
    assert not {"tensorflow", "keras"} & set(sys.modules)
"""


def test_it_works_where_tensorflow_and_keras_cannot_be_imported(tmp_path: Path) -> None:
    """Not in this process, the fork server or a worker; each would leave a mark."""
    mark = tmp_path / "imported"
    for name in ("tensorflow", "keras"):
        (tmp_path / f"{name}.py").write_text(f"open({str(mark)!r}, 'w').close()\nraise ImportError('not installed')\n")
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path, "KERAS_BACKEND": "jax"}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PLAIN)], capture_output=True, text=True, check=False, env=environment
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "{'C': 1.0}\n", "")
    assert not mark.exists()


def test_an_estimator_of_keras_needs_its_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    x, y = np.zeros((12, 2)), np.arange(12) % 2
    with pytest.raises(RunError, match=r"^KERAS_BACKEND: kerasgrid trains with Keras's tensorflow backend, got jax "):
        kerasgrid.GridSearchCV(kerasgrid.KerasClassifier(), {"epochs": [1]}).fit(x, y)


def test_who_needs_the_engine() -> None:
    ours = kerasgrid.KerasClassifier()
    assert needs_engine(ours, {})
    assert needs_engine(make_pipeline(StandardScaler(), ours), None)
    assert needs_engine(make_pipeline(StandardScaler(), LogisticRegression()), {"logisticregression": ours})
    assert needs_engine(kerasgrid.GridSearchCV(ours, {"epochs": [1]}), {})
    assert not needs_engine(LogisticRegression(), {"C": 1.0})
    assert not needs_engine(kerasgrid.GridSearchCV(LogisticRegression(), {"C": [1.0]}), {})
    # A class of scikeras tells by its module.
    theirs = type("KerasClassifier", (LogisticRegression,), {"__module__": "scikeras.wrappers"})
    assert needs_engine(type("Own", (theirs,), {})(), {})


BOTH = """
    import numpy as np, psutil
    from sklearn.linear_model import LogisticRegression
    import kerasgrid

    def is_preloaded(estimator, x, y):
        maps = psutil.Process().parent().memory_maps()
        return float(any("tensorflow" in file.path for file in maps))

    x, y = np.random.default_rng(0).random((40, 3)), np.arange(40) % 2
    for estimator, grid in (
        (LogisticRegression(), {"C": [1.0, 2.0]}),
        (kerasgrid.KerasClassifier(epochs=1, hidden_units=[4]), {"learning_rate": [0.1, 0.2]}),
        (LogisticRegression(), {"C": [1.0, 2.0]}),
    ):
        search = kerasgrid.GridSearchCV(estimator, grid, cv=2, n_jobs=2, scoring=is_preloaded, refit=False)
        print(*search.fit(x, y).cv_results_["mean_test_score"])
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs to look into other processes")
def test_tensorflow_is_imported_once_for_all_workers_when_it_is_needed(tmp_path: Path) -> None:
    """In the process that they are forked from, which makes way for one that has more when the first has too little."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(BOTH)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "0.0 0.0\n1.0 1.0\n1.0 1.0\n", "")
