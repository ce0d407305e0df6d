"""What a search says of what is ahead of it, and what ends it early."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.plans import Clock, plan_of, space
from support.searches import run
from support.trials import noise

from kerasgrid.errors import RunError
from kerasgrid.fits import deadline
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.run import loop
from kerasgrid.run.limits import Limits
from kerasgrid.run.outlook import Outlook
from kerasgrid.run.plan import Plan
from kerasgrid.run.tally import Tally

RATES = {"learning_rate": {"log_uniform": {"low": 1e-5, "high": 1e-1}}}
LEVEL = "more trials cannot be told from noise: "


def drawn(trials: int = 60, **changes: Any) -> Plan:
    return plan_of(space(RATES, strategy="random", trials=trials, **changes))


def all_alike(fit: Fit) -> float:
    """Candidates hardly differ, folds do."""
    return 0.8 + 0.001 * noise(fit.candidate.id) + 0.05 * noise(fit.candidate.id, fit.fold)


def far_apart(fit: Fit) -> float:
    return 0.5 + 0.4 * noise(fit.candidate.id) + 0.001 * noise(fit.candidate.id, fit.fold)


def test_it_trains_candidate_after_candidate_without_a_race(tmp_path: Path) -> None:
    fitter = FakeFitter(all_alike)
    outcome, _ = run(tmp_path, fitter, drawn(cv=3), limits=Limits(when_tied=True))
    assert outcome.end == "tied"
    assert 36 <= len(fitter.trained) < 180
    assert not any(trial.dropped for trial in outcome.run.trials)


def test_a_race_says_nothing_of_more_trials(tmp_path: Path) -> None:
    _, lines = run(tmp_path, FakeFitter(all_alike), drawn(cv=3))
    assert not any(line.startswith(LEVEL) for line in lines)
    message = (
        "^--stop-when-tied: goes without a race, which trains all candidates side by side and knows none to its end "
        r"before, got race epochs \(add --no-race\)$"
    )
    with pytest.raises(RunError, match=message):
        run(tmp_path, FakeFitter(all_alike), drawn(cv=3, race=True), limits=Limits(when_tied=True))


def test_it_says_once_that_more_trials_cannot_be_told_from_noise_and_goes_on(tmp_path: Path) -> None:
    fitter = FakeFitter(all_alike)
    outcome, lines = run(tmp_path, fitter, drawn())
    assert (outcome.end, len(fitter.trained)) == ("complete", 120)
    said = [line for line in lines if line.startswith(LEVEL)]
    assert len(said) == 1
    assert "more trials would better the best accuracy by about 0.0" in said[0]
    assert ", which is known to ± 0.0" in said[0]


def test_asked_to_it_ends_there_and_goes_on_without(tmp_path: Path) -> None:
    fitter = FakeFitter(all_alike)
    outcome, _ = run(tmp_path, fitter, drawn(), limits=Limits(when_tied=True))
    assert outcome.end == "tied"
    assert 24 <= len(fitter.trained) < 60
    assert outcome.paths.model is not None
    assert (
        f"Ended after {len(fitter.trained)} of 120 fits; the same search goes on there."
        in (tmp_path / "report.html").read_text()
    )
    rest = FakeFitter(all_alike)
    assert run(tmp_path, rest, drawn())[0].end == "complete"
    assert len(fitter.trained) + len(rest.trained) == 120


def test_where_more_trials_are_worth_it_nothing_is_said(tmp_path: Path) -> None:
    outcome, lines = run(tmp_path, FakeFitter(far_apart), drawn(), limits=Limits(when_tied=True))
    assert outcome.end == "complete"
    assert not [line for line in lines if line.startswith(LEVEL)]


@pytest.mark.parametrize("changes", [{"rounds": 3}, {"params": {}, "strategy": "grid"}])
def test_trials_that_are_not_drawn_alike_tell_nothing_of_one_another(tmp_path: Path, changes: dict[str, Any]) -> None:
    plan = drawn(**changes) if "rounds" in changes else plan_of()
    message = (
        "^--stop-when-tied: needs trials that are all drawn alike, which tell of one another: the random strategy "
        f"without rounds, got {plan.space.strategy}$"
    )
    with pytest.raises(RunError, match=message):
        run(tmp_path, FakeFitter(all_alike), plan, limits=Limits(when_tied=True))
    assert not (tmp_path / "run.sqlite").exists()


def test_it_says_once_what_the_time_covers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(deadline, "time", SimpleNamespace(monotonic=clock))
    monkeypatch.setattr(loop, "Tally", partial(Tally, clock=clock))
    fitter = FakeFitter(far_apart, on_fit=clock.on_fit, seconds=10.0)
    # No other run is beside it.
    outcome, lines = run(tmp_path / "run", fitter, drawn(20), limits=Limits(deadline.Deadline(223.0)))
    # Twenty fits of 10 s, a refit of twice the samples, and 3 s for the reports.
    assert (outcome.end, len(fitter.trained)) == ("out of time", 20)
    assert [line for line in lines if line.startswith("the time covers")] == ["the time covers about 19 of 40 fits"]


@pytest.mark.parametrize(
    ("seconds", "n_trials", "whole", "kept"),
    [
        # 1 s a fit: 3 s to start a process, and 0.02 s for each of 2 folds of so many trials.
        (1.0, 4, 600.0, 3.0 + 0.02 * 2 * 4),
        # No more than eight are joined.
        (1.0, 30, 600.0, 3.0 + 0.02 * 2 * 8),
        # Never more than 20 s, nor than 15% of the time.
        (200.0, 8, 6000.0, 20.0),
        (1.0, 4, 10.0, 1.5),
    ],
)
def test_time_is_kept_for_an_ensemble_as_it_takes_about(
    seconds: float, n_trials: int, whole: float, kept: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline, "time", SimpleNamespace(monotonic=Clock()))
    reserved = []
    for ensemble in (False, True):
        plan = drawn(n_trials, ensemble=ensemble)
        limits = Limits(deadline.Deadline(whole))
        assert limits.deadline is not None
        tally = Tally(len(plan.fits), plan.n_folds, plan.metric)
        outlook = Outlook(tally, limits, print)
        of_trials = []
        for fit in plan.fits.values():
            result = FitResult(
                fit, "ok", {"loss": [1.0], "val_loss": [1.0], "accuracy": [0.5], "val_accuracy": [0.5]}, seconds
            )
            tally.add(result, reused=False, is_rung=False)
            outlook.keep_time(result, plan)
            of_trials.append((tally.n_whole, limits.deadline.reserved))
        reserved.append(of_trials)
    assert reserved[1][-1][1] - reserved[0][-1][1] == pytest.approx(kept)
    # Until there are two to be joined none is kept.
    assert [one for one in reserved[0] if one[0] < 2] == [one for one in reserved[1] if one[0] < 2]
