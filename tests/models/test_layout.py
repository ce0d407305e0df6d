"""Where the columns of a table go."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from support.mixed import FEW, MANY, MIXED, mixed_table

from kerasgrid.axes.parameters import resolve
from kerasgrid.data.columns import Column, Columns
from kerasgrid.data.dataset import Dataset
from kerasgrid.models.layout import (
    PER_DATE,
    aliases,
    column_numbers,
    embedding_size,
    layout_of,
    model_shape,
    scales_targets,
    scaling_of,
)


def layout(**params: Any) -> Any:
    return layout_of(MIXED, resolve(params, "classification"))


def test_columns_of_every_kind_have_their_place() -> None:
    found = layout()
    assert found.numbers == (0, 2, 4)
    assert found.switches == (3, 5)
    assert found.dates == (4,)
    assert found.flagged == (0, 3, 4, 5)
    assert found.slots == tuple((FEW, level) for level in (1, 2, 3, 4))
    assert [(column.column, column.n_levels) for column in found.embedded] == [(place, 20) for place in MANY]
    assert found.n_floats == 3 + 2 + 4 + 4 + PER_DATE
    assert found.width == found.n_floats + 2
    assert found.n_features == found.n_floats + 2 * embedding_size(20)


def test_how_many_words_are_few_can_be_said() -> None:
    everything, nothing = layout(one_hot_max=20), layout(one_hot_max=0)
    assert (len(everything.slots), everything.embedded) == (44, ())
    assert everything.width == everything.n_features
    assert (nothing.slots, len(nothing.embedded)) == ((), 3)


def test_the_size_of_embeddings_grows_with_the_words_unless_it_is_said() -> None:
    assert [embedding_size(n) for n in (1, 2, 20, 200, 1_000, 100_000)] == [2, 2, 9, 31, 50, 50]
    assert {column.size for column in layout(embedding_size=3).embedded} == {3}


def test_a_column_without_levels_has_no_features() -> None:
    rare = Columns((Column("a", "number"), Column("b", "category")))
    found = layout_of(rare, resolve({}, "classification"))
    assert (found.width, found.embedded) == (1, ())


def test_the_shape_that_a_model_sees() -> None:
    params = resolve({}, "classification")
    assert model_shape(mixed_table(), params) == (layout().n_features,)
    arrays = Dataset("a", np.zeros((4, 3, 2), np.float32), np.arange(4), None, None, "classification", None, "made")
    assert model_shape(arrays, params) == (3, 2)
    assert layout_of(column_numbers(7), params).width == 7


@pytest.mark.parametrize(("said", "table", "array"), [("auto", "robust", "none"), ("none", "none", "none"),
                                                      ("quantile", "quantile", "quantile")])  # fmt: skip
def test_tables_are_scaled_by_default_and_arrays_are_not(said: str, table: str, array: str) -> None:
    params = resolve({"scaling": said}, "classification")
    assert (scaling_of(params, MIXED), scaling_of(params, None)) == (table, array)


def test_targets_of_tables_are_standardised_by_default() -> None:
    auto, none, standard = (
        resolve({"target_scaling": said}, "regression") for said in ("auto", "none", "standard")
    )  # fmt: skip
    x, y = np.zeros((4, 2), np.float32), np.float32([[0, 0], [1, 1], [2, 2], [3, 3]])
    table, array = mixed_table("regression"), Dataset("a", x, y, None, None, "regression", None, "made")
    uneven = Dataset("a", x, y * np.float32([1, 11]), None, None, "regression", None, "made")
    told = [[scales_targets(params, data) for data in (table, array, uneven)] for params in (auto, none, standard)]
    assert told == [[True, False, True], [False, False, False], [True, True, True]]
    assert not scales_targets(resolve({}, "classification"), mixed_table())


def test_names_that_keras_refuses_are_aliased_and_no_two_are_alike() -> None:
    assert aliases(MIXED) == {"km/h": "km_h_"}
    names = ("a/b", "a_b", "a_b_", "", "column", "c//d")
    found = aliases(Columns(tuple(Column(name, "number") for name in names)))
    assert found == {"a/b": "a_b__", "": "column_", "c//d": "c__d"}
    assert len({found.get(name, name) for name in names}) == len(names)


def test_how_a_column_was_read_is_no_part_of_a_key() -> None:
    table = mixed_table()
    told = Columns(tuple(Column(c.name, c.kind, c.levels, c.has_gaps, why="told otherwise") for c in MIXED.given))
    others = Columns((*MIXED.given[:1], Column("색", "category", ("", "a", "b", "c")), *MIXED.given[2:]))
    of = [
        Dataset("x", table.x_train, table.y_train, None, None, table.task, table.classes, "y", columns).fingerprint
        for columns in (MIXED, told, others, None)
    ]
    assert of[0] == of[1]
    assert len(set(of)) == 3
