"""What a run says of itself, in Python and in a notebook."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from support.trials import all_fits, diverged, failed, final_result, fit_result, grid, made_run, trials_of

from kerasgrid.insight.ranking import rank_trials
from kerasgrid.run.run import Run

CANDIDATES = grid({"learning_rate": [0.001, 0.01, 0.1], "note": ["<b>x</b>", "y", "z", "w"]})
TRIALS = trials_of(CANDIDATES, all_fits(CANDIDATES))


def test_the_best_and_what_cannot_be_told_from_it() -> None:
    run = made_run(TRIALS, final_result())
    assert run.best is TRIALS[0]
    assert run.tie_set.trials[0] is TRIALS[0]
    assert run.tie_set is run.tie_set
    assert run.effects() is run.effects()
    assert made_run().best is None


def test_a_frame_has_a_row_for_each_trial() -> None:
    frame = made_run(TRIALS).to_frame()
    assert list(frame["candidate"]) == [trial.candidate.id for trial in TRIALS]
    assert list(frame)[:3] == ["rank_test_score", "mean_test_score", "std_test_score"]
    assert list(frame["param_learning_rate"]) == [trial.candidate["learning_rate"] for trial in TRIALS]


def test_equal_means_share_a_rank() -> None:
    results = [fit_result(candidate, 0, 0.5) for candidate in CANDIDATES[:3]] + [diverged(CANDIDATES[3], 0)]
    trials = rank_trials(CANDIDATES[:5], results, metric="accuracy", n_folds=1)
    assert made_run(trials).shared_ranks == {1: 1, 2: 1, 3: 1, 4: 4, 5: 4}


def test_it_is_short_where_it_is_printed() -> None:
    assert re.fullmatch(r"<Run fmnist: 12 trials, best val_accuracy 0\.\d{4} ± 0\.\d{4}>", repr(made_run(TRIALS)))
    assert repr(made_run()) == "<Run fmnist: 0 trials, no score>"


def html(run: Run) -> str:
    return run._repr_html_()


def test_a_notebook_shows_the_best_the_ties_and_ten_trials() -> None:
    text = html(made_run(TRIALS))
    assert re.search(r"<p><b>fmnist</b>: best accuracy 0\.\d{4} ± 0\.\d{4} of 12 trials</p>", text)
    assert "cannot be told from the best, with 95% confidence; the cheapest of these is rank " in text
    assert text.count("<tr>") == 11
    assert "<tr><th>rank</th><th>accuracy</th><th>time</th><th>note</th><th>learning_rate</th></tr>" in text
    assert "<p>and 2 more</p>" in text
    assert "<a " not in text


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"&'])
def test_a_notebook_runs_nothing_of_the_data(name: str, tmp_path: Path) -> None:
    (tmp_path / "report.html").touch()
    text = html(made_run(TRIALS, name=name, folder=tmp_path))
    assert "<script" not in text
    assert "<b>x" not in text
    assert "&lt;b&gt;x&lt;/b&gt;" in text
    assert f'<a href="{tmp_path.as_posix()}/report.html">report.html</a>' in text


def test_a_notebook_says_what_is_missing() -> None:
    lost = trials_of(CANDIDATES[:2], [failed(candidate, 0) for candidate in CANDIDATES[:2]])
    assert "2 trials, none of which has a score" in html(made_run(lost))
    assert "<table>" not in html(made_run())
    assert ", 7 of 432 fits</p>" in html(made_run(TRIALS, n_fits_done=7))
    single = rank_trials(CANDIDATES, [fit_result(c, 0, 0.5) for c in CANDIDATES], metric="accuracy", n_folds=1)
    told = "Too few fits to tell which trial is best: each trial has one score only."
    assert told in html(made_run(single, n_folds=1, held_out_share=0.2))


def test_a_run_that_is_changed_is_told_anew() -> None:
    run = made_run(TRIALS)
    assert len(run.tie_set.trials) >= 1
    assert replace(run, trials=()).tie_set.trials == ()
