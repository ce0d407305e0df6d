"""Who trained when: lanes, pauses, searches one after the other, and bars that become one."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trials import FMNIST, all_fits, grid, worked

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import Fit, FitResult, Stint
from kerasgrid.insight.lanes import lanes

ONE, TWO = Candidate({"x": 1}), Candidate({"x": 2})


def trained(candidate: Candidate, began: float, ended: float, worker: str = "1") -> FitResult:
    return FitResult(Fit(candidate, 0), "ok").trained(Stint(began, ended, worker))


def test_without_moments_there_are_no_lanes() -> None:
    assert lanes([]) is None
    assert lanes([FitResult(Fit(ONE, 0), "ok")]) is None


def test_a_lane_has_its_fits_in_order_and_what_is_between_them() -> None:
    results = [
        trained(TWO, 104, 106),
        trained(ONE, 100, 103),
        trained(ONE, 101, 110, "2"),
        FitResult(Fit(TWO, 1), "ok"),
    ]
    found = lanes(results, [90.0])
    assert found is not None
    first, second = found.lanes
    assert [(bar.began, bar.ended, bar.candidates) for bar in first.bars] == [(0, 3, (ONE,)), (4, 6, (TWO,))]
    assert (first.worker, first.n_fits, first.busy, first.there) == ("1", 2, 5, 10)
    # Also who is done before the others waits.
    assert first.pauses == ((3, 4), (6, 10))
    assert first.longest_pause == 4
    assert second.pauses == ((0, 1),)
    assert (found.seconds, found.breaks, found.n_fits) == (10, (), 3)
    assert found.share == pytest.approx((5 + 9) / 20)


def test_nobody_was_idle_between_two_searches() -> None:
    results = [trained(ONE, 100, 103), trained(ONE, 100, 104, "2"), trained(TWO, 9000, 9005)]
    found = lanes(results, [8990.0, 99.0])
    assert found is not None
    assert (found.seconds, found.breaks) == (9, (4,))
    first, second = found.lanes
    assert [(bar.began, bar.ended) for bar in first.bars] == [(0, 3), (4, 9)]
    # There was one worker in the second search.
    assert (first.there, second.there) == (9, 4)
    assert found.share == pytest.approx(12 / 13)
    # Where it is not known when searches began, it is one.
    whole = lanes(results)
    assert whole is not None
    assert whole.seconds == 8905


def test_a_fit_of_more_epochs_begins_where_the_one_before_ended() -> None:
    found = lanes([trained(ONE, 100, 105), trained(TWO, 100, 103)])
    assert found is not None
    assert [(bar.began, bar.ended) for bar in found.lanes[0].bars] == [(0, 3), (3, 5)]
    assert found.lanes[0].busy == 5


def test_workers_come_in_the_order_of_their_numbers() -> None:
    names = ["10", "2", "node-12 · 1", "node-3 · 2", "node-3 · 10"]
    found = lanes([trained(ONE, 100, 101, name) for name in names])
    assert found is not None
    assert [lane.worker for lane in found.lanes] == ["2", "10", "node-3 · 2", "node-3 · 10", "node-12 · 1"]


def test_many_fits_become_fewer_bars_of_the_same_time_and_trials() -> None:
    candidates = grid({**FMNIST, "epochs": list(range(1, 30))})
    found = lanes(worked(all_fits(candidates)))
    assert found is not None
    assert found.n_fits == 144 * 29 * 3
    merged = found.merged(500)
    assert 100 < sum(len(lane.bars) for lane in merged.lanes) <= 1000
    assert sum(bar.n_fits for lane in merged.lanes for bar in lane.bars) == found.n_fits
    assert {one for lane in merged.lanes for bar in lane.bars for one in bar.candidates} == set(candidates)
    assert (merged.share, merged.n_fits) == (found.share, found.n_fits)
    assert found.merged(20_000) is found


def test_a_pause_that_can_be_seen_stays_one() -> None:
    results = [trained(ONE, n, n + 1) for n in range(100)] + [trained(ONE, n, n + 1) for n in range(200, 300)]
    found = lanes(results)
    assert found is not None
    bars = found.merged(20).lanes[0].bars
    assert (100, 200) in [(one.ended, other.began) for one, other in itertools.pairwise(bars)]


def test_a_hundred_thousand_fits_take_seconds() -> None:
    results = [trained(Candidate({"x": n}), n / 2, n / 2 + 0.9, str(n % 2)) for n in range(100_000)]
    began = time.perf_counter()
    found = lanes(results)
    assert found is not None
    assert sum(len(lane.bars) for lane in found.merged(1500).lanes) < 9000
    assert time.perf_counter() - began < 5


MOMENT = st.floats(0, 1000)


@given(
    st.lists(st.tuples(MOMENT, MOMENT, st.sampled_from("123")), min_size=1, max_size=40), st.lists(MOMENT, max_size=4)
)
def test_whatever_is_told_bars_are_in_order_and_nobody_works_more_than_all_the_time(
    told: list[tuple[float, float, str]], began: list[float]
) -> None:
    found = lanes([trained(ONE, min(one, other), max(one, other), who) for one, other, who in told], began)
    assert found is not None
    assert 0 <= found.share <= 1 + 1e-9
    for lane in found.lanes:
        ends = [0.0, *(bar.ended for bar in lane.bars)]
        assert all(end <= bar.began <= bar.ended for end, bar in zip(ends, lane.bars, strict=False))
        assert lane.busy + sum(end - start for start, end in lane.pauses) == pytest.approx(lane.there, abs=1e-6)
