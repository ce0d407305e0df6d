"""What stands at the top of a live page of what the search is at."""

from __future__ import annotations

import re

from support.trials import FMNIST, all_fits, grid, made_run, trials_of

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import Fit
from kerasgrid.fits.fitter import AtWork
from kerasgrid.reports.pages.now import now_html
from kerasgrid.run.now import Working

CANDIDATES = grid(FMNIST)


def cells(html: str) -> list[list[str]]:
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line) for line in re.findall(r"<tr>.*?</tr>", html)]


def test_without_a_search_it_is_empty_and_hidden() -> None:
    for nothing in (None, Working()):
        assert now_html(nothing, None) == '<section class="now" id="now" hidden></section>'


def test_each_worker_is_told_with_its_trial_and_fold_who_is_at_it_longest_first() -> None:
    results = all_fits(CANDIDATES[:4])
    run = made_run(trials_of(CANDIDATES[:4], results), results=results)
    best = run.trials[0]
    fits = (
        AtWork("1", Fit(best.candidate, 2), 990.0),
        AtWork("2", Fit(Candidate({**FMNIST_ONE, "batch_size": 64}), 0), 940.0),
    )
    head, first, second = cells(now_html(Working(fits), run, 1000.0))
    assert head == ["worker", "since", "trial", "fit", "val_accuracy so far"]
    assert first[:2] == ["2", "1 min 0 s"]
    assert first[2:] == ["batch_size 64", "fold 1 of 3", "none yet"] or first[4] == "none yet"
    assert second[0:2] == ["1", "10.0 s"]
    assert second[3] == "fold 3 of 3"
    assert second[4].endswith(", rank 1")
    # Only what the trials differ in.
    assert "activation" not in second[2]


FMNIST_ONE = dict(CANDIDATES[0])


def test_before_anything_is_known_all_parameters_are_told() -> None:
    html = now_html(Working((AtWork("1", Fit(Candidate({"model": "<b>", "x": 1}), 0, 1), 0.0),)), None, 5.0)
    assert cells(html)[1] == ["1", "5.0 s", "model &lt;b&gt;, x 1", "fold 1, repeat 2"]
    assert "1 worker at work." in html


def test_a_fit_on_its_way_is_told_with_its_trial() -> None:
    results = all_fits(CANDIDATES[:2])
    run = made_run(trials_of(CANDIDATES[:2], results), results=results)
    look = Candidate({**run.trials[0].candidate, "epochs": 3})
    (_, row) = cells(now_html(Working((AtWork("1", Fit(look, 0, pauses=True), 0.0),)), run, 5.0))
    assert row[3] == "fold 1 of 3, first to 3 epochs"
    assert row[4].endswith("rank 1")


def test_of_many_workers_those_are_named_that_are_at_it_longest() -> None:
    fits = tuple(AtWork(str(n), Fit(CANDIDATES[0], 0), 100.0 - n) for n in range(40))
    html = now_html(Working(fits), None, 200.0)
    rows = cells(html)[1:]
    assert (len(rows), rows[0][0]) == (16, "39")
    assert "40 workers at work; 24 more than are named." in html


def test_what_is_done_beside_fits_is_told_in_a_sentence() -> None:
    html = now_html(Working(does="training the best candidate on all training data", since=90.0), None, 100.0)
    assert "Going on now" in html
    assert "Training the best candidate on all training data, for 10.0 s." in html
    assert "The search has" not in html


def test_a_search_whose_time_is_limited_tells_how_much_of_it_is_left() -> None:
    doing = now_html(Working(does="starting the workers", since=90.0, ends=125.0), None, 100.0)
    assert "Starting the workers, for 10.0 s. The search has 25.0 s left." in doing
    fits = (AtWork("1", Fit(CANDIDATES[0], 0), 0.0),)
    assert "1 worker at work. The search has 0.0 s left." in now_html(Working(fits, ends=99.0), None, 100.0)


def test_a_split_that_is_one_has_no_number() -> None:
    run = made_run(trials_of(CANDIDATES[:1], all_fits(CANDIDATES[:1], 1), 1), n_folds=1)
    html = now_html(Working((AtWork("1", Fit(CANDIDATES[0], 0), 0.0),)), run, 5.0)
    assert cells(html)[1][3] == "the hold-out split"
