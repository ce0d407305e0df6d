"""Runs side by side as text, as data and as a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.browser import Page, chromium
from support.trials import FMNIST, all_fits, final_result, grid, made_run, plausible, trials_of

from kerasgrid.axes.candidate import Candidate
from kerasgrid.reports.pages.compare_page import compare_page
from kerasgrid.reports.text.compared import compared_dict, tables, title, verdict
from kerasgrid.run.compared import RunsCompared, compared_runs
from kerasgrid.run.run import Run

FOLDS = ("f1", "f2", "f3")
EVIL = "</script><img src=x onerror=\"document.title='gone'\">"


def run_of(name: str, shift: float = 0.0, **more: Any) -> Run:
    candidates = grid({**FMNIST, **more})

    def score(candidate: Candidate, fold: int) -> float:
        return plausible(candidate, fold) - shift

    results = all_fits(candidates, score=score)
    run = made_run(trials_of(candidates, results), final_result(), results, name=name, fold_fingerprints=FOLDS)
    return replace(run, n_fits_done=len(results))


def pair(shift: float = 0.2) -> RunsCompared:
    return compared_runs([run_of("first"), run_of("second", shift, dropout=[0.1])])


def test_the_verdict() -> None:
    assert title(pair()) == "first and second by accuracy"
    assert verdict(pair()) == (
        "first is better than the other, with 95% confidence, on the same 3 folds; all trials of each count."
    )
    assert verdict(pair(0.0)) == (
        "They cannot be told apart, with 95% confidence, on the same 3 folds; all trials of each count."
    )
    three = compared_runs([run_of("a"), run_of("b"), run_of("c", 0.3)])
    assert verdict(three) == "Best, with 95% confidence, on the same 3 folds: one of a, b; all trials of each count."
    apart = compared_runs([run_of("a"), replace(run_of("b"), fold_fingerprints=("g1", "g2", "g3"))])
    assert verdict(apart) == (
        "They cannot be told apart, with 95% confidence, on other folds; all trials of each count. With the same seed "
        "and folds less would tell them apart."
    )
    other = compared_runs([run_of("a"), replace(run_of("b"), dataset={"fingerprint": "x"})])
    assert verdict(other) == "The runs are not held against each other: they learned other data."


def test_tables_and_data_say_the_same() -> None:
    found = pair()
    runs, winners = tables(found)
    assert (runs.title, winners.title) == ("Runs", "Their best trials")
    assert [row[0] for row in runs.rows] == ["first", "second"]
    assert runs.rows[1][-1].startswith("worse: 0.1992 ± ")
    assert runs.rows[1][-1].endswith(" below first in the mean")
    data = compared_dict(found)
    json.dumps(data, allow_nan=False)
    assert (data["verdict"], data["n_shared_splits"]) == (verdict(found), 3)
    assert [run["standing"] for run in data["runs"]] == ["ahead", "behind"]
    assert data["runs"][0]["test"] == {"loss": 0.31, "accuracy": 0.8842}
    assert data["parameters"]["dropout"] == [None, 0.1]
    assert winners.rows[list(data["parameters"]).index("dropout")] == ["dropout", "–", "0.1"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with chromium() as page:
        yield page


def opened(page: Page, folder: Path, found: RunsCompared) -> Page:
    path = folder / "compare.html"
    path.write_text(compare_page(found), encoding="utf-8")
    page.driver.get(path.as_uri())
    page.wait(lambda: len(page.axes()) > 0)
    return page


@pytest.mark.browser
def test_the_page_shows_lines_tables_and_shared_axes(browser: Page, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, pair())
    assert page.driver.title == "first and second by accuracy"
    assert page.run("return [...document.querySelectorAll('#lines .line')].length") == 4
    assert page.run("return document.getElementById('legend').textContent").split() == ["first", "second"]
    assert page.axes()[0] == "run"
    assert {"activation", "learning_rate", "val_accuracy"} <= set(page.axes())
    assert "dropout" not in page.axes()
    assert "first is better than the other" in page.text()
    assert page.console() == []


@pytest.mark.browser
def test_names_run_nothing(browser: Page, tmp_path: Path) -> None:
    found = compared_runs([run_of(EVIL), run_of("second")])
    page = opened(browser, tmp_path, found)
    assert page.driver.title.startswith("</script><img")
    assert page.run("return document.querySelectorAll('img[onerror]').length") == 0
