"""A search class with ``run_dir`` keeps every finished fit, and fits only what is missing."""

from __future__ import annotations

import contextlib
import io
import json
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
import pytest
from sklearn import model_selection as theirs
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier
from support.written import called

import kerasgrid
from kerasgrid.errors import RunError
from kerasgrid.estimators.code import code_digest
from kerasgrid.model_selection import evaluation
from kerasgrid.model_selection.keys import Keys, described
from kerasgrid.run.store import Store

# scikit-learn 1.5 makes masked arrays of whole numbers out of memory that is not initialised.
pytestmark = pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")

X, Y = load_iris(return_X_y=True)
FITS: list[dict[str, Any]] = []


class Counted(ClassifierMixin, BaseEstimator):
    """Remembers its fits; predicts one class; fails below zero."""

    def __init__(self, level: Any = 0, random_state: Any = None) -> None:
        self.level = level
        self.random_state = random_state

    def fit(self, x: Any, y: Any) -> Counted:
        FITS.append(self.get_params())
        if isinstance(self.level, int) and self.level < 0:
            raise ValueError("below zero")
        self.classes_ = np.unique(y)
        return self

    def predict(self, x: Any) -> Any:
        return np.full(len(x), self.classes_[0] if callable(self.level) else self.level % 3)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Evaluate in this process, as within a worker; forget the fits of other tests."""
    monkeypatch.setattr(evaluation, "current_process", lambda: SimpleNamespace(daemon=True))
    FITS.clear()


def search(run_dir: Path, levels: Any = (0, 1), x: Any = X, y: Any = Y, **options: Any) -> Any:
    options = {"cv": theirs.KFold(2), "refit": False, **options}
    estimator = options.pop("estimator", Counted())
    return kerasgrid.GridSearchCV(estimator, {"level": list(levels)}, run_dir=run_dir, **options).fit(x, y)


def test_only_what_is_missing_is_fitted(tmp_path: Path) -> None:
    first = search(tmp_path, return_train_score=True)
    assert len(FITS) == 4
    again = search(tmp_path, return_train_score=True)
    assert len(FITS) == 4
    for name in first.cv_results_:
        if name != "params":
            np.testing.assert_array_equal(first.cv_results_[name], again.cv_results_[name], err_msg=name)
    grown = search(tmp_path, (1, 0, 2), return_train_score=True)
    assert len(FITS) == 6
    plain = theirs.GridSearchCV(Counted(), {"level": [1, 0, 2]}, cv=theirs.KFold(2)).fit(X, Y)
    assert grown.cv_results_["mean_test_score"].tolist() == plain.cv_results_["mean_test_score"].tolist()


@pytest.mark.parametrize(
    "change",
    [
        {"x": X + 1e-9},
        {"x": X.astype("f4")},
        {"x": pd.DataFrame(X)},
        {"y": Y[::-1]},
        {"cv": theirs.KFold(2, shuffle=True, random_state=0)},
        {"scoring": "f1_macro"},
        {"scoring": make_scorer(accuracy_score, greater_is_better=False)},
        {"return_train_score": True},
        {"estimator": Counted(random_state=1)},
    ],
    ids=["values", "type", "frame", "labels", "splits", "scorer", "sign", "training scores", "seed"],
)
def test_what_changes_the_scores_is_fitted_again(tmp_path: Path, change: dict[str, Any]) -> None:
    search(tmp_path)
    search(tmp_path, **change)
    assert len(FITS) == 8
    search(tmp_path, **change)
    assert len(FITS) == 8


def test_what_does_not_change_the_scores_is_not(tmp_path: Path) -> None:
    search(tmp_path)
    search(tmp_path, np.array([1, 0]), x=X.copy(), y=Y.copy(), cv=list(theirs.KFold(2).split(X)), verbose=0)
    search(tmp_path, refit=True, n_jobs=1)
    assert len(FITS) == 5  # and the refit


def test_several_scores(tmp_path: Path) -> None:
    scoring = ["accuracy", "f1_macro"]
    first = search(tmp_path, scoring=scoring)
    again = search(tmp_path, scoring=scoring)
    assert len(FITS) == 4
    assert again.multimetric_
    assert first.cv_results_["mean_test_f1_macro"].tolist() == again.cv_results_["mean_test_f1_macro"].tolist()


@pytest.mark.filterwarnings("ignore")
def test_failed_fits_are_tried_again(tmp_path: Path) -> None:
    search(tmp_path, (0, -1))
    search(tmp_path, (0, -1))
    assert [fit["level"] for fit in FITS] == [0, 0, -1, -1, -1, -1]
    search(tmp_path, (0, -1), error_score=0.5)
    assert len(FITS) == 8


def test_other_versions_fit_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    search(tmp_path)
    monkeypatch.setattr("kerasgrid.model_selection.keys.installed_versions", lambda: {"keras": "99", "python": "4"})
    search(tmp_path)
    assert len(FITS) == 8


def test_what_has_no_key_is_refused_with_a_folder_only(tmp_path: Path) -> None:
    search(None, [lambda: 1])  # type: ignore[arg-type]
    message = r"^parameters.level: with run_dir, .* to be the same, got function test_.*<lambda> \(name a function at"
    with pytest.raises(RunError, match=message):
        search(tmp_path, [lambda: 1])
    message = r"^estimator.random_state: with run_dir, .* got a RandomState"
    with pytest.raises(RunError, match=message):
        search(tmp_path, estimator=Counted(random_state=np.random.RandomState(0)))
    with pytest.raises(RunError, match=r"^scoring: with run_dir"):
        search(tmp_path, scoring=lambda estimator, x, y: 0.5)


def by_name(x: Any) -> Any:
    return x


def test_a_pipeline_with_functions_has_a_key(tmp_path: Path) -> None:
    for function in (np.log1p, by_name, len):
        pipeline = make_pipeline(FunctionTransformer(function), DecisionTreeClassifier())
        assert described(pipeline, "estimator") == described(pipeline, "estimator")


def test_keys_are_the_same_in_another_process() -> None:
    code = textwrap.dedent("""
        import numpy as np, pandas as pd, scipy.sparse
        from sklearn.base import BaseEstimator
        from sklearn.linear_model import LogisticRegression
        from sklearn.metrics import get_scorer
        from kerasgrid.model_selection.keys import Keys
        NAMES, N = frozenset({"b", "a", "cc"}), 3
        def helper(name, names={"b", "a"}.union):
            return name in {"b", "a", "cc"} or name in NAMES
        class Mine(BaseEstimator):
            def fit(self, X, y=None):
                return helper(X) or N
        x = np.arange(12.0).reshape(6, 2)
        kwargs = dict(parameters={"C": 1.0, "sets": {"b", "a", "c"}}, train=np.arange(3), test=np.arange(3, 6),
                      scorer=get_scorer("roc_auc_ovr"), fit_params={"w": [1, 2]}, score_params={})
        for data in (x, pd.DataFrame({"a": ["u", "v"], "b": [1, 2]}), scipy.sparse.csr_matrix(x), ["a", "b"]):
            for estimator in (LogisticRegression(), Mine()):
                print(Keys().key((estimator, data, np.array(["x", "y"], dtype=object)), kwargs))
    """)
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    with contextlib.redirect_stdout(io.StringIO()) as here:
        exec(code, {"__name__": "__main__"})
    assert here.getvalue() == there
    assert len(set(there.split())) == 8


def test_a_mended_function_has_another_key() -> None:
    def made(body: str) -> Any:
        space: dict[str, Any] = {"__name__": "somewhere"}
        exec(f"def scorer(estimator, X, y):\n    return {body}\nclass E:\n    def fit(self): return {body}", space)
        return space["scorer"], space["E"]

    assert described(made("1")[0], "s") == described(made("1")[0], "s") != described(made("2")[0], "s")
    assert described(made("1")[1], "s") == described(made("1")[1], "s") != described(made("2")[1], "s")


def test_a_mended_constant_of_a_class_has_another_key() -> None:
    def made(factor: float) -> Any:
        space: dict[str, Any] = {"__name__": "somewhere"}
        exec(f"class E:\n    factor = {factor}\n    def fit(self): return self.factor", space)
        return space["E"]

    assert described(made(0.5), "s") == described(made(0.5), "s") != described(made(0.3), "s")


CODE = """
import functools
UNITS, LAYERS = 4, (4, 5)
LOG, N = [], 0
def counted():
    global N
    N += 1
    LOG.append(N)
    return N
@functools.lru_cache
def helper(n):
    return n + 8
class Helper:
    def call(self):
        return 1
def scorer(estimator, X, y):
    inner = lambda: UNITS
    return inner() + LAYERS[0] + helper(2) + Helper().call() + len(LOG) + counted()
class E:
    def fit(self, X, y):
        return scorer(self, X, y)
"""


@pytest.mark.parametrize("name", ["scorer", "E"])
@pytest.mark.parametrize(
    ("old", "new"),
    [("UNITS, LAYERS = 4", "UNITS, LAYERS = 64"), ("(4, 5)", "(4, 6)"), ("n + 8", "n + 80"), ("return 1", "return 2")],
    ids=["number", "tuple", "function", "class"],
)
def test_what_a_function_reads_counts(name: str, old: str, new: str) -> None:
    def made(code: str) -> Any:
        space: dict[str, Any] = {"__name__": "somewhere"}
        exec(code, space)
        return space[name]

    assert described(made(CODE), "s") == described(made(CODE), "s") != described(made(CODE.replace(old, new)), "s")


def test_what_a_function_changes_itself_does_not_count() -> None:
    space: dict[str, Any] = {"__name__": "somewhere"}
    exec(CODE, space)
    before = code_digest(space["scorer"])
    space["counted"]()
    assert space["N"] == 1
    assert code_digest(space["scorer"]) == before


def test_code_that_travelled_to_another_process_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    main = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)
    # A global by the name of an attribute does not travel with the function.
    exec(
        CODE.replace("@functools.lru_cache", "") + "call = 3\ndef scorer2(x): return scorer(x, x, x) + x.call",
        vars(main),
    )
    for name in ("scorer2", "E"):
        content = cloudpickle.dumps(vars(main)[name])
        code = "import pickle, sys; from kerasgrid.estimators.code import code_digest as f; "
        code += "print(f(pickle.load(sys.stdin.buffer)))"
        there = subprocess.run([sys.executable, "-c", code], input=content, capture_output=True, check=True).stdout
        assert code_digest(vars(main)[name]) == there.decode().strip()


BETA = 1.0


def by_beta(estimator: Any, x: Any, y: Any) -> float:
    return BETA


def test_a_number_that_a_scorer_reads_is_looked_at_in_every_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = search(tmp_path, scoring=by_beta)
    monkeypatch.setattr(sys.modules[__name__], "BETA", 0.5)
    again = search(tmp_path, scoring=by_beta)
    assert first.cv_results_["mean_test_score"].tolist() == [1.0, 1.0]
    assert again.cv_results_["mean_test_score"].tolist() == [0.5, 0.5]


def test_dates_have_a_key() -> None:
    days = np.array(["2024-01-01", "2024-01-02"], dtype="datetime64[D]")
    assert described(days, "X") == described(days.copy(), "X") != described(days[::-1], "X")
    assert described(days - days[0], "X") != described(days, "X") != described(days.astype("datetime64[s]"), "X")
    assert described(days.reshape(1, 2)[:, :0], "X") != described(np.array(days[0]), "X")


def test_the_folder_has_the_reports(tmp_path: Path) -> None:
    search(tmp_path / "run", refit=True, scoring="accuracy")
    folder = tmp_path / "run"
    best = json.loads((folder / "best_params.json").read_text())
    assert best["params"] == {"level": 0}
    assert (best["metric"], best["folds"], best["n_fits"]) == ("accuracy", 2, {"asked": 4, "done": 4})
    assert best["dataset"]["n_train"] == 150
    assert best["dataset"]["fingerprint"] == Keys().fingerprint(X)
    table = pd.read_csv(folder / "results.csv")
    assert table["param_level"].tolist() == [0, 1]
    assert "hiplot" in (folder / "report.html").read_text()


@pytest.mark.parametrize("command", ["show", "report"])
def test_the_commands_say_what_to_open(
    tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    search(tmp_path)
    ended = called(monkeypatch, capsys, command, tmp_path)
    assert ended.code == 2
    message = "this is a run of GridSearchCV, whose reports are written when its fit ends"
    hint = f"open {tmp_path / 'report.html'}, results.csv or best_params.json there"
    assert f"{tmp_path}: {message} ({hint})" in ended.err


def test_a_run_of_the_command_line_is_left_alone(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path) as store:
        store.set_meta(plan={})
    with pytest.raises(RunError, match=r"the folder holds a run of the command line \(choose another as run_dir\)"):
        search(tmp_path)


def test_one_search_at_a_time(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path), pytest.raises(RunError, match="another search is writing here"):
        search(tmp_path)


@pytest.mark.slow
def test_a_killed_search_goes_on(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
        import sys, time
        from sklearn.base import BaseEstimator
        import numpy as np
        import kerasgrid

        class Slow(BaseEstimator):
            def __init__(self, level=0): self.level = level
            def fit(self, X, y):
                time.sleep(0.15)
                return self
            def score(self, X, y): return float(self.level)

        search = kerasgrid.GridSearchCV(Slow(), {"level": list(range(10))}, cv=2, n_jobs=2, verbose=1, run_dir="run")
        search.fit(np.zeros((20, 1)), np.arange(20) % 2)
        print(search.best_params_)
        """)
    )
    command = [sys.executable, str(script)]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        n_there = 0
        while n_there < 4:
            assert process.poll() is None
            if (tmp_path / "run" / "run.sqlite").exists():
                try:
                    connection = sqlite3.connect(f"file:{tmp_path / 'run' / 'run.sqlite'}?mode=ro", uri=True)
                    n_there = connection.execute("SELECT count(*) FROM evaluations").fetchone()[0]
                    connection.close()
                except sqlite3.OperationalError:
                    continue
        process.send_signal(signal.SIGKILL)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    reused = int(done.stderr.split()[1])
    assert done.stderr.startswith(f"reusing {reused} of 20 fits\n")
    assert 4 <= reused < 20
    assert done.stdout.splitlines()[-1] == "{'level': 9}"
