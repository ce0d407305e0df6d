"""The forest: boxes are averaged over exactly, and the axes come out in their true order."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from support.scored import scored, space_of

from kerasgrid.insight.effects import effects
from kerasgrid.insight.factors import Factor
from kerasgrid.insight.forest import LEAST_TRIALS, _fitted, _Measure, _Tree, analyse

RANDOM = {
    "learning_rate": {"log_uniform": {"low": 1e-5, "high": 1e-1}},
    "dropout": {"uniform": {"low": 0.0, "high": 0.5}},
    "activation": ["relu", "tanh", "selu", "gelu"],
    "batch_size": [16, 32, 64],
    "weight_decay": {"log_uniform": {"low": 1e-8, "high": 1e-2}},
}
STEP = {"relu": -1.0, "tanh": -1.0, "selu": 1.0, "gelu": 1.0}


def made(n: int, seed: int) -> tuple[list[Factor], np.ndarray]:
    rng = np.random.default_rng(seed)
    rates = tuple(float(rate) for rate in 10 ** rng.uniform(-4, -1, n))
    names = tuple(str(name) for name in rng.choice(["a", "b", "c"], n))
    sizes = tuple(int(size) for size in rng.choice([16, 32, 64], n))
    flags = tuple(bool(flag) for flag in rng.choice([True, False], n))
    found = [
        Factor("rate", rates, (), 1e-4, 1e-1, log=True),
        Factor("name", names, ("a", "b", "c")),
        Factor("size", sizes, (16, 32, 64), 16, 64),
        Factor("flag", flags, (False, True)),
    ]
    scores = np.log10(rates) * np.array([1 if name == "a" else -1 for name in names]) + np.array(sizes) / 64
    return found, scores + 0.1 * rng.normal(size=n)


@pytest.mark.parametrize("seed", range(3))
def test_a_tree_is_averaged_over_exactly(seed: int) -> None:
    found, scores = made(60, seed)
    rows = range(60)
    measures = [_Measure(factor, rows, scores.tolist()) for factor in found]
    table = np.column_stack([measure.column(np.random.default_rng(0)) for measure in measures])
    tree = _fitted(table, scores, 1, seed).estimators_[0]
    ours = _Tree(tree.tree_, measures)
    # The same by brute force: every combination of the middles between all thresholds and of all levels.
    structure = tree.tree_
    cuts = np.sort(structure.threshold[structure.feature == 0])
    ends = np.concatenate([[math.log(1e-4)], cuts, [math.log(1e-1)]])
    parts = [(ends[1:] + ends[:-1]) / 2, *(measure.atoms for measure in measures[1:])]
    weights = [np.diff(ends) / (ends[-1] - ends[0]), *(np.full(len(part), 1 / len(part)) for part in parts[1:])]
    shape = [len(part) for part in parts]
    points = np.array(list(itertools.product(*parts)))
    told = tree.predict(points).reshape(shape)
    joint = np.einsum("i,j,k,l->ijkl", *weights)
    mean = (joint * told).sum()
    assert ours.variance == pytest.approx((joint * (told - mean) ** 2).sum())

    def marginal(*kept: int) -> np.ndarray:
        left = tuple(axis for axis in range(4) if axis not in kept)
        return (joint * told).sum(axis=left) / joint.sum(axis=left)

    for index in range(4):
        assert ours.main(index) == pytest.approx(float(weights[index] @ (marginal(index) - mean) ** 2))
    for index in (1, 2, 3):
        assert ours.marginals[index] == pytest.approx(marginal(index))
    for one, other in itertools.combinations(range(4), 2):
        rest = marginal(one, other) - marginal(one)[:, None] - marginal(other)[None, :] + mean
        assert ours.pair(one, other) == pytest.approx(float(weights[one] @ rest**2 @ weights[other]))


def test_axes_of_random_trials_come_in_their_true_order() -> None:
    for seed in range(8):
        space = space_of(RANDOM, strategy="random", trials=100, seed=seed)

        def score(c) -> float:  # type: ignore[no-untyped-def]
            rate = math.sin(1.2 * (math.log10(c["learning_rate"]) + 3))
            # Variances 0.55, 0.25 and 0.1 or so; the others do nothing.
            return 1.05 * rate + 0.5 * STEP[c["activation"]] + 2.2 * (c["dropout"] - 0.25)

        found = effects(scored(space, score, noise=0.1, seed=seed), space.blocks)
        assert found.method == "forest"
        assert [axis.factor.name for axis in found.axes][:3] == ["learning_rate", "activation", "dropout"]
        assert all((axis.importance or 0.0) < 0.05 for axis in found.axes[3:])
        assert found.explained is not None
        assert found.explained > 0.5


def test_the_largest_pair_is_found() -> None:
    space = space_of(RANDOM, strategy="random", trials=150)

    def score(c) -> float:  # type: ignore[no-untyped-def]
        return (math.log10(c["learning_rate"]) + 3) * STEP[c["activation"]] + c["dropout"]

    found = effects(scored(space, score), space.blocks)
    assert set(found.interactions[0].names) == {"learning_rate", "activation"}
    assert found.interactions[0].share > 0.3


def test_the_same_trials_make_the_same_shares() -> None:
    found, scores = made(40, 0)
    assert analyse(found, range(40), scores.tolist()) == analyse(found, range(40), scores.tolist())


def test_a_parameter_that_some_trials_do_not_have_does_not_stand_for_their_model() -> None:
    params = [
        {"model": "mlp", "learning_rate": RANDOM["learning_rate"]},
        {"model": "cnn", "learning_rate": RANDOM["learning_rate"], "kernel_size": [2, 3, 4, 5]},
    ]
    space = space_of(params, strategy="random", trials=80)
    found = effects(scored(space, lambda c: 1.0 * (c["model"] == "cnn"), noise=0.05), space.blocks)
    assert found.axes[0].factor.name == "model"
    assert (found.axes[0].importance or 0) > 0.8
    assert all((axis.importance or 0) < 0.05 for axis in found.axes[1:])


def test_nothing_is_told_of_too_few_or_equal_trials_or_of_noise() -> None:
    found, scores = made(40, 0)
    assert analyse(found, range(LEAST_TRIALS - 1), scores[: LEAST_TRIALS - 1].tolist()) is None
    assert analyse(found, range(40), [0.5] * 40) is None
    space = space_of(RANDOM, strategy="random", trials=40)
    noise = effects(scored(space, lambda c: 0.5, noise=0.1), space.blocks)
    assert (noise.method, noise.interactions) == (None, ())
    assert noise.reason == "the trials do not predict the scores of held-out trials"


def test_thousands_of_trials_take_no_minute() -> None:
    found, scores = made(5000, 0)
    told = analyse(found, range(5000), scores.tolist())
    assert told is not None
    assert told.main[1] + told.pairs[0, 1] > 0.5
