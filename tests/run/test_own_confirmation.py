"""A search that confirms its own winner, and holds it against the candidate that stands for no search."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
from support.plans import dataset, space
from support.searches import interrupting
from support.trials import noise

from kerasgrid.api.opening import open_run
from kerasgrid.api.searching import Outcome, carry_out, prepare
from kerasgrid.errors import FitError
from kerasgrid.fits.deadline import Deadline
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit
from kerasgrid.reports.text.confirmed import confirmed_lines
from kerasgrid.run.limits import Limits
from kerasgrid.run.plan import Plan
from kerasgrid.run.run import Run
from kerasgrid.run.run_model import RunModel
from kerasgrid.run.store import Store
from kerasgrid.run.watcher import Silence
from kerasgrid.space.spec import Space

DEFAULT = 0.01
ASKED: Space = space(
    {"learning_rate": {"log_uniform": {"low": 1e-4, "high": 1e-1}}},
    strategy="bayes", trials=8, per_round=2, start=[{"learning_rate": DEFAULT}, {"learning_rate": 0.001}],
    confirm=2, race=False,
)  # fmt: skip


class Said(Silence):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


def rate_of(fit: Fit) -> float:
    return float(str(fit.candidate["learning_rate"]))


def better(fit: Fit) -> float:
    """The smaller the rate, the better; new repeats are a little worse for all."""
    return 0.9 - rate_of(fit) - 0.002 * fit.repeat + 0.0001 * noise(fit.candidate.id, fit.fold, fit.repeat)


def lucky(fit: Fit) -> float:
    """In the search the default is the worst; in new repeats it is the best."""
    flattered = fit.repeat == 0
    is_default = rate_of(fit) == DEFAULT
    return (0.9 if is_default != flattered else 0.8) - 0.1 * abs(math.log10(rate_of(fit) / DEFAULT)) * (not flattered)


def searched(
    folder: Path, score: Callable[[Fit], float] = better, asked: Space = ASKED, limits: Limits | None = None,
    fitter: FakeFitter | None = None, watcher: Silence | None = None,
) -> tuple[Outcome, FakeFitter]:  # fmt: skip
    fitter = fitter or FakeFitter(score)
    outcome = carry_out(prepare(asked, folder, dataset()), fitter, watcher or Silence(), limits=limits)
    return outcome, fitter


def new(fitter: FakeFitter) -> list[Fit]:
    return [fit for fit in fitter.trained if fit.repeat > 0]


def best_of(run: Run) -> float:
    assert run.best is not None
    return float(str(run.best.candidate["learning_rate"]))


def test_the_winner_and_the_first_candidate_get_the_same_new_repeats(tmp_path: Path) -> None:
    said = Said()
    outcome, fitter = searched(tmp_path / "run", watcher=said)
    run = outcome.run
    assert (run.n_confirmed, run.n_new_repeats, run.complete) == (1, 2, True)
    asked = {(rate_of(fit), fit.fold, fit.repeat) for fit in new(fitter)}
    winner = best_of(run)
    assert winner < 0.001
    assert asked == {(rate, fold, repeat) for rate in (winner, DEFAULT) for fold in (0, 1) for repeat in (1, 2)}
    # The winner is refitted after that.
    assert [one["learning_rate"] for one in fitter.refitted] == [winner]
    assert "confirming the winner by 2 new repeats, and the first candidate beside it" in said.lines
    assert run.gain is not None
    assert run.gain.default["learning_rate"] == DEFAULT
    assert run.gain.mean == pytest.approx(DEFAULT - winner, abs=0.001)
    optimism, gain = confirmed_lines(run)
    assert optimism.startswith(
        "Confirmed: 1 trial by 2 new repeats. The winner of the search, now rank 1, won with 0.8"
    )
    assert optimism.endswith("worse, the optimism of picking the best of 8.")
    assert gain.startswith("Tuned is better than the default, which is the first candidate, by 0.0")
    assert gain.endswith(" on 4 new fits of each.")


def test_ties_are_looked_for_among_all_trials(tmp_path: Path) -> None:
    run = searched(tmp_path / "run", lambda fit: 0.9 + 0.01 * noise(fit.candidate.id, fit.fold, fit.repeat))[0].run
    assert run.n_confirmed == 1
    assert run.tie_set.n_compared == 8
    assert len(run.tie_set.trials) > 1


def test_a_default_that_is_better_on_new_repeats_wins(tmp_path: Path) -> None:
    outcome, fitter = searched(tmp_path / "run", lucky)
    run = outcome.run
    assert best_of(run) == DEFAULT
    assert [one["learning_rate"] for one in fitter.refitted] == [DEFAULT]
    assert run.gain is not None
    assert run.gain.mean < 0
    optimism, gain = confirmed_lines(run)
    assert "The winner of the search, now rank 2, won with 0.9000; 4 new fits of it gave" in optimism
    assert gain.startswith("Tuned is worse than the default, which is the first candidate, by 0.")
    assert gain.endswith(" on 4 new fits of each: the default is taken.")
    # The same is known to whoever reads the folder, and nothing is left to do.
    assert best_of(open_run(tmp_path / "run")) == DEFAULT
    again, idle = searched(tmp_path / "run", lucky)
    assert (idle.trained, idle.refitted, best_of(again.run)) == ([], [], DEFAULT)


def test_as_good_is_not_better(tmp_path: Path) -> None:
    run = searched(tmp_path / "run", lambda fit: 0.9 if fit.repeat else 0.8 + rate_of(fit) / 10)[0].run
    assert run.gain is not None
    assert best_of(run) == DEFAULT
    assert confirmed_lines(run)[1] == (
        "Tuned is as good as the default, which is the first candidate, on 4 new fits of each: the default is taken."
    )


def test_a_default_that_wins_is_confirmed_alone(tmp_path: Path) -> None:
    outcome, fitter = searched(tmp_path / "run", lambda fit: 0.9 - abs(rate_of(fit) - DEFAULT))
    assert {rate_of(fit) for fit in new(fitter)} == {DEFAULT}
    assert (outcome.run.n_confirmed, outcome.run.gain) == (1, None)


def test_a_default_that_does_not_train_is_left_out(tmp_path: Path) -> None:
    outcome, fitter = searched(tmp_path / "run", lambda fit: math.nan if rate_of(fit) == DEFAULT else better(fit))
    assert DEFAULT not in {rate_of(fit) for fit in new(fitter)}
    assert (outcome.run.n_confirmed, outcome.run.gain) == (1, None)


def test_what_was_cut_off_goes_on(tmp_path: Path) -> None:
    cut = FakeFitter(better, on_fit=interrupting(16 + 3))
    outcome, _ = searched(tmp_path / "run", fitter=cut)
    assert (outcome.end, outcome.run.n_confirmed) == ("interrupted", 0)
    outcome, fitter = searched(tmp_path / "run")
    assert outcome.run.n_confirmed == 1
    assert not set(fitter.trained) & set(cut.trained)
    assert len(fitter.trained) + len(cut.trained) == 16 + 8


def test_another_winner_is_confirmed_anew(tmp_path: Path) -> None:
    first, _ = searched(tmp_path / "run")
    more, fitter = searched(tmp_path / "run", asked=ASKED.changed(trials=14))
    assert best_of(more.run) != best_of(first.run)
    assert more.run.n_confirmed == 1
    assert DEFAULT not in {rate_of(fit) for fit in new(fitter)}


def test_as_many_repeats_as_there_is_time_for(tmp_path: Path) -> None:
    slow = FakeFitter(better, seconds=10.0)
    said = Said()
    # A new repeat takes 2 folds of 2 candidates: 40 s.
    outcome, _ = searched(tmp_path / "run", fitter=slow, limits=Limits(Deadline(75.0)), watcher=said)
    assert outcome.run.n_new_repeats == 1
    assert {fit.repeat for fit in new(slow)} == {1}
    none = FakeFitter(better, seconds=10.0)
    outcome, _ = searched(tmp_path / "none", fitter=none, limits=Limits(Deadline(45.0)), watcher=said)
    assert (new(none), outcome.run.n_confirmed) == ([], 0)
    assert said.lines[-1] == "there is no time to confirm the winner by new repeats"
    # What had no time then is done by the next start.
    assert searched(tmp_path / "none")[0].run.n_confirmed == 1


def test_the_first_candidate_stays_in_the_race(tmp_path: Path) -> None:
    asked = ASKED.changed(cv=4, race=True)
    outcome, _ = searched(tmp_path / "run", lambda fit: better(fit) - 0.5 * (rate_of(fit) == DEFAULT), asked)
    default = next(trial for trial in outcome.run.trials if trial.candidate["learning_rate"] == DEFAULT)
    assert (default.status, default.dropped) == ("ok", None)


def test_a_single_candidate_has_nothing_to_be_confirmed(tmp_path: Path) -> None:
    asked = space({"learning_rate": 0.01}, confirm=2)
    _, fitter = searched(tmp_path / "run", asked=asked)
    assert new(fitter) == []


def test_a_winner_that_does_not_train_every_time_gives_way(tmp_path: Path) -> None:
    def unsure(fit: Fit) -> float:
        return math.nan if fit.repeat and rate_of(fit) != DEFAULT else better(fit)

    outcome, fitter = searched(tmp_path / "run", unsure)
    run = outcome.run
    assert best_of(run) == DEFAULT
    assert [one["learning_rate"] for one in fitter.refitted] == [DEFAULT]
    assert run.gain is None
    assert (run.n_confirmed, len(confirmed_lines(run))) == (1, 1)


def test_a_default_that_does_not_train_again_never_wins(tmp_path: Path) -> None:
    def unsure(fit: Fit) -> float:
        return math.nan if fit.repeat and rate_of(fit) == DEFAULT else lucky(fit)

    run = searched(tmp_path / "run", unsure)[0].run
    assert best_of(run) != DEFAULT
    assert run.gain is None


def test_a_new_fit_that_fails_leaves_the_ranking_and_is_told(tmp_path: Path) -> None:
    def failing(fit: Fit) -> float:
        if fit.repeat:
            raise FitError("no memory")
        return better(fit)

    said = Said()
    run = searched(tmp_path / "run", failing, watcher=said)[0].run
    assert "a new repeat failed, so the search's ranking stands: no memory" in said.lines
    assert run.n_confirmed == 0
    assert run.final is not None


def test_what_the_default_beat_is_not_joined(tmp_path: Path) -> None:
    run = searched(tmp_path / "run", lucky)[0].run
    with Store.open_readonly(tmp_path / "run") as store:
        plan = Plan.from_meta(store.meta(), "run")
    assert run.gain is not None
    assert run.best is not None
    assert run.best.candidate == run.gain.default
    model = RunModel(store, Joining(), lambda text: None)  # type: ignore[arg-type]
    assert model.to_join(plan, run) == ()


class Joining(FakeFitter):
    """A fitter that could join."""

    def __init__(self) -> None:
        super().__init__(better)

    def join(self, joining: object) -> None:
        raise AssertionError
