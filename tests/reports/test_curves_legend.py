"""The legend of the learning curves: nothing is cut off, and nothing lies over anything else, however few panels."""

from __future__ import annotations

import itertools

import pytest
from support.trials import FMNIST, all_fits, fit_result, grid, plausible, trials_of

from kerasgrid.insight.curves import learning_curves
from kerasgrid.reports.pictures.curves import draw_curves
from kerasgrid.reports.pictures.curves_legend import legend_of
from kerasgrid.reports.pictures.figure import style

ROOM = 3.73
"""Inches in a figure of one panel."""


@pytest.mark.parametrize("n_folds", [1, 3, 18])
@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_all_of_it_is_within_the_picture(n: int, n_folds: int) -> None:
    candidates = grid(FMNIST)[:n]
    results = all_fits(candidates, n_folds)
    # One epoch that is far off, which the scale leaves out.
    off = fit_result(candidates[0], 0, plausible(candidates[0], 0))
    lines = {name: [-3.0, *([0.7] * 20)] for name in off.curve}
    results[0] = type(off)(off.fit, "ok", lines, 1.0, 1000)
    found = learning_curves(trials_of(candidates, results, n_folds), results, "accuracy")
    with style():
        figure = draw_curves(found, "accuracy", ["activation"], "a run: learning curves")
        figure.canvas.draw()
        renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
        boxes = [legend.get_window_extent(renderer) for legend in figure.legends]
        boxes += [text.get_window_extent(renderer) for text in figure.texts if text.get_text()]
        boxes += [text.get_window_extent(renderer) for axes in figure.axes for text in axes.texts]
        said = [text.get_text() for text in figure.texts]
    assert any(text.startswith("not shown: epochs below") for text in said)
    for box in boxes:
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.x1
        assert box.y1 <= figure.bbox.y1
    for one, other in itertools.combinations(boxes, 2):
        assert not one.shrunk(0.98, 0.98).overlaps(other.shrunk(0.98, 0.98))


def test_where_there_is_room_it_is_one_line() -> None:
    found = legend_of("3 fits", "not shown: epochs below 0.9", 13.0)
    assert [len(line) for line in found.lines] == [3]
    assert (found.note_line, found.more_height) == (0, 0.0)


def test_a_note_that_has_no_room_beside_it_stands_below() -> None:
    note = "not shown: epochs below 0.00123 and above 12345"
    found = legend_of("3 to 18 fits", note, ROOM)
    assert [len(line) for line in found.lines] == [2, 1]
    assert found.note_line == 2
    assert found.more_height == pytest.approx(0.38)
    assert legend_of("3 fits", "", ROOM).more_height == pytest.approx(0.19)
    assert [len(line) for line in legend_of("", "", ROOM).lines] == [2]
