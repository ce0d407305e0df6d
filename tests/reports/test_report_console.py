"""What is printed at the end of a search and by ``show``."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console
from support.trials import FMNIST, all_fits, diverged, failed, final_result, fit_result, grid, made_run, trials_of

from kerasgrid.axes.candidate import Candidate
from kerasgrid.insight.ranking import rank_trials
from kerasgrid.reports.text.console import plain_table, print_run
from kerasgrid.reports.text.sentences import best_line, notice
from kerasgrid.run.columns import score_text
from kerasgrid.run.run import Run
from kerasgrid.system.words import duration, number_text, short

CANDIDATES = grid(FMNIST)


def printed(run: Run, terminal: bool = False, width: int = 80) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=width, color_system=None)
    print_run(console, run)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_plain_text_off_a_terminal() -> None:
    results = all_fits(CANDIDATES[:12])
    results[0] = diverged(CANDIDATES[0], 0)
    results[3] = failed(CANDIDATES[1], 0, "ResourceExhaustedError: out of memory\nmore")
    results[6] = failed(CANDIDATES[2], 0, "ResourceExhaustedError: out of memory\nother")
    trials = trials_of(CANDIDATES[:12], results)
    lines = printed(made_run(trials, final_result(), n_fits_asked=36, n_fits_done=34)).splitlines()
    assert lines[0] == "fmnist on fashion_mnist"
    assert lines[1] == "Incomplete: 34 of 36 fits are done."
    assert lines[2] == "12 candidates · 1 diverged · 2 failed · 34 of 36 fits · 12 min 5 s"
    assert lines[3] == "2 failed: ResourceExhaustedError: out of memory"
    assert lines[5] == "rank  accuracy         time   optimizer  learning_rate  batch_size"
    assert lines[6] == "1     0.8965 ± 0.0011  1.4 s  Adam       0.002          512"
    assert len([line for line in lines if " ± 0." in line and not line.startswith("Best")]) == 9
    assert (
        "Best accuracy: 0.8965 ± 0.0011 (mean ± standard error of 3 folds; the highest of 9, so a little optimistic)"
        in lines
    )
    assert "hidden_units      128" in lines
    assert lines[-1] == "Test set: loss 0.3100, accuracy 0.8842"


def test_only_the_best_are_listed() -> None:
    text = printed(made_run(trials_of(CANDIDATES, all_fits(CANDIDATES)), None))
    assert "\nand 134 more\n" in text


def test_long_lines_are_not_wrapped_off_a_terminal() -> None:
    candidates = [Candidate({"name": "x" * 100, "other": number}) for number in range(2)]
    text = printed(made_run(trials_of(candidates, all_fits(candidates)), None), width=40)
    assert "x" * 100 in text


@pytest.mark.parametrize("terminal", [False, True])
def test_texts_are_no_markup(terminal: bool) -> None:
    candidates = [Candidate({"note": note}) for note in ("[bold red]x[/]", "[/nothing]", "한국어", "\x1b]0;gone\x07")]
    results = [*all_fits(candidates[1:]), failed(candidates[0], 0, "[link=x]bad[/link]")]
    text = printed(made_run(trials_of(candidates, results), None, name="[red]"), terminal=terminal, width=200)
    for part in ("[red] on fashion_mnist", "[/nothing]", "한국어", "�]0;gone�", "1 failed: [link=x]bad[/link]"):
        assert part in text
    assert "\x1b" not in text


def test_a_table_on_a_terminal() -> None:
    text = printed(made_run(trials_of(CANDIDATES, all_fits(CANDIDATES)), final_result()), terminal=True, width=120)
    assert "learning_rate" in text
    assert "───" in text


def test_all_failed() -> None:
    text = printed(made_run(trials_of(CANDIDATES[:2], [failed(c, 0) for c in CANDIDATES[:2]]), None))
    assert "No trial has a score." in text
    assert "2 failed: out of memory" in text
    assert "parameter" not in text


def test_failed_refit() -> None:
    trials = trials_of(CANDIDATES[:1], all_fits(CANDIDATES[:1]))
    failed_final = final_result(status="failed", error="disk full", test=None)
    assert printed(made_run(trials, failed_final)).endswith("The refit of the winner failed: disk full\n")
    assert printed(made_run(trials, final_result(status="diverged"))).endswith("The refit of the winner diverged\n")
    assert printed(made_run(trials, final_result(test=None))).endswith("there is no test set.\n")


def test_one_hold_out_split() -> None:
    trials = trials_of(CANDIDATES[:1], [fit_result(CANDIDATES[0], 0, 0.75)], n_folds=1)
    assert "Best accuracy: 0.7500 (one hold-out split)" in printed(made_run(trials, None, n_folds=1))


@pytest.mark.parametrize(
    ("n_trials", "folds", "repeats", "fits", "over"),
    [
        (1, 3, 1, 3, "mean ± standard error of 3 folds"),
        (1, 3, 1, 2, "mean ± standard error of 2 of 3 folds"),
        (1, 3, 1, 1, "1 of 3 folds"),
        (1, 3, 2, 6, "mean ± standard error of 3 folds × 2 repeats"),
        (1, 3, 2, 5, "mean ± standard error of 3 of 6 fits, 3 folds × 2 repeats"),
        (1, 1, 2, 2, "mean ± standard error of one hold-out split × 2 repeats"),
        (144, 3, 1, 3, "mean ± standard error of 3 folds; the highest of 144, so a little optimistic"),
        (2, 1, 1, 1, "one hold-out split; the highest of 2, so a little optimistic"),
    ],
)
def test_over_what_the_best_score_is_a_mean(n_trials: int, folds: int, repeats: int, fits: int, over: str) -> None:
    splits = [(fold, repeat) for repeat in range(repeats) for fold in range(folds)][:fits]
    results = [fit_result(c, fold, 0.5, repeat=repeat) for c in CANDIDATES[:n_trials] for fold, repeat in splits]
    trials = rank_trials(CANDIDATES[:n_trials], results, metric="accuracy", n_folds=folds, n_repeats=repeats)
    line = best_line(made_run(trials, n_folds=folds, n_repeats=repeats))
    assert re.fullmatch(rf"Best accuracy: 0\.5000( ± 0\.0000)? \({re.escape(over)}\)", line)


def test_the_best_loss_is_the_lowest() -> None:
    results = all_fits(CANDIDATES[:2], metric="loss")
    trials = rank_trials(CANDIDATES[:2], results, metric="loss", n_folds=3)
    assert best_line(made_run(trials, metric="loss")).endswith("of 3 folds; the lowest of 2, so a little optimistic)")


def test_mixed_versions_are_told() -> None:
    mixed = made_run(older_versions=[{"keras": "3.14.0"}])
    assert notice(mixed) == "Fits come from more than one set of versions."
    assert notice(made_run(older_versions=[{}], n_fits_done=1)) == (
        "Incomplete: 1 of 432 fits are done. Fits come from more than one set of versions."
    )
    assert notice(made_run(final=final_result(), n_fits_done=1)) == (
        "Ended after 1 of 432 fits; the same search goes on there."
    )
    assert notice(made_run()) == ""


def test_wide_characters_count_as_two() -> None:
    assert plain_table(["a", "b"], [["한", "x"], ["yyy", "z"]]) == ["a    b", "한   x", "yyy  z"]


def test_numbers_and_texts() -> None:
    assert [duration(seconds) for seconds in (8.26, 125, 4320)] == ["8.3 s", "2 min 5 s", "1 h 12 min"]
    assert [duration(seconds) for seconds in (0.0, 0.0001, 0.008, 0.0994, 0.0996)] == [
        "0.0 s",
        "1 ms",
        "8 ms",
        "99 ms",
        "0.1 s",
    ]
    assert [number_text(value) for value in (0.5, 0.0, 0.0000123, 123456.0)] == [
        "0.5000",
        "0.0000",
        "1.23e-05",
        "1.235e+05",
    ]
    assert short("\n  \n a\nb") == "a"
    assert short(None) == "unknown"
    assert len(short("x" * 1000)) == 200
    assert score_text(trials_of(CANDIDATES[:1], [])[0]) == "–"
