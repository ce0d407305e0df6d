"""Races over epochs in whole searches: first fits pause, and go on or do not."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import pytest
from support import searches
from support.plans import dataset, plan_of, space
from support.trials import noise

from kerasgrid.api.searching import carry_out, prepare
from kerasgrid.engine.kept import longest_state
from kerasgrid.errors import FitError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit
from kerasgrid.fits.states import FOLDER
from kerasgrid.reports.ahead.illustrator import NoIllustrator
from kerasgrid.run.plan import Plan
from kerasgrid.run.run import Run
from kerasgrid.run.store import Store
from kerasgrid.workers.local import FitCrew, LocalFitter
from kerasgrid.workers.requests import FitRequest

EPOCHS, TRIALS = 20, 60
RATES = {"learning_rate": {"log_uniform": {"low": 1e-4, "high": 1.0}}, "epochs": EPOCHS}


def score(fit: Fit) -> float:
    """0.01 is the best rate; lower ones are slow, the best ones too; folds differ, and chance is a little."""
    rate, epochs = float(str(fit.candidate["learning_rate"])), int(str(fit.candidate["epochs"]))
    end = 0.9 - 0.1 * abs(math.log10(rate / 0.01)) - 0.02 * fit.fold + 0.02 * noise(fit.candidate.id, fit.fold)
    return end * (1 - math.exp(-epochs / (1.0 + noise("slow", fit.candidate.id)))) + 0.02 * noise(fit, epochs)


def asked(params: Any = RATES, **changes: Any) -> Plan:
    said = {"strategy": "random", "trials": TRIALS, "cv": 3, "race": "epochs", **changes}
    return plan_of(space(params, **said), dataset())


def run(plan: Plan, folder: Path, fitter: FakeFitter | None = None) -> tuple[Run, FakeFitter, list[str]]:
    used = fitter or FakeFitter(score)
    outcome, lines = searches.run(folder, used, plan)
    return outcome.run, used, lines


def n_epochs(fitter: FakeFitter) -> int:
    """The epochs that were trained, of a fit that went on counted once."""
    reached: dict[object, int] = {}
    for fit in fitter.trained:
        training = fit.candidate["learning_rate"], fit.fold
        reached[training] = max(reached.get(training, 0), int(str(fit.candidate["epochs"])))
    return sum(reached.values())


def paused(fitter: FakeFitter) -> list[Fit]:
    return [fit for fit in fitter.trained if fit.pauses]


def test_the_same_winner_for_fewer_epochs(tmp_path: Path) -> None:
    raced, fitter, lines = run(asked(), tmp_path / "raced")
    folds, by_folds, _ = run(asked(race="folds"), tmp_path / "folds")
    full, trained, _ = run(asked(race=False), tmp_path / "full")
    assert raced.best is not None
    assert raced.best == full.best
    assert n_epochs(trained) == TRIALS * 3 * EPOCHS
    assert n_epochs(fitter) < 0.6 * n_epochs(trained)
    assert n_epochs(fitter) < 0.8 * n_epochs(by_folds)
    assert folds.best == full.best
    assert raced.complete
    # Pauses are no fits: there are as many as there are, and fewer.
    assert lines[0] == f"training {TRIALS * 3} fits at most"
    assert raced.n_fits_asked == raced.n_fits_done == sum(not fit.pauses for fit in fitter.trained)
    assert any(line.startswith(f"{raced.n_fits_done}/{raced.n_fits_done} fits") for line in lines)
    assert {int(str(fit.candidate["epochs"])) for fit in paused(fitter)} == {2, 6}
    assert all((fit.fold, fit.repeat) == (0, 0) for fit in paused(fitter))


def test_24_are_known_to_the_end_before_any_leaves(tmp_path: Path) -> None:
    _, fitter, _ = run(asked(), tmp_path)
    known = {fit.candidate for fit in fitter.trained[: TRIALS + 24 * 3] if fit.fold == 1}
    assert len(known) == 24
    # All others pause at the first rung at once.
    assert sum(fit.candidate["epochs"] == 2 for fit in paused(fitter)) == TRIALS


def test_those_that_left_amid_their_first_fit_are_told_as_such(tmp_path: Path) -> None:
    raced, _, _ = run(asked(), tmp_path / "raced")
    full, _, _ = run(asked(race=False), tmp_path / "full")
    means = {trial.candidate: trial.mean for trial in full.trials}
    out = [trial for trial in raced.trials if trial.dropped is not None and trial.dropped.unit == "epochs"]
    assert len(out) > 5
    errors = []
    for trial in out:
        dropped = trial.dropped
        assert dropped is not None
        assert (trial.status, trial.scores, dropped.of) == ("dropped", (None, None, None), EPOCHS)
        assert dropped.after in (2, 6)
        assert dropped.behind is not None
        assert dropped.error is not None
        assert dropped.behind > dropped.error > 0
        assert trial.standard_error == dropped.error
        assert trial.std == 0
        assert trial.mean is not None
        expected = means[trial.candidate]
        assert expected is not None
        errors.append(trial.mean - expected)
    # As a rule they would have ended where it was expected.
    assert abs(sum(errors) / len(errors)) < 0.1
    assert [trial.rank for trial in raced.trials] == list(range(1, TRIALS + 1))
    assert all(trial.dropped is None for trial in raced.tie_set.trials)
    said = f"out after {out[0].dropped.after} of 20 epochs, behind by "  # type: ignore[union-attr]
    rows = {row["candidate"]: row for row in csv.DictReader((tmp_path / "raced/results.csv").read_text().splitlines())}
    row = rows[out[0].candidate.id]
    assert row["race"].startswith(said)
    assert (row["status"], row["split0_test_score"]) == ("dropped", "")
    assert said in (tmp_path / "raced/report.html").read_text()
    assert raced.effects() != []


@pytest.mark.parametrize("share", [0.02, 0.2, 0.4, 0.6, 0.8, 0.95])
def test_it_goes_on_the_same_after_a_kill_at_any_moment(tmp_path: Path, share: float) -> None:
    whole, fitter, _ = run(asked(), tmp_path / "whole")
    at = max(1, round(share * len(fitter.trained)))
    killed = FakeFitter(score, on_fit=searches.interrupting(at))
    run(asked(), tmp_path / "killed", killed)
    again, rest, _ = run(asked(), tmp_path / "killed")
    trained = [*killed.trained, *rest.trained]
    assert len(trained) == len(fitter.trained)
    assert set(trained) == set(fitter.trained)
    assert [(trial.candidate, trial.mean, trial.dropped) for trial in again.trials] == [
        (trial.candidate, trial.mean, trial.dropped) for trial in whole.trials
    ]


def test_without_a_race_later_all_is_trained(tmp_path: Path) -> None:
    _, raced, _ = run(asked(), tmp_path)
    full, rest, _ = run(asked(race=False), tmp_path)
    assert {trial.status for trial in full.trials} == {"ok"}
    assert len(full.results) == 3 * TRIALS
    # What the race had trained to its end is not trained again.
    assert len(rest.trained) == 3 * TRIALS - sum(not fit.pauses for fit in raced.trained)


def test_what_is_trained_already_takes_no_part(tmp_path: Path) -> None:
    run(asked(race=False), tmp_path)
    raced, fitter, _ = run(asked(), tmp_path)
    assert {trial.status for trial in raced.trials} == {"ok"}
    assert fitter.trained == []


def lost(fit: Fit) -> float:
    """As :func:`score`; but high rates diverge, after few epochs or many, and some fits fail."""
    rate = float(str(fit.candidate["learning_rate"]))
    if rate > 0.3 or (rate > 0.1 and int(str(fit.candidate["epochs"])) > 5):
        return math.nan
    if 2e-4 < rate < 4e-4:
        raise FitError("no memory")
    return score(fit)


def test_those_that_diverge_or_fail_leave_at_once_and_tell_nothing_of_others(tmp_path: Path) -> None:
    raced, fitter, _ = run(asked(trials=100), tmp_path / "raced", FakeFitter(lost))
    full, _, _ = run(asked(trials=100, race=False), tmp_path / "full", FakeFitter(lost))
    assert raced.best == full.best
    ends = {trial.candidate: trial.status for trial in full.trials}
    assert {"diverged", "failed"} < set(ends.values())
    for trial in raced.trials:
        assert trial.status in ("dropped", ends[trial.candidate])
        if ends[trial.candidate] in ("diverged", "failed") and trial.status != "dropped":
            assert sum(fit.candidate == trial.candidate for fit in fitter.trained) <= 3


@pytest.mark.parametrize(
    ("params", "changes"),
    [
        pytest.param({**RATES, "learning_rate_schedule": "cosine"}, {}, id="what spans all epochs"),
        pytest.param({**RATES, "epochs": 1}, {}, id="one epoch"),
        pytest.param(RATES, {"trials": 47}, id="few candidates"),
    ],
)
def test_where_nothing_is_told_early_it_is_a_race_over_folds(
    tmp_path: Path, params: Any, changes: dict[str, Any]
) -> None:
    raced, fitter, _ = run(asked(params, **changes), tmp_path / "epochs")
    folds, other, _ = run(asked(params, race="folds", **changes), tmp_path / "folds")
    assert not paused(fitter)
    assert fitter.trained == other.trained
    assert raced.best == folds.best


@pytest.mark.parametrize("changes", [{"cv": None, "validation_split": 0.25}, {"cv": 2}], ids=["one split", "two folds"])
def test_few_splits_are_enough(tmp_path: Path, changes: dict[str, Any]) -> None:
    raced, fitter, _ = run(asked(**changes), tmp_path / "raced")
    full, trained, _ = run(asked(race=False, **changes), tmp_path / "full")
    assert raced.best is not None
    assert full.best is not None
    assert raced.best.candidate == full.best.candidate
    assert n_epochs(fitter) < 0.8 * n_epochs(trained)


def a_loss(fit: Fit) -> float:
    return 1.5 - score(fit)


def test_the_least_of_a_loss_wins(tmp_path: Path) -> None:
    fake = FakeFitter(a_loss, metric="loss")
    raced, _, _ = run(asked(metric="loss"), tmp_path / "raced", fake)
    full, _, _ = run(asked(metric="loss", race=False), tmp_path / "full", FakeFitter(a_loss, metric="loss"))
    assert raced.best == full.best
    assert any(trial.dropped is not None and trial.dropped.unit == "epochs" for trial in raced.trials)


def trained(folder: Path, race: str, n: int | None = None) -> dict[str, tuple[Any, ...]]:
    """Search by training, and return what is known of each fit then, by key."""
    params = {"learning_rate": {"log_uniform": {"low": 1e-3, "high": 10.0}}, "epochs": 10, "optimizer": "SGD"}
    one = space(params, strategy="random", trials=60, cv=None, validation_split=0.25, race=race, metric="loss")
    prepared = prepare(one, folder, dataset())
    carry_out(prepared, LocalFitter(1), searches.Impatient(n), illustrator=NoIllustrator())
    with Store.open_readonly(folder) as store:
        known = store.everything()
    return {key: (one.status, one.curve, one.n_parameters, one.fit.candidate["epochs"]) for key, one in known.items()}


def test_a_fit_that_went_on_has_the_numbers_of_one_that_did_not_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    went_on: list[int] = []
    send = FitCrew._send

    def noted(self: FitCrew, worker: Any, request: FitRequest) -> None:
        assert request.states is not None
        states = [state for fit in request.fits if (state := longest_state(request.states, fit.candidate["epochs"]))]  # type: ignore[arg-type]
        went_on.extend(state.told["n_done"] for state in states[-1:])
        send(self, worker, request)

    with monkeypatch.context() as patched:
        patched.setattr(FitCrew, "_send", noted)
        raced = trained(tmp_path / "raced", "epochs", 100)
        assert len(list((tmp_path / "raced" / FOLDER).iterdir())) > 10
        raced = trained(tmp_path / "raced", "epochs")
    assert not (tmp_path / "raced" / FOLDER).exists()
    assert {1, 3} == set(went_on)
    full = trained(tmp_path / "full", "every")
    assert {one[3] for one in raced.values()} == {1, 3, 10}
    whole = {key: one for key, one in raced.items() if one[3] == 10}
    assert 24 <= len(whole) < len(full) == 60
    assert whole.items() <= full.items()
