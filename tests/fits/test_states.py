"""Where states are kept: no more than they may take, the first made go first, and nothing half written."""

from __future__ import annotations

import os
from pathlib import Path

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import Fit
from kerasgrid.fits.states import States


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_of_one_training_the_longest_is_kept_and_found(tmp_path: Path) -> None:
    states = States(tmp_path / "states", 100)
    one, other = states.of("one"), states.of("other")
    assert list(one.before(10)) == []
    one.keep(5, b"5")
    other.keep(7, b"7")
    assert [path.name for path in one.before(6)] == ["one-5.state"]
    assert list(one.before(5)) == []
    one.keep(20, b"20")
    assert names(tmp_path / "states") == {"one-20.state", "other-7.state"}
    one.keep(10, b"10")
    assert [path.read_bytes() for path in one.before(100)] == [b"20", b"10"]
    assert [path.read_bytes() for path in one.before(20)] == [b"10"]


def test_they_take_no_more_than_they_may_and_the_first_made_go_first(tmp_path: Path) -> None:
    states = States(tmp_path, 10)
    for number, key in enumerate("abcd"):
        states.of(key).keep(1, b"four")
        if (path := tmp_path / f"{key}-1.state").exists():
            os.utime(path, (number, number))
    assert names(tmp_path) == {"c-1.state", "d-1.state"}
    states.of("e").keep(1, b"eleven byte")
    assert names(tmp_path) == {"c-1.state", "d-1.state"}


def test_what_a_killed_write_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".a-1.state.123.tmp").touch()
    (tmp_path / "notes.txt").touch()
    States(tmp_path, 10).tidy()
    assert names(tmp_path) == {"notes.txt"}
    States(tmp_path / "none", 10).tidy()


def test_of_a_race_only_what_pauses_is_kept(tmp_path: Path) -> None:
    paused, whole = Fit(Candidate({"epochs": 2}), 0, pauses=True), Fit(Candidate({"epochs": 9}), 0)
    every, race = States(tmp_path, 100), States(tmp_path, 100, pauses_only=True).of("a")
    assert [every.keeps(paused), every.keeps(whole)] == [True, True]
    assert [race.keeps(paused), race.keeps(whole)] == [True, False]
    race.keep(2, b"two")
    race.of("b").keep(2, b"another")
    race.discard(2)
    assert len(list(race.before(9))) == 1
    race.discard(9)
    assert list(race.before(9)) == []
    assert len(list(race.of("b").before(9))) == 1
