"""What is the matter with trials, told from made-up learning curves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.trials import diverged, failed, grid

from kerasgrid.axes.blocks import Label
from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.insight.diagnosis import diagnosed
from kerasgrid.insight.groups import Shared, groups
from kerasgrid.insight.ranking import Trial, rank_trials
from kerasgrid.reports.text.sentences import diagnosis_lines

N_FOLDS = 3
EPOCHS = np.arange(1, 21)
FLAT = np.full(20, 0.9)
SETTLED = 0.9 - 0.8 * np.exp(-EPOCHS)
FALLING = 0.2 + 2.0 * np.exp(-EPOCHS / 3)
OTHERS = [Candidate({"x": number}) for number in range(10)]


def fits_of(
    candidate: Candidate,
    held_out: np.ndarray = SETTLED,
    loss: np.ndarray = FALLING,
    val_loss: np.ndarray | None = None,
    *,
    spread: float = 0.002,
    noise: float = 0.0005,
    n_folds: int = N_FOLDS,
    metric: str = "accuracy",
    seed: int = 0,
) -> list[FitResult]:
    """Fits whose curves are these, shifted a little from fold to fold and noisy from epoch to epoch."""
    generator = np.random.default_rng([seed, *candidate.id.encode()])
    found = []
    for fold in range(n_folds):
        curves = {
            "loss": loss,
            "val_loss": loss + 0.1 if val_loss is None else val_loss,
            metric: held_out + 0.02,
            f"val_{metric}": held_out + spread * (fold - (n_folds - 1) / 2),
        }
        curve = {name: list(values + noise * generator.standard_normal(len(values))) for name, values in curves.items()}
        found.append(FitResult(Fit(candidate, fold), "ok", curve, 1.0, 100))
    return found


def told(
    results: list[FitResult],
    *,
    metric: str = "accuracy",
    task: str = "classification",
    n_folds: int = N_FOLDS,
    **facts: float,
) -> dict[object, Trial]:
    candidates = list(dict.fromkeys(result.fit.candidate for result in results))
    trials = rank_trials(candidates, results, metric=metric, n_folds=n_folds)
    known = {"n_held_out": 500, "majority": 0.1, **facts}
    found = diagnosed(trials, results, metric=metric, task=task, n_folds=n_folds, **known)  # type: ignore[arg-type]
    assert [trial.candidate for trial in found] == [trial.candidate for trial in trials]
    return {trial.candidate["x"]: trial for trial in found}


ONE = Candidate({"x": 0})


def words(results: list[FitResult], **options: object) -> tuple[str, ...]:
    return told(results, **options)[0].diagnosis  # type: ignore[arg-type]


def test_a_healthy_trial_has_no_words_and_a_gap() -> None:
    trial = told(fits_of(ONE))[0]
    assert trial.diagnosis == ()
    assert trial.generalization_gap == pytest.approx(0.02, abs=0.005)


def test_few_healthy_trials_are_called_ill() -> None:
    results = [result for n in range(200) for result in fits_of(Candidate({"x": n}))]
    ill = [trial for trial in told(results).values() if trial.diagnosis]
    assert len(ill) <= 8


def test_diverged_and_failed_stand_alone() -> None:
    results = [*fits_of(ONE, np.full(20, 0.1))[:2], diverged(ONE, 2)]
    assert words(results) == ("diverged",)
    results = [*fits_of(ONE, np.full(20, 0.1))[:2], failed(ONE, 2)]
    trial = told(results)[0]
    assert (trial.diagnosis, trial.error, trial.generalization_gap) == (("failed",), "out of memory", None)
    trials = rank_trials([ONE], [], metric="accuracy", n_folds=3)
    (empty,) = diagnosed(trials, [], metric="accuracy", task="classification", n_held_out=1, n_folds=3, majority=0.5)
    assert empty == trials[0]


# Not learning


@pytest.mark.parametrize(
    ("accuracy", "facts", "is_at_chance"),
    [
        (0.10, {}, True),
        # 1,500 samples: a binomial strays by 0.0077, 2.33 of it are 0.018.
        (0.11, {}, True),
        (0.13, {}, False),
        # 150 samples: 0.024, 0.057.
        (0.13, {"n_held_out": 50}, True),
        (0.13, {"n_held_out": 50_000}, False),
        # The share of the largest class, not one of ten.
        (0.65, {"majority": 0.7}, True),
        (0.75, {"majority": 0.7}, False),
        (0.05, {}, True),
        # Data of a single class leaves nothing to learn.
        (1.0, {"majority": 1.0}, False),
    ],
)
def test_not_learning_is_not_above_the_largest_class(
    accuracy: float, facts: dict[str, float], is_at_chance: bool
) -> None:
    results = fits_of(ONE, np.full(20, accuracy), spread=0.0, noise=0.0)
    assert ("not learning" in words(results, **facts)) == is_at_chance


def test_folds_that_differ_more_than_a_binomial_count_by_their_own_error() -> None:
    # Of an untrained model, whose guesses depend on its initial weights.
    results = [
        FitResult(Fit(ONE, fold), "ok", {"val_accuracy": [value]}, 1.0, 1)
        for fold, value in enumerate((0.08, 0.13, 0.18))
    ]
    assert "not learning" in words(results)
    assert "not learning" in words(results[:1], n_folds=1)
    assert "not learning" not in words(results[2:], n_folds=3)


@pytest.mark.parametrize(
    ("r2", "is_at_chance"), [(-3.0, True), (0.0, True), (0.004, True), (0.006, False), (0.5, False)]
)
def test_regression_does_not_learn_at_r2_zero(r2: float, is_at_chance: bool) -> None:
    results = fits_of(ONE, np.full(20, r2), spread=0.0, noise=0.0, metric="r2")
    assert ("not learning" in words(results, metric="r2", task="regression")) == is_at_chance


# Still improving, overfitting


def test_still_improving() -> None:
    assert words(fits_of(ONE, 0.5 + 0.01 * EPOCHS)) == ("still improving",)
    # Less than the folds differ.
    assert words(fits_of(ONE, 0.5 + 0.0005 * EPOCHS, spread=0.02)) == ()
    assert words(fits_of(ONE, 0.9 - 0.01 * EPOCHS)) == ()
    # The last quarter counts.
    assert words(fits_of(ONE, np.minimum(0.5 + 0.04 * EPOCHS, 0.9))) == ()


def test_losses_improve_by_falling() -> None:
    results = fits_of(ONE, 1.0 - 0.02 * EPOCHS, metric="mse")
    assert words(results, metric="mse", task="regression") == ("still improving",)
    results = fits_of(ONE, 0.5 + 0.02 * EPOCHS, metric="mse")
    assert words(results, metric="mse", task="regression") == ()


@pytest.mark.parametrize(("n_epochs", "expected"), [(2, ()), (3, ("still improving",)), (4, ("still improving",))])
def test_two_epochs_tell_nothing(n_epochs: int, expected: tuple[str, ...]) -> None:
    results = fits_of(ONE, 0.5 + 0.1 * EPOCHS[:n_epochs], FALLING[:n_epochs], noise=0.0001)
    assert words(results) == expected


def test_a_single_fit_improves_by_more_than_its_points_stray() -> None:
    assert words(fits_of(ONE, 0.5 + 0.01 * EPOCHS, n_folds=1), n_folds=1) == ("still improving",)
    assert words(fits_of(ONE, 0.5 + 0.0001 * EPOCHS, n_folds=1, noise=0.01), n_folds=1) == ()


RISING = np.maximum(0.5 - 0.05 * EPOCHS, 0.05 + 0.01 * EPOCHS)


def test_overfitting_is_a_held_out_loss_that_rises_while_the_training_loss_falls() -> None:
    assert words(fits_of(ONE, loss=0.3 / EPOCHS, val_loss=RISING)) == ("overfitting",)
    assert words(fits_of(ONE, loss=0.3 / EPOCHS, val_loss=RISING, n_folds=1), n_folds=1) == ("overfitting",)
    # The training loss rises, too: the rate is too high.
    assert words(fits_of(ONE, loss=RISING - 0.01, val_loss=RISING)) == ()
    # A gap that does not grow.
    assert words(fits_of(ONE, loss=FALLING, val_loss=FALLING + 0.5)) == ()
    # It began at the last epoch but one: too early to tell.
    assert words(fits_of(ONE, loss=0.3 / EPOCHS, val_loss=np.append(1 / EPOCHS[:18], [0.06, 0.07]))) == ()
    # What is still getting better does not overfit yet.
    improving = fits_of(ONE, 0.5 + 0.01 * EPOCHS, loss=0.3 / EPOCHS, val_loss=RISING)
    assert words(improving) == ("still improving",)


# Unstable


def spread_out(scores: dict[int, list[float]]) -> list[FitResult]:
    return [
        FitResult(Fit(Candidate({"x": x}), fold), "ok", {"val_accuracy": [value], "val_loss": [value]}, 1.0, 1)
        for x, values in scores.items()
        for fold, value in enumerate(values)
    ]


def test_unstable_is_a_spread_that_the_others_do_not_have() -> None:
    generator = np.random.default_rng(0)
    blocks = np.array([0.0, 0.05, -0.05])
    scores = {x: list(0.9 + blocks + 0.003 * generator.standard_normal(3)) for x in range(12)}
    # What a fold does to all is no instability.
    steady = told(spread_out(scores), n_held_out=10_000)
    assert not any(trial.diagnosis for trial in steady.values())
    scores[5] = [0.9, 0.6, 0.9]
    found = told(spread_out(scores), n_held_out=10_000)
    assert [x for x, trial in found.items() if "unstable" in trial.diagnosis] == [5]
    # So few samples stray as much.
    few = told(spread_out(scores), n_held_out=5)
    assert not any("unstable" in trial.diagnosis for trial in few.values())
    # Two trials have no others to compare with.
    assert told(spread_out({4: scores[4], 5: scores[5]}), n_held_out=10_000)[5].diagnosis == ()


def test_large_losses_may_differ_more() -> None:
    n_unstable = 0
    for seed in range(40):
        generator = np.random.default_rng(seed)
        scores = {x: list(np.exp(x / 2 + 0.02 * generator.standard_normal(3))) for x in range(12)}
        found = told(spread_out(scores), metric="loss")
        n_unstable += any("unstable" in trial.diagnosis for trial in found.values())
    # Each time 5%, over all trials together.
    assert n_unstable <= 5


def test_equal_scores_are_not_unstable() -> None:
    found = told(spread_out({x: [0.5, 0.5, 0.5] for x in range(5)}))
    assert not any(trial.diagnosis for trial in found.values())


# Groups

GRID = grid({"learning_rate": [1e-6, 0.001, 0.01, 0.1], "activation": ["relu", "tanh"], "epochs": [20]})
IDLE = np.full(20, 0.1)


def grouped(results: list[FitResult]) -> list[Trial]:
    candidates = list(dict.fromkeys(result.fit.candidate for result in results))
    trials = rank_trials(candidates, results, metric="accuracy", n_folds=N_FOLDS)
    return diagnosed(
        trials, results, metric="accuracy", task="classification", n_held_out=500, n_folds=N_FOLDS, majority=0.1
    )


def test_groups_tell_what_their_trials_have_in_common() -> None:
    results: list[FitResult] = []
    for candidate in GRID:
        rate = candidate["learning_rate"]
        if rate == 0.1:
            results += [diverged(candidate, fold) for fold in range(N_FOLDS)]
        else:
            results += fits_of(candidate, IDLE if rate == 1e-6 else SETTLED)
    trials = grouped(results)
    assert diagnosis_lines(trials) == [
        "2 trials diverged: learning_rate 0.1",
        "2 trials did not learn: learning_rate 1e-06",
    ]
    first, second = groups(trials)
    assert (first.word, len(first.trials), first.shared) == (
        "diverged", 2, (Shared("learning_rate", (0.1,), is_range=False),),
    )  # fmt: skip
    assert second.word == "not learning"


def test_both_ends_of_a_choice_may_be_too_far() -> None:
    idle = [c for c in GRID if c["learning_rate"] in (1e-6, 0.1)]
    results = [r for c in GRID for r in fits_of(c, IDLE if c in idle else SETTLED, noise=0.0)]
    assert diagnosis_lines(grouped(results)) == ["4 trials did not learn: learning_rate 1e-06 or 0.1"]


def test_groups_of_drawn_values_have_ranges() -> None:
    drawn = [Candidate({"learning_rate": 10 ** (-6 + n / 10), "l2": (n * 7 % 40) / 40, "x": "a"}) for n in range(40)]
    results = [
        r for n, candidate in enumerate(drawn) for r in fits_of(candidate, IDLE if n < 6 else SETTLED, noise=0.0)
    ]
    lines = diagnosis_lines(grouped(results))
    assert lines == ["6 trials did not learn: learning_rate 1e-06 … 3.16228e-06"]


def test_groups_without_anything_in_common_name_ranks() -> None:
    drawn = [Candidate({"learning_rate": n / 40, "l2": (n * 7 % 40) / 40}) for n in range(40)]
    results = [r for n, c in enumerate(drawn) for r in fits_of(c, IDLE if n in (3, 30) else SETTLED, noise=0.0)]
    assert diagnosis_lines(grouped(results)) == ["2 trials did not learn: ranks 39, 40"]
    results = [r for n, c in enumerate(drawn) for r in fits_of(c, IDLE if n == 3 else SETTLED, noise=0.0)]
    assert diagnosis_lines(grouped(results)) == ["1 trial did not learn: rank 40"]
    results = [r for n, c in enumerate(drawn) for r in fits_of(c, IDLE if n % 6 == 0 else SETTLED, noise=0.0)]
    assert diagnosis_lines(grouped(results)) == ["7 trials did not learn: ranks 34, 35, 36, 37, 38, …"]


def test_all_trials_of_a_run_are_all() -> None:
    results = [r for c in GRID for r in fits_of(c, IDLE, noise=0.0)]
    assert diagnosis_lines(grouped(results)) == [f"{len(GRID)} trials did not learn: all"]
    assert diagnosis_lines(grouped(fits_of(GRID[0], IDLE, noise=0.0))) == ["1 trial did not learn: rank 1"]


@pytest.mark.parametrize("n_ill", [1, 2, 3])
def test_of_many_parameters_chance_names_few(n_ill: int) -> None:
    named = 0
    rng = np.random.default_rng(0)
    for _ in range(200):
        # Drawn along three ranges, and whole numbers of which most but not all have one trial.
        drawn = [
            Candidate({"a": float(a), "b": float(b), "c": float(c), "batch_size": int(8 + 120 * d)})
            for a, b, c, d in rng.random((50, 4))
        ]
        trials = rank_trials(drawn, [], metric="accuracy", n_folds=1)
        ill = rng.choice(50, size=n_ill, replace=False)
        trials = [replace(trial, diagnosis=("unstable",) * (n in ill)) for n, trial in enumerate(trials)]
        (group,) = groups(trials)
        named += bool(group.shared)
    assert named / 200 <= 0.07


def test_a_value_of_one_trial_is_named_where_that_trial_is_there_to_try_it() -> None:
    tried = [Candidate({"optimizer": "Adam", "epochs": n}) for n in (5, 6, 6, 7)] + [Candidate({"optimizer": "SGD"})]
    trials = [
        replace(trial, diagnosis=("unstable",) * (trial.candidate["optimizer"] == "SGD"))
        for trial in rank_trials(tried, [], metric="accuracy", n_folds=1)
    ]
    assert groups(trials)[0].shared == ()
    named = [replace(trial, label=Label("x", axis="optimizer")) for trial in trials]
    assert groups(named)[0].shared == (Shared("optimizer", ("SGD",), is_range=False),)


def test_trials_too_short_to_have_a_trend_are_not_the_others() -> None:
    drawn = grid({"epochs": [1, 5], "learning_rate": [0.001, 0.01]})
    trials = rank_trials(drawn, [], metric="accuracy", n_folds=1)

    def shared(word: str) -> tuple[Shared, ...]:
        ill = [replace(t, diagnosis=(word,) * (t.candidate["epochs"] == 5)) for t in trials]
        return groups(ill)[0].shared

    assert shared("still improving") == shared("overfitting") == ()
    assert shared("unstable") == (Shared("epochs", (5,), is_range=False),)


def test_failures_are_told_elsewhere() -> None:
    results = [*fits_of(GRID[0]), failed(GRID[1], 0)]
    trials = grouped(results)
    assert [group.word for group in groups(trials)] == ["failed"]
    assert diagnosis_lines(trials) == []
