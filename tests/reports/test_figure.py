"""The style of figures: it stays to itself, and draws the same bytes from the same figure."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import pytest
from rich.cells import cell_len

from kerasgrid.errors import RunError
from kerasgrid.reports.pictures.figure import DPI, fitting, log_ticks, new_figure, png, style
from kerasgrid.system.files import write_bytes


def drawn(text: str = "plain") -> bytes:
    with style():
        figure = new_figure(2, 1)
        axes = figure.subplots()
        axes.plot([1, 2])
        axes.set_title(text)
        return png(figure)


def test_the_same_figure_makes_the_same_bytes() -> None:
    one = drawn()
    assert one.startswith(b"\x89PNG")
    assert int.from_bytes(one[16:20], "big") == 2 * DPI
    assert one == drawn()
    assert b"matplotlib" not in one.lower()


def test_settings_of_the_user_neither_count_nor_change() -> None:
    one = drawn()
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red"}):
        before = dict(matplotlib.rcParams)
        assert drawn() == one
        assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("text", ["한국어 이름", "$x^{$ $", "\\frac{", "<b>", "日本語"])
def test_any_text_can_be_drawn(text: str) -> None:
    assert drawn(text).startswith(b"\x89PNG")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"a\.png: the file cannot be written, got no such file or directory$"):
        write_bytes(tmp_path / "none" / "a.png", drawn())


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (1e-6, 1e-2, ["1e-06", "1e-05", "0.0001", "0.001", "0.01"]),
        (0.001, 0.01, ["0.001", "0.002", "0.005", "0.01"]),
        (0.01, 0.02, ["0.01", "0.015", "0.02"]),
    ],
)
def test_ticks_of_a_logarithmic_axis(low: float, high: float, labels: list[str]) -> None:
    with style():
        figure = new_figure(3, 1)
        axes = figure.subplots()
        log_ticks(axes, low, high)
        figure.canvas.draw()
        ends = [
            (place, label.get_text()) for place, label in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
        ]
        assert [text for place, text in ends if low * 0.999 <= place <= high * 1.001] == labels


@pytest.mark.parametrize(
    ("text", "cells", "expected"),
    [
        ("short", 10, "short"),
        ("sparse_categorical_crossentropy", 11, "spars…tropy"),
        ("a\nb\x1b", 10, "a�b�"),
        ("한국어한국어한국어", 10, None),
        ("x한" * 20, 9, None),
    ],
)
def test_texts_are_made_to_fit(text: str, cells: int, expected: str | None) -> None:
    found = fitting(text, cells)
    assert cell_len(found) <= cells
    assert "…" in found or len(found) == len(text)
    if expected is not None:
        assert found == expected
