"""The views of the page in a browser: one selection for plot, views and table; texts to copy; no jump, no error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.browser import Page, chromium, open_report
from support.trials import FMNIST, all_fits, final_result, fit_result, grid, made_run, plausible, trials_of

from kerasgrid.reports.pages.parallel import parallel_page
from kerasgrid.run.run import Run

pytestmark = pytest.mark.browser

TITLES = ["Score over the search", "What matters", "Score against cost", "Learning curves", "Two axes at once"]

DRAG = """
const layer = document.querySelector(arguments[0] + ' .top');
layer.scrollIntoView({block: 'center'});
layer.setPointerCapture = () => {};
const box = layer.getBoundingClientRect();
const send = (name, x, y) => layer.dispatchEvent(new PointerEvent(
  name, {clientX: box.left + x * box.width, clientY: box.top + y * box.height, button: 0, bubbles: true}));
send('pointerdown', arguments[1], arguments[2]);
send('pointermove', arguments[3], arguments[4]);
send('pointerup', arguments[3], arguments[4]);
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with chromium() as page:
        yield page


def grid_run(**changes: Any) -> Run:
    candidates = grid(FMNIST)
    results = all_fits(candidates)
    return made_run(trials_of(candidates, results), final_result(), results, **changes)


def opened(page: Page, folder: Path, run: Run) -> Page:
    open_report(page, folder, run)
    page.wait(lambda: len(page.axes()) > 1)
    return page


def selected(page: Page) -> str:
    text: str = page.run(
        "const bar = document.getElementById('selection'); return bar.hidden ? '' : bar.firstChild.textContent"
    )
    return text


def in_plot(page: Page) -> str:
    """How many trials HiPlot says are selected."""
    count: str = page.run("return document.querySelector('#plot strong').textContent.trim()")
    return count


def test_there_is_a_view_of_everything(browser: Page, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, grid_run())
    titles = page.run("return [...document.querySelectorAll('.view h3')].map(h => h.textContent)")
    assert titles[:5] == TITLES
    axes = ["activation", "batch_size", "input_batch_norm", "input_dropout", "learning_rate", "optimizer"]
    assert sorted(titles[5:-1]) == axes
    assert titles[-1] == "What is taken for what"
    assert page.run("return [...document.querySelectorAll('.bar-share')].map(s => s.textContent)")[0].endswith("%")
    # What a chart shows of points is drawn, and their axes have ticks and names.
    assert page.run(
        "return [...document.querySelectorAll('.view canvas')].every(c => {"
        "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "return c.closest('#view-curves') !== null || d.some(v => v > 0); })"
    )
    assert page.run("return document.querySelector('#view-history .name').textContent").startswith("trial, in the")
    assert page.console() == []


def test_choosing_in_a_view_marks_plot_and_table(browser: Page, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, grid_run())
    page.run(DRAG, "#view-history", 0.02, 0.01, 0.5, 0.99)
    page.wait(lambda: selected(page))
    n = int(selected(page).split()[0])
    assert 60 <= n <= 75
    page.wait(lambda: in_plot(page) == str(n))
    assert len(page.rows()) == n
    page.driver.find_element("id", "give-up").click()
    page.wait(lambda: in_plot(page) == "144")
    assert selected(page) == ""
    assert len(page.rows()) == 144


def test_choosing_in_the_plot_is_given_up_by_the_same_button(browser: Page, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, grid_run())
    page.brush("learning_rate")
    page.wait(lambda: 0 < len(page.rows()) < 144)
    assert selected(page) == f"{len(page.rows())} trials of 144 selected"
    page.driver.find_element("id", "give-up").click()
    page.wait(lambda: len(page.rows()) == 144)
    page.wait(lambda: len(page.axes()) > 1 and in_plot(page) == "144")


def test_a_pair_of_values_chooses_its_trials(browser: Page, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, grid_run())
    cells = "return document.querySelectorAll('#view-pairs .cell').length"
    names = page.run("return [...document.querySelectorAll('#view-pairs select')].map(s => s.value)")
    sizes = {"activation": 3, "learning_rate": 3}
    assert page.run(cells) == sizes.get(names[0], 2) * sizes.get(names[1], 2)
    page.run(
        "const list = document.querySelector('#view-pairs select');"
        "list.value = [...list.options].find(o => !o.selected).value; list.dispatchEvent(new Event('change'))"
    )
    after = page.run("return [...document.querySelectorAll('#view-pairs select')].map(s => s.value)")
    assert (after[0] != names[0], after[1]) == (True, names[1])
    page.run("document.querySelector('#view-pairs .cell').dispatchEvent(new MouseEvent('click'))")
    expected = 144 // (sizes.get(after[0], 2) * sizes.get(after[1], 2))
    page.wait(lambda: selected(page) == f"{expected} trials of 144 selected")
    page.wait(lambda: in_plot(page) == str(expected))


def test_rows_are_chosen_by_keyboard(browser: Page, tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    page = opened(browser, tmp_path, grid_run())
    for row in (0, 2):
        page.driver.find_elements("css selector", "#table .pick")[row].send_keys(Keys.ENTER)
    assert selected(page) == "2 trials of 144 selected"
    page.wait(lambda: in_plot(page) == "2")
    # All rows stay, for more to be chosen.
    assert len(page.rows()) == 144
    pressed = "return [...document.querySelectorAll('#table .pick')].map(b => b.getAttribute('aria-pressed'))"
    assert page.run(pressed)[:4] == ["true", "false", "true", "false"]
    assert page.run("return document.querySelector('#view-curves .about').textContent").startswith("2 of the chosen")


def test_the_parameters_are_copied(browser: Page, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, grid_run())
    page.run(
        "window.copied = [];"
        "Object.defineProperty(navigator, 'clipboard', {value: {writeText: t => (copied.push(t), Promise.resolve())}})"
    )
    for button in page.driver.find_elements("css selector", "#copies button"):
        button.click()
    page.wait(lambda: page.run("return document.getElementById('copied').textContent") == "Copied.")
    json_text, python = page.run("return copied")
    assert '"activation": "swish"' in json_text
    assert python.startswith("import kerasgrid")


def test_ten_thousand_trials_are_viewed_within_three_seconds(browser: Page, tmp_path: Path) -> None:
    axes = {"learning_rate": [0.001 * 1.001**n for n in range(1000)], "dropout": [n / 10 for n in range(10)]}
    candidates = grid(axes)
    trials = trials_of(candidates, [fit_result(c, 0, plausible(c, 0)) for c in candidates], n_folds=1)
    page = opened(browser, tmp_path, made_run(trials, n_folds=1))
    shown_after = page.run("return performance.getEntriesByName('views')[0].startTime / 1000")
    assert shown_after < 3


def test_a_run_of_one_trial_has_no_views(browser: Page, tmp_path: Path) -> None:
    candidates = grid(FMNIST)[:1]
    results = all_fits(candidates)
    path = tmp_path / "report.html"
    path.write_text(parallel_page(made_run(trials_of(candidates, results), None, results)), encoding="utf-8")
    browser.open(path)
    assert browser.run("return document.querySelector('.views-room').hidden")
    assert browser.console() == []
