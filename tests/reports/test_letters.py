"""Letters of pictures: drawn by an installed font that has them, and said once where there is none."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib.font_manager import FontEntry, fontManager
from support.plans import dataset, plan_of
from support.searches import run, score
from support.trials import FMNIST, all_fits, final_result, grid, made_run, trials_of
from typer.testing import CliRunner

from kerasgrid.cli.app import app
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.reports.pictures.confusion import confusion, draw_confusion
from kerasgrid.reports.pictures.figure import new_figure, png, style
from kerasgrid.reports.pictures.fonts import families, families_for, letters_without_font
from kerasgrid.reports.text.letters import letters_note
from kerasgrid.reports.write import write_reports
from kerasgrid.run.run import Run

HANGUL, HAN, THAI = "한국어", "红葡萄酒", "ภาษาไทย"


def font_of(letters: str, path: Path) -> Path:
    """Write a font in which each of the letters is a wide bar."""
    names = [f"letter{place}" for place in range(len(letters))]
    pen = TTGlyphPen(None)
    for x, y in ((50, 0), (50, 700), (950, 700), (950, 0)):
        (pen.moveTo if (x, y) == (50, 0) else pen.lineTo)((x, y))
    pen.closePath()
    bar = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names])
    builder.setupCharacterMap({ord(letter): name for letter, name in zip(letters, names, strict=True)})
    builder.setupGlyf(dict.fromkeys((".notdef", *names), bar))
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", *names), (1000, 50)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": path.stem, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Install fonts by their names and letters, beside matplotlib's own and nothing else."""
    own = [font for font in fontManager.ttflist if font.name.startswith("DejaVu Sans")]

    def install(**fonts: str) -> None:
        made = [
            FontEntry(fname=str(font_of(letters, tmp_path / f"{name}.ttf")), name=name.replace("_", " "))
            for name, letters in fonts.items()
        ]
        monkeypatch.setattr(fontManager, "ttflist", [*own, *made])
        fontManager._findfont_cached.cache_clear()

    install()
    return install


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    fontManager._findfont_cached.cache_clear()


def drawn(text: str) -> bytes:
    with style():
        figure = new_figure(3, 1)
        figure.text(0.1, 0.5, text)
        return png(figure)


def test_usual_letters_need_no_other_font(installed: Any) -> None:
    for text in ("", "accuracy", "Genauigkeit ± ×", "Ελληνικά Кириллица"):
        assert (families_for(text), letters_without_font(text)) == ([], "")


def test_a_known_font_is_taken_first(installed: Any) -> None:
    installed(NanumGothic=HANGUL, Another=HANGUL)
    assert families() == ["DejaVu Sans", "NanumGothic"]
    assert (families_for(HANGUL), letters_without_font(HANGUL)) == ([], "")
    assert drawn(HANGUL) != drawn("□□□")


def test_any_installed_font_that_has_the_letters_is_taken(installed: Any) -> None:
    boxes = drawn(HANGUL + THAI)
    installed(Some_Hangul=HANGUL, Some_Thai=THAI.replace("ไ", ""), Useless="∀")
    assert families_for(HANGUL + THAI) == ["Some Hangul", "Some Thai"]
    assert letters_without_font(f"{HANGUL} {THAI}") == "ไ"
    assert drawn(HANGUL + THAI) != boxes


def test_a_font_of_boxes_counts_for_none(installed: Any) -> None:
    installed(LastResort=HAN)
    assert families_for(HAN) == []
    assert letters_without_font(HAN + HAN) == HAN


def test_a_font_that_cannot_be_read_is_left_out(installed: Any, tmp_path: Path) -> None:
    installed(Some_Hangul=HANGUL)
    (tmp_path / "Some_Hangul.ttf").unlink()
    assert letters_without_font(HANGUL) == HANGUL


def test_labels_of_classes_are_drawn_by_the_font_that_has_them(installed: Any) -> None:
    installed(Some_Han=HAN)
    with style():
        figure = draw_confusion(confusion([[1, 0], [0, 1]], [HAN, "plain"]), "a run")
        png(figure)
        labels = {label.get_text(): label.get_fontfamily() for label in figure.axes[0].get_yticklabels()}
    assert labels[HAN] == ["DejaVu Sans", "Some Han"]
    assert labels["plain"] == ["DejaVu Sans"]


def run_of(**changes: Any) -> Run:
    candidates = grid(FMNIST)[:4]
    results = all_fits(candidates)
    return made_run(trials_of(candidates, results), final_result(), results, **changes)


def test_it_is_said_once_and_the_page_has_the_text(installed: Any, tmp_path: Path) -> None:
    made = run_of(folder=tmp_path, classes=(HAN, HANGUL), name="ไทย")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        paths = write_reports(made)
    assert paths.note == (
        f"no font on this machine has ไทย{HAN}{HANGUL}: pictures show boxes in their place, the page has the text "
        "(a font such as Noto Sans CJK draws them)"
    )
    html = paths.page.read_text(encoding="utf-8")
    assert all(text in html for text in (HAN, HANGUL, "ไทย"))
    installed(Some_Font=HAN + HANGUL + "ไทย")
    assert write_reports(made).note == ""


def test_nothing_is_said_of_usual_letters_or_without_pictures(installed: Any, tmp_path: Path) -> None:
    assert letters_note(run_of()) == ""
    assert write_reports(made_run(name=HAN, folder=tmp_path)).note == ""


def test_of_many_letters_the_first_are_named(installed: Any) -> None:
    name = "".join(chr(0x4E00 + n) for n in range(40))
    assert f"has {name[:12]} and 28 more: pictures" in letters_note(run_of(name=name))


def test_a_search_and_a_report_say_it(installed: Any, tmp_path: Path) -> None:
    plan = plan_of(None, replace(dataset(), name=HAN))
    _, lines = run(tmp_path, FakeFitter(score), plan)
    assert sum("no font on this machine has 红葡萄酒:" in line for line in lines) == 1
    shown = CliRunner().invoke(app, ["report", str(tmp_path)])
    assert shown.exit_code == 0
    assert shown.stderr.count("kerasgrid: no font on this machine has 红葡萄酒: pictures show boxes") == 1
