"""report.html: its columns, its content, and how a browser shows it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import metadata, resources
from pathlib import Path

import pytest
from support.browser import Page, chromium
from support.trials import (
    FMNIST,
    all_fits,
    diverged,
    failed,
    final_result,
    fit_result,
    grid,
    made_run,
    plausible,
    trials_of,
)

from kerasgrid.axes.blocks import Label
from kerasgrid.axes.candidate import Candidate, value_text
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.insight.curves import epochs_shown, learning_curves
from kerasgrid.insight.ranking import Trial, labelled, rank_trials
from kerasgrid.reports.pages.curves_page import MOST_POINTS, curves_page, thinned
from kerasgrid.reports.pages.glance import glance_html
from kerasgrid.reports.pages.page import Picture, hiplot_bundle
from kerasgrid.reports.pages.parallel import SCRIPTS, experiment, parallel_page
from kerasgrid.reports.pictures.figure import new_figure, png, style
from kerasgrid.reports.tables.columns import columns, safe
from kerasgrid.reports.tables.trial_table import table_columns, trial_table
from kerasgrid.reports.text.facts import tried_line

CANDIDATES = grid(FMNIST)
FMNIST_AXES = [
    "activation",
    "input_batch_norm",
    "input_dropout",
    "optimizer",
    "learning_rate",
    "batch_size",
    "seconds a fit",
    "val_accuracy",
]
EVIL = "</script><img src=x onerror=\"document.title='gone'\"><script>document.title='gone'</script>"


def kinds(values: Sequence[object], log_axes: frozenset[str] = frozenset()) -> str:
    candidates = [Candidate({"x": value, "number": i}) for i, value in enumerate(values)]  # type: ignore[dict-item]
    found = columns(made_run(trials_of(candidates, all_fits(candidates)), log_axes=log_axes))
    return next(column.kind for column in found if column.name == "x")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ((32, 64, 128), "numericpercentile"),
        ((0.2, 0.4), "numericpercentile"),
        ((0.2, 0.405004, 0.4), "numeric"),
        ((0.0625, 0.125, 1000), "numericlog"),
        ((16, 100000, 20), "numericlog"),
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
    found = columns(made_run(trials_of(CANDIDATES, all_fits(CANDIDATES))))
    assert [column.name for column in found if column.axis] == FMNIST_AXES
    assert [column.name for column in found if not column.axis] == ["rank", "train_accuracy", "standard error"]


def test_reserved_names_are_renamed() -> None:
    candidates = grid({"uid": [1, 2], "from_uid": ["a", "b"], "rank": [1, 2], "<b>": [1, 2], "val_accuracy": [1, 2]})
    names = [column.name for column in columns(made_run(trials_of(candidates, all_fits(candidates))))]
    assert len(set(names)) == len(names)
    assert {"uid_", "from_uid_", "rank_", "‹b›", "val_accuracy_", "rank", "val_accuracy"} <= set(names)
    assert not {"uid", "from_uid"} & set(names)


def test_values_as_text() -> None:
    values = [(512, 256), (), None, True, 0.1 + 0.2, 5, "relu"]
    assert [value_text(value) for value in values] == ["512×256", "none", "none", "true", "0.3", "5", "relu"]
    assert safe("<b>") == "‹b›"


def test_experiment_leaves_out_what_is_missing() -> None:
    results = all_fits(CANDIDATES)
    results[0] = diverged(CANDIDATES[0], 0)
    results[3] = failed(CANDIDATES[1], 0)
    content = experiment(made_run(trials_of(CANDIDATES, results)))
    assert content is not None
    points = content["datapoints"]
    assert [point["uid"] for point in points][:2] == ["t1", "t2"]
    assert [point["values"]["rank"] for point in points] == list(range(1, 145))
    without = [point["values"] for point in points if "val_accuracy" not in point["values"]]
    assert [values["status"] for values in without] == ["diverged", "failed"]
    assert content["colorby"] == "val_accuracy"
    assert content["display_data"]["PARALLEL_PLOT"]["order"] == FMNIST_AXES[::-1]
    assert {"uid", "from_uid", "rank"} <= set(content["display_data"]["PARALLEL_PLOT"]["hide"])
    names = {name for point in points for name in point["values"]}
    assert names == set(content["parameters_definition"])
    json.dumps(content, allow_nan=False)


def test_losses_have_their_good_end_up() -> None:
    results = all_fits(CANDIDATES, metric="loss")
    trials = rank_trials(CANDIDATES, results, metric="loss", n_folds=3)
    content = experiment(made_run(trials, metric="loss"))
    assert content is not None
    assert content["display_data"]["PARALLEL_PLOT"]["invert"] == ["val_loss"]


def test_hiplot_is_the_version_whose_bundle_is_mended() -> None:
    assert metadata.version("hiplot") == "0.1.33"
    bundle = resources.files("hiplot").joinpath("static/built/hiplot.bundle.js").read_text(encoding="utf-8")
    assert bundle.count('"inverse"==t){var e=i;i=function(t){return e(-t)}}') == 1
    assert "</script" not in bundle
    assert hiplot_bundle().count("return e(1-t)") == bundle.count("return e(1-t)") + 1
    assert hiplot_bundle().count('"lower"==t||"upper"==t') == 1


def test_markup_never_reaches_the_page() -> None:
    candidates = grid({"note": [EVIL, "b"], EVIL: [1, 2]})
    results = [*all_fits(candidates[:3]), failed(candidates[3], 0, EVIL)]
    page = parallel_page(made_run(trials_of(candidates, results), name=EVIL, created=EVIL, versions={EVIL: EVIL}))
    assert page.count("</script") == len(SCRIPTS) + 2
    ours = page.replace(hiplot_bundle(), "")
    assert "<img" not in ours
    assert ours.count("<script") == len(SCRIPTS) + 2
    assert EVIL.replace("<", "‹").replace(">", "›").replace('"', '\\"') in page


def test_page_without_trials() -> None:
    page = parallel_page(made_run())
    assert '"experiment":null' in page
    assert hiplot_bundle() not in page


def test_the_policy_lets_only_our_scripts_run_and_nothing_be_fetched() -> None:
    page = parallel_page(made_run(trials_of(CANDIDATES, all_fits(CANDIDATES))))
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert found is not None
    policy = dict(part.strip().split(" ", 1) for part in found[1].split(";"))
    assert policy.pop("script-src").count("'sha256-") == len(SCRIPTS) + 1
    assert policy == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "font-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_the_table_has_every_trial_in_words() -> None:
    candidates = grid({"learning_rate": [1e-5, 0.1], "hidden_units": [[], [8, 4]], "note": ["<b>"]})
    results = [*all_fits(candidates[:1]), *all_fits(candidates[1:2])[:2], diverged(candidates[2], 0)]
    results.append(failed(candidates[3], 1, "out of memory\nat line 3"))
    found = {column.name: column for column in table_columns(made_run(trials_of(candidates, results)))}
    assert list(found) == [
        "rank", "val_accuracy", "hidden_units", "learning_rate", "train_accuracy", "weights", "seconds a fit", "status",
    ]  # fmt: skip
    assert found["rank"].cells == ("1", "2", "3", "4")
    assert re.fullmatch(r"0\.\d{4} ± 0\.\d{4}", found["val_accuracy"].cells[0])
    assert found["val_accuracy"].cells[1:] == ("–", "–", "–")
    assert found["learning_rate"].cells == ("1e-05", "1e-05", "0.1", "0.1")
    assert found["hidden_units"].cells == ("none", "8×4", "none", "8×4")
    assert found["weights"].cells == ("1,000", "1,000", "1,000", "–")
    assert found["status"].cells == ("ok", "2 of 3 fits", "diverged", "failed: out of memory")
    assert [found[name].is_number for name in ("learning_rate", "hidden_units", "status")] == [True, False, False]


def test_what_sorts_otherwise_than_its_text_says_so() -> None:
    candidates = grid({"clipnorm": [None, 5.0, 10.0], "hidden_units": [[128], [8], [], [64, 8]], "x": [1, 2.5]})
    trials = trials_of(candidates, all_fits(candidates))
    trials[0] = replace(trials[0], best_epochs=(12, 3, 5), epochs_trained=(14, 5, 7))
    found = {column.name: column for column in table_columns(made_run(trials))}
    pairs = {
        name: {*zip(found[name].cells, found[name].keys or (), strict=True)} for name in ("clipnorm", "hidden_units")
    }
    assert pairs["clipnorm"] == {("none", None), ("5", 5.0), ("10", 10.0)}
    assert pairs["hidden_units"] == {("none", 0.0), ("8", 1.0), ("64×8", 2.0), ("128", 3.0)}
    assert found["clipnorm"].is_number
    assert found["x"].keys is None
    epochs = found["best epoch"]
    assert (epochs.cells[:2], (epochs.keys or ())[:2]) == (("12, 3, 5", "–"), (20 / 3, None))
    columns = trial_table(made_run(trials))["columns"]
    assert [column["name"] for column in columns if "keys" in column] == [
        "clipnorm", "hidden_units", "best epoch", "epochs trained",
    ]  # fmt: skip


def test_the_best_trial_is_marked_and_without_a_score_none_is() -> None:
    trials = trials_of(CANDIDATES[:3], all_fits(CANDIDATES[:3])[:5])
    assert [row[1] for row in trial_table(made_run(trials))["rows"]] == ["best", "incomplete", "incomplete"]
    trials = trials_of(CANDIDATES[:2], [])
    assert [row[1] for row in trial_table(made_run(trials))["rows"]] == ["incomplete", "incomplete"]


def test_fits_rounds_and_what_is_the_matter_have_columns() -> None:
    candidates = grid({"learning_rate": [0.1, 0.2]})
    one, two = trials_of(candidates, all_fits(candidates))
    names = [column.name for column in table_columns(made_run([one, two]))]
    assert not {"fits", "round", "diagnosis"} & set(names)
    one = replace(one, scores=(*one.scores, 0.5, None), round=2)
    two = replace(two, diagnosis=("overfitting", "unstable"), round=1)
    found = {column.name: column for column in table_columns(made_run([one, two]))}
    assert list(found)[:4] == ["rank", "val_accuracy", "fits", "round"]
    assert found["fits"].cells == ("4", "3")
    assert found["round"].cells == ("2", "1")
    assert found["diagnosis"].cells == ("–", "overfitting, unstable")


def test_the_header_says_what_was_tried_and_what_was_the_matter() -> None:
    candidates = grid({"activation": ["relu", "tanh"], "learning_rate": [0.1 / 2**n for n in range(7)]})
    trials = [replace(trial, diagnosis=("not learning",)) for trial in trials_of(candidates, all_fits(candidates))]
    html = glance_html(made_run(trials))
    assert "<li>Tried: activation relu, tanh · learning_rate 0.0015625 … 0.1</li>" in html
    assert "<li>14 trials did not learn: all</li>" in html
    assert tried_line(trials[:1]) == ""
    named = [Candidate({"hidden_units": (n,), "batch_size": 2**n}) for n in range(1, 8)]
    text = "Tried: hidden_units 7 values · batch_size 2 … 128"
    assert tried_line(trials_of(named, all_fits(named))) == text


def test_a_page_that_is_renewed_says_how_far_the_search_is() -> None:
    results = all_fits(CANDIDATES)[:108]
    run = made_run(trials_of(CANDIDATES, results), None, results, n_fits_done=108, elapsed=60.0)
    assert "</progress> about 3 min 0 s left, or less</p>" in glance_html(run, live=True)
    assert "<progress" not in glance_html(run)
    assert "</progress> </p>" in glance_html(replace(run, n_fits_done=0, elapsed=0.0), live=True)
    assert "<progress" not in glance_html(replace(run, n_fits_done=432), live=True)


def test_a_curve_shows_its_first_and_last_epoch() -> None:
    assert epochs_shown(5, 2) == [1, 3, 5]
    assert epochs_shown(6, 2) == [1, 3, 5, 6]
    assert epochs_shown(1, 9) == [1]
    assert epochs_shown(0, 1) == []


def test_the_curves_of_a_large_run_are_thinned_and_the_page_says_so() -> None:
    candidates = [Candidate({"learning_rate": 0.001 * (1 + number)}) for number in range(700)]
    results = [
        FitResult(Fit(candidate, 0), "ok", {"accuracy": line, "val_accuracy": line})
        for number, candidate in enumerate(candidates)
        for line in [[0.5 + 0.0001 * number] * 130]
    ]
    trials = rank_trials(candidates, results, metric="accuracy", n_folds=1)
    curves = learning_curves(trials, results, "accuracy")
    shown_curves, step = thinned(curves)
    assert step == 3
    assert [one.trial.rank for one in shown_curves] == list(range(1, len(shown_curves) + 1))
    assert len(shown_curves) == MOST_POINTS // len(epochs_shown(130, 3)) < 700
    page = curves_page(made_run(trials, results=results, n_folds=1))
    assert f"shows the best {len(shown_curves)} of 700 trials and one of every 3 epochs." in page
    assert page.count('"uid":') == len(shown_curves) * len(epochs_shown(130, 3))


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with chromium() as page:
        yield page


def opened(page: Page, folder: Path, trials: Sequence[Trial], *, final: bool = True, **changes: object) -> Page:
    return opened_html(page, folder, parallel_page(made_run(trials, final_result() if final else None, **changes)))


def opened_html(page: Page, folder: Path, html: str) -> Page:
    path = folder / "report.html"
    path.write_text(html, encoding="utf-8")
    page.open(path)
    assert page.requests == [path.as_uri()]
    assert page.console() == []
    return page


@pytest.mark.browser
def test_browser_shows_axes_and_table_in_order(browser: Page, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, trials_of(CANDIDATES, all_fits(CANDIDATES)))
    assert page.driver.title == "fmnist on fashion_mnist"
    page.wait(lambda: page.axes() == FMNIST_AXES)
    assert page.head()[:4] == ["rank", "val_accuracy", "activation", "input_batch_norm"]
    assert [row[0] for row in page.rows()] == [str(rank) for rank in range(1, 145)]
    assert page.rows()[0][1] == "0.9022 ± 0.0008"
    assert page.sorted_by() == ("rank", "ascending")
    figures = page.run("return [...document.querySelectorAll('.figures > div')].map(d => d.innerText)")
    assert figures == [
        "accuracy on held-out samples\n0.9022 ± 0.0008\nmean ± standard error of 3 folds; the highest of 144, so a "
        "little optimistic",
        "accuracy on the test set\n0.8842\nTest set: loss 0.3100, accuracy 0.8842",
        "parameters\n1,000\n1.6 s a fit",
    ]
    assert (
        "fashion_mnist: 60,000 to train, 10,000 to test, inputs 28×28 · 3 folds · 144 candidates · 432 of 432 fits · "
        "12 min 5 s"
    ) in page.text()
    assert "seed 0" not in page.text()
    page.driver.find_element("css selector", ".facts > .more-facts summary").click()
    assert "All trials: model mlp, hidden_units 128, epochs 15" in page.text()
    assert "2030-01-02 03:04 UTC · seed 0 · python 3.11.9" in page.text()


@pytest.mark.browser
def test_browser_sorts_selects_and_highlights(browser: Page, tmp_path: Path) -> None:
    candidates = [Candidate({"learning_rate": 10.0**-power}) for power in range(6)]
    results = all_fits(candidates[:5], score=lambda candidate, _: float(str(candidate["learning_rate"])) / 2)
    results.append(failed(candidates[5], 0))
    page = opened(browser, tmp_path, trials_of(candidates, results))
    heads = page.driver.find_elements("css selector", "#table thead button")
    heads[page.head().index("learning_rate")].click()
    assert [row[0] for row in page.rows()] == ["6", "5", "4", "3", "2", "1"]
    assert page.sorted_by() == ("learning_rate", "ascending")
    page.driver.find_elements("css selector", "#table thead button")[1].click()
    page.driver.find_elements("css selector", "#table thead button")[1].click()
    assert page.sorted_by() == ("val_accuracy", "descending")
    # Without a score comes last in both directions.
    assert [row[0] for row in page.rows()] == ["1", "2", "3", "4", "5", "6"]
    page.wait(lambda: len(page.axes()) == 3)
    page.brush("learning_rate")
    page.wait(lambda: [row[0] for row in page.rows()] == ["1", "2", "3"])
    assert page.driver.find_element("id", "selected").text == "3 trials of 6 selected"


@pytest.mark.browser
def test_browser_sorts_by_numbers_and_sizes(browser: Page, tmp_path: Path) -> None:
    candidates = grid({"clipnorm": [None, 5.0, 10.0], "hidden_units": [[128], [8], [64]], "epochs": [3]})
    page = opened(browser, tmp_path, trials_of(candidates, all_fits(candidates)))

    def cells(name: str) -> list[str]:
        page.run(
            "[...document.querySelectorAll('#table thead button')].find(b => b.textContent === arguments[0]).click()",
            name,
        )
        return [row[page.head().index(name)] for row in page.rows()]

    assert cells("clipnorm") == [*["5"] * 3, *["10"] * 3, *["none"] * 3]
    assert cells("clipnorm") == [*["10"] * 3, *["5"] * 3, *["none"] * 3]
    assert cells("hidden_units") == [*["8"] * 3, *["64"] * 3, *["128"] * 3]
    assert cells("hidden_units") == [*["128"] * 3, *["64"] * 3, *["8"] * 3]
    assert page.console() == []


@pytest.mark.browser
def test_browser_shows_trials_that_tell_a_story_in_their_order(browser: Page, tmp_path: Path) -> None:
    candidates = [Candidate({"learning_rate": rate}) for rate in (0.1, 0.4, 0.2, 0.3)]
    results = all_fits(candidates, score=lambda candidate, _: float(str(candidate["learning_rate"])))
    trials = labelled(trials_of(candidates, results), candidates, {candidates[0]: Label("usual")})
    page = opened(browser, tmp_path, trials, is_ordered=True)

    def click(column: str) -> list[list[str]]:
        page.driver.find_elements("css selector", "#table thead button")[page.head().index(column)].click()
        return [row[:2] for row in page.rows()]

    assert page.head()[:2] == ["trial", "rank"]
    in_order = [["1", "4"], ["2", "1"], ["3", "3"], ["4", "2"]]
    assert [row[:2] for row in page.rows()] == in_order
    assert page.sorted_by() == ("trial", "ascending")
    assert click("rank") == sorted(in_order, key=lambda row: row[1])
    assert click("trial") == in_order
    assert click("trial") == in_order[::-1]
    assert page.sorted_by() == ("trial", "descending")


@pytest.mark.browser
def test_browser_runs_nothing_of_the_data(browser: Page, tmp_path: Path) -> None:
    candidates = grid({"note": [EVIL, "한국어", '"quoted" & <b>'], EVIL: [1, 2]})
    results = [*all_fits(candidates[:-1]), failed(candidates[-1], 0, EVIL)]
    trials = trials_of(candidates, results)
    page = opened(browser, tmp_path, trials, name=EVIL, created=EVIL, versions={EVIL: "1"})
    page.wait(lambda: safe(EVIL) in page.axes())
    assert page.driver.title.startswith("</script><img")
    assert page.run("return document.querySelectorAll('img[onerror]').length") == 0
    assert "한국어" in page.text()
    assert EVIL in page.text()
    assert any(EVIL in row for row in page.rows())
    assert EVIL in page.head()
    html = curves_page(made_run(trials, results=results, name=EVIL))
    opened_html(browser, tmp_path, html)
    page.wait(lambda: safe(EVIL) in page.axes())
    assert page.driver.title.startswith("</script><img")
    assert page.run("return document.querySelectorAll('img[onerror]').length") == 0


@pytest.mark.browser
@pytest.mark.parametrize("what", ["one", "one axis", "all failed", "nothing varies", "same scores"])
def test_browser_shows_runs_with_little_to_draw(browser: Page, tmp_path: Path, what: str) -> None:
    candidates = CANDIDATES[:1] if what == "one" else CANDIDATES[:2]
    results: list[FitResult] = all_fits(candidates)
    if what == "all failed":
        results = [failed(candidate, 0, "out of memory") for candidate in candidates]
    elif what == "nothing varies":
        results = []
    elif what == "same scores":
        results = all_fits(candidates, score=lambda *_: 0.5)
    elif what == "one axis":
        candidates = grid({"activation": ["relu", "tanh"]})
        results = all_fits(candidates, score=lambda candidate, _: 0.5 + 0.1 * (candidate["activation"] == "tanh"))
    page = opened(browser, tmp_path, trials_of(candidates, results), final=False)
    assert [row[0] for row in page.rows()] == [str(rank + 1) for rank in range(len(candidates))]
    if what == "one axis":
        page.wait(lambda: page.axes() == ["activation", "seconds a fit", "val_accuracy"])
    else:
        assert page.axes() == []
    if what == "all failed":
        assert "No trial has a score." in page.text()
        assert "2 failed: out of memory" in page.text()
        assert [row[-1] for row in page.rows()] == ["failed: out of memory"] * 2


@pytest.mark.browser
def test_browser_shows_an_incomplete_run(browser: Page, tmp_path: Path) -> None:
    results = all_fits(CANDIDATES)[:200]
    results[0] = diverged(CANDIDATES[0], 0)
    page = opened(browser, tmp_path, trials_of(CANDIDATES, results), final=False, n_fits_done=200)
    assert "Incomplete: 200 of 432 fits are done." in page.text()
    page.wait(lambda: page.axes() == FMNIST_AXES)
    assert page.run("return [...document.querySelectorAll('tr.best > td:first-child')].map(d => d.innerText)") == ["1"]
    rows, status = page.rows(), page.head().index("status")
    assert [row[0] for row in rows] == [str(rank) for rank in range(1, 145)]
    assert (rows[0][status], rows[65][1], rows[65][status], rows[-1][status]) == ("ok", "–", "2 of 3 fits", "diverged")


@pytest.mark.browser
def test_browser_shows_ten_thousand_trials_within_three_seconds(browser: Page, tmp_path: Path) -> None:
    axes = {"learning_rate": [0.001 * 1.001**n for n in range(1000)], "dropout": [n / 10 for n in range(10)]}
    candidates = grid(axes)
    trials = trials_of(candidates, [fit_result(c, 0, plausible(c, 0)) for c in candidates], n_folds=1)
    page = opened(browser, tmp_path, trials, n_folds=1)
    shown_after = page.run(
        "return performance.getEntriesByType('mark').filter(m => m.name === 'table')[0].startTime / 1000"
    )
    assert shown_after < 3
    assert len(page.rows()) == 200
    page.driver.find_element("css selector", "#more").click()
    assert len(page.rows()) == 2200
    page.wait(lambda: len(page.axes()) == 4)


@pytest.mark.browser
def test_browser_draws_the_better_score_higher_and_no_diverged_trial_above(browser: Page, tmp_path: Path) -> None:
    candidates = [Candidate({"learning_rate": 10.0**-power}) for power in range(6)]
    results = all_fits(candidates[1:], score=lambda candidate, _: float(str(candidate["learning_rate"])), metric="loss")
    results.append(diverged(candidates[0], 0))
    trials = rank_trials(candidates, results, metric="loss", n_folds=3)
    page = opened(browser, tmp_path, trials, metric="loss", log_axes=frozenset({"learning_rate"}))
    page.wait(lambda: page.axes() == ["learning_rate", "seconds a fit", "val_loss"])
    ticks = page.run(
        "const axis = [...document.querySelectorAll('.dimension')]"
        ".find(d => d.querySelector('.label-name').textContent === 'val_loss');"
        "return [...axis.querySelectorAll('.tick')].map(t => [t.getBoundingClientRect().y, t.textContent])"
    )
    heights = {float(text): y for y, text in ticks if re.fullmatch(r"1e-\d", text)}
    assert heights[1e-5] < heights[1e-3] < heights[1e-1]
    assert "Infinity" not in str(ticks)
    assert "NaN" not in str(ticks)
    swatches = "return [...document.querySelectorAll('.swatch')].map(e => e.style.backgroundColor)"
    page.wait(lambda: len(page.run(swatches)) == 6)
    colours = page.run(swatches)
    # A part of viridis turned over: on a light page the best is dark purple; the diverged trial is grey.
    assert colours[0] == "rgb(68, 1, 84)"
    assert colours[-1] == "rgb(100, 100, 100)"


@pytest.mark.browser
def test_browser_filters_the_curves_by_the_axes(browser: Page, tmp_path: Path) -> None:
    candidates = grid({"learning_rate": [0.0001, 0.001, 0.01, 0.1], "activation": ["relu", "tanh"]})
    results = all_fits(candidates)
    trials = trials_of(candidates, results)
    html = curves_page(made_run(trials, results=results))
    page = opened_html(browser, tmp_path, html)
    assert page.driver.title == "fmnist on fashion_mnist: learning curves"
    page.wait(lambda: page.axes() == ["activation", "learning_rate", "seconds a fit", "val_accuracy"])
    assert "the held-out accuracy of one trial at each epoch, the mean of its 3 fits" in page.text()
    chosen = "return document.querySelector('#plot strong').textContent.trim()"
    assert page.run(chosen) == "16"
    before = ink(page)
    page.brush("learning_rate")
    # Whole curves: two epochs of each trial with one of the two larger learning rates.
    page.wait(lambda: page.run(chosen) == "8")
    page.wait(lambda: 0 < ink(page) < before)


def ink(page: Page) -> int:
    """How many pixels of the lower plot are drawn on."""
    count: int = page.run(
        "const all = [...document.querySelectorAll('#plot canvas')];"
        "const low = all.sort((a, b) => b.getBoundingClientRect().y - a.getBoundingClientRect().y);"
        "return Math.max(...low.slice(0, 2).map(c => {"
        "  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "  let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n; }))"
    )
    return count


@pytest.mark.browser
def test_browser_shows_pictures_and_links(browser: Page, tmp_path: Path) -> None:
    with_style = tmp_path / "a.png"
    with style():
        with_style.write_bytes(png(new_figure(1, 1)))
    picture = Picture("curves.png", 'a "picture" <b>', with_style.read_bytes())
    trials = trials_of(CANDIDATES[:2], all_fits(CANDIDATES[:2]))
    links = [("curves.html", "Learning curves")]
    page = opened_html(browser, tmp_path, parallel_page(made_run(trials), pictures=[picture], links=links))
    shown_width, text = page.run(
        "const image = document.querySelector('.pictures img'); return [image.naturalWidth, image.alt]"
    )
    assert (shown_width, text) == (150, 'a "picture" <b>')
    link = page.driver.find_element("link text", "Learning curves")
    assert link.get_attribute("href") == (tmp_path / "curves.html").as_uri()


@pytest.mark.browser
def test_browser_in_the_dark(browser: Page, tmp_path: Path) -> None:
    with browser.preferring("dark"):
        page = opened(browser, tmp_path, trials_of(CANDIDATES, all_fits(CANDIDATES)))
        page.wait(lambda: page.run("return document.querySelectorAll('.hip_thm--dark').length") == 1)
        for place in (".facts", ".trials"):
            script = "return getComputedStyle(document.querySelector(arguments[0])).backgroundColor"
            assert page.run(script, place) == "rgb(34, 34, 34)"
