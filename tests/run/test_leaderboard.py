"""Networks and simple models in one table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.plans import plan_of
from support.searches import run, score

from kerasgrid.fits.fake import FakeFitter
from kerasgrid.insight.against_baselines import Baseline
from kerasgrid.run.leaderboard import leaderboard
from kerasgrid.run.run import Run


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(tmp_path_factory.mktemp("runs") / "run", FakeFitter(score), plan_of())[0].run


def baseline(name: str, mean: float | None, verdict: Any = None) -> Baseline:
    return Baseline(name, f"a {name}", (mean,), mean, None if mean is None else 0.01, 0.5, verdict=verdict)


def test_the_best_comes_first_whatever_it_is(searched: Run) -> None:
    ahead, lost = baseline("line", 2.0, "ahead"), baseline("tree", None)
    table = leaderboard(replace(searched, baselines=(baseline("guess", -1.0, "behind"), lost, ahead)))
    assert table.index.tolist() == list(range(1, len(searched.trials) + 4))
    assert table.iloc[0][["model", "kind", "score", "seconds", "verdict"]].tolist() == [
        "a line",
        "simple model",
        2.0,
        0.5,
        "ahead",
    ]
    assert table["model"].tolist()[-2:] == ["a guess", "a tree"]
    networks = table[table["kind"] == "network"]
    assert networks["score"].tolist() == [trial.mean for trial in searched.trials]
    assert networks["standard_error"].tolist() == [trial.standard_error for trial in searched.trials]
    tied = {trial.rank for trial in searched.tie_set.trials}
    expected = ["tied" if trial.rank in tied else "behind" for trial in searched.trials]
    assert networks["verdict"].tolist() == ["best", *expected[1:]]
    assert networks["model"].is_unique


def test_losses_are_negated(searched: Run) -> None:
    table = leaderboard(replace(searched, metric="loss", trials=searched.trials[:1], baselines=()))
    best = searched.trials[0]
    assert best.mean is not None
    assert table["score"].tolist() == [-best.mean]
    assert table["model"].tolist() == ["mlp"]  # a single one differs from nothing


def test_nothing_is_said_where_nothing_can_be_told(searched: Run) -> None:
    one_fold = replace(searched, trials=[replace(trial, scores=trial.scores[:1]) for trial in searched.trials])
    assert one_fold.tie_set.reason is not None
    assert leaderboard(one_fold)["verdict"].tolist() == ["best", *[None] * (len(searched.trials) - 1)]


def test_a_run_without_trials_is_an_empty_table(searched: Run) -> None:
    assert leaderboard(replace(searched, trials=())).empty
