"""What one_factor and list runs say: tables, figures, columns, order."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from scipy import stats
from support.trials import diverged, final_result, fit_result, made_run

from kerasgrid.axes.blocks import Label
from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.insight.one_factor import one_factor_changes
from kerasgrid.insight.ranking import Trial, labelled, rank_trials
from kerasgrid.reports.pages.parallel import page_content
from kerasgrid.reports.tables.changes import change_rows, changes_of, difference_text, verdict_text
from kerasgrid.reports.tables.columns import columns
from kerasgrid.reports.text.console import print_run
from kerasgrid.reports.write import write_reports

BASE = Candidate({"model": "mlp", "optimizer": "SGD", "batch_size": 64})
ADAM = Candidate({**BASE, "optimizer": "Adam", "learning_rate": 0.001})
SMALL = Candidate({**BASE, "batch_size": 16})
LARGE = Candidate({**BASE, "batch_size": 512})
LABELS = {
    BASE: Label("baseline"),
    ADAM: Label("optimizer Adam", "with learning_rate 0.001", "optimizer"),
    SMALL: Label("batch_size 16", "", "batch_size"),
    LARGE: Label("batch_size 512", "", "batch_size"),
}
SCORES = {
    BASE: [0.80, 0.82, 0.81],
    ADAM: [0.90, 0.921, 0.909],
    SMALL: [0.81, 0.81, 0.82],
    LARGE: [0.60, 0.621, 0.609],
}
ASKED: dict[str, Any] = {
    "dataset": {"name": "digits", "n_train": 300}, "baseline": BASE, "n_fit_samples": 200,
    "n_fits_asked": 12, "n_fits_done": 12,
}  # fmt: skip


def trials_of(results: list[FitResult] | None = None, metric: str = "accuracy") -> list[Trial]:
    if results is None:
        pairs = [(candidate, fold, score) for candidate, scores in SCORES.items() for fold, score in enumerate(scores)]
        results = [fit_result(candidate, fold, score, metric=metric) for candidate, fold, score in pairs]
    trials = rank_trials(list(LABELS), results, metric=metric, n_folds=3)
    return labelled(trials, list(LABELS), LABELS)


def test_changes_are_paired_and_have_error_bars() -> None:
    changes = one_factor_changes(trials_of(), BASE, "accuracy", 1 / 3)
    assert [(change.axis, change.value, change.baseline) for change in changes] == [
        ("optimizer", "Adam", "SGD"), ("batch_size", 16, 64), ("batch_size", 512, 64),
    ]  # fmt: skip
    adam, small, large = changes
    # Differences 0.1, 0.101, 0.099; n = 3, n_test / n_train = 1/2.
    assert adam.difference == pytest.approx(0.1)
    assert adam.standard_error == pytest.approx(0.001 * (1 / 3 + 1 / 2) ** 0.5)
    assert adam.high == pytest.approx(0.1 + stats.t.ppf(0.975, 2) * adam.standard_error)
    assert [change.verdict for change in changes] == ["better", "chance", "worse"]
    assert small.low < 0 < small.high
    assert large.difference == pytest.approx(-0.2)


def test_of_losses_less_is_better() -> None:
    changes = one_factor_changes(trials_of(metric="loss"), BASE, "loss", 1 / 3)
    assert [change.verdict for change in changes] == ["worse", "chance", "better"]


def test_a_single_score_and_missing_ones_tell_nothing() -> None:
    results = [fit_result(BASE, 0, 0.8), fit_result(ADAM, 0, 0.9), diverged(SMALL, 0), fit_result(LARGE, 1, 0.9)]
    adam, small, large = one_factor_changes(trials_of(results), BASE, "accuracy", 1 / 3)
    assert (adam.difference, adam.standard_error, adam.verdict) == (pytest.approx(0.1), None, "unknown")
    assert (small.difference, small.verdict, verdict_text(small)) == (None, "worse", "diverged")
    assert (large.difference, large.verdict, verdict_text(large)) == (None, "unknown", "incomplete")
    assert difference_text(adam) == "+0.1000"
    assert difference_text(large) == "–"


@pytest.mark.parametrize("n_scores", [0, 2])
def test_a_baseline_that_diverged_tells_of_nothing(n_scores: int) -> None:
    scored = [fit_result(one, fold, score) for one in (ADAM, SMALL) for fold, score in enumerate(SCORES[one])]
    lost = [fit_result(BASE, fold, 0.8) for fold in range(n_scores)]
    lost += [diverged(one, fold) for one in (BASE, LARGE) for fold in range(n_scores if one == BASE else 0, 3)]
    changes = one_factor_changes(trials_of([*scored, *lost]), BASE, "accuracy", 1 / 3)
    assert [(change.difference, change.verdict) for change in changes] == [(None, "unknown")] * 3
    assert [verdict_text(change) for change in changes] == ["baseline diverged", "baseline diverged", "diverged"]
    assert changes[0].mean == pytest.approx(0.91)


@pytest.mark.parametrize(
    ("difference", "error", "text"),
    [
        (0.0123, 0.004, "+0.0123 ± 0.0040"),
        (-2.5e-5, 4e-6, "-2.5e-05 ± 4e-06"),
        (0.000251, None, "+0.000251"),
        (0.0003, 0.0105, "+0.0003 ± 0.0105"),
        (1e-17, 0.002, "+0.0000 ± 0.0020"),
        (0.0, 0.0, "+0.0000 ± 0.0000"),
        (1234.567, 12.3, "+1235 ± 12.3"),
    ],
)
def test_small_changes_are_not_nothing(difference: float, error: float | None, text: str) -> None:
    change = one_factor_changes(trials_of(), BASE, "accuracy", 1 / 3)[0]
    assert difference_text(replace(change, difference=difference, standard_error=error)) == text


def test_without_the_baseline_there_is_nothing_to_compare() -> None:
    without = [trial for trial in trials_of() if trial.candidate != BASE]
    assert one_factor_changes(without, BASE, "accuracy", 1 / 3) == []
    assert changes_of(made_run(trials_of())) == []


def test_the_table() -> None:
    head, rows = change_rows(changes_of(made_run(trials_of(), **ASKED)), "accuracy")
    assert head == ["axis", "value", "baseline", "accuracy", "difference", "verdict"]
    assert rows == [
        ["optimizer", "Adam", "SGD", "0.9100", "+0.1000 ± 0.0009", "better"],
        ["batch_size", "16", "64", "0.8133", "+0.0033 ± 0.0105", "cannot be told from chance"],
        ["batch_size", "512", "64", "0.6100", "-0.2000 ± 0.0009", "worse"],
    ]


def shown(*, is_ordered: bool) -> list[str]:
    out = io.StringIO()
    run = made_run(trials_of(), final_result(), **ASKED, is_ordered=is_ordered)
    print_run(Console(file=out, width=200), run)
    return out.getvalue().splitlines()


def test_show_says_what_changed() -> None:
    lines = shown(is_ordered=False)
    start = lines.index("What each value changed against the baseline, all else equal, ± standard error:")
    assert lines[start + 1].split() == ["axis", "value", "baseline", "accuracy", "difference", "verdict"]
    assert lines[start + 3].endswith("cannot be told from chance")


def test_a_list_is_shown_in_its_order() -> None:
    lines = [line for line in shown(is_ordered=True) if line[:1] in "1234" and line[1:3] in ("  ", "   ")]
    ranks = [line.split()[0] for line in lines[:4]]
    assert ranks == ["3", "1", "2", "4"]
    assert [label.name in line for line, label in zip(lines, LABELS.values(), strict=False)] == [True] * 4
    assert lines[1].endswith("with learning_rate 0.001")


def test_names_are_columns_of_results_and_page() -> None:
    trials = trials_of()
    table = made_run(trials).to_frame()
    assert list(table["name"]) == ["optimizer Adam", "batch_size 16", "baseline", "batch_size 512"]
    assert list(table["note"]) == ["with learning_rate 0.001", "", "", ""]
    found = {column.name: column for column in columns(made_run(trials))}
    assert found["name"].cells == tuple(table["name"])
    assert found["trial"].cells == (2, 3, 1, 4)
    assert not found["name"].axis
    page = page_content(made_run(trials, **ASKED, is_ordered=True))
    assert page["experiment"]["datapoints"][0]["values"]["name"] == "optimizer Adam"
    # The page sorts by the first column.
    assert [column["name"] for column in page["table"]["columns"]][:3] == ["trial", "rank", "name"]
    assert next(cells[:3] for _, _, cells in page["table"]["rows"]) == ["2", "1", "optimizer Adam"]
    assert page_content(made_run(trials, **ASKED))["table"]["columns"][0]["name"] == "rank"
    plain = [replace(trial, label=None) for trial in trials]
    assert "name" not in made_run(plain).to_frame()
    assert "name" not in {column.name for column in columns(made_run(plain))}


def test_figures_are_written_and_taken_away(tmp_path: Path) -> None:
    line = {"x": [0.0, 1.0], "y": [1.0, 2.0], "x_train": [0.5, 0.7], "y_train": [1.5, 1.4]}
    paths = write_reports(
        made_run(trials_of(), final_result(line=line, test={"mse": 0.01, "r2": 0.9}), folder=tmp_path, **ASKED)
    )
    assert {tmp_path / "one_factor.png", tmp_path / "fit.png"} <= set(paths.pictures)
    for path in paths.pictures:
        assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    again = write_reports(made_run(trials_of(), final_result(), folder=tmp_path))
    assert not {"one_factor.png", "fit.png"} & {path.name for path in [*again.pictures, *tmp_path.iterdir()]}


def test_fits_of_names_are_the_same_fits() -> None:
    fit = Fit(ADAM, 0)
    assert fit.key("classification", "a", "b") == Fit(Candidate(dict(ADAM)), 0).key("classification", "a", "b")
