"""``summary.md``, and the sentences on what is sure of the winner."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.trials import (
    FMNIST,
    all_fits,
    diverged,
    failed,
    final_result,
    fit_result,
    grid,
    made_run,
    noise,
    trials_of,
)

from kerasgrid.axes.candidate import Candidate
from kerasgrid.insight.ranking import Trial, rank_trials
from kerasgrid.reports.text.confirmed import shrinkage_line
from kerasgrid.reports.text.sentences import more_lines, over_text, ties_line
from kerasgrid.reports.text.summary import escaped, summary_text

CANDIDATES = grid(FMNIST)
MANY = [Candidate({"x": number, "epochs": 3}) for number in range(4)]


def ranked(*scores: tuple[float, ...], n_repeats: int = 1, **options: object) -> list[Trial]:
    n_folds = 3
    results = [
        fit_result(candidate, split % n_folds, score, repeat=split // n_folds)
        for candidate, row in zip(MANY, scores, strict=False)
        for split, score in enumerate(row)
    ]
    trials = rank_trials(MANY[: len(scores)], results, metric="accuracy", n_folds=3, n_repeats=n_repeats, **options)  # type: ignore[arg-type]
    return [replace(trial, mean_seconds=1.5) for trial in trials]


FAR = (0.5, 0.51, 0.52)
BEST = (0.91, 0.91, 0.92)
NEAR = (0.90, 0.92, 0.91)


def test_the_best_is_alone() -> None:
    line = ties_line(made_run(ranked(BEST, FAR)))
    assert line == "The best trial is better than all others, with 95% confidence."


def test_ties_and_the_cheapest_of_them() -> None:
    trials = ranked(BEST, FAR, NEAR)
    assert ties_line(made_run(trials)) == (
        "1 trial cannot be told from the best, with 95% confidence; it is not cheaper (1,000 parameters, 1.5 s a fit)."
    )
    trials[1] = replace(trials[1], n_parameters=10)
    assert ties_line(made_run(trials)) == (
        "1 trial cannot be told from the best, with 95% confidence; it is cheaper: rank 2, x 2 "
        "(10 parameters, 1.5 s a fit)."
    )
    trials = ranked(BEST, FAR, NEAR, NEAR)
    assert ties_line(made_run(trials)) == (
        "2 trials cannot be told from the best, with 95% confidence; none of them is cheaper "
        "(1,000 parameters, 1.5 s a fit)."
    )
    trials[2] = replace(trials[2], n_parameters=None, mean_seconds=None)
    trials[1] = replace(trials[1], n_parameters=10, mean_seconds=None)
    assert ties_line(made_run(trials)) == (
        "2 trials cannot be told from the best, with 95% confidence; the cheapest of them is rank 2, x 2 "
        "(10 parameters)."
    )


def test_too_few_fits_are_told_plainly() -> None:
    results = [fit_result(candidate, 0, 0.5) for candidate in MANY]
    trials = rank_trials(MANY, results, metric="accuracy", n_folds=1)
    line = (
        "Too few fits to tell which trial is best: each trial has one score only. More repeats would tell (--repeats)."
    )
    run = made_run(trials, n_folds=1, held_out_share=0.2)
    assert ties_line(run) == line
    assert line in summary_text(run)
    assert line in more_lines(run)


def test_nothing_is_said_where_there_is_nothing_to_compare() -> None:
    assert ties_line(made_run(ranked(BEST))) == ""
    assert ties_line(made_run(trials_of(MANY, [failed(candidate, 0) for candidate in MANY]))) == ""
    assert ties_line(made_run([])) == ""
    assert shrinkage_line(made_run(ranked(BEST))) == ""


CONFIRMED = made_run(n_repeats=2, n_confirmed=2, n_new_repeats=1)


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (
            (0.90, 0.91, 0.92),
            "3 new fits of it gave 0.9100 ± 0.0058: 0.0033 worse, the optimism of picking the best of 3.",
        ),
        ((0.95, 0.95, 0.95), "3 new fits of it gave 0.9500 ± 0.0000: 0.0367 better."),
        ((0.90,), "1 new fit of it gave 0.9000: 0.0133 worse, the optimism of picking the best of 3."),
    ],
)
def test_the_shrinkage_is_of_new_fits_alone(new: tuple[float, ...], told: str) -> None:
    confirmed = {MANY[0]: 2, MANY[1]: 2}
    trials = ranked((*BEST, *new), (*NEAR, *NEAR), FAR, confirmed=confirmed)
    rank = next(trial.rank for trial in trials if trial.candidate == MANY[0])
    assert shrinkage_line(replace(CONFIRMED, trials=trials)) == (
        f"Confirmed: 2 trials by 1 new repeat. The winner of the search, now rank {rank}, won with 0.9133; {told}"
    )


def test_trials_whose_new_fits_diverged_were_picked_among_all_the_same() -> None:
    confirmed = {MANY[0]: 2, MANY[1]: 2}
    results = [
        fit_result(candidate, fold, score)
        for candidate, row in zip(MANY, (BEST, NEAR, FAR), strict=False)
        for fold, score in enumerate(row)
    ]
    new = [fit_result(one, fold, 0.9, repeat=1) for one in confirmed for fold in (0, 1)]
    new += [diverged(one, 2, repeat=1) for one in confirmed]
    trials = rank_trials(MANY[:3], [*results, *new], metric="accuracy", n_folds=3, confirmed=confirmed)
    run = replace(CONFIRMED, trials=trials)
    assert [trial.mean is None for trial in trials] == [False, True, True]
    assert shrinkage_line(run).endswith("gave 0.9000 ± 0.0000: 0.0133 worse, the optimism of picking the best of 3.")
    assert run.best is not None
    assert over_text(run, run.best) == "mean ± standard error of 3 folds"


def test_before_the_first_new_fit() -> None:
    trials = ranked(BEST, NEAR, FAR, confirmed={MANY[0]: 2, MANY[1]: 2})
    assert shrinkage_line(replace(CONFIRMED, trials=trials)) == (
        "Confirmed: 2 trials by 1 new repeat. The winner of the search has no new fits yet."
    )


def test_of_losses_worse_is_higher() -> None:
    results = [
        fit_result(MANY[0], fold, score, repeat=repeat, metric="loss")
        for repeat, score in ((0, 0.25), (1, 0.5))
        for fold in range(3)
    ]
    results += [fit_result(MANY[1], fold, 0.75, repeat=repeat, metric="loss") for repeat in (0, 1) for fold in range(3)]
    trials = rank_trials(MANY[:2], results, metric="loss", n_folds=3, confirmed={MANY[0]: 2, MANY[1]: 2})
    run = replace(CONFIRMED, metric="loss", trials=trials)
    assert "won with 0.2500; 3 new fits of it gave 0.5000 ± 0.0000: 0.2500 worse, the" in shrinkage_line(run)
    assert ties_line(run).startswith("The best trial is better than all others of the 2 that were confirmed")


def test_a_whole_summary() -> None:
    results = all_fits(CANDIDATES[:12])
    results[0] = diverged(CANDIDATES[0], 0)
    results[3] = failed(CANDIDATES[1], 0, "no <room>\nmore")
    trials = trials_of(CANDIDATES[:12], results)
    trials[-2] = replace(trials[-2], diagnosis=("diverged",))
    lines = summary_text(made_run(trials, final_result(), n_fits_done=431)).splitlines()
    assert lines[:5] == [
        "# fmnist on fashion_mnist", "", "**Incomplete: 431 of 432 fits are done.**", "",
        "**Best accuracy: 0.8965 ± 0.0011 "
        "(mean ± standard error of 3 folds; the highest of 10, so a little optimistic)**",
    ]  # fmt: skip
    assert lines[6] == ties_line(made_run(trials))
    assert "cannot be told from the best" in lines[6]
    assert "Test set: loss 0.3100, accuracy 0.8842" in lines
    assert "| learning_rate | 0.002 |" in lines
    table = lines.index("| rank | accuracy | time | optimizer | learning_rate | batch_size |")
    assert lines[table + 1] == "| --- | --- | --- | --- | --- | --- |"
    assert lines[table + 2].startswith("| 1 | 0.8965 ± 0.0011 | ")
    assert "- 1 failed: no \\<room\\>" in lines
    assert "- 1 trial diverged: rank 11" in lines
    assert lines[-3] == "12 candidates · 1 diverged · 1 failed · 431 of 432 fits · 12 min 5 s"
    assert lines[-1].endswith(" · seed 0 · python 3.11.9 · kerasgrid 0.1.0 · keras 3.15.1")


def test_a_summary_without_a_winner() -> None:
    text = summary_text(made_run(trials_of(MANY, [failed(candidate, 0) for candidate in MANY]), None))
    assert "**No trial has a score.**" in text
    assert "## The best" not in text
    assert "- 4 failed: out of memory" in text


def test_long_runs_list_the_best_ten() -> None:
    text = summary_text(made_run(trials_of(CANDIDATES, all_fits(CANDIDATES)), None))
    assert "\nand 134 more\n" in text
    assert "\n| 10 | " in text
    assert "\n| 11 | " not in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("learning_rate 0.1", "learning_rate 0.1"),
        ("a|b\nc", "a\\|b c"),
        ("<script>*x* [y](z) `q`", "\\<script\\>\\*x\\* \\[y\\](z) \\`q\\`"),
        ("_a_ a_b 한국어 & ~", "\\_a\\_ a_b 한국어 \\& \\~"),
    ],
)
def test_texts_are_no_markup(text: str, shown: str) -> None:
    assert escaped(text) == shown


def test_ten_thousand_trials_are_said_in_a_moment() -> None:
    import time

    many = [Candidate({"x": number}) for number in range(3000)]
    results = [fit_result(c, fold, 0.5 + 0.4 * noise(c.id, fold)) for c in many for fold in range(3)]
    trials = rank_trials(many, results, metric="accuracy", n_folds=3)
    started = time.perf_counter()
    assert "cannot be told" in ties_line(made_run(trials))
    assert time.perf_counter() - started < 1
