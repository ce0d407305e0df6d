"""Coarse to fine: rounds follow from results alone, whatever was killed when."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import median

import pytest
from support import searches
from support.plans import Clock, plan_of, space

from kerasgrid.errors import FitError, SpaceError
from kerasgrid.fits.deadline import Deadline
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit
from kerasgrid.reports.tables.columns import columns
from kerasgrid.reports.text.listing import check_lines
from kerasgrid.run.growing import grown
from kerasgrid.run.limits import Limits
from kerasgrid.run.making import read_run
from kerasgrid.run.plan import Plan
from kerasgrid.run.store import Store
from kerasgrid.space.spec import space_from_dict
from kerasgrid.strategies.different import meaning

BEST = 3e-3
RATES = {"learning_rate": {"log_uniform": {"low": 1e-6, "high": 1.0}}, "activation": ["relu", "tanh"]}


def distance(candidate) -> float:  # type: ignore[no-untyped-def]
    return abs(math.log10(candidate["learning_rate"] / BEST))


def score(fit: Fit) -> float:
    if fit.candidate["learning_rate"] > 0.5:  # type: ignore[operator]
        return math.nan
    return 0.9 - 0.1 * distance(fit.candidate) - 0.01 * fit.fold


def asked(trials: int = 24, rounds: int = 3, params=RATES, **changes) -> Plan:  # type: ignore[no-untyped-def]
    return plan_of(space(params, strategy="random", trials=trials, rounds=rounds, **changes))


def run(plan: Plan, folder: Path, fitter: FakeFitter | None = None, deadline: Deadline | None = None):  # type: ignore[no-untyped-def]
    used = fitter or FakeFitter(score)
    return searches.run(folder, used, plan, limits=Limits(deadline))[0], used


def test_each_round_is_nearer_to_the_best(tmp_path: Path) -> None:
    outcome, fitter = run(asked(), tmp_path / "run")
    assert outcome.end == "complete"
    assert (len(fitter.trained), outcome.run.n_fits_asked) == (48, 48)
    by_round = {number: [t for t in outcome.run.trials if t.round == number] for number in (1, 2, 3)}
    assert [len(trials) for trials in by_round.values()] == [8, 8, 8]
    far = [median(distance(trial.candidate) for trial in trials) for trials in by_round.values()]
    assert far[0] > 1.5 * far[1] > 1.5 * far[2]
    assert outcome.run.trials[0].round in (2, 3)
    lines = (tmp_path / "run" / "results.csv").read_text().splitlines()
    assert lines[0].endswith(",round")
    assert sorted({line.rsplit(",", 1)[1] for line in lines[1:]}) == ["1", "2", "3"]
    shown = {column.name: column for column in columns(outcome.run)}["round"]
    assert (set(shown.cells), shown.axis) == ({1, 2, 3}, False)


def test_rounds_are_the_same_each_time(tmp_path: Path) -> None:
    first, _ = run(asked(), tmp_path / "a")
    second, _ = run(asked(), tmp_path / "b")
    assert [trial.candidate for trial in first.run.trials] == [trial.candidate for trial in second.run.trials]
    other, _ = run(asked(seed=1), tmp_path / "c")
    assert {trial.candidate for trial in first.run.trials}.isdisjoint(trial.candidate for trial in other.run.trials)


@pytest.mark.parametrize("killed_at", [0, 1, 15, 16, 17, 33, 47])
def test_a_killed_search_goes_on_to_the_same_end(tmp_path: Path, killed_at: int) -> None:
    whole, _ = run(asked(), tmp_path / "whole")
    left = [killed_at]

    def kill(fit: Fit) -> None:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1

    outcome, first = run(asked(), tmp_path / "run", FakeFitter(score, on_fit=kill))
    assert outcome.end == "interrupted"
    assert outcome.run.n_fits_asked == 48
    assert outcome.run.n_fits_done == killed_at
    outcome, second = run(asked(), tmp_path / "run")
    assert outcome.end == "complete"
    assert len(first.trained) + len(second.trained) == 48
    assert outcome.run.trials == whole.run.trials
    outcome, third = run(asked(), tmp_path / "run")
    assert (outcome.end, third.trained, third.refitted) == ("complete", [], [])


def test_the_time_is_kept_over_all_rounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("time.monotonic", clock)
    outcome, fitter = run(asked(), tmp_path / "run", FakeFitter(score, on_fit=clock.on_fit), Deadline(203.0))
    assert outcome.end == "out of time"
    assert len(fitter.trained) == 20
    assert {trial.round for trial in outcome.run.trials} == {1, 2}
    assert len(fitter.refitted) == 1
    assert "Ended after 20 of 48 fits; the same search goes on there." in (tmp_path / "run" / "report.html").read_text()


def test_failed_fits_do_not_stop_the_rounds_and_are_tried_again(tmp_path: Path) -> None:
    def failing(fit: Fit) -> float:
        if fit.candidate["activation"] == "tanh" and fit.fold == 1:
            raise FitError("no memory")
        return score(fit)

    outcome, fitter = run(asked(), tmp_path / "run", FakeFitter(failing))
    assert outcome.end == "complete"
    assert len(fitter.trained) == 48
    n_failed = sum(fit.candidate["activation"] == "tanh" and fit.fold == 1 for fit in fitter.trained)
    assert 0 < n_failed < 12
    outcome, fitter = run(asked(), tmp_path / "run")
    assert outcome.end == "complete"
    assert outcome.run.complete
    assert len(fitter.trained) >= n_failed


def test_without_any_score_the_rounds_go_on_in_the_whole_space(tmp_path: Path) -> None:
    outcome, fitter = run(asked(), tmp_path / "run", FakeFitter(lambda fit: math.nan))
    assert len(fitter.trained) == 48
    assert len({fit.candidate for fit in fitter.trained}) == 24
    assert outcome.paths.best_params is None
    assert not outcome.paths.pictures


def test_a_small_space_is_used_up(tmp_path: Path) -> None:
    plan = asked(params={"learning_rate": [0.001, 0.01], "activation": ["relu", "tanh"]}, trials=9)
    outcome, fitter = run(plan, tmp_path / "run")
    assert outcome.end == "complete"
    keys = [meaning(trial.candidate, "classification") for trial in outcome.run.trials]
    assert len(set(keys)) == len(keys) <= 9
    assert len(fitter.trained) == 2 * len(keys)
    assert outcome.run.complete


def test_more_trials_reuse_the_first_round(tmp_path: Path) -> None:
    run(asked(12), tmp_path / "run")
    outcome, fitter = run(asked(24), tmp_path / "run")
    assert outcome.end == "complete"
    assert len(outcome.run.trials) == 24
    assert len(fitter.trained) <= 2 * (24 - 4)


def test_one_round_is_the_plain_search(tmp_path: Path) -> None:
    plain = plan_of(space(RATES, strategy="random", trials=6))
    one = asked(6, 1)
    assert one.candidates == plain.candidates
    outcome, _ = run(plain, tmp_path / "plain")
    assert {trial.round for trial in outcome.run.trials} == {None}
    assert ",round" not in (tmp_path / "plain" / "results.csv").read_text()


def test_a_plan_knows_how_much_is_undecided() -> None:
    plan = asked(10)
    assert plan.strategy.batch_sizes == (4, 3, 3)
    assert (len(plan.candidates), plan.n_undecided, len(plan.fits), grown(plan, {}).n_fits) == (4, 6, 8, 20)
    assert "candidates  10 × 2 folds = 20 fits in 3 rounds, compared by accuracy" in check_lines(plan, [Structure()])
    assert grown(plan, {})[:3] == (plan, plan.fits, 0)


class Structure:
    n_parameters = 10
    n_candidates = 4
    n_bytes = 1000
    example: dict[str, int] = {}  # noqa: RUF012


def test_rounds_are_read_from_the_store_alone(tmp_path: Path) -> None:
    outcome, _ = run(asked(), tmp_path / "run")
    with Store.open_readonly(tmp_path / "run") as store:
        assert read_run(store).trials == outcome.run.trials


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"strategy": "grid", "rounds": 2, "params": {}}, "rounds: goes with the random strategy only"),
        (
            {"strategy": "random", "trials": 3, "rounds": 4, "params": {}},
            "rounds: must be at most the number of trials, 3, got 4",
        ),
    ],
)
def test_rounds_that_make_no_sense_are_refused(changes, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SpaceError, match=f"^{message}$"):
        space_from_dict({"name": "x", "dataset": "digits", **changes})
