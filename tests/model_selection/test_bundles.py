"""Fits of the search classes that differ in their epochs alone are one training, and what each is alone."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Collection, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import model_selection as theirs
from sklearn.datasets import load_digits
from sklearn.ensemble import BaggingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import kerasgrid
from kerasgrid.engine.course import Course
from kerasgrid.estimators import programs
from kerasgrid.estimators.planned import planned
from kerasgrid.estimators.sharing import Sharing
from kerasgrid.model_selection import evaluation
from kerasgrid.model_selection.bundles import Bundle, bundles
from kerasgrid.model_selection.crew import TaskCrew
from kerasgrid.model_selection.handler import with_time_before
from kerasgrid.model_selection.programs import Trained, trained_by
from kerasgrid.model_selection.task import Shelf, Task

# scikit-learn 1.5 makes masked arrays of whole numbers out of memory that is not initialised.
pytestmark = pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")

DIGITS, LABELS = load_digits(return_X_y=True)
X, Y = (DIGITS[:200] / 16).astype(np.float32), LABELS[:200]
SMALL: dict[str, Any] = {"hidden_units": [8], "batch_size": 40, "dropout": 0.2, "random_state": 0}
EPOCHS = [4, 1, 3]
RATES = [0.003, 0.01]
STOPPING = {"patience": 1, "validation_split": 0.3}


def model(**params: Any) -> Any:
    return kerasgrid.KerasClassifier(**{**SMALL, **params})


# ------------------------------------------------------------------ which tasks are a bundle


def tasks_of(
    estimator: Any, candidates: Collection[Mapping[str, Any]], n_splits: int = 1, **arguments: Any
) -> dict[Task, Trained]:
    splits = [(np.arange(i, 100), np.arange(100, 200)) for i in range(n_splits)]
    tasks = {}
    for candidate in candidates:
        trained = trained_by(estimator, candidate, arguments)
        for train, test in splits:
            kwargs = {"parameters": candidate, "train": train, "test": test}
            tasks[Task(len(tasks), len, (estimator, X, Y), kwargs, Shelf(), trained.program)] = trained
    return tasks


def sizes(estimator: Any, candidates: Any = None, **options: Any) -> list[int]:
    """Return how many tasks each bundle has."""
    candidates = [{"epochs": n} for n in EPOCHS] if candidates is None else candidates
    return [len(bundle.tasks) for bundle in bundles(tasks_of(estimator, candidates, **options))]


def test_what_fit_is_told_to_hold_out_comes_first_and_nothing_is_an_answer() -> None:
    holds = model(validation_split=0.3)
    told = [trained_by(holds, None, {"validation_split": share}).held_out for share in (None, 0.2, 0.0)]
    assert told == [0.3, 0.2, 0.0]


def test_a_bundle_is_one_training_on_one_split_and_the_longest_comes_first() -> None:
    candidates = [{"epochs": n, "learning_rate": rate} for rate in RATES for n in EPOCHS]
    found = bundles(tasks_of(model(), [*candidates, {"epochs": 6}], n_splits=2))
    assert [bundle.epochs for bundle in found] == [(6,)] * 2 + [(1, 3, 4)] * 4
    for bundle in found:
        assert (
            len({(task.kwargs["parameters"].get("learning_rate"), id(task.kwargs["train"])) for task in bundle.tasks})
            == 1
        )
        assert [task.kwargs["parameters"]["epochs"] for task in bundle.tasks] == [*bundle.epochs]


@pytest.mark.parametrize(
    ("why", "estimator", "options"),
    [
        ("a seed of each fit's own", lambda: model(random_state=None), {}),
        ("a generator", lambda: model(random_state=np.random.RandomState(0)), {}),
        ("callbacks", lambda: model(callbacks=[object()]), {}),
        ("callbacks of fit", model, {"callbacks": [object()]}),
        ("validation data", model, {"validation_data": (X, Y)}),
        ("a schedule over all epochs", lambda: model(learning_rate_schedule="cosine"), {}),
        ("metrics of Keras", lambda: model(metrics=["mae"]), {}),
        ("a model of one's own", lambda: kerasgrid.KerasClassifier(builder, random_state=0), {}),
        ("what is not ours", StandardScaler, {}),
    ],
)
def test_what_is_never_shared(why: str, estimator: Any, options: dict[str, Any]) -> None:
    assert sizes(estimator(), **options) == [1, 1, 1], why


def builder(params: Any, input_shape: Any, n_outputs: int) -> Any:
    raise NotImplementedError


def test_a_pipeline_is_shared_where_its_other_steps_are_the_same() -> None:
    pipeline = make_pipeline(StandardScaler(), model())
    grid = theirs.ParameterGrid({"kerasclassifier__epochs": EPOCHS, "standardscaler__with_mean": [True, False]})
    assert sizes(pipeline, list(grid)) == [3, 3]
    assert sizes(pipeline, list(grid), kerasclassifier__sample_weight=np.ones(200)) == [3, 3]
    # Who knows what is passed on?
    assert sizes(pipeline, list(grid), kerasclassifier__callbacks=[object()]) == [1] * 6
    one, another = StandardScaler(), StandardScaler()
    grid = theirs.ParameterGrid({"kerasclassifier__epochs": EPOCHS, "standardscaler": [one, another]})
    assert sizes(pipeline, list(grid)) == [3, 3]


def test_only_calls_travel() -> None:
    (bundle,) = bundles(tasks_of(model(), [{"epochs": n} for n in EPOCHS]))
    sent = pickle.loads(pickle.dumps(bundle))
    assert [type(one).__name__ for one in sent] == ["Sent"] * 3


# ------------------------------------------------------------------ numbers


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Evaluate in this process, as within a worker; return what gets longer by one with each epoch that is trained."""
    monkeypatch.setattr(evaluation, "current_process", lambda: SimpleNamespace(daemon=True))
    return counted(monkeypatch)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    trained: list[int] = []
    take = Course._take

    def taken(course: Course, row: np.ndarray) -> None:
        trained.append(course.n_done)
        take(course, row)

    monkeypatch.setattr(Course, "_take", taken)
    return trained


def alone(tasks: Mapping[Task, Trained]) -> list[Bundle]:
    return [Bundle((task,), (0,)) for task in tasks]


def network(estimator: Any) -> Any:
    return estimator[-1] if hasattr(estimator, "steps") else estimator


def content(estimator: Any, x: Any, y: Any, sample_weight: Any = None) -> float:
    """Return a number that tells whether anything of a fit is another."""
    fitted = network(estimator)
    arrays = *fitted._weights, *fitted._optimizer.variables
    told = repr(fitted.history_).encode(), *(array.tobytes() for array in arrays)
    digest = hashlib.sha256(b"".join(told) + np.asarray(estimator.predict(x)).tobytes())
    return float(int(digest.hexdigest()[:12], 16))


def searched(estimator: Any, grid: Any, **options: Any) -> Any:
    x, y, fit = options.pop("x", X), options.pop("y", Y), options.pop("fit", {})
    options = {"cv": 2, "refit": False, "scoring": content, "n_jobs": 2, "return_train_score": True, **options}
    return kerasgrid.GridSearchCV(estimator, grid, **options).fit(x, y, **fit)


def scores(search: Any) -> list[list[float]]:
    names = [f"split{i}_{part}_score" for i in range(search.n_splits_) for part in ("test", "train")]
    return [search.cv_results_[name].tolist() for name in names]


CASES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "plain": ({}, {"learning_rate": RATES}, {}),
    "weights of samples and classes": (
        {"class_weight": "balanced"}, {}, {"fit": {"sample_weight": np.linspace(0.5, 2, len(Y))}},
    ),
    "curves of a part, in the order given": ({"validation_split": 0.2, "shuffle": False}, {}, {}),
    "some of the same epochs": ({}, {"random_state": [0, 1], "epochs": [2, 2, 4]}, {}),
    "a table": (
        {}, {"scaling": ["auto", "none"]},
        {"x": pd.DataFrame({"age": X[:, 20] * 50 + 20, "city": np.where(X[:, 36] > 0.5, "Oslo", "Bonn")})},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_fit_is_what_it_is_alone(case: str, here: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    params, axes, options = CASES[case]
    grid = {"epochs": EPOCHS, **axes}
    n_trainings = 2 * len(theirs.ParameterGrid({**grid, "epochs": [1]}))
    together = searched(model(**params), grid, **options)
    assert len(here) == n_trainings * max(grid["epochs"])
    here.clear()
    monkeypatch.setattr(evaluation, "bundles", alone)
    assert scores(together) == scores(searched(model(**params), grid, **options))
    assert len(here) == n_trainings * sum(grid["epochs"])


def test_compiled_fits_are_what_they_are_alone(here: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    with planned(100):
        together = searched(model(), {"epochs": EPOCHS})
        assert len(here) == 2 * max(EPOCHS)
        assert any(program._epochs._compiled for program in programs._programs.values())
        monkeypatch.setattr(evaluation, "bundles", alone)
        assert scores(together) == scores(searched(model(), {"epochs": EPOCHS}))


def test_a_fit_that_stops_early_has_stopped_for_the_longer_ones(
    here: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    estimator, grid = model(early_stopping=STOPPING, learning_rate=0.2), {"epochs": [2, 5, 40]}
    together = searched(estimator, grid)
    n_together = len(here)
    assert n_together < 2 * 40
    monkeypatch.setattr(evaluation, "bundles", alone)
    assert scores(together) == scores(searched(estimator, grid))
    assert n_together < len(here) - n_together


@pytest.mark.filterwarnings("ignore")
def test_a_fit_that_diverges_fails_as_it_does_alone(here: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    estimator = model(optimizer="SGD", activation="linear", hidden_units=[8, 8])
    grid = {"epochs": [1, 50], "learning_rate": [0.01, 50.0]}
    together = searched(estimator, grid, error_score=-1.0)
    n_together = len(here)
    monkeypatch.setattr(evaluation, "bundles", alone)
    assert scores(together) == scores(searched(estimator, grid, error_score=-1.0))
    assert -1.0 in scores(together)[0]
    assert n_together < len(here) - n_together


def test_a_pipeline_shares_too(here: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    estimator = make_pipeline(StandardScaler(), model())
    grid = {"kerasclassifier__epochs": EPOCHS, "standardscaler__with_mean": [True, False]}
    together = searched(estimator, grid)
    assert len(here) == 2 * 2 * max(EPOCHS)
    monkeypatch.setattr(evaluation, "bundles", alone)
    assert scores(together) == scores(searched(estimator, grid))


def test_an_ensemble_shares_what_is_alike_in_its_members(here: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    estimator = BaggingClassifier(model(), n_estimators=2, random_state=0)
    grid = {"estimator__epochs": [1, 3]}
    together = searched(estimator, grid, scoring="neg_log_loss")
    assert len(here) == 2 * 2 * 3
    monkeypatch.setattr(evaluation, "bundles", alone)
    assert scores(together) == scores(searched(estimator, grid, scoring="neg_log_loss"))


@pytest.mark.parametrize(
    ("change", "n_trained"),
    [
        ({}, 2),
        ({"verbose": 0}, 2),
        ({"epochs": 1}, 1),
        ({"learning_rate": 0.02}, 3),
        ({"random_state": 1}, 3),
        ({"hidden_units": [9]}, 3),
        ({"validation_split": 0.2}, 3),
        ({"shuffle": False}, 3),
        ({"x": X + np.float32(0.01)}, 3),
        ({"y": Y[::-1]}, 3),
        ({"sample_weight": np.linspace(0.5, 2, len(Y))}, 3),
        ({"planned": 200}, 3),
    ],
    ids=lambda value: next(iter(value), "nothing") if isinstance(value, dict) else None,
)
def test_nothing_is_taken_of_another_training(change: dict[str, Any], n_trained: int, here: list[int]) -> None:
    def fitted(x: Any = X, y: Any = Y, sample_weight: Any = None, **params: Any) -> Any:
        with planned(params.pop("planned", None)):
            return model(**params).fit(x, y, sample_weight)

    sharing, changed = Sharing(2), {"epochs": 3, **change}
    with sharing.next_call():
        fitted(epochs=2 if "epochs" in change else 1)
    here.clear()
    with sharing.next_call():
        found = fitted(**changed)
    assert len(here) == n_trained
    assert content(found, X, Y) == content(fitted(**changed), X, Y)


@pytest.mark.parametrize("params", [{"random_state": None}, {"callbacks": []}, {"learning_rate_schedule": "cosine"}])
def test_fits_that_are_no_one_training_are_trained_each(params: dict[str, Any], here: list[int]) -> None:
    if "callbacks" in params:
        import keras

        params = {"callbacks": [keras.callbacks.TerminateOnNaN()]}
    searched(model(**params), {"epochs": EPOCHS})
    assert len(here) == 2 * sum(EPOCHS)


def test_a_search_within_a_search(here: list[int]) -> None:
    def nested(of: Any) -> Any:
        inner = of.GridSearchCV(model(), {"epochs": [1, 3]}, cv=2)
        return of.GridSearchCV(inner, {"estimator__learning_rate": RATES}, cv=2, refit=False).fit(X, Y)

    ours = nested(kerasgrid).cv_results_["mean_test_score"].tolist()
    n_ours = len(here)
    assert ours == nested(theirs).cv_results_["mean_test_score"].tolist()
    # Of each of four fits two inner splits.
    assert n_ours == len(here) - n_ours - 4 * 2


def test_what_an_interrupted_bundle_has_done_is_kept(here: list[int], tmp_path: Path) -> None:
    stop = [3]

    def interrupted(estimator: Any, x: Any, y: Any) -> float:
        if estimator.epochs in stop:
            raise KeyboardInterrupt
        return content(estimator, x, y)

    # By its name: it has a key then.
    interrupted.__qualname__ = "interrupted"
    with pytest.raises(KeyboardInterrupt):
        searched(model(), {"epochs": EPOCHS}, run_dir=tmp_path, scoring=interrupted)
    assert len(here) == 3
    stop.clear()
    here.clear()
    resumed = searched(model(), {"epochs": EPOCHS}, run_dir=tmp_path, scoring=interrupted)
    # One epoch is there; what is left is trained from the start.
    assert len(here) == 2 * max(EPOCHS)
    assert scores(resumed) == scores(searched(model(), {"epochs": EPOCHS}))


def test_the_time_of_a_fit_is_that_from_its_start(here: list[int]) -> None:
    sharing, spent = Sharing(3), []
    for epochs in (1, 3, 4):
        with sharing.next_call():
            model(epochs=epochs).fit(X, Y)
        spent.append(sharing.seconds)
    assert spent[0] == 0 < spent[1] < spent[2]
    assert len(here) == 4
    model(epochs=5).fit(X, Y)
    assert len(here) == 9
    assert with_time_before({"fit_time": 1.0, "score_time": 2.0}, 0.5) == {"fit_time": 1.5, "score_time": 2.0}
    assert with_time_before("what another function returns", 0.5) == "what another function returns"


# ------------------------------------------------------------------ by workers


def deadly(estimator: Any, x: Any, y: Any, parameters: dict[str, int]) -> int:
    if parameters["epochs"] == 3:
        os._exit(9)
    return parameters["epochs"]


def test_a_task_that_ends_its_worker_costs_no_other_of_its_bundle() -> None:
    tasks = [Task(n, deadly, (None, X, Y), {"parameters": {"epochs": n}}, Shelf()) for n in range(1, 6)]
    with TaskCrew(tasks, 1) as crew:
        answers = list(crew.answers([Bundle((*tasks,), (1, 2, 3, 4, 5))]))
    assert [bundle.tasks for bundle, _ in answers] == [tuple(tasks[n:]) for n in range(5)]
    assert [outcome.value for _, outcome in answers] == [1, 2, None, 4, 5]
    assert str(answers[2][1].lost).startswith("the worker process died (exit status 9)")


class Deadly:
    """A scorer that notes each of its calls, and ends its process at its first of three epochs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, estimator: Any, x: Any, y: Any) -> float:
        mark = self.folder / "died"
        if estimator.epochs == 3 and not mark.exists():
            mark.touch()
            os._exit(9)
        with (self.folder / "calls").open("a") as file:
            file.write(f"{estimator.epochs} {os.getpid()}\n")
        return content(estimator, x, y)


def test_a_worker_that_dies_amid_a_bundle_loses_nothing_of_what_it_has_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, Any] = {"return_train_score": False, "scoring": Deadly(tmp_path), "n_jobs": 1}
    died = searched(model(), {"epochs": EPOCHS}, **options).cv_results_
    calls = [line.split() for line in (tmp_path / "calls").read_text().splitlines()]
    assert sorted(epochs for epochs, _ in calls) == ["1", "1", "3", "3", "4", "4"]
    # The one that died, another for what was left, and a fresh one for what it died of.
    assert len({pid for _, pid in calls}) == 3
    monkeypatch.setattr(evaluation, "current_process", lambda: SimpleNamespace(daemon=True))
    monkeypatch.setattr(evaluation, "bundles", alone)
    by_itself = searched(model(), {"epochs": EPOCHS}).cv_results_
    for name in ("split0_test_score", "split1_test_score"):
        assert died[name].tolist() == by_itself[name].tolist()
