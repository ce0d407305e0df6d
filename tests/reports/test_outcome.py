"""What the winner gets right and wrong: what the page gets, and the views in a browser."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.browser import Page, chromium, open_report
from support.trials import FMNIST, all_fits, final_result, grid, made_run, trials_of

from kerasgrid.fits.explaining import Bin, Explained, Miss
from kerasgrid.reports.tables.outcome import MOST_CLASSES, outcome
from kerasgrid.reports.tables.views import views
from kerasgrid.run.run import Run

CANDIDATES = grid(FMNIST)[:8]
IMAGE = [[0, 255], [128, 64]]
COLOURED = [[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [9, 9, 9]]]
FOUND = Explained(
    n=105,
    bins=(Bin(0.55, 0.4, 5), Bin(0.9, 0.8, 100)),
    calibration_error=0.1,
    misses=(
        Miss(6, "top", "bag", 0.02, {}, IMAGE),
        Miss(1234, "bag", "top", 0.1, {}, COLOURED),
        Miss(3, "top", "top", 0.51, {}, IMAGE),
    ),
)


def run_of(**changes: Any) -> Run:
    results = all_fits(CANDIDATES)
    return made_run(trials_of(CANDIDATES, results), **{"final": final_result(), "results": results, **changes})


def test_a_run_that_tells_nothing_has_none_of_it() -> None:
    for final in (None, final_result(confusion_matrix=None), final_result(confusion_matrix=[[0, 0], [0, 0]])):
        assert set(outcome(run_of(final=final)).values()) == {None}


def test_a_confusion_is_counts_a_line_and_a_table_of_classes() -> None:
    run = run_of(classes=("top", "bag", "hat"), final=final_result(confusion_matrix=[[7, 2, 1], [0, 10, 0], [0, 0, 0]]))
    found = views(run)["outcome"]["confusion"]
    json.dumps(found, allow_nan=False)
    assert (found["labels"], found["counts"][0]) == (("top", "bag", "hat"), (7, 2, 1))
    assert found["line"] == "Test set: 17 of 20 right (0.8500). Most often top is taken for bag (2 of 10)."
    assert found["table"]["head"] == ["true class", "samples", "right", "precision", "most often taken for"]
    assert found["table"]["rows"] == [
        ["top", "10", "7 (70.0%)", "100.0%", "bag (2)"],
        ["bag", "10", "10 (100.0%)", "83.3%", "–"],
        ["hat", "0", "–", "0.0%", "–"],
    ]


def test_all_right_is_told_without_a_mistake() -> None:
    found = outcome(run_of(final=final_result(confusion_matrix=[[3, 0], [0, 4]])))["confusion"]
    assert found["line"] == "Test set: 7 of 7 right (1.0000)."


def test_of_very_many_classes_those_that_fare_worst_are_told() -> None:
    n = MOST_CLASSES + 20
    matrix = [
        [(10 if true != 7 else 1) if true == taken else int(taken == 0) for taken in range(n)] for true in range(n)
    ]
    found = outcome(run_of(classes=[f"class {i}" for i in range(n)], final=final_result(confusion_matrix=matrix)))[
        "confusion"
    ]
    assert (found["labels"], found["counts"]) == ([], [])
    assert len(found["table"]["rows"]) == MOST_CLASSES
    assert found["table"]["rows"][0][0] == "class 7"
    assert found["line"].endswith("Told are the 100 classes of 120 that fare worst.")


def test_residuals_are_pairs_a_line_and_the_worst() -> None:
    pairs = [(float(n), n + 0.1 * (n % 5)) for n in range(40)] + [(5.0, 25.0), (1.0, math.nan)]
    run = run_of(
        task="regression", metric="r2", classes=(), final=final_result(confusion_matrix=None, predictions=[pairs])
    )
    (found,) = outcome(run)["residuals"]
    json.dumps(found, allow_nan=False)
    assert (found["name"], len(found["points"])) == ("target", 41)
    assert found["line"] == (
        "Test set, 42 samples of 10,000. Half are off by at most 0.2, nine in ten by at most 0.4. In the mean they are "
        "0.6829 too high. Left out: 1 prediction without a number."
    )
    assert found["table"]["head"] == ["true", "predicted", "off by"]
    assert found["table"]["rows"][0] == ["5", "25", "20"]
    assert len(found["table"]["rows"]) == 10


def test_several_targets_have_their_names() -> None:
    pairs = [[(1.0, 2.0), (2.0, 1.0)], [(0.0, 0.0), (1.0, 1.0)]]
    run = run_of(task="regression", classes=(), final=final_result(confusion_matrix=None, predictions=pairs))
    assert [one["name"] for one in outcome(run)["residuals"]] == ["target 1 of 2", "target 2 of 2"]
    named = run_of(
        task="regression", classes=(), final=run.final, dataset={**run.dataset, "targets": ["price", "rent"]}
    )
    assert [one["name"] for one in outcome(named)["residuals"]] == ["price", "rent"]


def test_calibration_and_examples_are_those_of_a_closer_look() -> None:
    found = outcome(run_of(explained=FOUND))
    json.dumps(found, allow_nan=False)
    assert found["calibration"]["bins"] == [[0.55, 0.4, 5], [0.9, 0.8, 100]]
    assert found["calibration"]["table"]["rows"] == [["55.0%", "40.0%", "5"], ["90.0%", "80.0%", "100"]]
    assert found["examples"]["rows"][0] == ["7", "top", "bag", "0.0200"]
    assert found["examples"]["images"] == [IMAGE, COLOURED, IMAGE]


# In a browser.


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with chromium() as page:
        yield page


def table_of(page: Page, view: str) -> list[list[str]]:
    return page.run(  # type: ignore[no-any-return]
        "return [...document.querySelectorAll('#view-' + arguments[0] + ' tr')]"
        ".map(r => [...r.children].map(c => c.textContent))",
        view,
    )


@pytest.mark.browser
def test_the_confusion_is_a_map_and_a_table_and_a_cell_chooses_its_examples(browser: Page, tmp_path: Path) -> None:
    page = open_report(browser, tmp_path, run_of(explained=FOUND))
    numbers = page.run("return [...document.querySelectorAll('#view-confusion .cell text')].map(t => t.textContent)")
    assert numbers == ["90", "10", "5", "95"]
    assert table_of(page, "confusion")[1] == ["top", "100", "90 (90.0%)", "94.7%", "bag (10)"]
    shown = "return [...document.querySelectorAll('#view-examples li')].map(l => l.innerText.split('\\n')[0])"
    assert page.run(shown) == ["top taken for bag", "bag taken for top", "top, right but not sure"]
    page.run("document.querySelectorAll('#view-confusion .cell')[1].dispatchEvent(new MouseEvent('click'))")
    assert page.run(shown) == ["top taken for bag"]
    assert page.run("return document.querySelector('#view-examples select').value") == "top taken for bag"
    assert [row[0] for row in table_of(page, "examples")] == ["sample", "7"]
    # And by keyboard.
    from selenium.webdriver.common.keys import Keys

    page.driver.find_element("css selector", "#view-examples select").send_keys(Keys.HOME)
    page.wait(lambda: len(page.run(shown)) == 3)
    pixels = page.run(
        "return [...document.querySelectorAll('.example-image')].map("
        "c => [...c.getContext('2d').getImageData(0, 0, 2, 1).data])"
    )
    assert pixels[0] == [0, 0, 0, 255, 255, 255, 255, 255]
    assert pixels[1] == [255, 0, 0, 255, 0, 255, 0, 255]
    assert page.console() == []


@pytest.mark.browser
def test_a_pair_without_an_example_says_so(browser: Page, tmp_path: Path) -> None:
    page = open_report(browser, tmp_path, run_of(explained=FOUND))
    page.run("document.querySelectorAll('#view-confusion .cell')[3].dispatchEvent(new MouseEvent('click'))")
    said = page.run("return document.querySelector('#view-examples .chart').innerText")
    assert said == "None of the samples that are predicted worst is “bag, right but not sure”."


@pytest.mark.browser
def test_samples_of_tables_are_a_table(browser: Page, tmp_path: Path) -> None:
    misses = (Miss(6, "top", "<b>bag</b>", 0.02, {"width": "3"}),)
    page = open_report(browser, tmp_path, run_of(explained=Explained(n=10, misses=misses)))
    assert table_of(page, "examples") == [
        ["sample", "true", "predicted", "probability of what is true", "width"],
        ["7", "top", "<b>bag</b>", "0.0200", "3"],
    ]
    # Once on the page.
    assert page.text().count("The samples that are predicted worst") == 1


@pytest.mark.browser
def test_residuals_can_be_looked_at_two_ways(browser: Page, tmp_path: Path) -> None:
    pairs = [(float(n), n + 0.1 * (n % 5)) for n in range(40)]
    final = final_result(confusion_matrix=None, predictions=[pairs, pairs])
    page = open_report(browser, tmp_path, run_of(task="regression", classes=(), final=final))
    names = "return [...document.querySelectorAll('#view-residuals .name')].map(t => t.textContent)"
    assert page.run(names) == ["true value", "predicted value"]
    page.run(
        "const list = document.querySelectorAll('#view-residuals select')[1];"
        "list.value = list.options[1].value; list.dispatchEvent(new Event('change'))"
    )
    assert page.run(names) == ["predicted value", "predicted − true"]
    assert len(table_of(page, "residuals")) == 11
    # Trials that are chosen change nothing here.
    painted = (
        "const c = document.querySelector('#view-residuals canvas');"
        "return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.reduce((a, b) => a + b, 0)"
    )
    before = page.run(painted)
    page.driver.find_elements("css selector", "#table .pick")[0].click()
    assert page.run(painted) == before


@pytest.mark.browser
def test_a_run_of_one_trial_shows_what_its_winner_does(browser: Page, tmp_path: Path) -> None:
    results = all_fits(CANDIDATES[:1])
    run = made_run(trials_of(CANDIDATES[:1], results), final_result(), results, explained=FOUND)
    page = open_report(browser, tmp_path, run)
    titles = page.run("return [...document.querySelectorAll('.view h3')].map(h => h.textContent)")
    assert titles == [
        "What is taken for what", "How far probabilities can be trusted", "The samples that are predicted worst",
    ]  # fmt: skip
    assert not page.run("return document.querySelector('.views-room').hidden")
    assert page.console() == []


@pytest.mark.browser
@pytest.mark.parametrize("n", [30, 100])
def test_a_map_of_many_classes_fits_its_view(browser: Page, tmp_path: Path, n: int) -> None:
    matrix = [[50 if true == taken else (true * taken) % 7 == 1 for taken in range(n)] for true in range(n)]
    run = run_of(classes=[f"a long name {i}" for i in range(n)], final=final_result(confusion_matrix=matrix))
    page = open_report(browser, tmp_path, run)
    wide, high, room = page.run(
        "const s = document.querySelector('#view-confusion svg').getBoundingClientRect();"
        "return [s.width, s.height, document.querySelector('#view-confusion').clientWidth]"
    )
    assert wide <= room + 1
    assert high < 500
    assert len(table_of(page, "confusion")) == n + 1
