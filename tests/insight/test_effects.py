"""Effects: known shares of variance come out again, and what cannot be told is said to be so."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.scored import effect, scored, space_of
from support.strategies import space_documents
from support.trials import all_fits, diverged, failed, fit_result, grid, trials_of

from kerasgrid.axes.candidate import Candidate
from kerasgrid.insight.effects import Effects, Level, effects
from kerasgrid.insight.factors import ABSENT, factors
from kerasgrid.insight.noise import fit_variance
from kerasgrid.insight.ranking import labelled, rank_trials
from kerasgrid.reports.text.effects_table import effects_tables, level_table, level_text, method_lines
from kerasgrid.space.grid import candidates, grid_size
from kerasgrid.space.spec import space_from_dict

RATES = [0.0001, 0.001, 0.01, 0.1]
ACTIVATIONS = ["relu", "tanh", "selu"]
SIZES = [16, 32, 64, 128]
GRID = {"learning_rate": RATES, "activation": ACTIVATIONS, "batch_size": SIZES, "optimizer": ["Adam", "SGD"]}
SHARES = {"learning_rate": 0.5, "activation": 0.25, "batch_size": 0.05, "optimizer": 0.0}
PAIR = 0.2


def shares(found: Effects) -> dict[str, float | None]:
    return {axis.factor.name: axis.importance for axis in found.axes}


def known_score(seed: int):
    parts = {name: effect(values, SHARES[name], seed + index) for index, (name, values) in enumerate(GRID.items())}
    # The product of two effects without mean is an interaction without any main effect.
    one, other = effect(RATES, 1.0, seed + 10), effect(ACTIVATIONS, PAIR, seed + 11)

    def score(candidate: Candidate) -> float:
        together = one[candidate["learning_rate"]] * other[candidate["activation"]]
        return together + sum(parts[name][candidate[name]] for name in parts)

    return score


def test_shares_of_a_complete_grid_are_exact() -> None:
    found = effects(scored(space_of(GRID), known_score(0)))
    assert (found.method, found.noise, found.reason, found.follows) == ("anova", None, "", ())
    assert shares(found) == pytest.approx(SHARES, abs=1e-9)
    assert [axis.factor.name for axis in found.axes] == ["learning_rate", "activation", "batch_size", "optimizer"]
    (pair,) = found.interactions
    assert (set(pair.names), pair.share) == ({"learning_rate", "activation"}, pytest.approx(PAIR))


@pytest.mark.parametrize("n_folds", [2, 3, 5])
def test_shares_of_a_noisy_grid_are_within_a_twentieth(n_folds: int) -> None:
    wrong = []
    for seed in range(10):
        found = effects(scored(space_of(GRID), known_score(seed), n_folds=n_folds, noise=0.5, seed=seed))
        assert found.method == "anova"
        # The true variance between candidates is 1, that of the noise in their means 0.25 / folds.
        expected = 0.25 / n_folds / (1 + 0.25 / n_folds)
        assert found.noise == pytest.approx(expected, abs=0.05)
        pair = next(p.share for p in found.interactions if set(p.names) == {"learning_rate", "activation"})
        wrong += [abs(value - SHARES[name]) for name, value in shares(found).items()] + [abs(pair - PAIR)]
    assert float(np.mean(wrong)) < 0.02
    assert float(np.quantile(wrong, 0.95)) < 0.05


def test_noise_taken_out_makes_no_effect_of_nothing() -> None:
    pure = dict.fromkeys(GRID, 0.0) | {"learning_rate": 1.0}
    part = effect(RATES, 1.0)
    total = dict.fromkeys(pure, 0.0)
    for seed in range(10):
        found = effects(scored(space_of(GRID), lambda c: part[c["learning_rate"]], n_folds=2, noise=1.0, seed=seed))
        for name, value in shares(found).items():
            total[name] += (value or 0.0) / 10
    assert total == pytest.approx(pure, abs=0.05)


def test_means_and_error_bars_of_a_complete_grid() -> None:
    space = space_of({"learning_rate": [0.001, 0.01], "activation": ["relu", "tanh"]})
    trials = scored(space, lambda c: 0.5 + 10 * c["learning_rate"], n_folds=3, noise=0.01)
    variance = fit_variance(trials)
    assert variance is not None
    first = effects(trials).axes[0]
    assert first.factor.name == "learning_rate"
    assert [level.value for level in first.levels] == [0.001, 0.01]
    for level in first.levels:
        means = [trial.mean for trial in trials if trial.candidate["learning_rate"] == level.value]
        assert level.mean == pytest.approx(sum(means) / 2)
        # Two trials of three fits each.
        assert level.standard_error == pytest.approx(math.sqrt(variance / 6))
        assert (level.n_trials, level.n_scored, level.marginal, level.end) == (2, 2, None, None)


def test_of_confirmed_trials_the_splits_that_all_have_count() -> None:
    tried = grid({"learning_rate": [0.001, 0.01], "activation": ["relu", "tanh"]})
    results = all_fits(tried)
    more = [fit_result(tried[0], fold, 0.2 + 0.1 * fold, repeat=repeat) for fold in range(3) for repeat in range(1, 5)]
    kinds: dict[str, Any] = {"metric": "accuracy", "n_folds": 3}
    before = rank_trials(tried, results, **kinds)
    after = rank_trials(tried, [*results, *more], confirmed={tried[0]: 5}, **kinds)
    assert (after[0].candidate, len(after[0].scores), len(after[1].scores)) == (tried[0], 15, 3)
    one, other = effects(before), effects(after)
    assert shares(one) == pytest.approx(shares(other))
    assert other.noise == pytest.approx(one.noise)
    for axis in one.axes:
        (same,) = [found for found in other.axes if found.factor.name == axis.factor.name]
        assert [(level.mean, level.standard_error) for level in same.levels] == [
            pytest.approx((level.mean, level.standard_error)) for level in axis.levels
        ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"strategy": "one_factor", "params": {"learning_rate": [0.01, 0.1, 1.0], "epochs": [1, 2, 3, 4]}},
            "each trial changes one axis of the baseline: the table of changes and one_factor.png tell more",
        ),
        (
            {
                "strategy": "list",
                "params": {},
                "candidates": [{"name": f"{n}", "params": {"epochs": n, "learning_rate": n / 10}} for n in (1, 2, 3)],
            },
            "the candidates of a list may differ in several axes at once",
        ),
    ],
)
def test_trials_that_a_strategy_named_have_no_effects(changes: dict[str, Any], reason: str) -> None:
    space = space_of(**changes)
    labels = {block.at(0): block.label for block in space.blocks if block.label is not None}
    trials = labelled(scored(space, lambda c: c["learning_rate"]), candidates(space), labels)
    found = effects(trials, space.blocks)
    assert (found.method, found.reason, found.axes) == (None, reason, ())
    assert method_lines(replace(found, n_left_out=2)) == [f"No importance can be told: {reason}."]


def test_shares_that_come_to_more_than_all_are_said_to_be_estimates() -> None:
    said = "Together they are more than 100%: each is an estimate, and those that chance made negative are 0."
    told = set()
    for seed in range(20):
        trials = scored(space_of(GRID), lambda c: c["learning_rate"], n_folds=2, noise=0.03, seed=seed)
        found = effects(trials)
        parts = [*(axis.importance or 0.0 for axis in found.axes), *(pair.share for pair in found.interactions)]
        told.add(sum(parts) > 1.005)
        assert (said in method_lines(found)) == (sum(parts) > 1.005)
    assert told == {True, False}
    assert said not in method_lines(effects(scored(space_of(GRID), known_score(0))))


def test_ends_of_a_part_of_a_range_are_whole_numbers_from_ten_on() -> None:
    sizes = {"batch_size": {"int_log_uniform": {"low": 16, "high": 1024}}}
    space = space_of(sizes, strategy="random", trials=60)
    (axis,) = effects(scored(space, lambda c: math.log(c["batch_size"])), space.blocks).axes
    _, rows = level_table(axis, "accuracy")
    assert [row[0] for row in rows] == ["16 … 37", "37 … 84", "84 … 194", "194 … 446", "446 … 1024"]
    rates = [Level(low, high, 1, 1, 0.5, None, None, 0, 0) for low, high in ((1e-5, 0.00126), (9.94, 12.6), (10, 1e7))]
    assert [level_text(level) for level in rates] == ["1e-05 … 0.0013", "9.9 … 13", "10 … 1e+07"]


def test_the_variance_of_a_fit_leaves_out_what_a_split_does_to_all() -> None:
    space = space_of(GRID)
    for sigma in (0.01, 0.1):
        found = fit_variance(scored(space, lambda c: 0.5, n_folds=5, noise=sigma))
        assert found == pytest.approx(sigma**2, rel=0.15)
    assert fit_variance(scored(space, lambda c: 0.5, n_folds=1, noise=0.1)) is None
    assert fit_variance([]) is None
    (one,) = trials_of([Candidate({"epochs": 1})], [fit_result(Candidate({"epochs": 1}), f, 0.5 + f) for f in range(3)])
    assert fit_variance([one]) is None


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        ([], "no trial has a score"),
        ([0.5], "1 scored trial tells nothing of any axis"),
        ([0.5, 0.6], "2 scored trials tell nothing of any axis"),
        ([0.5, 0.5, 0.5], "all trials have the same score"),
    ],
)
def test_too_few_trials_tell_nothing(scores: list[float], reason: str) -> None:
    tried = grid({"learning_rate": [0.1, 0.2, 0.3]})
    trials = trials_of(tried, [fit_result(c, 0, s) for c, s in zip(tried, scores, strict=False)], n_folds=1)
    assert effects(trials) == Effects(None, reason, (), (), None, None, len(scores), 0, ())


def test_without_any_axis_there_is_nothing_to_tell() -> None:
    tried = [Candidate({"epochs": 3, "dropout": 0.0}), Candidate({"epochs": 3})]
    assert factors(trials_of(tried, [])) == []


def test_noise_alone_has_no_importance() -> None:
    trials = scored(space_of({"batch_size": SIZES}), lambda c: 0.5, n_folds=5, noise=0.1, seed=0)
    reasons = {
        effects(scored(space_of({"batch_size": SIZES}), lambda c: 0.5, n_folds=5, noise=0.1, seed=seed)).reason
        for seed in range(8)
    }
    assert "the trials differ by no more than the noise of their fits" in reasons
    assert len(effects(trials).axes[0].levels) == 4


def test_an_incomplete_grid_of_few_trials_shows_means_only() -> None:
    trials = scored(grid({"learning_rate": RATES, "activation": ["relu", "tanh"]})[:7], lambda c: c["learning_rate"])
    found = effects(trials)
    assert found.method is None
    assert found.reason == "7 scored trials that are no complete grid are too few, 10 are needed"
    assert all(axis.importance is None for axis in found.axes)
    assert [level.mean for level in found.axes[1].levels] == pytest.approx(RATES)


def test_diverged_and_failed_trials_are_counted_for_each_value() -> None:
    tried = grid({"learning_rate": [0.01, 0.1, 10.0], "activation": ["relu", "tanh"]})
    results = []
    for candidate in tried:
        rate = candidate["learning_rate"]
        if rate == 10.0:
            results.append(diverged(candidate, 0))
        elif rate == 0.1 and candidate["activation"] == "tanh":
            results.append(failed(candidate, 0))
        else:
            results.append(fit_result(candidate, 0, 0.5 + rate + 0.1 * (candidate["activation"] == "tanh")))
    found = effects(rank_trials(tried, results, metric="accuracy", n_folds=1))
    rate = next(axis for axis in found.axes if axis.factor.name == "learning_rate")
    counts = [(level.value, level.n_trials, level.n_scored, level.n_diverged, level.n_failed) for level in rate.levels]
    assert counts == [(0.01, 2, 2, 0, 0), (0.1, 2, 1, 0, 1), (10.0, 2, 0, 2, 0)]
    assert rate.levels[2].mean is None
    assert (found.n_scored, found.n_left_out) == (3, 3)


def test_what_is_left_of_a_grid_without_a_value_that_always_diverges_is_a_complete_grid() -> None:
    tried = grid({"learning_rate": [0.01, 0.1, 10.0], "activation": ["relu", "tanh"]})
    results = [
        diverged(c, 0)
        if c["learning_rate"] == 10.0
        else fit_result(c, 0, 3 * c["learning_rate"] + (c["activation"] == "relu"))
        for c in tried
    ]
    found = effects(rank_trials(tried, results, metric="accuracy", n_folds=1))
    assert found.method == "anova"
    assert shares(found) == pytest.approx(
        {"activation": 0.25 / (0.25 + 0.135**2), "learning_rate": 1 - 0.25 / (0.25 + 0.135**2)}
    )


def test_a_union_of_grids_in_which_a_model_does_not_take_an_axis_is_complete() -> None:
    params = [
        {"model": "mlp", "learning_rate": [0.001, 0.01]},
        {"model": "cnn", "learning_rate": [0.001, 0.01], "kernel_size": [3, 5]},
    ]
    rate, kernel, model = 0.02, 0.05, 0.03

    def score(c: Candidate) -> float:
        value = 0.8 + rate * (1 if c["learning_rate"] == 0.01 else -1)
        if c["model"] == "cnn":
            value += 2 * model + 2 * kernel * (1 if c["kernel_size"] == 5 else -1)
        return value

    found = effects(scored(space_of(params), score))
    assert found.method == "anova"
    # Over all combinations, in which kernel_size changes nothing of an MLP: half of its effect is an interaction.
    total = rate**2 + model**2 + 2 * kernel**2
    assert shares(found) == pytest.approx(
        {"learning_rate": rate**2 / total, "model": model**2 / total, "kernel_size": kernel**2 / total}
    )
    (pair,) = found.interactions
    assert (set(pair.names), pair.share) == ({"model", "kernel_size"}, pytest.approx(kernel**2 / total))
    levels = next(axis for axis in found.axes if axis.factor.name == "kernel_size").levels
    assert [(level.value, level.n_trials) for level in levels] == [(3, 2), (5, 2)]


def test_a_builder_takes_a_parameter_that_only_one_object_names_at_its_default() -> None:
    params = [{"l2": [0.1, 0.2]}, {"learning_rate": [0.01, 0.1], "model__units": [4]}]
    space = space_from_dict({"name": "made", "dataset": "digits", "params": params}, own_model="mine:build@1234")
    by_name = {factor.name: factor for factor in factors(scored(space, lambda c: 0.5), space.blocks)}
    assert {name: set(by_name[name].cells) for name in ("l2", "learning_rate")} == {
        "l2": {0.1, 0.2, 0.0},
        "learning_rate": {0.001, 0.01, 0.1},
    }
    # What a builder of one's own does without a parameter of its own is not known.
    space = space_from_dict(
        {"name": "made", "dataset": "digits", "params": [*params, {"model__units": [8, 16]}]}, own_model="mine:build@1"
    )
    (units,) = [f for f in factors(scored(space, lambda c: 0.5), space.blocks) if f.name == "model__units"]
    assert set(units.cells) == {ABSENT, 4, 8, 16}


def test_noise_of_a_union_of_grids_is_taken_out_in_its_true_measure() -> None:
    params = [
        {"model": "mlp", "learning_rate": RATES},
        {"model": "cnn", "learning_rate": RATES, "kernel_size": [1, 2, 3, 4, 5]},
    ]
    part = effect(RATES, 1.0)
    totals: dict[str, float] = {}
    for seed in range(20):
        found = effects(scored(space_of(params), lambda c: part[c["learning_rate"]], n_folds=3, noise=0.5, seed=seed))
        for name, value in shares(found).items():
            totals[name] = totals.get(name, 0.0) + (value or 0.0) / 20
    assert totals == pytest.approx({"learning_rate": 1.0, "model": 0.0, "kernel_size": 0.0}, abs=0.05)


def test_axes_that_change_only_together_are_one() -> None:
    params = [
        {"model": "mlp", "hidden_units": [[64]], "learning_rate": [0.001, 0.003]},
        {"model": "cnn", "conv_filters": [[8], [8, 16]], "hidden_units": [[32]], "learning_rate": [0.001, 0.003]},
    ]
    found = effects(scored(space_of(params), lambda c: 0.5 + 0.1 * (c["model"] == "cnn") + c["learning_rate"]))
    assert found.method == "anova"
    first = found.axes[0]
    assert first.factor.name == "model + hidden_units"
    assert {level.value for level in first.levels} == {("mlp", (64,)), ("cnn", (32,))}
    assert first.importance is not None
    assert first.importance > 0.99


def test_a_parameter_that_is_not_named_has_its_default() -> None:
    tried = [Candidate({"model": "mlp", "dropout": 0.5}), Candidate({"model": "mlp"}), Candidate({"model": "cnn"})]
    named = {factor.name: factor for factor in factors(trials_of(tried, []))}
    by_candidate = dict(zip([trial.candidate for trial in trials_of(tried, [])], named["dropout"].cells, strict=True))
    assert [by_candidate[candidate] for candidate in tried] == [0.5, 0.0, 0.0]
    momentum = [
        Candidate({"optimizer": "SGD", "momentum": 0.5}),
        Candidate({"optimizer": "SGD"}),
        Candidate({"optimizer": "Adam"}),
    ]
    (both,) = factors(trials_of([*momentum, Candidate({"optimizer": "Adam", "epochs": 10})], []))[:1]
    assert both.cells[2:] == (ABSENT, ABSENT)


def test_a_value_and_the_models_it_goes_with_are_told() -> None:
    params = [
        {"model": "mlp", "hidden_units": [[32], [64], [128]], "learning_rate": RATES},
        {"model": "cnn", "hidden_units": [[16]], "learning_rate": RATES},
    ]
    found = effects(scored(space_of(params), lambda c: 0.5 + 0.1 * (c["model"] == "cnn") - c["learning_rate"]))
    assert found.method == "forest"
    assert found.follows == (("hidden_units", "model"),)


def test_numbers_drawn_from_a_distribution_are_told_along_their_range() -> None:
    space = space_of(
        {"learning_rate": {"log_uniform": {"low": 1e-5, "high": 1e-1}}, "epochs": 3}, strategy="random", trials=60
    )
    found = effects(scored(space, lambda c: -((math.log10(c["learning_rate"]) + 3) ** 2)), space.blocks)
    (axis,) = found.axes
    assert axis.factor.is_range
    assert axis.factor.log
    assert (axis.factor.low, axis.factor.high) == (1e-5, 1e-1)
    ends = [axis.levels[0].value, *(level.end for level in axis.levels)]
    assert ends == pytest.approx([10 ** (-5 + 0.8 * part) for part in range(6)])
    assert sum(level.n_trials for level in axis.levels) == 60
    best = max(axis.levels, key=lambda level: level.mean or -math.inf)
    assert best.value < 1e-3 < best.end
    assert len(axis.points) == 60
    assert max(axis.curve, key=lambda point: point[1])[0] == pytest.approx(1e-3, rel=0.5)


@settings(max_examples=30)
@given(st.data(), st.sampled_from(["grid", "random"]))
def test_any_space_and_any_ends_of_its_fits_can_be_told(data: st.DataObject, strategy: str) -> None:
    space = space_from_dict(data.draw(space_documents(strategy)))
    if strategy == "grid" and (grid_size(space) or 0) > 40:
        space = space.changed(strategy="random", trials=20)
    tried = candidates(space)
    drawn = data.draw(st.lists(st.sampled_from([None, -1.0, 0.5, 0.6, 0.9]), min_size=len(tried), max_size=len(tried)))
    results = []
    for candidate, value in zip(tried, drawn, strict=True):
        if value is not None:
            results.append(fit_result(candidate, 0, value) if value > 0 else diverged(candidate, 0))
    trials = rank_trials(tried, results, metric="accuracy", n_folds=1)
    found = effects(trials, space.blocks)
    assert (found.reason == "") == (found.method is not None)
    for axis in found.axes:
        assert axis.importance is None or 0 <= axis.importance <= 1
        n_absent = sum(cell is ABSENT for cell in axis.factor.cells)
        assert sum(level.n_trials for level in axis.levels) + n_absent == len(trials)
        for head, rows in effects_tables(found, "accuracy"):
            assert {len(row) for row in rows} == {len(head)}
    assert method_lines(found)
