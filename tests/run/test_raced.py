"""Races in whole searches: who leaves when, what is said of it, and that nothing depends on who is killed when."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest
from support import searches
from support.plans import Clock, dataset, plan_of, space
from support.trials import fit_result, noise

from kerasgrid.api.confirming import confirm_run
from kerasgrid.errors import FitError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit
from kerasgrid.reports.tables.trial_table import trial_table
from kerasgrid.reports.text.listing import check_lines
from kerasgrid.run.making import read_run
from kerasgrid.run.plan import Plan
from kerasgrid.run.run import Run
from kerasgrid.run.store import Store
from kerasgrid.run.watcher import Silence

RATES = {"learning_rate": {"log_uniform": {"low": 1e-4, "high": 1.0}}}


def score(fit: Fit) -> float:
    """The learning rate 0.01 is best; folds differ, and chance is a little."""
    rate = float(str(fit.candidate["learning_rate"]))
    chance = 0.1 * noise(fit.candidate.id, fit.fold, fit.repeat)
    return 0.9 - 0.1 * abs(math.log10(rate / 0.01)) - 0.02 * fit.fold + chance


def asked(params: Any = RATES, **changes: Any) -> Plan:
    return plan_of(space(params, **{"strategy": "random", "trials": 12, "cv": 5, **changes}), dataset())


def run(plan: Plan, folder: Path, fitter: FakeFitter | None = None) -> tuple[Run, FakeFitter, list[str]]:
    used = fitter or FakeFitter(score)
    outcome, lines = searches.run(folder, used, plan)
    return outcome.run, used, lines


def test_the_same_winner_for_fewer_fits(tmp_path: Path) -> None:
    raced, fitter, lines = run(asked(), tmp_path / "raced")
    full, _, _ = run(asked(race=False), tmp_path / "full")
    assert raced.best is not None
    assert full.best is not None
    assert raced.best == full.best
    assert len(full.results) == 60
    out = [trial for trial in raced.trials if trial.dropped is not None]
    assert len(out) >= 6
    assert raced.complete
    assert len(fitter.trained) == raced.n_fits_asked == 60 - sum(trial.scores.count(None) for trial in out)
    # They have all ranks behind those that stayed, and the scores that they would have had, about.
    assert [*raced.trials[-len(out) :]] == out
    means = {trial.candidate: trial.mean for trial in full.trials}
    for trial in out:
        assert trial.status == "dropped"
        assert trial.mean == pytest.approx(means[trial.candidate], abs=0.05)
        assert trial.mean is not None
        assert trial.standard_error is not None
    assert all(trial.dropped is None for trial in raced.tie_set.trials)
    assert raced.tie_set.n_compared == 12 - len(out)
    assert lines[0] == "training 60 fits at most"


def test_every_report_says_who_left_when_and_why(tmp_path: Path) -> None:
    raced, _, _ = run(asked(), tmp_path)
    out = [trial for trial in raced.trials if trial.dropped is not None]
    last, dropped = out[-1], out[-1].dropped
    assert dropped is not None
    assert dropped.behind is not None
    assert dropped.error is not None
    said = f"out after 2 of 5 folds, behind by {dropped.behind:.4f} ± {dropped.error:.4f}"
    rows = {row["candidate"]: row for row in csv.DictReader((tmp_path / "results.csv").read_text().splitlines())}
    row = rows[last.candidate.id]
    assert (row["status"], row["race"], row["split2_test_score"]) == ("dropped", said, "")
    assert rows[raced.trials[0].candidate.id]["race"] == ""
    table = trial_table(raced)
    assert table["rows"][-1][1] == "dropped"
    assert said in table["rows"][-1][2]
    n_spared = 60 - raced.n_fits_asked
    sentence = (
        f"{len(out)} trials of 12 left the race, too far behind to win: {n_spared} of 60 fits spared "
        "(--no-race trains them)."
    )
    summary = (tmp_path / "summary.md").read_text()
    assert sentence in summary
    assert f"12 candidates · {len(out)} dropped · " in summary
    assert f"of the {12 - len(out)} that stayed in the race" in summary
    assert sentence in (tmp_path / "report.html").read_text().replace("&#x27;", "'")
    assert '"fits"' in (tmp_path / "report.html").read_text()


def test_one_may_be_left_alone(tmp_path: Path) -> None:
    def clear(fit: Fit) -> float:
        return score(fit) + (fit.candidate == asked().candidates[3])

    raced, _, _ = run(asked(), tmp_path, FakeFitter(clear))
    assert [trial.status for trial in raced.trials] == ["ok", *["dropped"] * 11]
    assert "All other 11 trials left the race before its end." in (tmp_path / "summary.md").read_text()


@pytest.mark.parametrize("killed_at", [0, 1, 13, 23, 24, 25, 33])
def test_a_killed_race_goes_on_to_the_same_end(tmp_path: Path, killed_at: int) -> None:
    whole, fitter, _ = run(asked(), tmp_path / "whole")
    killed = FakeFitter(score, on_fit=searches.interrupting(killed_at + 1))
    part, _, _ = run(asked(), tmp_path / "run", killed)
    assert part.n_fits_done == killed_at
    assert not part.complete
    end, rest, _ = run(asked(), tmp_path / "run")
    assert len(rest.trained) == len(fitter.trained) - killed_at
    assert end.trials == whole.trials
    with Store.open_readonly(tmp_path / "run") as store:
        assert read_run(store).trials == whole.trials


def test_what_was_left_out_is_trained_later(tmp_path: Path) -> None:
    raced, _, _ = run(asked(), tmp_path)
    full, fitter, lines = run(asked(race=False), tmp_path)
    assert len(fitter.trained) == 60 - len(raced.results)
    assert lines[0] == f"reusing {len(raced.results)} of 60 fits"
    assert {trial.status for trial in full.trials} == {"ok"}
    # And what is trained counts, whatever a race would say of it.
    again, fitter, _ = run(asked(race=True), tmp_path)
    assert fitter.trained == []
    assert again.trials == full.trials


@pytest.mark.parametrize(
    ("changes", "race"),
    [
        ({}, "epochs"),
        ({"cv": 2}, "every"),
        ({"cv": 2, "repeats": 2}, "epochs"),
        ({"cv": None, "validation_split": 0.2}, "every"),
        ({"cv": None, "validation_split": 0.2, "repeats": 3}, "epochs"),
        ({"race": False}, "every"),
        ({"race": True, "cv": 2}, "epochs"),
        ({"race": "every"}, "every"),
        ({"strategy": "bayes"}, "epochs"),
        ({"strategy": "harmony"}, "epochs"),
        ({"strategy": "grid", "trials": None, "params": {"learning_rate": [0.1, 0.2]}}, "every"),
        ({"strategy": "grid", "trials": None, "params": {"learning_rate": [0.1, 0.2]}, "race": True}, "epochs"),
    ],
)
def test_which_searches_are_raced(changes: dict[str, Any], race: str) -> None:
    params = changes.pop("params", RATES)
    assert asked(params, **changes).race == race


def test_a_run_goes_on_as_it_began(tmp_path: Path) -> None:
    full, _, _ = run(asked(race=False), tmp_path)
    # As one of before there were races: neither its space nor its plan says anything.
    with Store.create_or_open(tmp_path) as store:
        plan = store.meta()["plan"]
        assert plan.pop("race") == "every"
        del plan["space"]["race"]
        store.set_meta(plan=plan)
    more, fitter, _ = run(asked(trials=14), tmp_path)
    assert len(fitter.trained) == 10
    assert {trial.status for trial in more.trials} == {"ok"}
    assert len(full.trials) == 12
    with Store.open_readonly(tmp_path) as store:
        assert store.meta()["plan"]["race"] == "every"
    assert "race" not in json.loads((tmp_path / "space.json").read_text())
    # Another search in the same folder begins anew.
    raced, _, _ = run(asked(seed=1), tmp_path)
    assert any(trial.dropped for trial in raced.trials)


def test_lost_fits_end_a_trial_at_the_next_look(tmp_path: Path) -> None:
    lost = asked().candidates[:3]

    def some_lost(fit: Fit) -> float:
        if fit.candidate == lost[0]:
            return math.nan
        if fit.candidate == lost[1] and fit.fold == 1:
            raise FitError("no memory")
        if fit.candidate == lost[2] and fit.fold == 0:
            raise FitError("no memory")
        return score(fit)

    raced, fitter, _ = run(asked(), tmp_path, FakeFitter(some_lost))
    n_fits = [sum(fit.candidate == candidate for fit in fitter.trained) for candidate in lost]
    assert n_fits == [2, 2, 2]
    by_candidate = {trial.candidate: trial for trial in raced.trials}
    assert [by_candidate[one].status for one in lost] == ["diverged", "failed", "failed"]
    assert [by_candidate[one].rank for one in lost] == [10, 11, 12]
    # What failed is tried again, and takes part from there.
    end, _, _ = run(asked(), tmp_path)
    assert {trial.status for trial in end.trials} == {"ok", "dropped", "diverged"}
    assert end.complete


def test_all_lost_ends_at_once(tmp_path: Path) -> None:
    raced, fitter, _ = run(asked(), tmp_path, FakeFitter(lambda fit: math.nan))
    assert len(fitter.trained) == 24
    assert raced.complete
    assert raced.best is None


def test_rounds_race_against_the_best_so_far(tmp_path: Path) -> None:
    plan = asked(strategy="harmony", trials=24, start=8, per_round=4)
    raced, fitter, _ = run(plan, tmp_path / "whole")
    assert raced.complete
    late = [trial for trial in raced.trials if trial.round is not None and trial.round > 1]
    assert any(trial.dropped for trial in late)
    killed = FakeFitter(score, on_fit=searches.interrupting(len(fitter.trained) - 7))
    run(plan, tmp_path / "run", killed)
    end, rest, _ = run(plan, tmp_path / "run")
    assert end.trials == raced.trials
    assert len(rest.trained) == 8


def test_bayes_knows_how_little_dropped_trials_tell(tmp_path: Path) -> None:
    plan = asked(strategy="bayes", trials=14, start=8, per_round=3)
    raced, _, _ = run(plan, tmp_path)
    assert any(trial.dropped for trial in raced.trials)
    assert len(raced.trials) == 14


def test_dropped_trials_are_not_confirmed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raced, _, _ = run(asked(), tmp_path)
    n_stayed = sum(trial.dropped is None for trial in raced.trials)
    monkeypatch.setattr("kerasgrid.api.confirming.dataset_for", lambda *args, **more: dataset())
    outcome = confirm_run(str(tmp_path), lambda: FakeFitter(score), Silence(), top=12, repeats=1)
    assert outcome.run.n_confirmed == n_stayed
    assert outcome.run.complete
    assert [len(trial.scores) for trial in outcome.run.trials[: n_stayed + 1]] == [10] * n_stayed + [5]
    statuses = [trial.status for trial in outcome.run.trials]
    assert statuses == ["ok"] * n_stayed + ["dropped"] * (12 - n_stayed)


def test_a_baseline_runs_to_the_end(tmp_path: Path) -> None:
    params = {"learning_rate": [0.01, 0.02, 0.005, 0.03]}
    plan = asked(params, strategy="one_factor", trials=None, race=True, baseline={"learning_rate": 0.9})
    raced, fitter, _ = run(plan, tmp_path)
    base = next(trial for trial in raced.trials if trial.candidate["learning_rate"] == 0.9)
    assert (base.status, base.fits_done) == ("ok", 5)
    assert raced.complete
    assert len(fitter.trained) == raced.n_fits_asked


def test_effects_count_dropped_trials(tmp_path: Path) -> None:
    params = {"learning_rate": [0.0001, 0.001, 0.01, 0.1], "dropout": [0.0, 0.1, 0.2]}
    plans = [asked(params, strategy="grid", trials=None, race=race) for race in (True, False)]
    raced, full = (run(plan, tmp_path / str(n))[0].effects() for n, plan in enumerate(plans))
    assert (raced.method, raced.n_scored) == ("anova", 12)
    assert raced.axes[0].importance == pytest.approx(full.axes[0].importance, abs=0.05)
    assert raced.noise is not None
    assert full.noise is not None
    assert raced.noise > full.noise


def test_check_tells_of_the_race() -> None:
    from kerasgrid.engine.check import StructureCount

    def lines(plan: Plan) -> str:
        return "\n".join(check_lines(plan, [StructureCount(plan.candidates[0], 12, 100)]))

    told = "race        candidates that cannot win any more get no further epochs and folds, so there may be fewer fits"
    assert told in lines(asked())
    assert "race  " not in lines(asked(race=False))


def test_the_time_left_is_a_range() -> None:
    from kerasgrid.reports.text.progress import state_line, training_line
    from kerasgrid.run.tally import Tally

    clock = Clock()
    tally = Tally(60, 5, "accuracy", clock=clock)
    tally.n_open = 36
    assert training_line(tally) == "training 60 fits at most"
    for fit in list(asked().fits.values())[:3]:
        clock.on_fit(fit)
        tally.add(fit_result(fit.candidate, fit.fold, 0.5))
    # Of 24 fits that are named 21 are left, and of all 60 fits 57.
    assert state_line(tally) == "3/60 fits at most, 3 min 30 s to 9 min 30 s left"
    tally.n_fits, tally.n_open = 24, 0
    assert state_line(tally) == "3/24 fits, 3 min 30 s left"


def test_to_optuna_dropped_trials_were_pruned(tmp_path: Path) -> None:
    optuna = pytest.importorskip("optuna", reason="needs optuna")
    from kerasgrid.reports.export.optuna_study import write_study

    raced, _, _ = run(asked(), tmp_path / "run")
    write_study(raced, tmp_path / "study.sqlite")
    storage = optuna.storages.RDBStorage(f"sqlite:///{tmp_path / 'study.sqlite'}")
    try:
        states = [trial.state.name for trial in optuna.load_study(study_name="tiny", storage=storage).trials]
    finally:
        storage.remove_session()
        storage.engine.dispose()
    assert states == ["COMPLETE" if trial.dropped is None else "PRUNED" for trial in raced.trials]
