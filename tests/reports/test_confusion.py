"""confusion.png: its data and its drawing, and when there is one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trials import FMNIST, all_fits, failed, final_result, grid, made_run, trials_of

from kerasgrid.reports.files import pictures_in
from kerasgrid.reports.pictures.confusion import confusion, confusion_png, draw_confusion
from kerasgrid.reports.pictures.figure import style
from kerasgrid.reports.write import write_reports

CANDIDATES = grid(FMNIST)[:4]


def test_shares_are_of_the_true_class() -> None:
    found = confusion([[3, 1], [0, 0]], ["cat", "dog"])
    assert found.shares == ((0.75, 0.25), (0.0, 0.0))
    assert (found.labels, found.accuracy, found.n) == (("cat", "dog"), 0.75, 4)
    assert confusion([[0]], []).labels == ("0",)
    assert confusion([[0]], []).accuracy is None


@given(st.integers(1, 6).flatmap(lambda n: st.lists(st.lists(st.integers(0, 99), min_size=n, max_size=n), min_size=n, max_size=n)))  # fmt: skip # noqa: E501
def test_rows_add_up_to_one(counts: list[list[int]]) -> None:
    found = confusion(counts, [])
    for row, shares in zip(counts, found.shares, strict=True):
        assert sum(shares) == pytest.approx(1 if sum(row) else 0)
    assert found.n == sum(map(sum, counts))


def test_small_matrices_have_their_counts_and_labels() -> None:
    with style():
        figure = draw_confusion(confusion([[1234, 1], [0, 7]], ["cat", "dog"]), "a run")
        axes = figure.axes[0]
        assert [text.get_text() for text in axes.texts] == ["1,234", "1", "7"]
        assert [label.get_text() for label in axes.get_yticklabels()] == ["cat", "dog"]
        assert figure.get_suptitle() == "a run\ntest set: 1,241 of 1,242 right (0.9992)"


def test_large_matrices_have_neither() -> None:
    n = 100
    counts = [[int(i == j) for j in range(n)] for i in range(n)]
    with style():
        axes = draw_confusion(confusion(counts, [f"class {i}" for i in range(n)]), "a").axes[0]
        assert list(axes.texts) == []
        assert [label.get_text() for label in axes.get_xticklabels()][:2] == ["class 0", "class 5"]


@pytest.mark.parametrize(
    "names", [["한국어 이름", "a very long name of a class, longer than any panel"], ["$x$", "<b>\n"]]
)
def test_strange_class_names_are_drawn(names: list[str]) -> None:
    assert confusion_png(confusion([[1, 2], [3, 4]], names), "한국어").startswith(b"\x89PNG")


def drawn(folder: Path) -> list[str]:
    return sorted(path.name for path in [*folder.glob("*.png"), folder / "curves.html"] if path.exists())


def test_pictures_come_and_go_with_what_they_show(tmp_path: Path) -> None:
    results = all_fits(CANDIDATES)
    trials = trials_of(CANDIDATES, results)
    write_reports(made_run(trials, final_result(), results, folder=tmp_path))
    assert drawn(tmp_path) == ["confusion.png", "curves.html", "curves.png", "effects.png"]
    (tmp_path / "other.png").touch()
    assert [picture.file for picture in pictures_in(tmp_path)] == ["curves.png", "effects.png", "confusion.png"]
    # Fits that all failed, after a search that went well.
    results = [failed(candidate, 0) for candidate in CANDIDATES]
    trials = trials_of(CANDIDATES, results)
    write_reports(made_run(trials, final_result(confusion_matrix=None), results, folder=tmp_path))
    assert drawn(tmp_path) == ["other.png"]


def test_a_picture_too_large_for_a_page_stays_beside_it(tmp_path: Path) -> None:
    (tmp_path / "curves.png").write_bytes(bytes(3_000_001))
    (tmp_path / "effects.png").write_bytes(b"1")
    assert [picture.file for picture in pictures_in(tmp_path)] == ["effects.png"]
