"""What ``kerasgrid auto`` decides: task, splits, space and how long fits are, by data and time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from support.searches import score
from support.tables import written

import kerasgrid
from kerasgrid.api import auto as auto_module
from kerasgrid.api.auto import Automatic, auto_folder, decide
from kerasgrid.data.memory import dataset_of
from kerasgrid.errors import DataError, RunError, SpaceError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.run.planning import make_plan
from kerasgrid.run.suits import AUTO_SEARCHES
from kerasgrid.space.files import load_space
from kerasgrid.workers.fitters import FITTERS, FitterKind


def table(folder: Path, n: int, **more: Sequence[object]) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    x = rng.random(n).round(4).tolist()
    y = ["high" if value > 0.5 else "low" for value in x]
    return {"path": str(written(folder / "mine.csv", {"x": x, "y": y, **more})), "target": "y"}


def arrays(n: int, shape: tuple[int, ...] = (3,), n_classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).random((n, *shape), np.float32)
    return x, np.arange(n) % n_classes


LABELS = arrays(300)[0]


def of_arrays(data: Any, **options: Any) -> Automatic:
    return decide({"name": "digits"}, Path("nowhere"), None, minutes=1.0, data=data, **options)


def test_a_table_of_words(tmp_path: Path) -> None:
    found = decide(table(tmp_path, 150), tmp_path / "run", None, minutes=1.0)
    assert found.space.name == "auto_table_classification"
    assert (found.space.cv, found.space.metric_for("classification")) == (5, "accuracy")
    assert found.space.dataset.test_split == 0.2
    assert found.dataset.x_test is not None
    assert len(found.dataset.x_test) == 30
    assert found.notes == [
        "classification of y, 2 classes: searching the space auto_table_classification",
        "compared by accuracy on 5 folds",
    ]
    assert found.space.baselines


def test_few_rows_keep_no_test_set(tmp_path: Path) -> None:
    found = decide(table(tmp_path, 60), tmp_path / "run", None, minutes=1.0)
    assert found.dataset.x_test is None
    assert found.space.dataset.test_split is None


def test_classes_too_few_to_put_any_aside_keep_no_test_set(tmp_path: Path) -> None:
    document = table(tmp_path, 120, y=[f"kind {place % 30}" for place in range(120)])
    found = decide(document, tmp_path / "run", None, minutes=1.0)
    assert (found.dataset.x_test, found.space.dataset.test_split, found.space.cv) == (None, None, 4)
    assert found.notes[1] == (
        "no samples are put aside as a test set: each part must have at least one sample for every class, got "
        "0.2 of 120 samples, a held-out part of 24 for 30 classes"
    )
    # Which folds are given, and of one class there is a single row.
    parts = {"part": [place % 4 for place in range(150)], "y": ["only", *("ab"[place % 2] for place in range(149))]}
    given = {**table(tmp_path, 150, **parts), "fold": "part"}
    found = decide(given, tmp_path / "given", None, minutes=1.0)
    assert found.dataset.x_test is None
    assert "a stratified split needs" in found.notes[1]


@pytest.mark.parametrize(
    ("data", "space", "splits", "metric"),
    [
        (arrays(300), "auto_table_classification", {"cv": 5}, "accuracy"),
        (arrays(8_000), "auto_table_classification", {"cv": 3}, "accuracy"),
        (arrays(30_000), "auto_table_classification", {"validation_split": 0.2}, "accuracy"),
        (arrays(300, (6, 6)), "auto_images", {"cv": 3}, "accuracy"),
        (arrays(3_000, (6, 6)), "auto_images", {"validation_split": 0.2}, "accuracy"),
        ((arrays(300)[0], arrays(300)[0].sum(axis=1)), "auto_table_regression", {"cv": 5}, "r2"),
        ((LABELS, (LABELS > 0.5).astype(int)), "auto_table_classification", {"cv": 5}, "binary_accuracy"),
    ],
)  # fmt: skip
def test_space_splits_and_metric_follow_from_the_data(
    data: Any, space: str, splits: dict[str, Any], metric: str
) -> None:
    found = of_arrays(data)
    assert found.space.name == space
    assert {name: getattr(found.space, name) for name in splits} == splits
    assert found.space.metric_for(found.dataset.task) == metric


def test_another_metric_and_seed() -> None:
    found = of_arrays(arrays(300), metric="f1_macro", seed=3)
    assert (found.space.metric, found.space.seed) == ("f1_macro", 3)
    with pytest.raises(SpaceError, match="metric: must be a metric"):
        of_arrays(arrays(300), metric="acuracy")


def test_what_the_data_says_of_splits_is_told(tmp_path: Path) -> None:
    document = {**table(tmp_path, 150, part=[place % 4 for place in range(150)]), "fold": "part"}
    found = decide(document, tmp_path / "run", None, minutes=1.0)
    assert found.notes[-1] == "compared by accuracy on folds that the data gives"


def test_data_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing"):
        decide({"path": "nothing.csv", "target": "y"}, tmp_path, None, minutes=1.0)


@pytest.mark.parametrize("space", [one.space for one in AUTO_SEARCHES])
def test_its_spaces_begin_with_given_candidates_and_have_baselines(space: str) -> None:
    asked = load_space(space)
    assert asked.baselines
    assert len(asked.tried.keys.model_dump()["start"]) == 4  # as many as a pilot looks at


@pytest.mark.parametrize(("n", "epochs"), [(60, 150), (1_000, 56), (3_750, 15), (9_000, 15)])
def test_few_images_are_gone_through_more_often(n: int, epochs: int) -> None:
    found = of_arrays(arrays(n, (4, 4)))
    assert [part["epochs"] for part in found.space.params] == [epochs, epochs]


def timed(monkeypatch: pytest.MonkeyPatch, seconds: Sequence[float]) -> FakeFitter:
    """Have fits of the candidates of the start take so long."""

    def pilot(plan: Any, *rest: Any) -> list[Any]:
        params = [candidate.resolved(plan.task).params for candidate in plan.candidates]
        return [(one, plan.n_fit_samples, took) for one, took in zip(params, seconds, strict=True)]

    monkeypatch.setattr("kerasgrid.api.pilot.pilot_times", pilot)
    return FakeFitter(score)


def within(fitter: FakeFitter, minutes: float | None, data: Any = None, **options: Any) -> Automatic:
    data = arrays(4_000) if data is None else data
    return decide({"name": "digits"}, Path("nowhere"), fitter, minutes=minutes, data=data, **options)


def test_where_there_is_time_all_is_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    found = within(timed(monkeypatch, [1.0, 1.0, 1.0, 1.0]), 1.0)  # 20 fits; 24 s for them
    assert found.space.params["epochs"] == 100
    assert len(found.notes) == 2


def test_fewer_epochs_where_there_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    found = within(timed(monkeypatch, [2.0, 2.0, 2.0, 2.0]), 1.0)  # 40 s
    assert found.space.params["epochs"] == 60
    assert found.space.cv == 5
    assert found.notes[1] == "60 epochs instead of 100, for which there is no time"


def test_one_split_where_folds_would_take_much_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    found = within(timed(monkeypatch, [6.0, 6.0, 6.0, 6.0]), 1.0)  # 120 s, or 24 s
    assert (found.space.cv, found.space.validation_split) == (None, 0.2)
    assert found.space.params["epochs"] == 100
    assert found.notes[1] == "one split instead of 5 folds, which would take too long"
    assert found.notes[-1] == "compared by accuracy on one split"


def test_fewer_trials_than_first_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    found = within(timed(monkeypatch, [4000.0, 100.0]), 1.0, max_trials=2)
    assert found.space.tried.keys.model_dump()["trials"] == 2
    bundled = load_space(found.space.name).tried.keys.model_dump()["start"]
    assert found.space.tried.keys.model_dump()["start"] == (bundled[1],)
    assert "1 of 2 first candidates, for which there is time" in found.notes


def test_without_a_limit_of_time_nothing_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = within(timed(monkeypatch, [6000.0]), None, max_trials=1)
    assert found.space.params["epochs"] == 100
    assert len(found.notes) == 2


def test_the_cheapest_first_candidates_where_even_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    found = within(timed(monkeypatch, [4000.0, 100.0, 4000.0, 300.0]), 1.0)
    assert found.space.params["epochs"] == 3
    bundled = load_space(found.space.name).tried.keys.model_dump()["start"]
    assert found.space.tried.keys.model_dump()["start"] == (bundled[1], bundled[3])
    assert "2 of 4 first candidates, for which there is time" in found.notes


def test_images_keep_the_epochs_of_each_model(monkeypatch: pytest.MonkeyPatch) -> None:
    found = within(timed(monkeypatch, [10.0, 10.0, 10.0, 10.0]), 1.0, arrays(6_000, (28, 28)))
    assert [part["epochs"] for part in found.space.params] == [9, 9]


def test_where_a_pilot_tells_nothing_all_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kerasgrid.api.pilot.pilot_times", lambda *args: [])
    assert within(FakeFitter(score), 1.0).space.params["epochs"] == 100


def fake(monkeypatch: pytest.MonkeyPatch, level: float = 0.5) -> None:
    def of(fit: Any) -> float:
        return level + float(str(fit.candidate["learning_rate"]))

    monkeypatch.setitem(FITTERS._rows, "local", FitterKind("local", "", lambda jobs: FakeFitter(of)))
    monkeypatch.setattr("kerasgrid.api.searching._baseline_trainer", lambda *args: None)
    monkeypatch.setattr("kerasgrid.space.files.load_space", lambda name: load_space(name).changed(trials=6))


def test_the_same_call_goes_on_with_its_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(monkeypatch)
    document = table(tmp_path, 150)
    options: dict[str, Any] = {"minutes": 1.0, "out": tmp_path / "run", "progress": False}
    run = kerasgrid.auto(document["path"], "y", **options)
    assert run.best is not None
    found = decide(document, tmp_path / "run", None, minutes=9.0)
    assert (found.is_new, found.space) == (False, run.space)
    assert found.notes == (f"going on with {tmp_path / 'run'}",)
    assert kerasgrid.auto(document["path"], "y", **options).trials == run.trials
    for changes in ({"seed": 1}, {"metric": "f1_macro"}):
        assert decide(document, tmp_path / "run", None, minutes=1.0, **changes).is_new  # type: ignore[arg-type]
    other = {**document, "drop": ["x"]}
    with pytest.raises(DataError):
        decide(other, tmp_path / "run", None, minutes=1.0)


def test_frames_and_arrays_from_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(monkeypatch)
    monkeypatch.chdir(tmp_path)
    options: dict[str, Any] = {"minutes": 1.0, "progress": False}
    x, y = arrays(60)
    frame = pd.DataFrame(x, columns=["a", "b", "c"]).assign(y=[f"class {label}" for label in y])
    run = kerasgrid.auto(frame, "y", **options)
    assert run.classes == ("class 0", "class 1", "class 2")
    assert kerasgrid.auto((x, y), out=tmp_path / "arrays", **options).task == "classification"
    assert (tmp_path / "runs" / "auto-data" / "report.html").exists()


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"minutes": 0.0}, "minutes: must be above 0, got 0"),
        ({"max_trials": 0}, "max_trials: must be a whole number of at least 1, got 0"),
        ({"max_trials": 2.5}, "max_trials: must be a whole number of at least 1, got 2.5"),
        ({"minutes": None}, "minutes: must be there, or max_trials, or both, got None"),
    ],
)
def test_limits_that_are_none_are_refused(limits: dict[str, Any], message: str) -> None:
    with pytest.raises(RunError, match=message):
        kerasgrid.auto("digits", **limits)


def test_more_trials_go_on_and_fewer_are_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(monkeypatch)
    options: dict[str, Any] = {"minutes": None, "out": tmp_path / "run", "progress": False}
    data = arrays(60)
    few = kerasgrid.auto(data, max_trials=2, **options)
    assert [trial.round for trial in few.trials] == [1, 1]
    more = kerasgrid.auto(data, max_trials=7, **options)
    assert len(more.trials) == 7
    assert {trial.candidate for trial in few.trials} < {trial.candidate for trial in more.trials}
    assert len(kerasgrid.auto(data, **{**options, "minutes": 1.0}).trials) == 7  # no fewer than there were
    assert kerasgrid.auto(data, max_trials=2, **options).trials == few.trials


def test_other_arrays_in_the_same_folder_are_a_search_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(monkeypatch)
    options: dict[str, Any] = {"minutes": 1.0, "out": tmp_path / "run", "progress": False}
    kerasgrid.auto(arrays(60), **options)
    numbers = arrays(60)[0]
    assert kerasgrid.auto((numbers, numbers.sum(axis=1)), **options).task == "regression"


def test_a_data_set_in_memory_goes_on_with_its_test_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(monkeypatch)
    data = dataset_of(arrays(200))
    options: dict[str, Any] = {"minutes": 1.0, "out": tmp_path / "run", "progress": False}
    run = kerasgrid.auto(data, **options)
    assert run.dataset["n_test"] == 40
    again = kerasgrid.auto(data, **options)
    assert (again.dataset, again.trials) == (run.dataset, run.trials)


def few_of_some(counts: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    y = np.repeat([*"abcdefgh"[: len(counts)]], counts)
    return np.random.default_rng(0).random((len(y), 3), np.float32), y


@pytest.mark.parametrize(
    ("counts", "folds", "note"),
    [
        ([5, 5], 5, None),
        ([30, 3], 3, "3 folds instead of 5, for class b has 3 samples"),
        ([30, 2], 2, "2 folds instead of 5, for class b has 2 samples"),
        ([30, 1], 5, "class b has a single sample: it is always trained on, and never scored"),
        ([3, 1, 30], 3, "class b has a single sample: it is always trained on, and never scored"),
        (
            [20, *[1] * 7],
            5,
            "classes of a single sample each are always trained on, and never scored: b, c, d, e, f and 2 more",
        ),
    ],
)
def test_classes_of_few_samples_are_trained_on(counts: list[int], folds: int, note: str | None) -> None:
    data = few_of_some(counts)
    found = of_arrays(data)
    assert (note is None) == (len(found.notes) == 2)
    assert note is None or found.notes[1] == note
    assert found.notes[-1] == f"compared by accuracy on {folds} folds"
    _, parts = make_plan(found.space, found.dataset)
    assert len(parts) == folds
    single = [place for place, label in enumerate(data[1]) if counts["abcdefgh".index(label)] == 1]
    for part in parts:
        assert set(single) <= set(part.train.tolist())


def test_no_class_can_be_scored() -> None:
    with pytest.raises(DataError, match="2 classes have fewer samples than the 2 folds"):
        make_plan(*parts_of_decided(few_of_some([1, 1])))


def parts_of_decided(data: Any) -> tuple[Any, Any]:
    found = of_arrays(data)
    return found.space, found.dataset


def test_a_class_of_one_sample_leaves_no_test_set() -> None:
    found = of_arrays(few_of_some([150, 1]))
    assert found.dataset.x_test is None
    large = of_arrays(few_of_some([25_000, 1]))
    assert large.notes[-1] == "compared by accuracy on one split"
    _, parts = make_plan(large.space, large.dataset)
    assert [len(part.held_out) for part in parts] == [5_000]


@pytest.mark.parametrize(("n", "folds"), [(2, 2), (5, 2), (9, 4), (10, 5)])
def test_few_numbers_to_predict_are_in_fewer_folds(n: int, folds: int) -> None:
    x = arrays(n)[0]
    found = of_arrays((x, x.sum(axis=1)))
    assert found.space.cv == folds
    assert folds == 5 or found.notes[1] == f"{folds} folds instead of 5, for there are {n} samples"


@pytest.mark.parametrize(
    ("key", "cells", "note"),
    [
        ("group", [*"aabbcc"] * 10, "3 folds instead of 5, for there are 3 groups"),
        ("time", [2000, 2001, 2002, 2003] * 15, "3 folds instead of 5, for there are 4 times"),
    ],
)
def test_few_groups_and_times_are_fewer_folds(tmp_path: Path, key: str, cells: list[Any], note: str) -> None:
    found = decide({**table(tmp_path, 60, part=cells), key: "part"}, tmp_path / "run", None, minutes=1.0)
    assert found.notes[1] == note
    assert len(make_plan(found.space, found.dataset)[1]) == 3


def test_targets_of_arrays_are_standardised() -> None:
    x = arrays(60)[0]
    assert of_arrays((x, 1e6 * x.sum(axis=1))).space.params["target_scaling"] == "standard"
    assert "target_scaling" not in of_arrays((x, np.stack([x[:, 0], 1e6 * x[:, 1]], axis=1))).space.params


def test_a_single_network_is_asked_for_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(monkeypatch)
    x, y = arrays(60)
    given: dict[str, Any] = {"minutes": None, "max_trials": 1, "out": tmp_path / "run", "progress": False}
    for ensemble in (False, True, False):
        run = kerasgrid.auto((x, y), ensemble=ensemble, **given)
        assert run.space is not None
        assert run.space.ensemble is ensemble


def test_folders(tmp_path: Path) -> None:
    assert auto_folder({"path": "data/my.csv"}) == Path("runs/auto-my")
    assert auto_folder({"name": "digits"}) == Path("runs/auto-digits")
    assert auto_folder({"path": str(tmp_path) + "/photos/"}) == Path("runs/auto-photos")


def test_the_module_is_no_function() -> None:
    assert callable(kerasgrid.auto)
    assert auto_module.auto is kerasgrid.auto
