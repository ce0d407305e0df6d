"""What is said and drawn of a closer look at the best trial."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from support.trials import FMNIST, all_fits, final_result, grid, made_run, trials_of

from kerasgrid.fits.explaining import Bin, ColumnImportance, Explained, Miss
from kerasgrid.reports.pages.sections import sections_html
from kerasgrid.reports.pictures import calibration, columns, history, misses
from kerasgrid.reports.text.console import print_run
from kerasgrid.reports.text.explained import column_rows, explained_lines, miss_rows
from kerasgrid.reports.text.summary import summary_text
from kerasgrid.reports.text.usage import usage_lines
from kerasgrid.run.run import Run

CANDIDATES = grid(FMNIST)[:12]
RESULTS = all_fits(CANDIDATES)
TRIALS = trials_of(CANDIDATES, RESULTS)
FOUND = Explained(
    n=100,
    bins=(Bin(0.6, 0.5, 40), Bin(0.9, 0.8, 60)),
    calibration_error=0.1,
    columns=(
        ColumnImportance("a<b", 0.2, 0.01),
        ColumnImportance("c", 0.001, 0.01),
        ColumnImportance("d", -0.01, 0.02),
    ),
    misses=(Miss(6, "top", "bag", 0.02, {"a<b": "red", "c": "", "d": "2"}),),
)
GIVEN = {"given": [{"name": "a<b", "kind": "number"}, {"name": "c", "kind": "number"}], "left_out": {}, "missing": []}


def run_of(found: Explained | None = FOUND, **changes: object) -> Run:
    return made_run(TRIALS, final_result(), RESULTS, explained=found, **changes)


def test_what_is_said() -> None:
    assert explained_lines(run_of()) == [
        "On 100 held-out samples the best trial's predictions are sure by 78.0% in the mean and right in 68.0%: too "
        "sure by 10.0%; the expected calibration error is 10.0%.",
        "Predictions depend most on a<b (0.2000 ± 0.0100): so much accuracy is lost where a column is shuffled; of 2 "
        "others that is not sure.",
    ]
    careful = replace(FOUND, bins=(Bin(0.6, 0.7, 100),), columns=FOUND.columns[:1])
    first, second = explained_lines(run_of(careful))
    assert "sure by 60.0% in the mean and right in 70.0%: not sure enough by 10.0%" in first
    assert second.endswith("is shuffled.")
    unsure = replace(FOUND, calibration_error=None, columns=FOUND.columns[1:])
    assert explained_lines(run_of(unsure)) == [
        "No column by itself is surely worth anything; the most, perhaps: c (0.0010 ± 0.0100), d (-0.0100 ± 0.0200)."
    ]
    assert explained_lines(run_of(None)) == []


def test_tables() -> None:
    assert column_rows(run_of()) == (
        ["column", "accuracy worse by"],
        [["a<b", "0.2000 ± 0.0100"], ["c", "0.0010 ± 0.0100"], ["d", "-0.0100 ± 0.0200"]],
    )
    assert column_rows(run_of(metric="mse"))[0] == ["column", "mse higher by"]
    assert miss_rows(run_of()) == (
        ["sample", "true", "predicted", "probability of what is true", "a<b", "c", "d"],
        [["7", "top", "bag", "0.0200", "red", "", "2"]],
    )
    assert miss_rows(run_of(task="regression"))[0][3] == "off by"
    for rows in (column_rows(run_of(None))[1], miss_rows(run_of(None))[1]):
        assert rows == []


def test_of_many_columns_those_that_are_worth_the_most_stand_beside_the_worst() -> None:
    names = [f"x{number}" for number in range(30)]
    many = replace(
        FOUND,
        columns=tuple(ColumnImportance(name, 1.0 - place / 30, None) for place, name in enumerate(reversed(names))),
        misses=(replace(FOUND.misses[0], values=dict.fromkeys(names, "1")),),
    )
    assert miss_rows(run_of(many))[0][4:] == names[-8:]
    assert len(column_rows(run_of(many))[1]) == 20


def test_they_stand_on_the_page_the_terminal_and_in_the_summary(tmp_path: Path) -> None:
    run = run_of(folder=tmp_path, dataset={"columns": GIVEN, "n_train": 90})
    html, text = sections_html(run), summary_text(run)
    for title in ("What each column is worth", "The samples that are predicted worst", "How to use the model"):
        # The samples are a view of the page, which its scripts draw.
        assert (f"<h2>{title}</h2>" in html) == (not title.startswith("The samples"))
        assert f"## {title}" in text
    assert "a&lt;b" in html
    assert "<b" not in html.replace("<body", "").replace("<br", "")
    shown = io.StringIO()
    print_run(Console(file=shown, force_terminal=False), run)
    assert "What each column is worth: by how much the score is worse where" in shown.getvalue()
    without = run_of(None, folder=tmp_path)
    assert sections_html(without) == ""
    assert "How to use" not in summary_text(without)


def test_how_the_model_is_used(tmp_path: Path) -> None:
    folder = tmp_path / "my run"
    assert usage_lines(run_of(folder=folder, dataset={"columns": GIVEN})) == [
        f'$ kerasgrid predict "{folder}" FILE',
        "",
        "import keras",
        "",
        f"model = keras.saving.load_model('{folder}/model.keras')",
        "model.predict({'a<b': …, 'c': …})  # arrays by column, as best_params.json says",
        "# a probability for each of top, bag",
    ]
    many = {"given": [{"name": name, "kind": "number"} for name in ("km/h", "km_h", "b", "c")]}
    told = usage_lines(run_of(folder=folder, dataset={"columns": many}))
    assert "model.predict({'km_h_': …, 'km_h': …, 'b': …, …})  # arrays by column, as best_params.json says" in told
    images = usage_lines(run_of(folder=tmp_path, classes=tuple("abcdefgh")))
    assert images[-2:] == ["model.predict(x)  # x: (n, 28, 28)", "# a probability for each of a, b, c, d, e, f, …"]
    assert usage_lines(run_of(folder=None)) == []
    assert usage_lines(made_run(TRIALS, None, folder=tmp_path)) == []


@pytest.mark.parametrize("picture", [calibration.picture, columns.picture])
def test_pictures_come_with_what_they_show(picture) -> None:  # type: ignore[no-untyped-def]
    drawn = picture(run_of())
    assert drawn is not None
    assert drawn.startswith(b"\x89PNG")
    assert picture(run_of(None)) is None
    assert picture(run_of(replace(FOUND, bins=(), columns=()))) is None


def test_images_are_drawn() -> None:
    assert misses.picture(run_of()) is None
    of_grey, of_colour = [[0, 255], [128, 3]], [[[0, 255, 1]] * 2] * 2
    shown = replace(FOUND, misses=tuple(replace(FOUND.misses[0], image=one) for one in (of_grey, of_colour)))
    drawn = misses.picture(run_of(shown))
    assert drawn is not None
    assert drawn.startswith(b"\x89PNG")


def test_history_is_in_the_order_of_the_search() -> None:
    rounds = [replace(trial, round=1 + place % 2) for place, trial in enumerate(TRIALS)]
    run = replace(run_of(None), trials=tuple(rounds))
    found = history.tried(run)
    assert [trial.round for trial in found] == [1] * 6 + [2] * 6
    order = [CANDIDATES.index(trial.candidate) for trial in found]
    assert order == sorted(order[:6]) + sorted(order[6:])
    assert (history.picture(run) or b"").startswith(b"\x89PNG")
    # A search without rounds has no order that says anything.
    assert history.picture(run_of(None)) is None
