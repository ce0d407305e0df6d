"""Fits go to the worker that has their program, and to an idle one when that ends sooner."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import Fit
from kerasgrid.workers.schedule import Schedule


def fits(**programs: int) -> list[Fit]:
    return [Fit(Candidate({"activation": name}), fold) for name, n in programs.items() for fold in range(n)]


def program_of(fit: Fit) -> str:
    return str(fit.candidate["activation"])


def test_a_worker_keeps_to_its_program() -> None:
    schedule = Schedule(fits(relu=3, tanh=3), program_of)
    assert [program_of(schedule.take("a", ["tanh"])) for _ in range(3)] == ["tanh"] * 3


def test_the_latest_program_comes_first() -> None:
    schedule = Schedule(fits(relu=3, tanh=3), program_of)
    assert program_of(schedule.take("a", ["relu", "tanh"])) == "tanh"


def test_a_program_nobody_has_comes_before_a_shared_one() -> None:
    schedule = Schedule(fits(relu=50, tanh=1), program_of)
    assert program_of(schedule.take("a", [])) == "relu"
    assert program_of(schedule.take("b", [])) == "tanh"


def test_at_the_start_idle_workers_share_a_program() -> None:
    schedule = Schedule(fits(relu=3), program_of)
    assert schedule.take("a", []) is not None
    assert schedule.take("b", []) is not None


def test_a_worker_stays_idle_if_building_takes_longer_than_the_rest() -> None:
    schedule = Schedule(fits(relu=3), program_of)
    first = schedule.take("a", [])
    schedule.measured(first, seconds=0.1, build_seconds=1.0)
    assert schedule.take("b", []) is None
    assert schedule.waiting == 2


def test_a_worker_helps_where_much_is_left() -> None:
    schedule = Schedule(fits(relu=9, tanh=30), program_of)
    for worker in "ab":
        fit = schedule.take(worker, [])
        schedule.measured(fit, seconds=1.0, build_seconds=1.0)
    assert program_of(schedule.take("c", [])) == "tanh"


def test_what_comes_back_goes_first() -> None:
    schedule = Schedule(fits(relu=3), program_of)
    fit = schedule.take("a", [])
    schedule.put_back(fit)
    assert schedule.take("b", []) == fit


def test_only_short_fits_are_queued_ahead() -> None:
    schedule = Schedule(fits(relu=3, tanh=1), program_of)
    fit = schedule.take("a", [])
    assert not schedule.is_short(fit)
    schedule.measured(fit, seconds=0.1, build_seconds=0.0)
    assert schedule.is_short(fit)
    schedule.measured(fit, seconds=3.0, build_seconds=0.0)
    assert not schedule.is_short(fit)


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 9), min_size=1), st.integers(1, 4), st.randoms())
def test_every_fit_is_handed_out_once(programs: dict[str, int], n_workers: int, random) -> None:
    asked = fits(**programs)
    schedule = Schedule(asked, program_of)
    known: dict[int, list[str]] = {worker: [] for worker in range(n_workers)}
    taken: list[Fit] = []
    idle: set[int] = set()
    while schedule.waiting:
        worker = random.choice(sorted(set(known) - idle))
        fit = schedule.take(worker, known[worker])
        if fit is None:
            # Somebody who has the program must be left to do the rest.
            idle.add(worker)
            assert len(idle) < n_workers
            continue
        if program_of(fit) not in known[worker]:
            known[worker].append(program_of(fit))
        schedule.measured(fit, seconds=random.choice([0.01, 1.0, 9.0]), build_seconds=random.choice([0.0, 1.0]))
        idle.clear()
        taken.append(fit)
    assert sorted(taken, key=repr) == sorted(asked, key=repr)


def test_requests_of_no_known_program_are_spread() -> None:
    schedule = Schedule(range(4), lambda request: None)
    assert [schedule.take(worker, []) for worker in "ab"] == [0, 1]


def test_nothing_waits_for_a_worker_whose_program_made_way() -> None:
    (only,) = fits(relu=1)
    schedule = Schedule([only], program_of)
    assert schedule.take("a", []) == only
    schedule.put_back(only)
    assert schedule.take("b", []) is None  # "a" has it
    assert schedule.take("a", ["tanh"]) == only


def test_what_is_waiting_for_a_worker_that_left_goes_to_the_next() -> None:
    (only,) = fits(relu=1)
    schedule = Schedule([only], program_of)
    assert schedule.take("a", []) == only
    schedule.put_back(only)
    schedule.leave("a")
    assert schedule.take("b", []) == only
