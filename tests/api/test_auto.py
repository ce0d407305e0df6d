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
from kerasgrid.errors import DataError, RunError, SpaceError
from kerasgrid.fits.fake import FakeFitter
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


def within(fitter: FakeFitter, minutes: float, data: Any = None) -> Automatic:
    data = arrays(4_000) if data is None else data
    return decide({"name": "digits"}, Path("nowhere"), fitter, minutes=minutes, data=data)


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


def test_no_time_is_refused() -> None:
    with pytest.raises(RunError, match="minutes: must be above 0, got 0"):
        kerasgrid.auto("digits", minutes=0.0)


def test_folders(tmp_path: Path) -> None:
    assert auto_folder({"path": "data/my.csv"}) == Path("runs/auto-my")
    assert auto_folder({"name": "digits"}) == Path("runs/auto-digits")
    assert auto_folder({"path": str(tmp_path) + "/photos/"}) == Path("runs/auto-photos")


def test_the_module_is_no_function() -> None:
    assert callable(kerasgrid.auto)
    assert auto_module.auto is kerasgrid.auto
