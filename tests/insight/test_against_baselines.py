"""What baselines are, held against the best trial."""

from __future__ import annotations

from typing import Any

import pytest
from support.trials import fit_result

from kerasgrid.axes.candidate import Candidate
from kerasgrid.insight.against_baselines import Baseline, measured, verdicts
from kerasgrid.insight.ranking import Trial, rank_trials

CANDIDATES = [Candidate({"x": number}) for number in range(3)]
SCORES = ((0.90, 0.92, 0.91, 0.90), (0.88, 0.90, 0.88, 0.89), (0.85, 0.86, 0.87, 0.86))


def ranked(metric: str = "accuracy", n_repeats: int = 1, sign: float = 1.0) -> list[Trial]:
    fits = [
        fit_result(candidate, fold, sign * score, metric=metric, repeat=repeat)
        for candidate, scores in zip(CANDIDATES, SCORES, strict=True)
        for repeat in range(n_repeats)
        for fold, score in enumerate(scores)
    ]
    return rank_trials(CANDIDATES, fits, metric=metric, n_folds=4, n_repeats=n_repeats)


def baseline(*scores: float | None, **more: Any) -> Baseline:
    return measured("linear", "logistic regression", scores, [0.1] * len(scores), None, **more)


def test_behind_tied_and_ahead() -> None:
    baselines = [
        baseline(0.50, 0.51, 0.50, 0.52),
        baseline(0.90, 0.92, 0.90, 0.91),
        baseline(0.99, 1.00, 0.99, 0.98),
        baseline(0.9, None, 0.9, 0.9),
    ]
    assert verdicts(baselines[:2], ranked(), "accuracy", 0.25) == ["behind", "tied"]
    assert verdicts(baselines, ranked(), "accuracy", 0.25) == ["behind", "behind", "ahead", None]


def test_of_errors_the_lower_is_ahead() -> None:
    baselines = [baseline(0.50, 0.51, 0.50, 0.52), baseline(1.5, 1.6, 1.5, 1.4)]
    assert verdicts(baselines, ranked("mse"), "mse", 0.25) == ["ahead", "behind"]


def test_repeats_that_only_trials_have_do_not_count() -> None:
    baselines = [baseline(0.90, 0.92, 0.90, 0.91)]
    assert verdicts(baselines, ranked(n_repeats=3), "accuracy", 0.25) == ["tied"]


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_nothing_is_told_where_the_held_out_share_is_not_known(share: float) -> None:
    assert verdicts([baseline(0.9, 0.9, 0.9, 0.8)], ranked(), "accuracy", share) == [None]


def test_nothing_is_told_of_single_scores_or_without_trials() -> None:
    fits = [fit_result(CANDIDATES[0], 0, 0.9)]
    single = rank_trials(CANDIDATES[:1], fits, metric="accuracy", n_folds=1)
    assert verdicts([baseline(0.8)], single, "accuracy", 0.2) == [None]
    assert verdicts([baseline(0.8)], [], "accuracy", 0.2) == [None]


def test_mean_and_error() -> None:
    found = baseline(0.8, 0.9, 1.0)
    assert found.mean == pytest.approx(0.9)
    assert found.standard_error == pytest.approx(0.1 / 3**0.5)
    assert baseline(0.8).standard_error is None
    assert baseline(0.8, float("nan")).mean is None
    # Folds that every repeat has count once.
    assert baseline(0.8, 1.0, 0.8, 1.0, n_fixed=2).standard_error == pytest.approx(0.1)
