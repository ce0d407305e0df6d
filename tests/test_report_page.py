"""report.html: its columns, its content, and how a browser shows it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from importlib import metadata, resources
from pathlib import Path

import pytest
from browser import Page, chromium
from trials import FMNIST, all_fits, diverged, facts, failed, final_result, grid, trials_of

from kerasgrid.engine.fit import FitResult
from kerasgrid.insight.ranking import Trial, rank_trials
from kerasgrid.report.columns import columns, safe, shown
from kerasgrid.report.parallel import experiment, parallel_page
from kerasgrid.space.candidate import Candidate

CANDIDATES = grid(FMNIST)
FMNIST_AXES = [
    "activation",
    "input_batch_norm",
    "input_dropout",
    "optimizer",
    "learning_rate",
    "batch_size",
    "seconds",
    "val_accuracy",
]
EVIL = "</script><img src=x onerror=\"document.title='gone'\"><script>document.title='gone'</script>"


def kinds(values: Sequence[object], log_axes: frozenset[str] = frozenset()) -> str:
    candidates = [Candidate({"x": value, "number": i}) for i, value in enumerate(values)]  # type: ignore[dict-item]
    found = columns(trials_of(candidates, all_fits(candidates)), "accuracy", log_axes)
    return next(column.kind for column in found if column.name == "x")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ((32, 64, 128), "numericpercentile"),
        ((0.2, 0.4), "numericpercentile"),
        ((1e-4, 1e-3, 1e-2), "numericlog"),
        ((0.0, 1e-5, 1e-2), "numericpercentile"),
        ([number / 20 for number in range(20)], "numeric"),
        ([1 + number / 20 for number in range(20)], "numeric"),
        ([0.0, *(10.0**-power for power in range(12))], "numericpercentile"),
        ((True, False), "categorical"),
        ((1, True), "categorical"),
        (("a", 1), "categorical"),
        ((None, 0.5), "categorical"),
        (((512, 256), (128,)), "categorical"),
        ((2**53 + 2, 1), "categorical"),
    ],
)
def test_every_column_has_a_type(values: Sequence[object], kind: str) -> None:
    assert kinds(values) == kind


def test_axes_of_a_log_distribution_are_logarithmic() -> None:
    values = [0.001 * (1 + number / 20) for number in range(20)]
    assert kinds(values) == "numeric"
    assert kinds(values, frozenset({"x"})) == "numericlog"


def test_columns_in_order_without_constant_ones() -> None:
    found = columns(trials_of(CANDIDATES, all_fits(CANDIDATES)), "accuracy")
    assert [column.name for column in found if column.axis] == FMNIST_AXES
    assert [column.name for column in found if not column.axis] == ["rank", "train_accuracy", "standard error"]


def test_reserved_names_are_renamed() -> None:
    candidates = grid({"uid": [1, 2], "from_uid": ["a", "b"], "rank": [1, 2], "<b>": [1, 2], "val_accuracy": [1, 2]})
    names = [column.name for column in columns(trials_of(candidates, all_fits(candidates)), "accuracy")]
    assert len(set(names)) == len(names)
    assert {"uid_", "from_uid_", "rank_", "‹b›", "val_accuracy_", "rank", "val_accuracy"} <= set(names)
    assert not {"uid", "from_uid"} & set(names)


def test_values_as_text() -> None:
    values = [(512, 256), (), None, True, 0.1 + 0.2, 5, "relu"]
    assert [shown(value) for value in values] == ["512×256", "none", "none", "true", "0.3", "5", "relu"]
    assert safe("<b>") == "‹b›"


def test_experiment_leaves_out_what_is_missing() -> None:
    results = all_fits(CANDIDATES)
    results[0] = diverged(CANDIDATES[0], 0)
    results[3] = failed(CANDIDATES[1], 0)
    content = experiment(facts(), trials_of(CANDIDATES, results))
    points = content["datapoints"]
    assert [point["uid"] for point in points][:2] == ["t001", "t002"]
    assert [point["values"]["rank"] for point in points] == list(range(1, 145))
    without = [point["values"] for point in points if "val_accuracy" not in point["values"]]
    assert [values["status"] for values in without] == ["diverged", "failed"]
    assert content["colorby"] == "val_accuracy"
    assert content["display_data"]["PARALLEL_PLOT"]["order"] == FMNIST_AXES[::-1]
    assert {"uid", "from_uid", "rank"} <= set(content["display_data"]["PARALLEL_PLOT"]["hide"])
    assert content["display_data"]["TABLE"]["order_by"] == [["rank", "asc"]]
    names = {name for point in points for name in point["values"]}
    assert names == set(content["parameters_definition"])
    json.dumps(content, allow_nan=False)


def test_losses_have_their_good_end_up() -> None:
    results = all_fits(CANDIDATES, metric="loss")
    trials = rank_trials(CANDIDATES, results, metric="loss", n_folds=3)
    assert experiment(facts(metric="loss"), trials)["display_data"]["PARALLEL_PLOT"]["invert"] == ["val_loss"]


def test_hiplot_is_the_version_whose_bundle_is_mended() -> None:
    assert metadata.version("hiplot") == "0.1.33"
    bundle = resources.files("hiplot").joinpath("static/built/hiplot.bundle.js").read_text(encoding="utf-8")
    assert bundle.count("return e(-t)") == 1
    assert "</script" not in bundle


def test_markup_never_reaches_the_page() -> None:
    candidates = [Candidate({"note": EVIL, EVIL: 1}), Candidate({"note": "b", EVIL: 2})]
    results = [*all_fits(candidates[:1]), failed(candidates[1], 0, EVIL)]
    page = parallel_page(facts(name=EVIL, created=EVIL, versions={EVIL: EVIL}), trials_of(candidates, results), None)
    assert page.count("</script") == 3
    ours = page[: page.index("For license information please see hiplot")]
    assert "<img" not in ours
    assert ours.count("<script") == 2
    assert EVIL.replace("<", "‹").replace(">", "›").replace('"', '\\"') in page


def test_page_without_trials() -> None:
    assert '"experiment": null' in parallel_page(facts(), [], None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with chromium() as page:
        yield page


def opened(page: Page, folder: Path, trials: Sequence[Trial], *, final: bool = True, **changes: object) -> Page:
    path = folder / "report.html"
    path.write_text(parallel_page(facts(**changes), trials, final_result() if final else None), encoding="utf-8")
    page.open(path)
    assert page.requests == [path.as_uri()]
    assert page.console() == []
    return page


@pytest.mark.browser
def test_browser_shows_axes_and_table_in_order(browser: Page, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, trials_of(CANDIDATES, all_fits(CANDIDATES)))
    assert page.driver.title == "fmnist on fashion_mnist"
    assert page.axes() == FMNIST_AXES
    assert page.head()[1:4] == ["rank", "activation", "input_batch_norm"]
    assert [row[1] for row in page.rows()] == [str(rank) for rank in range(1, 11)]
    assert (
        "Best accuracy: 0.9022 ± 0.0008 (mean ± standard error of 3 folds; the highest of 144, so a little optimistic)"
        in page.text()
    )
    assert "Test set: loss 0.3100, accuracy 0.8842" in page.text()
    assert "All trials: model mlp, hidden_units 128, epochs 15" in page.text()
    assert "144 candidates · 432 of 432 fits · 12 min 5 s" in page.text()


@pytest.mark.browser
def test_browser_runs_nothing_of_the_data(browser: Page, tmp_path: Path) -> None:
    candidates = grid({"note": [EVIL, "한국어", '"quoted" & <b>'], EVIL: [1, 2]})
    results = [*all_fits(candidates[:-1]), failed(candidates[-1], 0, EVIL)]
    page = opened(browser, tmp_path, trials_of(candidates, results), name=EVIL, created=EVIL, versions={EVIL: "1"})
    assert page.driver.title.startswith("</script><img")
    assert page.run("return document.querySelectorAll('img[onerror]').length") == 0
    assert "한국어" in page.text()
    assert EVIL in page.text()
    assert any(safe(EVIL) in row for row in page.rows())
    assert safe(EVIL) in page.axes()


@pytest.mark.browser
@pytest.mark.parametrize("what", ["one", "all failed", "nothing varies", "same scores"])
def test_browser_shows_runs_with_little_to_draw(browser: Page, tmp_path: Path, what: str) -> None:
    candidates = CANDIDATES[:1] if what == "one" else CANDIDATES[:2]
    results: list[FitResult] = all_fits(candidates)
    if what == "all failed":
        results = [failed(candidate, 0, "out of memory") for candidate in candidates]
    elif what == "nothing varies":
        results = []
    elif what == "same scores":
        results = all_fits(candidates, score=lambda *_: 0.5)
    page = opened(browser, tmp_path, trials_of(candidates, results), final=False)
    assert [row[1] for row in page.rows()] == [str(rank + 1) for rank in range(len(candidates))]
    if what == "all failed":
        assert "No trial has a score." in page.text()
        assert "2 failed: out of memory" in page.text()


@pytest.mark.browser
def test_browser_shows_an_incomplete_run(browser: Page, tmp_path: Path) -> None:
    results = all_fits(CANDIDATES)[:200]
    results[0] = diverged(CANDIDATES[0], 0)
    page = opened(browser, tmp_path, trials_of(CANDIDATES, results), final=False, n_fits_done=200)
    assert "Incomplete: 200 of 432 fits are done." in page.text()
    assert page.axes() == FMNIST_AXES
    assert page.rows()[0][1] == "1"
    assert page.rows()[0][page.head().index("status")] == "ok"


@pytest.mark.browser
def test_browser_draws_the_better_score_higher_and_no_diverged_trial_above(browser: Page, tmp_path: Path) -> None:
    candidates = [Candidate({"learning_rate": 10.0**-power}) for power in range(6)]
    results = all_fits(candidates[1:], score=lambda candidate, _: float(str(candidate["learning_rate"])), metric="loss")
    results.append(diverged(candidates[0], 0))
    trials = rank_trials(candidates, results, metric="loss", n_folds=3)
    page = opened(browser, tmp_path, trials, metric="loss", log_axes=frozenset({"learning_rate"}))
    assert page.axes() == ["learning_rate", "seconds", "val_loss"]
    ticks = page.run(
        "const axis = [...document.querySelectorAll('.dimension')]"
        ".find(d => d.querySelector('.label-name').textContent === 'val_loss');"
        "return [...axis.querySelectorAll('.tick')].map(t => [t.getBoundingClientRect().y, t.textContent])"
    )
    heights = {float(text): y for y, text in ticks if re.fullmatch(r"1e-\d", text)}
    assert heights[1e-5] < heights[1e-3] < heights[1e-1]
    assert "Infinity" not in str(ticks)
    assert "NaN" not in str(ticks)
    colours = page.run(
        "return [...document.querySelectorAll('table.dataTable tbody tr td:first-child *')]"
        ".map(e => e.getAttribute('style') || '').filter(s => s.includes('rgb'))"
    )
    # Viridis turned over: on a light page the best is dark purple; the diverged trial is grey.
    assert "(68,1,84" in colours[0].replace(" ", "")
    assert "(100,100,100" in colours[-1].replace(" ", "")


@pytest.mark.browser
def test_browser_in_the_dark(tmp_path: Path) -> None:
    with chromium("--blink-settings=preferredColorScheme=0") as browser:
        page = opened(browser, tmp_path, trials_of(CANDIDATES, all_fits(CANDIDATES)))
        assert page.run("return document.documentElement.classList.contains('dark')")
        assert (
            page.run("return getComputedStyle(document.querySelector('.facts')).backgroundColor") == "rgb(34, 34, 34)"
        )
