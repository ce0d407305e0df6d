"""The search classes decide by their plan what XLA compiles, as the command line does; scores do not depend on it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import model_selection as theirs
from sklearn.datasets import load_digits
from sklearn.ensemble import VotingClassifier
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import kerasgrid
from kerasgrid.estimators import programs
from kerasgrid.estimators.planned import planned
from kerasgrid.model_selection.bundles import Bundle
from kerasgrid.model_selection.compiling import Compiling
from kerasgrid.model_selection.crew import TaskCrew
from kerasgrid.model_selection.programs import trained_by
from kerasgrid.model_selection.refit import prepare_refit
from kerasgrid.model_selection.task import Shelf, Task
from kerasgrid.run.store import Store
from kerasgrid.workers import compiling

# scikit-learn 1.5 makes masked arrays of whole numbers out of memory that is not initialised.
pytestmark = pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")

DIGITS, LABELS = load_digits(return_X_y=True)
X, Y = (DIGITS[:300] / 16).astype(np.float32), LABELS[:300]
SMALL: dict[str, Any] = {"hidden_units": [16], "epochs": 3, "batch_size": 40, "random_state": 0}
DEEP: dict[str, Any] = {**SMALL, "hidden_units": [16] * 5, "epochs": 100, "batch_size": 10}
RATES = np.linspace(0.001, 0.01, 20).tolist()


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "n_cores", lambda: 2)


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have any plan be worth compiling."""
    monkeypatch.setattr(compiling, "_SAVED_PER_PART_AND_STEP", 1.0)


# ------------------------------------------------------------------ what is compiled


def tasks_of(
    estimator: Any,
    candidates: Collection[Mapping[str, Any]],
    sizes: Collection[int] = (240,),
    fit_params: Mapping[str, Any] | None = None,
    x: Any = X,
) -> dict[Task, Any]:
    tasks = {}
    for candidate in candidates:
        trained = trained_by(estimator, candidate, fit_params)
        for n in sizes:
            task = Task(len(tasks), len, (estimator, x, Y), {"train": np.arange(n), "parameters": candidate}, Shelf())
            tasks[task] = trained
    return tasks


def samples(estimator: Any, candidates: Any = None, **options: Any) -> list[int | None]:
    """Return of how many samples the fits of each task are compiled."""
    tasks = tasks_of(estimator, [{"learning_rate": rate} for rate in RATES] if candidates is None else candidates)
    if options:
        tasks = tasks_of(estimator, [{"learning_rate": rate} for rate in RATES], **options)
    found = Compiling(tasks)
    return [found.samples_of(task) for task in tasks]


def deep(**params: Any) -> Any:
    return kerasgrid.KerasClassifier(**{**DEEP, **params})


def test_many_fits_of_a_small_network_are_compiled_and_few_are_not() -> None:
    assert samples(deep()) == [240] * 20
    assert samples(deep(), [{"learning_rate": 0.1}]) == [None]
    assert samples(kerasgrid.KerasClassifier(**SMALL)) == [None] * 20


def test_each_structure_is_weighed_by_itself() -> None:
    many = [{"learning_rate": rate} for rate in RATES]
    found = samples(deep(), [*many, {"activation": "tanh"}, {"learning_rate": 0.5, "optimizer": "SGD"}])
    assert found == [240] * 20 + [None, None]


def test_folds_of_other_sizes_are_other_kinds() -> None:
    assert samples(deep(), sizes=(240, 239)) == [240, 239] * 20


@pytest.mark.parametrize(
    ("what", "estimator"),
    [
        ("stops early", lambda: deep(early_stopping={})),
        ("has callbacks", lambda: deep(callbacks=[object()])),
        ("measures more", lambda: deep(metrics=["mae"])),
        ("convolves", lambda: kerasgrid.KerasClassifier("cnn", epochs=50)),
        ("is large", lambda: deep(hidden_units=[2000, 2000])),
        ("is wrong", lambda: deep(activation="no such thing")),
        ("is not ours", StandardScaler),
    ],
)
def test_what_is_never_compiled(what: str, estimator: Any) -> None:
    assert samples(estimator(), [{}] * 20, x=X.reshape(-1, 8, 8)) == [None] * 20, what


def test_a_pipeline_is_and_two_networks_in_one_are_not() -> None:
    rates = [{"kerasclassifier__learning_rate": rate} for rate in RATES]
    assert samples(make_pipeline(StandardScaler(), deep()), rates) == [240] * 20
    both = VotingClassifier([("a", deep()), ("b", deep())])
    assert samples(both, [{"a__learning_rate": rate} for rate in RATES]) == [None] * 20


def test_what_fit_is_given_counts() -> None:
    short = kerasgrid.KerasClassifier(**{**DEEP, "epochs": 1})
    assert samples(short) == [None] * 20
    assert samples(short, fit_params={"epochs": 100}) == [240] * 20
    assert samples(deep(), fit_params={"sample_weight": np.ones(300)}) == [240] * 20
    assert samples(deep(), fit_params={"validation_data": (X, Y)}) == [None] * 20
    assert samples(deep(), fit_params={"no_such_argument": 1}) == [None] * 20


@pytest.mark.parametrize("y", [None, [[1], [1, 2]] * 150, [{}] * 300])
def test_what_has_no_shape_is_left_to_its_fit(y: Any) -> None:
    tasks = tasks_of(deep(), [{"learning_rate": rate} for rate in RATES])
    for task in tasks:
        task.args = (task.args[0], X, y)
    assert Compiling(tasks).keys == ()


def test_lists_have_the_shapes_of_their_samples() -> None:
    assert samples(deep(), x=X.tolist()) == [240] * 20
    assert samples(deep(), x=np.zeros((300, 40_000)).tolist()) == [None] * 20


def test_what_a_folder_has_finished_stays_what_it_was() -> None:
    tasks = tasks_of(deep(), [{"learning_rate": rate} for rate in RATES])
    first, *_ = tasks
    assert Compiling(tasks, finished=[first]).samples_of(first) is None
    keys = Compiling(tasks).keys
    assert len(keys) == 1
    few = tasks_of(deep(), [{"learning_rate": 0.3}])
    (one,) = few
    # Too few to be worth it, but what is there was compiled; or nothing is, and they are decided on anew.
    assert Compiling(few, finished=[one], before=keys).samples_of(one) == 240
    assert Compiling(few, before=keys).samples_of(one) is None
    assert Compiling(few, before=["another"]).keys == ("another",)


# ------------------------------------------------------------------ numbers


def compiled_programs(estimator: Any, x: Any, y: Any) -> float:
    """Return for how many programs of this process something was compiled."""
    return float(sum(bool(program._epochs._compiled) for program in programs._programs.values()))


def likelihood(estimator: Any, x: Any, y: Any) -> float:
    return -float(log_loss(y, estimator.predict_proba(x)))


SCORING = {"likelihood": likelihood, "compiled": compiled_programs}


def searched(estimator: Any, grid: Any, **options: Any) -> Any:
    fit = options.pop("fit", {})
    options = {"cv": 3, "refit": False, "scoring": SCORING, "error_score": "raise", "n_jobs": 2, **options}
    return kerasgrid.GridSearchCV(estimator, grid, **options).fit(X, Y, **fit)


def columns(search: Any, *, more: tuple[str, ...] = ()) -> dict[str, np.ndarray]:
    return {
        name: np.asarray(column, float)
        for name, column in search.cv_results_.items()
        if name.endswith(("_likelihood", *more)) and name.startswith("split")
    }


def test_compiled_fits_score_as_traced_ones_but_for_rounding(eager: None) -> None:
    estimator = make_pipeline(StandardScaler(), kerasgrid.KerasClassifier(**SMALL, dropout=0.2))
    grid = {"kerasclassifier__learning_rate": [0.003, 0.01], "kerasclassifier__activation": ["relu", "tanh"]}
    weights = {"kerasclassifier__sample_weight": np.linspace(0.5, 2, len(Y))}
    ours = searched(estimator, grid, return_train_score=True, fit=weights)
    assert ours.cv_results_["mean_test_compiled"].min() >= 1
    options: dict[str, Any] = {"cv": 3, "refit": False, "scoring": {"likelihood": likelihood}}
    other = theirs.GridSearchCV(estimator, grid, **options, return_train_score=True).fit(X, Y, **weights)
    mine, traced = columns(ours), columns(other)
    assert mine.keys() == traced.keys()
    assert len(mine) == 6
    for name, column in mine.items():
        np.testing.assert_allclose(column, traced[name], rtol=2e-3, err_msg=name)


def test_numbers_are_those_of_any_number_of_workers_and_interruptions(eager: None, tmp_path: Path) -> None:
    estimator, grid = kerasgrid.KerasClassifier(**SMALL), {"learning_rate": [0.003, 0.01, 0.03]}
    alone, together = searched(estimator, grid, n_jobs=1), searched(estimator, grid, n_jobs=2, run_dir=tmp_path)
    with Store.open_readonly(tmp_path) as store:
        kept = store.meta()["compiled_kinds"]
    assert len(kept) == 1
    # As if it had been killed with two fits left, too few to compile anything for.
    with closing(sqlite3.connect(tmp_path / "run.sqlite")) as connection, connection:
        connection.execute("DELETE FROM evaluations WHERE rowid IN (SELECT rowid FROM evaluations LIMIT 2)")
    resumed = searched(estimator, grid, n_jobs=1, run_dir=tmp_path)
    with Store.open_readonly(tmp_path) as store:
        assert store.meta()["compiled_kinds"] == kept
    for other in (together, resumed):
        for name, column in columns(alone).items():
            np.testing.assert_array_equal(column, columns(other)[name], err_msg=name)


def test_an_estimator_alone_is_traced_and_one_in_a_search_only_on_as_many_samples(eager: None) -> None:
    def fitted(n: int, compiled_samples: int | None, **params: Any) -> tuple[list[np.ndarray], float]:
        programs._programs.clear()
        with planned(compiled_samples) as fit:
            estimator = kerasgrid.KerasClassifier(**{**SMALL, **params}).fit(X[:n], Y[:n])
        assert fit.build_seconds > 0
        return estimator._weights, compiled_programs(None, None, None)

    alone, n_compiled = fitted(200, None)
    assert n_compiled == 0
    planned_one, n_compiled = fitted(200, 200)
    assert n_compiled == 1
    for mine, other in zip(planned_one, alone, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-3, atol=1e-4)
    assert fitted(199, 200)[1] == 0
    assert fitted(200, 200, validation_split=0.2)[1] == 1
    assert fitted(200, 200, early_stopping={"patience": 2})[1] == 0
    assert fitted(200, 200, hidden_units=[3000])[1] == 0


def test_a_program_that_is_there_costs_no_building() -> None:
    programs._programs.clear()
    estimator = kerasgrid.KerasClassifier(**SMALL)
    spent = []
    for _ in range(2):
        with planned(None) as fit:
            estimator.fit(X, Y)
        spent.append(fit.build_seconds)
    assert spent[0] > 0
    assert spent[1] == 0


def fitted_in_worker(estimator: Any, x: Any, y: Any, **kwargs: Any) -> float:
    started = time.perf_counter()
    estimator.fit(x, y)
    return time.perf_counter() - started


def test_a_fit_that_builds_does_not_look_long_to_those_who_hand_out_fits() -> None:
    shelf = Shelf()
    for thing in (X, Y):
        shelf.add(thing)
    # The first fit of a worker imports, too, which is no building; so another program comes before.
    sizes = [(8,), (9,), (9,)]
    estimators = [kerasgrid.KerasClassifier(**{**SMALL, "hidden_units": size}) for size in sizes]
    tasks = [
        Task(place, fitted_in_worker, (estimator, X, Y), {"parameters": {}}, shelf, str(estimator.hidden_units))
        for place, estimator in enumerate(estimators)
    ]
    with TaskCrew(tasks, 1) as crew:
        outcomes = dict(crew.answers([Bundle((task,), (0,)) for task in tasks]))
    _, first, second = (outcome for _, outcome in sorted(outcomes.items(), key=lambda item: item[0].tasks[0].number))
    # Building takes half a second or more; of the second fit all that it takes counts.
    assert first.value - first.seconds > 0.1
    assert second.seconds >= second.value


# ------------------------------------------------------------------ the refit


def prepared(estimator: Any, candidates: Any, **options: Any) -> int:
    """Return how many programs of all samples there are, with their epochs traced, after getting ready for a refit."""
    programs._programs.clear()
    prepare_refit(tasks_of(estimator, candidates, **options))
    return sum(program._epochs._traced is not None for program in programs._programs.values())


def test_one_program_of_all_candidates_is_there_for_the_refit() -> None:
    estimator, rates = kerasgrid.KerasClassifier(**SMALL), [{"learning_rate": 0.1}, {"learning_rate": 0.2}]
    assert prepared(estimator, rates) == 1
    assert not hasattr(estimator, "history_")
    (program,) = programs._programs.values()
    estimator.set_params(learning_rate=0.1).fit(X, Y)
    assert list(programs._programs.values()) == [program]


@pytest.mark.parametrize(
    ("why", "estimator", "candidates"),
    [
        ("several programs", kerasgrid.KerasClassifier(**SMALL), [{"activation": "relu"}, {"activation": "tanh"}]),
        ("no seed", kerasgrid.KerasClassifier(**{**SMALL, "random_state": None}), [{"learning_rate": 0.1}]),
        ("a pipeline", make_pipeline(kerasgrid.KerasClassifier(**SMALL)), [{"kerasclassifier__learning_rate": 0.1}]),
        ("an error", kerasgrid.KerasClassifier(**SMALL), [{"validation_split": 0.9999}]),
    ],
)
def test_nothing_is_built_for_a_refit_that_is_not_known(why: str, estimator: Any, candidates: Any) -> None:
    state = np.random.get_state()[1].tolist()  # type: ignore[union-attr]
    assert prepared(estimator, candidates) == 0, why
    assert np.random.get_state()[1].tolist() == state  # type: ignore[union-attr]


def test_predictions_are_of_the_weights_of_their_own_fit() -> None:
    first = kerasgrid.KerasClassifier(**SMALL, learning_rate=0.01).fit(X, Y)
    expected = first.predict_proba(X)
    second = kerasgrid.KerasClassifier(**SMALL, learning_rate=0.05).fit(X, Y)
    np.testing.assert_array_equal(first.predict_proba(X), expected)
    assert not np.array_equal(second.predict_proba(X), expected)
