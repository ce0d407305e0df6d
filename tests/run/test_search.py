"""The search loop on a fake fitter: what is trained, what is reused, and what a run's folder holds in the end."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Generator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.plans import LEARNING_RATES, Clock, N, dataset, plan_of, space
from support.searches import finished, interrupting, run, score

from kerasgrid.axes.candidate import Candidate
from kerasgrid.errors import FitError, RunError, WorkersDieError
from kerasgrid.fits import deadline
from kerasgrid.fits.deadline import Deadline
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.run import beginning, making
from kerasgrid.run.beginning import begin
from kerasgrid.run.growing import grown
from kerasgrid.run.limits import Limits
from kerasgrid.run.loop import search
from kerasgrid.run.making import read_run
from kerasgrid.run.plan import Plan
from kerasgrid.run.stopwatch import Stopwatch
from kerasgrid.run.store import Store
from kerasgrid.run.watcher import Silence


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("run."))


BARE = ["report.html", "results.csv", "space.json", "summary.md"]
REPORTS = sorted([*BARE, "best_params.json", "curves.html", "curves.png"])


# What is trained, what is reused


def test_every_fit_is_trained_once_and_stored(tmp_path: Path) -> None:
    plan, fitter = plan_of(), FakeFitter(score)
    outcome, lines = run(tmp_path / "run", fitter, plan)
    assert outcome.end == "complete"
    assert fitter.trained == list(plan.fits.values())
    assert len(fitter.trained) == 3 * 2
    assert fitter.refitted == [Candidate({"model": "mlp", "hidden_units": (4,), "learning_rate": 0.001, "epochs": 2})]
    stored = finished(plan, tmp_path / "run")
    assert {key: result.fit for key, result in stored.items()} == dict(plan.fits)
    assert files(tmp_path / "run") == sorted([*REPORTS, "effects.png", "model.keras"])
    assert lines[0] == "training 6 fits"
    assert lines[1].startswith("6/6 fits, best accuracy 0.89")
    assert lines[2:] == ["training the best candidate on all training data"]


class Interrupted(FakeFitter):
    """A fitter that is interrupted while it starts."""

    def __enter__(self) -> Self:
        raise KeyboardInterrupt


def test_a_second_start_trains_nothing(tmp_path: Path) -> None:
    run(tmp_path, FakeFitter(score))
    before = (tmp_path / "best_params.json").read_text()

    class NotNeeded(FakeFitter):
        def __enter__(self) -> Self:
            raise AssertionError("nothing is to be trained")

    outcome, lines = run(tmp_path, NotNeeded(score))
    assert outcome.end == "complete"
    assert lines == ["reusing 6 of 6 fits"]
    assert (tmp_path / "best_params.json").read_text() == before


def test_a_grown_grid_trains_only_what_is_new(tmp_path: Path) -> None:
    run(tmp_path, FakeFitter(score))
    fitter = FakeFitter(score)
    outcome, lines = run(tmp_path, fitter, plan_of(space({"learning_rate": [0.2, 0.1, 0.01, 0.001]})))
    assert [(fit.candidate["learning_rate"], fit.fold) for fit in fitter.trained] == [(0.2, 0), (0.2, 1)]
    assert lines[:2] == ["reusing 6 of 8 fits", "training 2 fits"]
    assert len(outcome.run.trials) == 4
    # The winner is still the same one.
    assert fitter.refitted == []


def test_a_shrunk_grid_trains_nothing_and_ranks_what_is_asked(tmp_path: Path) -> None:
    run(tmp_path, FakeFitter(score))
    fitter = FakeFitter(score)
    outcome, lines = run(tmp_path, fitter, plan_of(space({"learning_rate": [0.1, 0.01]})))
    assert fitter.trained == []
    assert lines == ["reusing 4 of 4 fits", "training the best candidate on all training data"]
    assert [trial.candidate["learning_rate"] for trial in outcome.run.trials] == [0.01, 0.1]


def test_more_trials_train_only_the_new_ones(tmp_path: Path) -> None:
    def random(trials: int) -> Plan:
        rate = {"learning_rate": {"log_uniform": {"low": 1e-4, "high": 0.1}}}
        return plan_of(space(rate, strategy="random", trials=trials))

    first, second = FakeFitter(score), FakeFitter(score)
    run(tmp_path, first, random(5))
    _, lines = run(tmp_path, second, random(8))
    assert (len(first.trained), len(second.trained)) == (10, 6)
    assert lines[0] == "reusing 10 of 16 fits"
    assert random(8).candidates[:5] == random(5).candidates


def test_a_space_with_fewer_candidates_than_trials_says_so(tmp_path: Path) -> None:
    fitter = FakeFitter(score)
    _, lines = run(tmp_path, fitter, plan_of(space(strategy="random", trials=50)))
    assert lines[:2] == ["the space has only 3 candidates: trying all of them", "training 6 fits"]
    assert len(fitter.trained) == 6


def test_a_start_longer_than_all_trials_is_told(tmp_path: Path) -> None:
    start = [{"learning_rate": rate} for rate in (0.001, 0.002, 0.003)]
    asked = space(strategy="bayes", trials=2, start=start)
    fitter = FakeFitter(score)
    _, lines = run(tmp_path / "run", fitter, plan_of(asked))
    assert lines[0] == "start has 3 candidates, trials is 2: the others are not tried"
    assert len({fit.candidate for fit in fitter.trained}) == 2
    auto = asked.changed(name="auto_table_classification")
    _, lines = run(tmp_path / "auto", FakeFitter(score), plan_of(auto))
    assert not any(line.startswith("start has") for line in lines)


def test_another_seed_trains_all_and_the_old_one_is_kept(tmp_path: Path) -> None:
    run(tmp_path, FakeFitter(score))
    reseeded, again = FakeFitter(score), FakeFitter(score)
    run(tmp_path, reseeded, plan_of(space(seed=1)))
    assert len(reseeded.trained) == 6
    assert {fit.seed for fit in reseeded.trained} == {1}
    run(tmp_path, again)
    assert again.trained == []


def test_other_data_trains_all(tmp_path: Path) -> None:
    run(tmp_path, FakeFitter(score))
    fitter = FakeFitter(score)
    run(tmp_path, fitter, plan_of(data=dataset(shift=1.0)))
    assert len(fitter.trained) == 6


def test_another_test_set_only_repeats_the_final_evaluation(tmp_path: Path) -> None:
    run(tmp_path, FakeFitter(score))
    fitter = FakeFitter(score)
    run(tmp_path, fitter, plan_of(data=dataset(test_shift=1.0)))
    assert (len(fitter.trained), len(fitter.refitted)) == (0, 1)


@pytest.mark.parametrize(
    ("changes", "shift"),
    [({"seed": 1}, 0.0), ({"name": "other"}, 0.0), ({"strategy": "random"}, 0.0), ({}, 1.0)],
    ids=str,
)
def test_another_search_in_the_same_folder_says_so(tmp_path: Path, changes: dict[str, Any], shift: float) -> None:
    run(tmp_path, FakeFitter(score))
    _, lines = run(tmp_path, FakeFitter(score), plan_of(space(**changes), dataset(shift)))
    assert f"{tmp_path} held another search: its reports are replaced, its fits are kept" in lines
    _, lines = run(tmp_path, FakeFitter(score), plan_of(space(**changes), dataset(shift)))
    assert not any("held another" in line for line in lines)


def test_a_grown_search_is_the_same_one(tmp_path: Path) -> None:
    run(tmp_path, FakeFitter(score))
    for asked in (space({"learning_rate": [0.1, 0.2]}), space(cv=3), space({"dropout": [0.1, 0.2]})):
        _, lines = run(tmp_path, FakeFitter(score), plan_of(asked))
        assert not any("held another" in line for line in lines)


def trained_with(folder: Path, monkeypatch: pytest.MonkeyPatch, version: str, plan: Plan | None = None) -> list[str]:
    """Search with this version of everything, and return what the run then says of versions, the latest first."""
    monkeypatch.setattr(beginning, "installed_versions", lambda: {"keras": version})
    outcome, _ = run(folder, FakeFitter(score), plan)
    facts = outcome.run
    return [versions["keras"] for versions in (facts.versions, *facts.older_versions)]


def test_versions_are_those_that_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grown, larger = (plan_of(space({"learning_rate": [0.1, *more]})) for more in ([0.2], [0.2, 0.3]))
    assert trained_with(tmp_path, monkeypatch, "3.1") == ["3.1"]
    # Nothing is left to train, so no version has trained it but the first.
    assert trained_with(tmp_path, monkeypatch, "3.2") == ["3.1"]
    assert trained_with(tmp_path, monkeypatch, "3.3", grown) == ["3.3", "3.1"]
    assert trained_with(tmp_path, monkeypatch, "3.1", larger) == ["3.1", "3.3"]
    assert "more than one set of versions" in (tmp_path / "report.html").read_text()


def test_versions_that_trained_nothing_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of()
    with Store.create_or_open(tmp_path) as store:
        store.set_meta(versions=[{"keras": "3.0"}])
    assert trained_with(tmp_path, monkeypatch, "3.1", plan) == ["3.1"]


def test_runs_of_before_versions_were_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path, FakeFitter(score))
    with Store.create_or_open(tmp_path) as store:
        store.set_meta(versions=[])
        monkeypatch.setattr(making, "installed_versions", lambda: {"keras": "3.9"})
        facts = read_run(store)
    assert (facts.versions, list(facts.older_versions)) == ({"keras": "3.9"}, [])


def test_failed_fits_are_tried_again_and_diverged_ones_are_not(tmp_path: Path) -> None:
    def troubled(fit: Fit) -> float:
        if fit.candidate["learning_rate"] == 0.1:
            return math.nan
        if fit.candidate["learning_rate"] == 0.01 and fit.fold == 1:
            raise FitError("out of memory")
        return score(fit)

    outcome, lines = run(tmp_path, FakeFitter(troubled))
    failing = next(fit for fit in plan_of().fits.values() if fit.candidate["learning_rate"] == 0.01 and fit.fold == 1)
    assert f"fit failed: candidate {failing.candidate.id}, fold 1: out of memory" in lines
    assert lines[2].startswith("6/6 fits, best accuracy 0.89")
    assert ", 2 diverged, 1 failed (" in lines[2]
    assert [trial.status for trial in outcome.run.trials] == ["ok", "diverged", "failed"]
    assert (outcome.run.n_fits_done, outcome.run.n_fits_asked) == (5, 6)

    mended = FakeFitter(score)
    outcome, lines = run(tmp_path, mended)
    assert mended.trained == [failing]
    assert lines[:2] == ["reusing 5 of 6 fits", "training 1 fit"]
    assert [trial.status for trial in outcome.run.trials] == ["ok", "ok", "diverged"]
    assert outcome.run.complete


def test_a_run_whose_fits_all_fail_has_no_best(tmp_path: Path) -> None:
    def fail(fit: Fit) -> float:
        raise FitError("no luck")

    run(tmp_path, FakeFitter(score))
    plan = plan_of(space(seed=1))
    fitter = FakeFitter(fail)
    outcome, _ = run(tmp_path, fitter, plan)
    assert outcome.end == "complete"
    assert outcome.paths.best_params is None
    assert outcome.run.final is None
    assert fitter.refitted == []
    # The one of the earlier search is gone, too: it would be taken for this one's.
    assert not (tmp_path / "best_params.json").exists()
    assert outcome.paths.model is None


# Ends before the end


@pytest.mark.parametrize("at", range(1, 7))
def test_an_interrupt_keeps_what_is_done(tmp_path: Path, at: int) -> None:
    plan = plan_of()
    first = FakeFitter(score, on_fit=interrupting(at))
    outcome, lines = run(tmp_path, first, plan)
    assert outcome.end == "interrupted"
    assert (
        [result.fit for result in finished(plan, tmp_path).values()] == first.trained == [*plan.fits.values()][: at - 1]
    )
    assert files(tmp_path) == (BARE if at == 1 else REPORTS)
    assert lines == ["training 6 fits"]
    if at > 1:
        assert json.loads((tmp_path / "best_params.json").read_text())["status"] == "partial"

    rest = FakeFitter(score)
    outcome, lines = run(tmp_path, rest, plan)
    assert outcome.end == "complete"
    assert first.trained + rest.trained == list(plan.fits.values())
    assert lines[: at > 1] == [f"reusing {at - 1} of 6 fits"][: at > 1]
    assert json.loads((tmp_path / "best_params.json").read_text())["status"] == "complete"
    assert outcome.paths.model == tmp_path / "model.keras"


def test_an_interrupted_refit_is_done_at_the_next_start(tmp_path: Path) -> None:
    outcome, _ = run(tmp_path, FakeFitter(score, on_fit=interrupting(7)))
    assert outcome.end == "interrupted"
    assert len(finished(plan_of(), tmp_path)) == 6
    assert outcome.run.final is None
    fitter = FakeFitter(score)
    outcome, lines = run(tmp_path, fitter)
    assert (len(fitter.trained), len(fitter.refitted)) == (0, 1)
    assert lines == ["reusing 6 of 6 fits", "training the best candidate on all training data"]
    assert outcome.paths.model is not None


def test_an_interrupt_while_workers_start_is_one_too(tmp_path: Path) -> None:
    assert run(tmp_path, Interrupted(score))[0].end == "interrupted"
    assert files(tmp_path) == BARE


def test_an_error_of_the_fitter_ends_the_search_and_keeps_what_is_done(tmp_path: Path) -> None:
    fitter = FakeFitter(score, on_fit=interrupting(3, RunError("a worker process could not start")))
    with pytest.raises(RunError, match=r"^a worker process could not start$"):
        run(tmp_path, fitter)
    assert len(finished(plan_of(), tmp_path)) == 2
    rest = FakeFitter(score)
    run(tmp_path, rest)
    assert len(rest.trained) == 4


@pytest.mark.parametrize(
    ("seconds", "n_trained", "end"),
    [
        (None, 6, "complete"),
        # A refit takes 20 s, of twice the samples, and 3 s are kept for the reports; in the last three cases no fit
        # is begun in them, and the fit before is over.
        (23, 1, "out of time"),
        (45, 3, "out of time"),
        (55, 4, "out of time"),
        (79, 6, "complete"),
        (1000, 6, "complete"),
    ],
)
def test_time_is_kept_for_the_refit_and_the_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float | None, n_trained: int, end: str
) -> None:
    clock = Clock()
    monkeypatch.setattr(deadline, "time", SimpleNamespace(monotonic=clock))
    fitter = FakeFitter(score, on_fit=clock.on_fit, seconds=10.0)
    outcome, _ = run(tmp_path, fitter, limits=Limits(None if seconds is None else deadline.Deadline(seconds)))
    assert outcome.end == end
    assert len(fitter.trained) == n_trained
    # The best so far is refitted all the same.
    assert len(fitter.refitted) == 1
    assert outcome.paths.model is not None
    rest = FakeFitter(score)
    assert run(tmp_path, rest)[0].end == "complete"
    assert len(rest.trained) == 6 - n_trained


PLAN = plan_of()


@settings(max_examples=15)
@given(st.lists(st.integers(1, 7), max_size=5))
def test_any_interrupts_end_in_the_results_of_an_uninterrupted_run(interrupts: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        trained: list[Fit] = []
        for at in [*interrupts, 0]:
            fitter = FakeFitter(score, on_fit=interrupting(at))
            with Store.create_or_open(Path(folder) / "torn") as store:
                end, _ = search(PLAN, store, fitter, Silence())
            trained += fitter.trained
        with (
            Store.create_or_open(Path(folder) / "torn") as torn,
            Store.create_or_open(Path(folder) / "whole") as whole,
        ):
            assert search(PLAN, whole, FakeFitter(score), Silence())[0] == end == "complete"
            assert trained == list(PLAN.fits.values())
            assert torn.finished(PLAN.fits) == whole.finished(PLAN.fits)
            assert dict(torn.everything()) == dict(whole.everything())
            best = PLAN.final_key(PLAN.candidates[0])
            final, whole_final = torn.final(best), whole.final(best)
            assert final is not None
            assert whole_final is not None
            assert (final.curve, final.test) == (whole_final.curve, whole_final.test)
        assert (Path(folder) / "torn" / "model.keras").exists()


# The winner's refit


def test_the_winner_is_refitted_once_and_again_if_it_changes(tmp_path: Path) -> None:
    first, same, other, back = (FakeFitter(score) for _ in range(4))
    run(tmp_path, first)
    run(tmp_path, same)
    better = plan_of(space({"learning_rate": [*LEARNING_RATES, 0.0001]}))
    outcome, _ = run(tmp_path, other, better)
    assert [len(fitter.refitted) for fitter in (first, same, other)] == [1, 0, 1]
    assert other.refitted[0]["learning_rate"] == 0.0001
    assert '"learning_rate":0.0001' in (tmp_path / "model.keras").read_text()
    assert outcome.run.final is not None
    # The smaller search again: its winner's result is known, but the file is another's model.
    run(tmp_path, back)
    assert [candidate["learning_rate"] for candidate in back.refitted] == [0.001]
    assert '"learning_rate":0.001' in (tmp_path / "model.keras").read_text()


def test_a_lost_model_is_trained_again(tmp_path: Path) -> None:
    run(tmp_path, FakeFitter(score))
    (tmp_path / "model.keras").unlink()
    fitter = FakeFitter(score)
    outcome, _ = run(tmp_path, fitter)
    assert (len(fitter.trained), len(fitter.refitted)) == (0, 1)
    assert outcome.paths.model == tmp_path / "model.keras"


def test_an_interrupted_refit_leaves_no_model_of_another_winner(tmp_path: Path) -> None:
    run(tmp_path, FakeFitter(score))
    better = plan_of(space({"learning_rate": [*LEARNING_RATES, 0.0001]}))
    outcome, _ = run(tmp_path, FakeFitter(score, on_fit=interrupting(3)), better)
    assert outcome.end == "interrupted"
    assert outcome.paths.model is None
    assert not (tmp_path / "model.keras").exists()


class Killing(FakeFitter):
    """A fitter whose workers die of everything but the refit."""

    def train(self, fits: Sequence[Fit], deadline: Deadline | None = None) -> Generator[FitResult, None, None]:
        yield from ()
        raise WorkersDieError("worker processes die before they answer")


def test_what_ended_well_is_refitted_even_if_workers_die_of_the_rest(tmp_path: Path) -> None:
    run(tmp_path, FakeFitter(score), plan_of(space({"learning_rate": [0.001]})))
    (tmp_path / "model.keras").unlink()
    fitter = Killing(score)
    with pytest.raises(WorkersDieError, match=r"^worker processes die before they answer$"):
        run(tmp_path, fitter, plan_of())
    assert len(fitter.refitted) == 1
    assert (tmp_path / "model.keras").exists()


def refit_fails(fit: Fit) -> float:
    if fit.fold == -1:
        raise FitError("disk full")
    return score(fit)


def refit_diverges(fit: Fit) -> float:
    return math.nan if fit.fold == -1 else score(fit)


def test_a_model_that_is_no_longer_the_winners_is_not_left_behind(tmp_path: Path) -> None:
    # A new candidate wins, and the search is interrupted before that one is refitted.
    run(tmp_path, FakeFitter(score))
    grown = plan_of(space({"learning_rate": [0.1, 0.01, 0.001, 0.0001]}))
    fitter = FakeFitter(score, on_fit=interrupting(3))
    outcome, _ = run(tmp_path, fitter, grown)
    assert (outcome.end, len(fitter.trained)) == ("interrupted", 2)
    assert files(tmp_path) == sorted([*REPORTS, "effects.png"])
    assert outcome.paths.model is None
    # Refitted, it is there; and gone when the smaller search, whose winner was refitted once, is interrupted.
    assert run(tmp_path, FakeFitter(score), grown)[0].paths.model is not None

    outcome, _ = run(tmp_path, Interrupted(score))
    assert outcome.end == "interrupted"
    assert outcome.paths.model is None
    assert files(tmp_path) == sorted([*REPORTS, "effects.png"])


def test_a_failed_refit_is_tried_again(tmp_path: Path) -> None:
    outcome, _ = run(tmp_path, FakeFitter(refit_fails))
    assert outcome.run.final is not None
    assert (outcome.run.final.status, outcome.run.final.error) == ("failed", "disk full")
    assert outcome.paths.model is None
    assert outcome.paths.best_params is not None
    fitter = FakeFitter(score)
    outcome, _ = run(tmp_path, fitter)
    assert len(fitter.refitted) == 1
    assert outcome.paths.model is not None


def test_a_diverged_refit_is_not_tried_again(tmp_path: Path) -> None:
    outcome, _ = run(tmp_path, FakeFitter(refit_diverges))
    assert outcome.run.final is not None
    assert outcome.run.final.status == "diverged"
    assert outcome.paths.model is None
    fitter = FakeFitter(score)
    assert run(tmp_path, fitter)[1] == ["reusing 6 of 6 fits"]
    assert fitter.refitted == []


# What a run's folder knows


def test_a_record_is_read_from_the_store_alone(tmp_path: Path) -> None:
    rate = {"learning_rate": {"log_uniform": {"low": 1e-4, "high": 0.1}}, "l2": {"uniform": {"low": 0.0, "high": 0.1}}}
    plan = plan_of(space(rate, strategy="random", trials=4, seed=3))
    outcome, _ = run(tmp_path, FakeFitter(score), plan)
    with Store.open_readonly(tmp_path) as store:
        known = read_run(store)
    assert known == outcome.run
    facts = known
    assert (facts.name, facts.metric, facts.task, list(facts.classes)) == (
        "tiny", "accuracy", "classification", ["a", "b", "c"],
    )  # fmt: skip
    assert (facts.n_folds, facts.n_fits_asked, facts.n_fits_done, facts.seed) == (2, 8, 8, 3)
    assert facts.log_axes == {"learning_rate"}
    assert facts.dataset == {
        "name": "made",
        "source": "made",
        "fingerprint": dataset().fingerprint,
        "n_train": N,
        "n_test": 6,
        "input_shape": [4],
        "majority": pytest.approx(1 / 3),
    }
    assert json.loads((tmp_path / "space.json").read_text()) == plan.space.to_dict()


def test_times_add_up_over_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("kerasgrid.run.stopwatch.time.monotonic", lambda: now)
    with Store.create_or_open(tmp_path) as store:
        begin(grown(PLAN, {}), store)
        created = store.meta()["created"]
        store.set_meta(created="earlier")
        begin(grown(PLAN, {}), store)
        stopwatch = Stopwatch(store)
        now += 2.5
        stopwatch.note(5.0)
        assert read_run(store).elapsed == 0.0
        now += 2.5
        # Noted while it goes on, for who looks at it meanwhile, and for a kill.
        stopwatch.note(5.0)
        assert read_run(store).elapsed == 5.0
        now += 0.5
        stopwatch.note()
        again = Stopwatch(store)
        now += 1.0
        again.note()
        facts = read_run(store)
    assert created.endswith("+00:00")
    assert (facts.elapsed, facts.created) == (6.5, "earlier")


def test_an_empty_run_says_so(tmp_path: Path) -> None:
    with (
        Store.create_or_open(tmp_path / "empty") as store,
        pytest.raises(RunError, match=r"/empty: the run is empty: its search ended before it began \(search again\)$"),
    ):
        read_run(store)


class LooksCloser(FakeFitter):
    """Would look closer at the best trial."""

    def explain(self, task: object) -> object:
        raise AssertionError(task)


def test_without_time_for_a_closer_look_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kerasgrid.run.loop.to_explain", lambda *_: (tmp_path / "0.keras",))
    monkeypatch.setattr("kerasgrid.run.outlook.Outlook.explains_now", lambda _: 0.0)
    outcome, lines = run(tmp_path / "run", LooksCloser(score))
    assert outcome.end == "complete"
    assert lines[-1] == "there is no time for a closer look at the best trial"
