"""Each fold has statistics of its own, what is prepared is kept while there is room, and nothing held out leaks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from support.made import images, numbers
from support.mixed import MIXED, mixed_matrix, mixed_table

from kerasgrid.axes.parameters import resolve
from kerasgrid.data.dataset import Dataset
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    from kerasgrid.engine import prepared
    from kerasgrid.engine.prepared import PreparedData, encode
    from kerasgrid.engine.program import Program
    from kerasgrid.engine.training import Seeds, Training

INDEX = np.arange(100, dtype=np.int32)
FOLDS = [(np.setdiff1d(INDEX, INDEX[fold::2]), INDEX[fold::2]) for fold in range(2)]


def params(task: str = "classification", **given: Any) -> dict[str, Any]:
    return resolve({"hidden_units": (5,), "epochs": 2, **given}, task)


def test_arrays_are_taken_as_they_are() -> None:
    for dataset in (images(), numbers()):
        data = PreparedData(dataset)
        found = [data.for_fit(params(dataset.task), INDEX[:9], fold) for fold in (0, 1, "everything")]
        assert found[0] is found[1] is found[2]
        assert (found[0].front, found[0].scaled, found[0].layout) == (None, None, None)
        np.testing.assert_array_equal(found[0].inputs, dataset.x_train)


def test_each_fold_has_statistics_of_its_own() -> None:
    table = mixed_table("regression")
    data = PreparedData(table)
    found = [data.for_fit(params("regression"), train, fold) for fold, (train, _) in enumerate(FOLDS)]
    for one, (train, _) in zip(found, FOLDS, strict=True):
        assert one.front is not None
        assert one.scaled is not None
        assert one.front.statistics.fill[0] == np.nanmedian(table.x_train[train, 0])
        assert one.scaled.mean == pytest.approx(table.y_train[train].mean())
        assert np.mean(np.asarray(one.targets)[train]) == pytest.approx(0, abs=1e-5)
        np.testing.assert_array_equal(one.inputs, encode(table.x_train, one.front))
    assert not np.array_equal(found[0].inputs, found[1].inputs)


def test_what_is_prepared_is_made_once_for_a_fold_and_what_it_depends_on() -> None:
    data = PreparedData(mixed_table())
    train = FOLDS[0][0]
    first = data.for_fit(params(), train, 0)
    assert data.for_fit(params(learning_rate=0.5, hidden_units=(9,)), train, 0) is first
    others = [data.for_fit(params(**changed), train, 0)
              for changed in ({"scaling": "standard"}, {"one_hot_max": 2}, {"embedding_size": 3})]  # fmt: skip
    assert len({id(one) for one in (first, *others, data.for_fit(params(), FOLDS[1][0], 1))}) == 5


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = PreparedData(mixed_table())
    row = data.for_fit(params(), INDEX, 0).inputs.shape[1]
    data = PreparedData(mixed_table())
    monkeypatch.setattr(prepared, "_MOST_BYTES", 2 * (4 * 100 * row + 4 * 100))
    made = [data.for_fit(params(), INDEX, fold) for fold in (0, 1)]
    assert data.for_fit(params(), INDEX, 0) is made[0]
    third = data.for_fit(params(), INDEX, 2)  # 1 was used the longest ago
    assert data.for_fit(params(), INDEX, 0) is made[0]
    assert data.for_fit(params(), INDEX, 2) is third
    assert data.for_fit(params(), INDEX, 1) is not made[1]
    monkeypatch.setattr(prepared, "_MOST_BYTES", 1)
    assert data.for_fit(params(), INDEX, 7) is data.for_fit(params(), INDEX, 7), "the last is kept however large"


def test_samples_are_not_copied_where_only_targets_are_scaled() -> None:
    data = PreparedData(numbers())
    plain = data.for_fit(params("regression"), INDEX[:9], 0)
    scaled = data.for_fit(params("regression", target_scaling="standard"), INDEX[:9], 0)
    assert scaled.inputs is plain.inputs
    assert scaled.has_scaled_targets
    assert not plain.has_scaled_targets


def test_many_rows_are_encoded_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    data = PreparedData(mixed_table()).for_fit(params(scaling="quantile"), INDEX, 0)
    x = mixed_matrix(57, seed=3)
    assert data.front is not None
    whole = encode(x, data.front)
    monkeypatch.setattr(prepared, "_CHUNK", 4000)
    np.testing.assert_allclose(encode(x, data.front), whole, atol=1e-6)
    assert encode(x[:0], data.front).shape == (0, whole.shape[1])


def test_arrays_are_scaled_if_told() -> None:
    dataset = numbers()
    found = PreparedData(dataset).for_fit(params("regression", scaling="standard"), INDEX[:20], 0)
    x = dataset.x_train
    np.testing.assert_allclose(found.inputs, (x - x[:20].mean(axis=0)) / x[:20].std(axis=0), atol=1e-5)
    assert found.layout is None


def test_images_are_scaled_pixel_by_pixel_if_told() -> None:
    dataset = images()
    found = PreparedData(dataset).for_fit(params(scaling="standard"), INDEX[:9], 0)
    x = dataset.x_train.astype(np.float32) * np.float32(1 / 255 if dataset.x_train.dtype == np.uint8 else 1)
    assert found.input_shape == dataset.input_shape
    assert not found.has_bytes
    spread = x[:9].std(axis=0)
    expected = np.where(spread > 0, (x - x[:9].mean(axis=0)) / np.where(spread > 0, spread, 1), 0)
    np.testing.assert_allclose(found.inputs, expected, atol=1e-4)


def changed_held_out(table: Dataset, held_out: np.ndarray) -> Dataset:
    """Return the table with other numbers, gaps, dates and words in the held-out rows, and other targets."""
    x, y = table.x_train.copy(), table.y_train.copy()
    x[held_out] = mixed_matrix(len(held_out), seed=99)
    x[held_out[::2], 0], x[held_out[1::3], 2], x[held_out[::3], 4] = 1e6, np.nan, -20000.5
    x[held_out, 1], x[held_out[::2], 6], x[held_out[1::2], 7] = 3, 11, 0
    y[held_out] = y[held_out[::-1]] if table.task == "classification" else 1e5
    return Dataset("other", x, y, None, None, table.task, table.classes, "made", MIXED)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_held_out_rows_change_no_number_of_the_training(task: Any) -> None:
    (train, held_out), table = FOLDS[0], mixed_table(task)
    # Words that only held-out rows have are among what must make no difference.
    table.x_train[train[table.x_train[train, 6] == 11], 6] = 4
    tables = table, changed_held_out(table, held_out)
    assert not np.array_equal(tables[0].x_train, tables[1].x_train, equal_nan=True)
    data = [PreparedData(one) for one in tables]
    program: Program | None = None
    for scaling in ("none", "standard", "robust", "quantile"):
        resolved = params(task, scaling=scaling, learning_rate=1e-4 if scaling == "none" else 0.01)
        seen = [one.for_fit(resolved, train, 0) for one in data]
        # One program serves all scalings and folds: what it is told is data.
        program = program or Program(resolved, seen[0])
        training = Training(resolved, train, held_out, Seeds.of(0, 0, 0))
        one, other = (program.run(training, each, keep_weights=True) for each in seen)
        assert one.status == other.status == "ok"
        names = [name for name in one.curve if not name.startswith("val_")]
        assert [one.curve[name] for name in names] == [other.curve[name] for name in names]
        assert one.curve["val_loss"] != other.curve["val_loss"]
        for ours, theirs in zip(one.weights, other.weights, strict=True):
            np.testing.assert_array_equal(ours, theirs)
