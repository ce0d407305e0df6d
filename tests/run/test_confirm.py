"""Confirming the best trials: which are trained again, how they rank then, and what the run remembers of it."""

from __future__ import annotations

import io
import json
import statistics
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console
from support.plans import dataset, plan_of, space
from support.searches import interrupting
from support.trials import noise

from kerasgrid.api import confirming
from kerasgrid.api.confirming import confirm_run
from kerasgrid.api.opening import open_run, rewrite_reports
from kerasgrid.api.searching import Outcome, Prepared, carry_out
from kerasgrid.data.dataset import Dataset
from kerasgrid.errors import FitError, RunError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit
from kerasgrid.reports.tables.changes import changes_of
from kerasgrid.reports.text.console import print_run
from kerasgrid.reports.text.progress import make_progress
from kerasgrid.run.watcher import Silence
from kerasgrid.space.spec import Space

RATES = [0.001, 0.002, 0.003, 0.01, 0.1]
ASKED = space({"learning_rate": RATES})


def score(fit: Fit) -> float:
    """The first repeat flatters the rate 0.003; the new ones tell that the smaller the rate, the better."""
    rate = float(str(fit.candidate["learning_rate"]))
    luck = 0.05 if rate == 0.003 and fit.repeat == 0 else 0.0
    return 0.9 - rate + luck + 0.0001 * noise(fit.candidate.id, fit.fold, fit.repeat)


class Bench:
    """Searches and confirms with fake fitters, as the commands do with local ones."""

    def __init__(self, folder: Path, data: Dataset) -> None:
        self.folder = folder
        self.data = data
        self.fitter = FakeFitter(score)
        self.shown = io.StringIO()

    @property
    def n_repeats(self) -> int:
        """Of how many repeats the fitter was given the folds."""
        work = self.fitter.work
        assert work is not None
        assert len(work.folds) == 2 * work.n_repeats
        return work.n_repeats

    def console(self) -> Console:
        self.shown = io.StringIO()
        return Console(file=self.shown, force_terminal=False)

    def search(self, asked: Space = ASKED, fitter: FakeFitter | None = None) -> Outcome:
        progress = make_progress(self.console())
        return carry_out(Prepared(plan_of(asked), self.folder), fitter or FakeFitter(score), progress)

    def confirm(self, top: int = 3, repeats: int = 2, fitter: FakeFitter | None = None) -> Outcome:
        self.fitter = fitter or FakeFitter(score)
        progress = make_progress(self.console())
        return confirm_run(str(self.folder), lambda: self.fitter, progress, top=top, repeats=repeats)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    made = Bench(tmp_path / "run", dataset())
    monkeypatch.setattr(confirming, "dataset_for", lambda asked, **where: made.data)
    return made


def test_a_new_fit_that_fails_leaves_the_ranking_of_the_search(bench: Bench) -> None:
    searched = bench.search()
    ranks = order(searched)

    def failing(fit: Fit) -> float:
        if fit.repeat > 0 and fit.candidate["learning_rate"] == ranks[0]:
            raise FitError("no memory")
        return score(fit)

    outcome = bench.confirm(fitter=FakeFitter(failing))
    assert order(outcome) == ranks
    assert outcome.run.n_confirmed == 0
    assert "4 fits failed, so the search's ranking stands: no memory" in bench.shown.getvalue()
    assert bench.confirm().run.n_confirmed == 3


def test_a_builder_is_asked_for_only_where_there_is_one(bench: Bench) -> None:
    bench.search()
    with pytest.raises(RunError, match=r"^--model: the run has no model of your own, got a:b \(leave it out\)$"):
        confirm_run(str(bench.folder), lambda: FakeFitter(score), Silence(), top=1, repeats=1, model="a:b")


def order(outcome: Outcome | SimpleNamespace) -> list[object]:
    return [trial.candidate["learning_rate"] for trial in outcome.run.trials]


def test_the_best_trials_alone_get_more_repeats_and_rank_first(bench: Bench) -> None:
    assert order(bench.search()) == [0.003, 0.001, 0.002, 0.01, 0.1]
    outcome = bench.confirm()
    assert bench.n_repeats == 3
    trained = {(fit.candidate["learning_rate"], fit.fold, fit.repeat) for fit in bench.fitter.trained}
    assert trained == {(rate, fold, repeat) for rate in RATES[:3] for fold in (0, 1) for repeat in (1, 2)}
    assert len(bench.fitter.trained) == 12
    assert bench.shown.getvalue().splitlines()[:2] == ["reusing 6 of 18 fits", "training 12 fits"]
    # By all fits: 0.003 has 0.897 + 0.05 / 3.
    assert order(outcome) == [0.003, 0.001, 0.002, 0.01, 0.1]
    assert [len(trial.scores) for trial in outcome.run.trials] == [6, 6, 6, 2, 2]
    facts = outcome.run
    assert (facts.n_folds, facts.n_repeats, facts.n_confirmed, facts.n_new_repeats) == (2, 3, 3, 2)
    assert (facts.n_fits_asked, facts.n_fits_done, outcome.end) == (22, 22, "complete")


def test_another_winner_is_refitted(bench: Bench) -> None:
    bench.search()
    outcome = bench.confirm(repeats=50)
    assert order(outcome)[:3] == [0.001, 0.002, 0.003]
    assert [candidate["learning_rate"] for candidate in bench.fitter.refitted] == [0.001]
    assert outcome.run.final is not None
    content = json.loads((bench.folder / "best_params.json").read_text())
    assert (content["params"]["learning_rate"], content["confirmed"], content["repeats"]) == (0.001, 3, 51)
    assert content["tie_set"]["compared"] == 3


def test_what_the_winner_lost_is_told_by_show_report_and_summary(bench: Bench) -> None:
    bench.search()
    bench.confirm(repeats=2)
    line = (
        "Confirmed: 3 trials by 2 new repeats. The winner of the search, now rank 1, won with 0.9470; "
        "4 new fits of it gave 0.8970 ± 0.0000: 0.0500 worse, the optimism of picking the best of 5."
    )
    rewrite_reports(str(bench.folder))
    assert line in (bench.folder / "summary.md").read_text()
    record = open_run(str(bench.folder))
    console = bench.console()
    print_run(console, record)
    lines = bench.shown.getvalue().splitlines()
    assert line in lines
    assert any(text.startswith("rank  accuracy         fits  time") for text in lines)
    assert any("the highest of 3 that were confirmed, so a little optimistic" in text for text in lines)


def test_doing_it_again_trains_nothing_and_picks_the_same(bench: Bench) -> None:
    bench.search()
    first = bench.confirm(repeats=50)
    again = bench.confirm(repeats=50)
    assert bench.fitter.trained == []
    assert again.run.trials == first.run.trials
    assert bench.shown.getvalue() == "reusing 306 of 306 fits\n"
    # The pick is by the search's own repeats, not by those that were added.
    more = bench.confirm(top=1, repeats=51)
    assert {fit.candidate["learning_rate"] for fit in bench.fitter.trained} == {0.003}
    assert len(bench.fitter.trained) == 2
    assert more.run.n_confirmed == 1


def test_an_interrupted_one_goes_on_where_it_stopped(bench: Bench) -> None:
    bench.search()
    cut = bench.confirm(fitter=FakeFitter(score, on_fit=interrupting(at=5)))
    assert cut.end == "interrupted"
    assert not cut.run.complete
    assert "Incomplete: 14 of 22 fits are done." in (bench.folder / "summary.md").read_text()
    outcome = bench.confirm()
    assert len(bench.fitter.trained) == 8
    assert outcome.run.complete


def test_the_same_search_keeps_what_was_confirmed(bench: Bench) -> None:
    bench.search()
    confirmed = bench.confirm(repeats=50)
    fitter = FakeFitter(score)
    again = bench.search(fitter=fitter)
    assert fitter.trained == []
    assert fitter.refitted == []
    assert again.run.trials == confirmed.run.trials


def test_a_search_that_grows_worse_trials_keeps_it_and_one_that_grows_a_better_one_does_not(bench: Bench) -> None:
    bench.search()
    bench.confirm()
    grown = bench.search(space({"learning_rate": [*RATES, 0.2]}))
    assert grown.run.n_confirmed == 3
    better = bench.search(space({"learning_rate": [*RATES, 0.0001]}))
    assert better.run.n_confirmed == 0
    assert order(better)[:2] == [0.003, 0.0001]
    assert {len(trial.scores) for trial in better.run.trials} == {2}
    # Until it is confirmed, too.
    assert bench.confirm().run.n_confirmed == 3
    assert {fit.candidate["learning_rate"] for fit in bench.fitter.trained} == {0.0001}


def test_repeats_of_the_search_count_apart(bench: Bench) -> None:
    bench.search(space({"learning_rate": RATES}, repeats=2))
    facts = bench.confirm(top=2, repeats=3).run
    assert (facts.n_repeats, facts.n_new_repeats, facts.n_fits_asked) == (5, 3, 5 * 4 + 2 * 6)


def test_more_than_there_are(bench: Bench) -> None:
    bench.search()
    assert bench.confirm(top=100).run.n_confirmed == 5


def test_fits_that_the_search_lacks_are_not_trained(bench: Bench) -> None:
    bench.search(fitter=FakeFitter(score, on_fit=interrupting(at=9)))
    outcome = bench.confirm(top=2)
    assert {fit.repeat for fit in bench.fitter.trained} == {1, 2}
    assert outcome.end == "complete"
    assert outcome.run.n_fits_done == 8 + 8


def test_without_a_score_there_is_nothing_to_confirm(bench: Bench) -> None:
    bench.search(fitter=FakeFitter(score, on_fit=interrupting(at=1)))
    rule = rf"^{bench.folder}: there must be a trial with a score to confirm, got no fits \(search first\)$"
    with pytest.raises(RunError, match=rule):
        bench.confirm()
    bench.search(fitter=FakeFitter(lambda fit: float("nan")))
    rule = "to confirm, got fits that diverged or failed, all of them"
    with pytest.raises(RunError, match=rule):
        bench.confirm()


def test_other_data_is_refused(bench: Bench) -> None:
    bench.search()
    bench.data = replace(bench.data, x_train=bench.data.x_train + np.float32(1))
    rule = (
        rf"^{bench.folder}: the data must be that of the search, got other samples from made "
        r"\(bring the old data back, or search the new data in another folder with --out\)$"
    )
    with pytest.raises(RunError, match=rule) as caught:
        bench.confirm()
    assert caught.value.exit_code == 2
    assert bench.fitter.trained == []


def test_no_such_run(tmp_path: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RunError, match=r"^nowhere: there is no run here \(no runs in \./runs\)$"):
        confirm_run("nowhere", lambda: FakeFitter(score), Silence(), top=1, repeats=1)


# What was confirmed before


def test_a_smaller_confirmation_leaves_the_larger_one(bench: Bench) -> None:
    bench.search()
    larger = bench.confirm(top=3, repeats=4)
    smaller = bench.confirm(top=2, repeats=1)
    assert bench.fitter.trained == []
    assert bench.shown.getvalue().splitlines()[0] == (
        "the run has confirmed 3 trials by 4 new repeats, which is more: that stays"
    )
    assert smaller.run.trials == larger.run.trials
    assert (smaller.run.n_confirmed, smaller.run.n_new_repeats) == (3, 4)


def test_another_confirmation_says_that_it_replaces_one(bench: Bench) -> None:
    bench.search()
    bench.confirm(top=3, repeats=2)
    outcome = bench.confirm(top=2, repeats=3)
    assert bench.shown.getvalue().splitlines()[0] == (
        "this replaces the confirmation of 3 trials by 2 new repeats; its fits are kept"
    )
    assert (outcome.run.n_confirmed, outcome.run.n_new_repeats) == (2, 3)


def test_the_baseline_gets_new_repeats_too(bench: Bench) -> None:
    asked = space({"learning_rate": [0.1, 0.003, 0.01], "hidden_units": [[4]], "epochs": 2}, strategy="one_factor")
    before = bench.search(asked).run
    outcome = bench.confirm(top=1, repeats=2)
    run = outcome.run
    # Two folds: the best has 2 + 4 fits, and so has the baseline, which is ranked as it was.
    assert len(bench.fitter.trained) == 8
    assert [len(trial.scores) for trial in run.trials] == [6, 2, 2]
    assert order(outcome) == [0.003, 0.01, 0.1]
    base = run.trials[2]
    assert base.candidate == run.baseline
    assert base.mean == before.trials[2].mean
    assert [len(trial.more_scores) for trial in run.trials] == [0, 0, 4]
    best, other = sorted(changes_of(run), key=lambda change: change.value)
    assert best.difference == pytest.approx(
        statistics.fmean(
            ours - theirs for ours, theirs in zip(run.trials[0].scores, base.scores + base.more_scores, strict=True)
        )
    )
    assert other.difference == pytest.approx(run.trials[1].mean - base.mean)
    assert run.complete
    assert outcome.run.n_confirmed == 1
    # Read back, and gone on with, it is the same.
    assert open_run(bench.folder).trials == run.trials
    assert bench.confirm(top=1, repeats=2).run.trials == run.trials
    assert bench.fitter.trained == []
