"""Every race of the table keeps what a search relies on."""

from __future__ import annotations

from support.race_contract import RaceContract, asked_fits, raced, scored

from kerasgrid.races.race import RACES


class TestEveryFit(RaceContract):
    name = "every"

    def test_it_trains_all(self) -> None:
        assert list(raced(self.race, scored, "accuracy", asked_fits())) == asked_fits()


class TestFoldRace(RaceContract):
    name = "folds"


class TestEpochRace(RaceContract):
    """Of as few candidates as here it is a race over folds; see ``tests/run/test_rungs.py``."""

    name = "epochs"


def test_every_race_is_tried_here() -> None:
    cases = [case for case in globals().values() if isinstance(case, type) and issubclass(case, RaceContract)]
    assert {case.name for case in cases if case is not RaceContract} == set(RACES)
