"""Workers over time: what the page gets of who trained when, and the view in a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.browser import Page, chromium, open_report
from support.trials import FMNIST, all_fits, diverged, final_result, grid, made_run, plausible, trials_of, worked

from kerasgrid.fits.fit import Stint
from kerasgrid.insight.lanes import Lanes, lanes
from kerasgrid.reports.tables.views import views
from kerasgrid.reports.tables.workers import MOST_BARS, workers, workers_line
from kerasgrid.run.run import Run

CANDIDATES = grid(FMNIST)


def run_of(n: int = 144, n_workers: int = 2, pause: float = 0.0, **changes: Any) -> Run:
    results = worked(all_fits(CANDIDATES[:n]), n_workers, pause=pause)
    return made_run(trials_of(CANDIDATES[:n], results), final_result(), results, **changes)


def test_a_run_that_does_not_say_who_trained_has_no_such_view() -> None:
    results = all_fits(CANDIDATES)
    assert workers(made_run(trials_of(CANDIDATES, results), results=results)) is None


def test_the_page_gets_a_lane_for_each_worker_and_a_bar_for_each_fit() -> None:
    run = run_of()
    found = views(run)["workers"]
    json.dumps(found, allow_nan=False)
    assert [lane["name"] for lane in found["lanes"]] == ["1", "2"]
    bars = [bar for lane in found["lanes"] for bar in lane["bars"]]
    assert len(bars) == 144 * 3
    assert all(0 <= began < ended <= found["seconds"] and n == 1 for began, ended, _, n in bars)
    counts = {trial.rank: sum(bar[2] == [trial.rank] for bar in bars) for trial in run.trials}
    assert set(counts.values()) == {3}
    assert found["note"] == ""
    assert found["line"].startswith("2 workers, ")
    assert found["table"]["head"][:3] == ["worker", "fits", "time at work"]
    assert [row[0] for row in found["table"]["rows"]] == ["1", "2"]
    assert sum(int(row[1]) for row in found["table"]["rows"]) == 432


def test_of_many_fits_the_page_gets_fewer_bars_and_says_so() -> None:
    results = worked(all_fits(CANDIDATES, 60))
    found = workers(made_run(trials_of(CANDIDATES, results, 60), results=results, n_folds=60))
    assert found is not None
    n = sum(len(lane["bars"]) for lane in found["lanes"])
    assert n < 2 * MOST_BARS
    assert found["note"] == (f"8,640 fits as {n:,} bars: fits without a pause to be seen between them are one.")
    assert sum(bar[3] for lane in found["lanes"] for bar in lane["bars"]) == 8640


def test_looks_of_a_race_are_bars_of_their_trials_and_failures_are_marked() -> None:
    results = all_fits(CANDIDATES[:2], 1)
    results[1] = diverged(CANDIDATES[1], 0)
    told = worked(results, 1)
    look = replace(told[0], fit=replace(told[0].fit, pauses=True)).trained(Stint(1.8e9 - 3, 1.8e9 - 1))
    run = made_run(trials_of(CANDIDATES[:2], told, 1), results=told, looks=[look], n_folds=1)
    found = workers(run)
    assert found is not None
    assert [bar[2] for bar in found["lanes"][0]["bars"]] == [[1], [1], [2]]
    assert found["states"] == {"t2": "bad"}
    assert found["table"]["rows"][0][4:] == ["1", "1.0 s"]


def found_lanes(run: Run) -> Lanes:
    made = lanes(run.results, run.began)
    assert made is not None
    return made


def test_it_is_told_in_a_line() -> None:
    assert workers_line(found_lanes(run_of(2, 1))) == "1 worker, 100% of the time at work (8.4 s)."
    line = workers_line(found_lanes(run_of(2, 1, pause=2.0)))
    assert line == "1 worker, 46% of the time at work (18.4 s); the longest pause, 2.0 s, was worker 1’s."
    results = worked(all_fits(CANDIDATES[:1], 3, plausible), 1) + worked(all_fits(CANDIDATES[1:2]), 1, began=2e9)
    told = made_run(trials_of(CANDIDATES[:2], results), results=results, began=[1.7e9, 1.9e9])
    assert workers_line(found_lanes(told)) == "1 worker, 100% of the time at work (8.4 s), in 2 searches."


# In a browser.


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with chromium() as page:
        yield page


def opened(page: Page, folder: Path, run: Run) -> Page:
    open_report(page, folder, run)
    page.wait(lambda: len(page.axes()) > 1)
    return page


PAINTED = """
const canvas = document.querySelector('#view-workers canvas');
const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
let n = 0;
for (let at = 3; at < data.length; at += 4) { n += data[at] > 130; }
return n;
"""

CLICK = """
const layer = document.querySelector('#view-workers .top');
layer.scrollIntoView({block: 'center'});
layer.setPointerCapture = () => {};
const box = layer.getBoundingClientRect();
for (const name of ['pointermove', 'pointerdown', 'pointerup']) {
  layer.dispatchEvent(new PointerEvent(name,
    {clientX: box.left + arguments[0], clientY: box.top + arguments[1], button: 0, bubbles: true}));
}
return document.querySelector('#view-workers .tip').innerText;
"""


@pytest.mark.browser
def test_the_view_chooses_trials_and_marks_the_chosen(browser: Page, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, run_of(4))
    assert page.run("return document.querySelector('#view-workers h3').textContent") == "Workers over time"
    labels = page.run(
        "return [...document.querySelectorAll('#view-workers svg[role=img] text')].map(t => t.textContent)"
    )
    assert labels[:2] == ["2", "1"]
    assert "time since the first fit (s)" in labels
    all_painted = page.run(PAINTED)
    told = page.run(CLICK, 60, 15)
    assert told.startswith("worker 1, 0–")
    assert "a fit" in told.splitlines()[0]
    assert told.splitlines()[1].startswith("rank ")
    selection = "return document.getElementById('selected').textContent"
    page.wait(lambda: page.run(selection) == "1 trial of 4 selected")
    assert page.run(PAINTED) < 0.5 * all_painted
    assert len(page.rows()) == 1
    page.driver.find_element("id", "give-up").click()
    page.wait(lambda: page.run(PAINTED) == all_painted)
    # What is chosen elsewhere is marked here.
    page.driver.find_elements("css selector", "#table .pick")[0].click()
    assert page.run(PAINTED) < 0.5 * all_painted
    # That we look at the canvas ourselves is remarked on.
    assert [line for line in page.console() if "willReadFrequently" not in line] == []


@pytest.mark.browser
def test_the_view_is_a_table_too_which_the_keyboard_reaches(browser: Page, tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    page = opened(browser, tmp_path, run_of(4))
    summary = page.driver.find_element("css selector", "#view-workers summary")
    assert summary.text == "The workers as a table"
    summary.send_keys(Keys.ENTER)
    rows = page.run("return [...document.querySelectorAll('#view-workers tr')].map(r => r.innerText.split('\\t'))")
    assert rows[0] == ["worker", "fits", "time at work", "share of its time", "pauses", "longest pause"]
    assert [row[:2] for row in rows[1:]] == [["1", "7"], ["2", "5"]]
    scopes = page.run("return [...document.querySelectorAll('#view-workers tbody th')].map(c => c.scope)")
    assert scopes == ["row", "row"]


@pytest.mark.browser
def test_a_hundred_lanes_fit_into_the_view(browser: Page, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, run_of(144, 100))
    assert page.run("return document.querySelector('#view-workers .chart').offsetHeight") < 520
    assert page.run(PAINTED) > 1000
    assert page.console() == []
