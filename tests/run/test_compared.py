"""Runs side by side: what is compared, what differs, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.trials import fit_result, grid, made_run, trials_of

from kerasgrid.axes.candidate import Candidate
from kerasgrid.errors import RunError
from kerasgrid.insight.ranking import rank_trials
from kerasgrid.run.compared import compared_runs
from kerasgrid.run.run import Run
from kerasgrid.space.spec import space_from_dict

FOLDS = ("f1", "f2", "f3", "f4", "f5")
SPACE: dict[str, Any] = {
    "name": "one",
    "dataset": "digits",
    "cv": 5,
    "params": {"learning_rate": [0.1, 0.2], "epochs": 3},
}


def run_of(scores: dict[float, tuple[float, ...]], space: dict[str, Any] | None = None, **changes: Any) -> Run:
    candidates = [Candidate({"learning_rate": rate, "epochs": 3}) for rate in scores]
    results = [
        fit_result(candidate, fold, score)
        for candidate, row in zip(candidates, scores.values(), strict=True)
        for fold, score in enumerate(row)
    ]
    trials = rank_trials(candidates, results, metric="accuracy", n_folds=5)
    usual = made_run(trials, None, results, n_folds=5, fold_fingerprints=FOLDS, space=space_from_dict(space or SPACE))
    return replace(usual, **changes)


GOOD = {0.1: (0.90, 0.91, 0.92, 0.93, 0.94), 0.2: (0.80, 0.82, 0.81, 0.83, 0.84)}
BAD = {0.3: (0.70, 0.71, 0.72, 0.73, 0.74)}


def test_runs_on_the_same_folds_are_paired() -> None:
    found = compared_runs([run_of(GOOD), run_of(BAD)])
    assert (found.metric, list(found.names)) == ("accuracy", ["fmnist (1)", "fmnist (2)"])
    assert list(found.shared_splits) == list(FOLDS)
    assert found.compared.reason is None
    assert found.standings == ("ahead", "behind")
    difference = found.difference(1)
    assert difference is not None
    assert (round(difference.mean, 6), difference.n_splits) == (-0.2, 5)
    assert found.difference(0) is None


@pytest.mark.parametrize(
    ("folders", "is_same"),
    [
        (("runs/a", "runs/a"), True),
        (("runs/a", "runs/b"), False),
        (("runs/a", None), False),
        ((None, "runs/a"), False),
        ((None, None), False),
    ],
)
def test_a_run_without_a_folder_is_a_run_of_its_own(folders: tuple[str | None, ...], is_same: bool) -> None:
    places = [None if folder is None else Path(folder) for folder in folders]
    found = compared_runs([run_of(GOOD, folder=places[0]), run_of(BAD, folder=places[1])])
    assert found.compared.reason == ("they are the same run" if is_same else None)
    assert (found.difference(1) is None) == is_same


def test_a_run_is_one_by_whichever_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").symlink_to(tmp_path / "a")
    monkeypatch.chdir(tmp_path)
    one, *others = (
        run_of(GOOD, folder=folder) for folder in (Path("a"), tmp_path / "a", tmp_path / "b", Path("b/../a"))
    )
    for other in others:
        assert compared_runs([one, other]).compared.reason == "they are the same run"
    third = run_of(BAD, folder=tmp_path / "c")
    assert compared_runs([one, others[0], third]).compared.reason == "two of them are the same run"
    assert compared_runs([others[1], third, one]).compared.reason == "two of them are the same run"
    assert compared_runs([run_of(GOOD), third, one]).compared.reason is None


def test_a_run_in_memory_is_the_same_as_itself() -> None:
    run = run_of(GOOD)
    assert compared_runs([run, run]).compared.reason == "they are the same run"


def test_a_fold_is_found_by_what_it_is_not_by_its_place() -> None:
    turned = {0.3: tuple(reversed(GOOD[0.1]))}
    found = compared_runs([run_of(GOOD), run_of(turned, fold_fingerprints=FOLDS[::-1])])
    difference = found.difference(1)
    assert difference is not None
    assert (difference.mean, difference.standard_error) == (0.0, 0.0)


def test_other_folds_are_not_paired() -> None:
    found = compared_runs([run_of(GOOD), run_of(BAD, fold_fingerprints=("g1", "g2", "g3", "g4", "g5"))])
    assert found.shared_splits == []
    assert found.difference(1) is None
    assert found.standings == ("ahead", "behind")


def test_losses_count_the_other_way() -> None:
    def losses(rows: dict[float, tuple[float, ...]]) -> Run:
        candidates = [Candidate({"learning_rate": rate}) for rate in rows]
        results = [
            fit_result(candidate, fold, score, metric="loss")
            for candidate, row in zip(candidates, rows.values(), strict=True)
            for fold, score in enumerate(row)
        ]
        trials = rank_trials(candidates, results, metric="loss", n_folds=5)
        return made_run(trials, None, results, n_folds=5, metric="loss", fold_fingerprints=FOLDS)

    found = compared_runs([losses(GOOD), losses(BAD)])
    # The better loss of the first run is that of its other trial, 0.82.
    assert found.standings == ("behind", "ahead")
    difference = found.difference(1)
    assert difference is not None
    assert round(difference.mean, 6) == 0.1


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ({}, {}, None),
        ({"loss": "mse"}, {}, None),
        ({"loss": "mae"}, {"loss": "mae"}, None),
        (
            {"loss": "mse"},
            {"loss": "mae"},
            "losses of different kinds do not compare (the losses mean_squared_error, mean_absolute_error)",
        ),
        (
            {"loss": "huber", "huber_delta": 1.0},
            {"loss": "huber", "huber_delta": 2.0},
            "losses of different huber_delta do not compare (several values of huber_delta)",
        ),
        (
            {"target_scaling": "standard"},
            {"target_scaling": "none"},
            "losses of different target_scaling do not compare (several values of target_scaling)",
        ),
    ],
)
def test_losses_of_different_kinds_are_not_held_against_each_other(
    one: dict[str, Any], other: dict[str, Any], reason: str | None
) -> None:
    spaces = [
        space_from_dict({**SPACE, "metric": "loss", "params": {"epochs": 3, **params}}) for params in (one, other)
    ]
    usual = {"metric": "loss", "task": "regression"}
    runs = [run_of(row, blocks=asked.blocks, **usual) for row, asked in zip((GOOD, BAD), spaces, strict=True)]
    found = compared_runs(runs)
    assert found.compared.reason == reason
    assert (found.difference(1) is None) == (reason is not None)
    by_mse = [replace(run, metric="mse") for run in runs]
    assert compared_runs(by_mse).compared.reason is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"dataset": {"name": "other", "fingerprint": "00"}}, "they learned other data"),
        ({"task": "regression"}, "they learned other data"),
        ({"trials": ()}, "a run has no score"),
        ({"held_out_share": 1.5}, "it is not known how many samples were held out"),
    ],
)
def test_what_cannot_be_compared_is_only_shown(changes: dict[str, Any], reason: str) -> None:
    found = compared_runs([run_of(GOOD), run_of(BAD, **changes)])
    assert (found.compared.reason, found.standings) == (reason, ("tied", "tied"))
    assert found.difference(1) is None


def test_what_was_asked_otherwise_and_in_what_the_winners_differ() -> None:
    other = {**SPACE, "name": "two", "cv": 4, "params": {"learning_rate": [0.3], "epochs": 3, "dropout": 0.1}}
    found = compared_runs([run_of(GOOD), run_of(BAD, other)])
    assert found.asked == {"cv": [5, 4], "learning_rate": [[0.1, 0.2], [0.3]], "dropout": [None, 0.1]}
    assert found.parameters == {"learning_rate": [0.1, 0.3]}


def test_who_left_a_race_and_repeats_of_fixed_folds() -> None:
    run = run_of(GOOD, has_fixed_splits=True)
    twice = replace(run, n_repeats=2, fold_fingerprints=FOLDS * 2)
    trials = [replace(trial, scores=trial.scores * 2, n_fixed=5) for trial in twice.trials]
    found = compared_runs([replace(twice, trials=tuple(trials)), run_of(BAD)])
    assert list(found.shared_splits) == list(FOLDS)
    difference = found.difference(1)
    assert difference is not None
    assert (round(difference.mean, 6), difference.n_splits) == (-0.2, 5)


def test_refusals() -> None:
    with pytest.raises(RunError) as error:
        compared_runs([run_of(GOOD)])
    assert str(error.value) == "two runs or more can be compared, got 1 run"
    losses = made_run(trials_of(grid({"x": [1]}), []), metric="loss")
    with pytest.raises(RunError) as error:
        compared_runs([run_of(GOOD), losses])
    assert str(error.value) == (
        "runs that are compared must be ranked by one metric, got accuracy, loss (search one of them again with "
        "--metric: fits that recorded it are reused)"
    )
