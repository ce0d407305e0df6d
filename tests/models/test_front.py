"""What stands in front of a model: dates as the calendar has them, words as ones and places, gaps as flags."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from support.mixed import MIXED, WORDS, mixed_matrix

from kerasgrid.axes.parameters import resolve
from kerasgrid.data.columns import Column, Columns
from kerasgrid.models.layout import PER_DATE, Layout, layout_of
from kerasgrid.models.statistics import statistics_of
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    import keras

    from kerasgrid.models.factory import build_model
    from kerasgrid.models.front import encoded

PARAMS = resolve({}, "classification")
LAYOUT = layout_of(MIXED, PARAMS)
EPOCH = date(1970, 1, 1)


def seen(x: np.ndarray, layout: Layout = LAYOUT, rows: np.ndarray | None = None) -> np.ndarray:
    """Return rows as a model sees them; the training samples are these or all."""
    rows = np.arange(len(x)) if rows is None else rows
    return np.asarray(encoded(x, layout, statistics_of(x, rows, layout, "standard")))


def calendar(days: np.ndarray) -> np.ndarray:
    """Return what days since 1970 say of the calendar, without their number."""
    layout = layout_of(Columns((Column("day", "date"),)), PARAMS)
    found = seen(np.float32(days)[:, None], layout)
    assert found.shape == (len(days), 1 + PER_DATE)
    return found[:, 1:]


def cycle(share: float) -> tuple[float, float]:
    return np.sin(2 * np.pi * share), np.cos(2 * np.pi * share)


def test_dates_are_those_of_the_calendar() -> None:
    special = [date(1, 1, 1), date(1899, 12, 31), date(1900, 2, 28), date(1900, 3, 1), date(1969, 12, 31), EPOCH,
               date(2000, 2, 29), date(2000, 3, 1), date(2023, 12, 31), date(2024, 2, 29), date(2024, 12, 31),
               date(2100, 2, 28), date(2100, 3, 1), date(9999, 12, 31)]  # fmt: skip
    days = [EPOCH + timedelta(int(day)) for day in np.random.default_rng(0).integers(-200_000, 200_000, 3000)]
    days += special + [date(2023, 1, 1) + timedelta(day) for day in range(800)]
    found = calendar(np.array([(day - EPOCH).days for day in days]))
    for day, row in zip(days, found, strict=True):
        # Years begin in March, so that the leap day is the last.
        march = date(day.year if day.month > 2 else day.year - 1, 3, 1) if day > date(1, 3, 1) else None
        assert row[:7].tolist() == [float(weekday == day.weekday()) for weekday in range(7)], day
        np.testing.assert_allclose(row[7:9], cycle((day.month - 3) / 12), atol=1e-6, err_msg=str(day))
        if march is not None:
            np.testing.assert_allclose(row[9:11], cycle((day - march).days / 365.25), atol=1e-5, err_msg=str(day))
        np.testing.assert_allclose(row[11:], cycle(0))


def test_the_time_of_day_is_a_fraction_before_1970_too() -> None:
    found = calendar(np.array([0.25, -0.25, -1.75, 20000.5]))
    np.testing.assert_allclose(found[:, 11:], [cycle(0.25), cycle(0.75), cycle(0.25), cycle(0.5)], atol=1e-5)
    assert found[:, :7].argmax(axis=1).tolist() == [3, 2, 1, (date(2024, 10, 4)).weekday()]


def test_few_words_are_ones_and_many_are_places() -> None:
    x = mixed_matrix(200)
    found = seen(x)
    n = LAYOUT.n_floats
    np.testing.assert_array_equal(found[:, n - 4 : n], x[:, 1:2] == [[1, 2, 3, 4]])
    np.testing.assert_array_equal(found[:, n:], x[:, 6:])


def test_gaps_are_flagged_and_filled() -> None:
    x = mixed_matrix(200)
    found = seen(x)
    assert np.isfinite(found).all()
    start = 3 + 2 + PER_DATE
    np.testing.assert_array_equal(found[:, start : start + 4], np.isnan(x[:, [0, 3, 4, 5]]))
    median = (np.nanmedian(x[:, 0]) - np.nanmean(x[:, 0])) / np.nanstd(x[:, 0])
    np.testing.assert_allclose(found[np.isnan(x[:, 0]), 0], median, atol=1e-5)


def test_words_that_no_training_sample_has_are_like_unknown_ones() -> None:
    x = mixed_matrix(200)
    rows = np.flatnonzero((x[:, 1] != 2) & (x[:, 6] != 7))
    found = seen(x, rows=rows)
    n = LAYOUT.n_floats
    np.testing.assert_array_equal(found[:, n - 4 : n], (x[:, 1:2] == [[1, 2, 3, 4]]) * [[1, 0, 1, 1]])
    np.testing.assert_array_equal(found[:, n], np.where(x[:, 6] == 7, 0, x[:, 6]))
    np.testing.assert_array_equal(found[:, n + 1], x[:, 7])


@pytest.mark.parametrize("kind", ["number", "yes/no", "category", "date"])
def test_a_table_of_one_kind_alone(kind: str) -> None:
    levels = WORDS if kind == "category" else ()
    layout = layout_of(Columns((Column("a", kind, levels),)), PARAMS)  # type: ignore[arg-type]
    found = seen(np.float32([[0], [1], [1]]), layout)
    assert found.shape == (3, layout.width)


def test_embedded_words_are_numbers_of_their_own() -> None:
    model = build_model({"hidden_units": ()}, (LAYOUT.width,), 3, seed=1, layout=LAYOUT)
    again, other = (build_model({"hidden_units": ()}, (LAYOUT.width,), 3, seed=n, layout=LAYOUT) for n in (1, 2))
    embeddings = [layer for layer in model.layers if isinstance(layer, keras.layers.Embedding)]
    assert [(layer.input_dim, layer.output_dim) for layer in embeddings] == [(21, 9), (21, 9)]
    weights = [layer.embeddings.numpy() for layer in embeddings]
    assert all(np.abs(one).max() <= 0.05 for one in weights)
    assert not np.array_equal(*weights)
    for one, same, another in zip(model.get_weights(), again.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, same)
        assert one.ndim == 1 or not np.array_equal(one, another)
    rows = seen(mixed_matrix(20))
    kernel, bias = model.get_weights()[-2:]
    features = [
        rows[:, : LAYOUT.n_floats],
        *(w[rows[:, LAYOUT.n_floats + n].astype(int)] for n, w in enumerate(weights)),
    ]
    logits = np.concatenate(features, axis=1) @ kernel + bias
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model(rows), expected, atol=1e-5)
