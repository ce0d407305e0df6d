"""Which candidates may be the best: critical values, special cases, and the promise kept in simulated searches."""

from __future__ import annotations

import importlib.util
import math
import sys
import time
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from kerasgrid.insight.comparison import compare, dunnett, sidak
from kerasgrid.insight.exploded import exploded_rows

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "tie_set.py"


@pytest.fixture(scope="module")
def simulated() -> ModuleType:
    """The benchmark of the tie set, which is run here with fewer searches."""
    spec = importlib.util.spec_from_file_location("benchmark_tie_set", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look for it there
    spec.loader.exec_module(module)
    return module


# The promise


@pytest.mark.parametrize(("folds", "repeats"), [(3, 1), (5, 1), (5, 3)])
def test_the_set_holds_the_best_of_50_in_95_of_100_searches(simulated: ModuleType, folds: int, repeats: int) -> None:
    sets = [
        simulated.by_comparison(table, folds, repeats)[best]
        for table, best in simulated.tables(simulated.USUAL, folds, repeats, 400)
    ]
    assert np.mean(sets) >= 0.95


def test_a_candidate_better_by_8_standard_errors_is_alone(simulated: ModuleType) -> None:
    ahead = simulated.tables(simulated.USUAL, 5, 3, 300, lead=8.0, seed=1)
    alone = [simulated.by_comparison(table, 5, 3).nonzero()[0].tolist() == [best] for table, best in ahead]
    assert np.mean(alone) >= 0.9


@pytest.mark.parametrize("case", ["very unequal variances", "heavy tails", "half learn nothing", "2 candidates"])
def test_the_set_holds_the_best_where_assumptions_fail(simulated: ModuleType, case: str) -> None:
    (kind,) = [known for known in simulated.CASES if known.name == case]
    counts = simulated.counted(kind, 5, 1, 200)
    # 95%, less two standard errors of 200 searches.
    assert counts.holds_best >= 0.92


def test_the_same_by_fake_fitter_ranking_and_trials(simulated: ModuleType) -> None:
    for table, _ in simulated.tables(simulated.USUAL, 5, 3, 3):
        whole_way = simulated.by_fake_fitter(table, 5, 3)
        assert whole_way.tolist() == simulated.by_comparison(table, 5, 3).tolist()


def test_ten_thousand_candidates_are_compared_at_once() -> None:
    scores = np.random.default_rng(0).standard_normal((10_000, 5))
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        compare(scores, 0.2)
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 0.1


# Critical values


@pytest.mark.parametrize(
    ("freedom", "values"),
    [
        # Dunnett (1955), table 1a: one-sided, 95%, for 1, 2, 3, 4, 5 and 9 treatments beside the control.
        (5, (2.02, 2.44, 2.68, 2.85, 2.98, 3.30)),
        (10, (1.81, 2.15, 2.34, 2.47, 2.56, 2.81)),
        (20, (1.72, 2.03, 2.19, 2.30, 2.39, 2.60)),
        (math.inf, (1.64, 1.92, 2.06, 2.16, 2.23, 2.42)),
    ],
)
def test_critical_values_are_those_of_dunnetts_table(freedom: float, values: tuple[float, ...]) -> None:
    found = [dunnett(n, min(freedom, 1e6)) for n in (1, 2, 3, 4, 5, 9)]
    assert found == pytest.approx(values, abs=0.0101)


@pytest.mark.parametrize(("n", "freedom"), [(2, 1.0), (49, 2.0), (49, 96.0), (999, 3996.0)])
def test_critical_values_by_simulation(n: int, freedom: float) -> None:
    generator = np.random.default_rng(0)
    size = 40_000
    control = generator.standard_normal(size)
    # The greatest of n standard normal numbers, by its distribution function.
    greatest = stats.norm.isf(-np.expm1(np.log(generator.random(size)) / n))
    deviation = np.sqrt(generator.chisquare(freedom, size) / freedom)
    covered = (greatest - control) / (math.sqrt(2) * deviation) <= dunnett(n, freedom)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.004)


def test_independent_comparisons_need_more() -> None:
    for n, freedom in ((2, 3.0), (49, 10.0), (9999, 1e4)):
        assert dunnett(n, freedom) < sidak(n, freedom)
    assert sidak(1, 7.0) == pytest.approx(stats.t.ppf(0.95, 7))
    assert sidak(10, 7.0) == pytest.approx(stats.t.ppf(0.95 ** (1 / 10), 7))


# Small tables


@pytest.mark.parametrize("lead", [0.5, 3.0])
def test_two_candidates_are_compared_by_the_corrected_t_test(lead: float) -> None:
    first = np.array([0.0, 1.0, 0.0, 2.0, 1.0])
    second = first + lead + np.array([0.5, -0.5, 1.0, -1.0, 0.0])
    difference = second - first
    error = math.sqrt(difference.var(ddof=1) * (1 / 5 + 0.2 / 0.8))
    is_better = bool(difference.mean() / error > stats.t.ppf(0.95, 4))
    found = compare([first, second], 0.2)
    assert found.may_be_best.tolist() == [not is_better, True]
    assert found.degrees_of_freedom == 4
    assert found.residual_std == pytest.approx(math.sqrt(difference.var(ddof=1) / 2))


@pytest.mark.parametrize(
    ("scores", "may_be_best", "reason"),
    [
        ([[0.5], [0.7]], [True, True], "each trial has one score only"),
        ([[0.5, math.nan], [math.nan, 0.7]], [True, True], "each trial has one score only"),
        ([[0.5, 0.6, math.nan], [math.nan, math.nan, 0.7]], [True, True], "too few trials share their folds"),
        ([[math.nan, math.nan], [math.nan, math.nan]], [False, False], "no trial has a score"),
        ([[0.5, 0.6], [math.nan, math.nan]], [True, False], None),
        (np.zeros((0, 3)), [], "no trial has a score"),
    ],
)
def test_what_cannot_be_told(scores: list[list[float]], may_be_best: list[bool], reason: str | None) -> None:
    found = compare(scores, 1 / 3)
    assert found.may_be_best.tolist() == may_be_best
    assert found.reason == reason


def test_wrong_arguments() -> None:
    with pytest.raises(ValueError, match=r"^scores must be \(candidates, blocks\), got 1 dimensions$"):
        compare([0.5], 0.2)
    with pytest.raises(ValueError, match=r"^out of range: held_out_share=1, confidence=0\.95$"):
        compare([[0.5]], 1)


def test_without_noise_the_best_is_alone_and_equals_tie() -> None:
    assert compare([[0.1, 0.3], [0.2, 0.4], [0.2, 0.4]], 0.5).may_be_best.tolist() == [False, True, True]
    assert compare([[0.7, 0.7, 0.7]] * 2 + [[0.1 * 7, 0.7, 0.7]], 0.5).may_be_best.tolist() == [True] * 3


def test_what_a_block_does_to_all_does_not_matter() -> None:
    generator = np.random.default_rng(1)
    noise = 0.01 * generator.standard_normal((20, 5))
    noise[3] += 0.1
    assert compare(noise, 0.2).may_be_best.nonzero()[0].tolist() == [3]
    assert compare(noise + np.array([0.0, 5.0, -3.0, 1.0, 0.2]), 0.2).may_be_best.nonzero()[0].tolist() == [3]


def test_more_repeats_narrow_the_set_and_overlap_widens_it() -> None:
    generator = np.random.default_rng(2)
    true = np.linspace(0, 1, 30)
    few, many = (true[:, None] + 0.3 * generator.standard_normal((30, n)) for n in (3, 30))
    sizes = [compare(table, share).may_be_best.sum() for table, share in ((few, 1 / 3), (many, 1 / 3), (many, 0.01))]
    assert sizes[0] > sizes[1] > sizes[2] >= 1


def test_missing_cells_make_a_candidate_less_sure() -> None:
    generator = np.random.default_rng(3)
    table = np.linspace(0, 0.5, 12)[:, None] + 0.1 * generator.standard_normal((12, 6)) + np.arange(6)
    whole = compare(table, 0.1).may_be_best
    first_out = int(np.flatnonzero(~whole)[-1])
    # The blocks that are missing are the hard ones: the mean of the rest must not look better for that.
    table[first_out, 1:3] = math.nan
    assert not compare(table, 0.1).may_be_best[0]
    table[first_out, 0] = table[-1, 0] - 0.1
    table[first_out, 1:] = math.nan
    assert compare(table, 0.1).may_be_best[first_out]


def test_candidates_that_learn_nothing_do_not_blur_the_others() -> None:
    generator = np.random.default_rng(4)
    blocks = 0.05 * generator.standard_normal(5)
    good = np.linspace(0.8, 0.9, 20)[:, None] + blocks + 0.005 * generator.standard_normal((20, 5))
    idle = np.full((15, 5), 0.1)
    alone, together = compare(good, 0.2), compare(np.vstack([good, idle]), 0.2)
    assert together.may_be_best[:20].sum() <= alone.may_be_best.sum() + 2
    assert not together.may_be_best[20:].any()
    assert together.residual_std < 0.01


def test_unequal_variances_are_noticed_and_each_candidate_keeps_its_own() -> None:
    generator = np.random.default_rng(5)
    steady = 0.9 + 0.001 * generator.standard_normal((10, 10))
    steady[:5] -= 0.12
    wild = 0.85 + 0.1 * generator.standard_normal((10, 10))
    found = compare(np.vstack([steady, wild]), 0.1)
    assert not found.equal_variances
    # A common variance would let all of them in.
    assert not found.may_be_best[:5].any()
    assert found.may_be_best[5:10].all()
    assert found.may_be_best[10:].any()
    assert compare(steady[5:], 0.1).equal_variances


@pytest.mark.parametrize("folds", [3, 5])
def test_an_exploded_trial_blurs_nothing(folds: int) -> None:
    generator = np.random.default_rng(6)
    losses = np.array([1.0, 1.05, 5.0, 5.1, 5.2])[:, None] + 0.05 * generator.standard_normal((5, folds))
    blocks = 0.1 * generator.standard_normal(folds)
    alone = compare(-(losses + blocks), 1 / folds).may_be_best.tolist()
    assert alone == [True, True, False, False, False]
    for worst in (60 + 6 * generator.standard_normal(folds), 1e26 * (1 + 0.1 * generator.standard_normal(folds))):
        found = compare(-(np.vstack([losses, worst]) + blocks), 1 / folds)
        assert found.may_be_best.tolist() == [*alone, False]
        assert found.residual_std < 0.2
        many = np.vstack([losses, 5 + losses, 10 + losses, worst, 2 * worst]) + blocks
        assert compare(-many, 1 / folds).may_be_best.tolist() == alone + 12 * [False]


def test_a_trial_that_varies_much_keeps_its_own_variance() -> None:
    generator = np.random.default_rng(7)
    table = np.array([0.5, 0.5, 0.9, 0.9])[:, None] + 0.001 * generator.standard_normal((4, 5))
    table[0] = 0.85 + 0.3 * generator.standard_normal(5)
    assert exploded_rows(table, np.ones_like(table, dtype=np.bool_)).tolist() == [True, False, False, False]
    assert compare(table, 0.2).may_be_best.tolist() == [True, False, True, True]


def test_rows_of_two_never_count_as_exploded_nor_do_constant_ones_make_others_so() -> None:
    everywhere = np.ones((6, 3), dtype=np.bool_)
    generator = np.random.default_rng(8)
    assert not exploded_rows(np.array([[1.0, 2.0, 3.0], [1.0, 1e9, -1e9]]), everywhere[:2]).any()
    some_idle = np.vstack([np.full((4, 3), 0.1), 0.9 + 0.01 * generator.standard_normal((2, 3))])
    assert not exploded_rows(some_idle, everywhere).any()
    assert not exploded_rows(np.full((6, 3), 0.1), everywhere).any()


tables = st.tuples(st.integers(2, 12), st.integers(2, 6)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.integers(0, 1000).map(lambda n: n / 1000))
)


@given(tables, st.floats(0.05, 0.5), st.randoms(use_true_random=False))
def test_properties(table: np.ndarray, share: float, random: np.random.Generator) -> None:
    found = compare(table, share).may_be_best
    assert found[table.mean(axis=1).argmax()]
    # Neither the order of the candidates, nor the unit, nor what is common to a block matters.
    order = list(range(len(table)))
    random.shuffle(order)  # type: ignore[arg-type]
    assert compare(2.5 * table[order], share).may_be_best.sum() == found.sum()
    # A candidate that is certainly worse is never in the set.
    worse = np.vstack([table, table[found][:1] - 100 * (1 + np.ptp(table))])
    assert not compare(worse, share).may_be_best[-1]
