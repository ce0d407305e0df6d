"""The ensemble of a run: when trials are joined, what is kept for that, and what the run's model is then."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.plans import dataset, space
from support.trials import noise

from kerasgrid.api.opening import open_run
from kerasgrid.api.searching import Outcome, carry_out, prepare
from kerasgrid.fits.deadline import Deadline
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import FinalResult, Fit, FitResult
from kerasgrid.fits.fold_models import FOLDER, FoldModels, leave
from kerasgrid.fits.joining import Joined, Joining
from kerasgrid.reports.tables.best_params import best_params
from kerasgrid.reports.text.ensemble import ensemble_line
from kerasgrid.reports.text.sentences import final_line
from kerasgrid.run.ensemble import MOST_TRIALS, Keeper
from kerasgrid.run.limits import Limits
from kerasgrid.run.outlook import Outlook
from kerasgrid.run.watcher import Silence
from kerasgrid.space.spec import Space

RATES = [0.001, 0.002, 0.003, 0.01, 0.1]
ASKED: Space = space({"learning_rate": RATES}, ensemble=True)
GAINS = Joined((2, 1, 0, 0, 0), 0.02, 0.01, 4, 400, FinalResult("ok", test={"loss": 0.1, "accuracy": 0.95}))
NO_GAIN = replace(GAINS, gain=-0.01, final=None)


def score(fit: Fit) -> float:
    return 0.9 + 0.02 * noise(fit.candidate.id, fit.fold, fit.repeat)


class Joiner(FakeFitter):
    """A fitter whose fits leave something, and that joins these by saying what came of it."""

    def __init__(self, joined: Joined = GAINS, score: Callable[[Fit], float] = score, **more: Any) -> None:
        super().__init__(score, **more)
        self.joined = joined
        self.asked: list[Joining] = []

    def _result(self, fit: Fit) -> FitResult:
        if fit.fold >= 0 and fit.repeat == 0 and self.work is not None and self.work.fold_models is not None:
            fold = self.work.folds[fit.fold]
            key = fit.key("classification", self.work.dataset.fingerprint, fold.fingerprint)
            leave(self.work.fold_models.path(key), lambda: b"weights")
        return super()._result(fit)

    def join(self, joining: Joining) -> Joined:
        self._on_fit(Fit(joining.candidates[0], fold=-2))
        self.asked.append(joining)
        if self.joined.final is not None:
            joining.model_path.write_text("ensemble")
        n = len(joining.candidates) if self.joined.error is None else 0
        return replace(self.joined, counts=(*self.joined.counts, *[0] * n)[:n])


class Said(Silence):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


def searched(folder: Path, fitter: FakeFitter, asked: Space = ASKED, **more: Any) -> Outcome:
    return carry_out(prepare(asked, folder, dataset()), fitter, more.pop("watcher", Silence()), **more)


def left_in(folder: Path) -> int:
    return len(FoldModels(folder / FOLDER).keys())


def test_an_ensemble_that_pays_is_the_model(tmp_path: Path) -> None:
    fitter, said = Joiner(), Said()
    outcome = searched(tmp_path / "run", fitter, watcher=said)
    run = outcome.run
    (asked,) = fitter.asked
    assert len(asked.candidates) == 5
    assert all(path.is_file() for paths in asked.left for path in paths)
    assert (asked.metric, asked.held_out_share, asked.seconds) == ("accuracy", 0.5, None)
    assert (outcome.paths.model or tmp_path).read_text() == "ensemble"
    assert fitter.refitted == []
    assert "choosing an ensemble among the best 5 trials" in said.lines
    assert run.ensemble is not None
    assert run.ensemble.is_taken
    assert run.final is not None
    assert run.final.test == {"loss": 0.1, "accuracy": 0.95}
    assert run.final.model_path == str(tmp_path / "run" / "model.keras")
    assert ensemble_line(run) == (
        "The model is an ensemble of 2 trials with 4 networks (400 parameters), better than the best trial alone by "
        "0.0200 ± 0.0100 on samples that did not choose it; to predict takes about 4 times as long."
    )
    told = best_params(run)
    assert told is not None
    assert told["ensemble"]["taken"] is True
    assert [one["count"] for one in told["ensemble"]["members"]] == [2, 1]
    assert json.loads((tmp_path / "run" / "best_params.json").read_text())["test"]["accuracy"] == 0.95
    # Whoever reads the folder knows it, too, and nothing is left to do.
    again = open_run(tmp_path / "run")
    assert again.ensemble == run.ensemble
    idle = Joiner()
    outcome = searched(tmp_path / "run", idle)
    assert (idle.trained, idle.asked, idle.refitted) == ([], [], [])
    assert (outcome.paths.model or tmp_path).read_text() == "ensemble"


def test_what_does_not_pay_leaves_the_winner_alone(tmp_path: Path) -> None:
    fitter = Joiner(NO_GAIN)
    run = searched(tmp_path / "run", fitter).run
    assert len(fitter.refitted) == 1
    assert run.ensemble is not None
    assert not run.ensemble.is_taken
    assert ensemble_line(run) == (
        "An ensemble of 2 trials would not be better than the best trial alone: by -0.0100 ± 0.0100 on samples that "
        "did not choose it."
    )
    idle = Joiner(NO_GAIN)
    searched(tmp_path / "run", idle)
    assert (idle.trained, idle.asked, idle.refitted) == ([], [], [])


def test_what_may_be_chance_is_told_as_such(tmp_path: Path) -> None:
    run = searched(tmp_path / "run", Joiner(replace(NO_GAIN, gain=0.0001, standard_error=0.0005))).run
    assert ensemble_line(run) == (
        "No ensemble: one of 2 trials would be better than the best trial alone by 0.0001 ± 0.0005 on samples that did "
        "not choose it, which may be chance."
    )


def test_the_best_alone_is_no_ensemble(tmp_path: Path) -> None:
    run = searched(tmp_path / "run", Joiner(Joined((1,), 0.0, 0.0, 2, 200))).run
    assert ensemble_line(run) == "No ensemble of the best 5 trials is better than the best of them alone."


def test_one_that_fails_leaves_the_winner_alone(tmp_path: Path) -> None:
    said = Said()
    fitter = Joiner(Joined(error="no memory"))
    run = searched(tmp_path / "run", fitter, watcher=said).run
    assert "the ensemble failed, so the winner stands alone: no memory" in said.lines
    assert len(fitter.refitted) == 1
    assert (run.ensemble, ensemble_line(run)) == (None, "")


def test_without_being_asked_for_nothing_is_left(tmp_path: Path) -> None:
    fitter = Joiner()
    searched(tmp_path / "run", fitter, ASKED.changed(ensemble=False))
    assert (fitter.asked, left_in(tmp_path / "run")) == ([], 0)


def test_fitters_that_cannot_join_do_without(tmp_path: Path) -> None:
    fitter = FakeFitter(score)
    assert searched(tmp_path / "run", fitter).run.ensemble is None
    assert len(fitter.refitted) == 1


def test_what_was_cut_off_is_joined_by_the_next_start(tmp_path: Path) -> None:
    def cut(fit: Fit) -> None:
        if fit.fold == -2:
            raise KeyboardInterrupt

    outcome = searched(tmp_path / "run", Joiner(on_fit=cut))
    assert (outcome.end, outcome.run.ensemble, outcome.paths.model) == ("interrupted", None, None)
    fitter = Joiner()
    assert searched(tmp_path / "run", fitter).run.ensemble is not None
    assert (fitter.trained, len(fitter.asked)) == ([], 1)


def test_a_model_that_was_lost_is_joined_again(tmp_path: Path) -> None:
    searched(tmp_path / "run", Joiner())
    (tmp_path / "run" / "model.keras").unlink()
    fitter = Joiner()
    outcome = searched(tmp_path / "run", fitter)
    assert (len(fitter.asked), fitter.refitted) == (1, [])
    assert (outcome.paths.model or tmp_path).read_text() == "ensemble"
    # Or, if what it was made of is lost, too, the winner takes its place.
    (tmp_path / "run" / "model.keras").unlink()
    for path in (tmp_path / "run" / FOLDER).iterdir():
        path.unlink()
    fitter = Joiner()
    outcome = searched(tmp_path / "run", fitter)
    assert (fitter.asked, len(fitter.refitted), outcome.run.ensemble) == ([], 1, None)
    assert (outcome.paths.model or tmp_path).read_text() != "ensemble"


def test_more_trials_are_joined_anew(tmp_path: Path) -> None:
    def by_rate(fit: Fit) -> float:
        return score(fit) + 0.5 * (fit.candidate["learning_rate"] in (0.02, 0.03))

    searched(tmp_path / "run", Joiner(score=by_rate))
    fitter = Joiner(score=by_rate)
    more = ASKED.changed(params={"learning_rate": [*RATES, 0.02, 0.03]})
    run = searched(tmp_path / "run", fitter, more).run
    (asked,) = fitter.asked
    assert {one["learning_rate"] for one in asked.candidates} == {0.02, 0.03}
    assert run.ensemble is not None
    assert run.ensemble.candidates == asked.candidates


def test_no_more_is_kept_than_may_be_joined(tmp_path: Path) -> None:
    asked = ASKED.changed(params={"learning_rate": [0.001 * n for n in range(1, 41)]})
    fitter = Joiner(score=lambda fit: score(fit) - float(str(fit.candidate["learning_rate"])))
    searched(tmp_path / "run", fitter, asked)
    assert left_in(tmp_path / "run") == 2 * 2 * MOST_TRIALS
    assert len(fitter.asked[0].candidates) <= MOST_TRIALS


def test_what_has_no_room_goes_the_unfinished_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kerasgrid.run.ensemble._MOST_BYTES", 30)
    kept = FoldModels(tmp_path)
    keeper = Keeper(kept, "accuracy", 2)
    fits = [Fit(one, fold) for one in ASKED.tried.first for fold in range(2)]
    for place in (0, 1, 2, 4):
        leave(kept.path(str(place)), lambda: b"0123456789")
        keeper.take(str(place), FitResult(fits[place], "ok", {"val_accuracy": [0.5]}))
    assert kept.keys() == {"0", "1", "4"}
    leave(kept.path("of another search"), lambda: b"0123456789")
    keeper.finish()
    assert kept.keys() == {"0", "1", "4"}


def test_there_may_be_no_time_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = Said()
    fitter = Joiner()
    searched(tmp_path / "run", fitter, watcher=said, limits=Limits(Deadline(60.0)))
    assert 0 < (fitter.asked[0].seconds or 0.0) < 60.0
    monkeypatch.setattr(Outlook, "joins_now", lambda outlook: -1.0)
    fitter = Joiner()
    searched(tmp_path / "late", fitter, watcher=said)
    assert "there is no time for an ensemble" in said.lines
    assert (fitter.asked, len(fitter.refitted)) == ([], 1)


def test_a_test_set_that_is_not_there_is_told(tmp_path: Path) -> None:
    run = searched(tmp_path / "run", Joiner(replace(GAINS, final=FinalResult("ok")))).run
    assert run.final is not None
    assert final_line(run, run.final) == "There is no test set."
