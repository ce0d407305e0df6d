"""What a strategy named is kept beside the results, and nothing depends on it."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from support import searches
from support.plans import plan_of, space

from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit
from kerasgrid.run.making import read_run
from kerasgrid.run.plan import Plan
from kerasgrid.run.store import Store
from kerasgrid.strategies.bayes import Bayes

RATES = {"learning_rate": {"log_uniform": {"low": 1e-6, "high": 1.0}}, "activation": ["relu", "tanh"]}


def score(fit: Fit) -> float:
    return 0.9 - 0.05 * abs(math.log10(float(fit.candidate["learning_rate"])) + 2.5) - 0.01 * fit.fold  # type: ignore[arg-type]


def asked(**changes: object) -> Plan:
    return plan_of(space(RATES, **{"strategy": "bayes", "trials": 12, "start": 6, "per_round": 3, **changes}))


def named(folder: Path) -> list[str]:
    with Store.open_readonly(folder) as store:
        run = read_run(store)
    return [trial.candidate.id for trial in sorted(run.trials, key=lambda trial: (trial.round, trial.candidate.id))]


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of how many trials the strategy was asked, each time that it thought."""
    asked_of: list[int] = []
    think = Bayes.chosen
    monkeypatch.setattr(Bayes, "chosen", lambda self, known: asked_of.append(len(known.trials)) or think(self, known))
    return asked_of


def test_a_batch_is_thought_of_once_and_read_by_all_who_look(tmp_path: Path, questions: list[int]) -> None:
    outcome, _ = searches.run(tmp_path / "run", FakeFitter(score), asked())
    assert questions == [6, 9]
    assert len(named(tmp_path / "run")) == outcome.run.n_fits_done / 2 == 12
    assert questions == [6, 9]


def test_without_what_was_kept_the_same_comes_out(tmp_path: Path, questions: list[int]) -> None:
    searches.run(tmp_path / "run", FakeFitter(score), asked())
    before = named(tmp_path / "run")
    with Store.create_or_open(tmp_path / "run") as store:
        store.set_meta(batches={})
    assert named(tmp_path / "run") == before
    assert questions == [6, 9, 6, 9]


def test_a_search_that_is_cut_short_goes_on_as_if_it_was_not(tmp_path: Path) -> None:
    class Stop(KeyboardInterrupt):
        pass

    def stops(fit: Fit) -> None:
        if len(cut.trained) == 15:
            raise Stop

    whole = FakeFitter(score)
    searches.run(tmp_path / "whole", whole, asked())
    cut, rest = FakeFitter(score, on_fit=stops), FakeFitter(score)
    searches.run(tmp_path / "cut", cut, asked())
    searches.run(tmp_path / "cut", rest, asked())
    assert [*cut.trained, *rest.trained] == whole.trained
    assert named(tmp_path / "cut") == named(tmp_path / "whole")


def test_more_trials_go_on_from_those_of_before(tmp_path: Path) -> None:
    searches.run(tmp_path / "run", FakeFitter(score), asked())
    more = FakeFitter(score)
    searches.run(tmp_path / "run", more, asked(trials=15))
    assert len(more.trained) == 3 * 2


def test_other_results_are_thought_of_anew(tmp_path: Path, questions: list[int]) -> None:
    searches.run(tmp_path / "one", FakeFitter(score), asked())
    searches.run(tmp_path / "two", FakeFitter(lambda fit: 1 - score(fit)), asked())
    assert named(tmp_path / "one")[6:] != named(tmp_path / "two")[6:]
    assert questions == [6, 9, 6, 9]
