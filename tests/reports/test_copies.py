"""The winner's parameters as texts to copy: each does what it says."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from support.trials import all_fits, made_run, trials_of

from kerasgrid.axes.candidate import Candidate
from kerasgrid.estimators.classifier import KerasClassifier
from kerasgrid.reports.text.copies import copies
from kerasgrid.run.run import Run
from kerasgrid.space.spec import space_from_dict

SPACE: dict[str, Any] = {
    "name": "mine",
    "dataset": {"path": "my data.csv", "target": "y"},
    "strategy": "random",
    "trials": 5,
    "race": True,
    "cv": 4,
    "baselines": True,
    "confirm": 2,
    "params": {
        "hidden_units": [[64, 32], []],
        "learning_rate": {"log_uniform": {"low": 1e-4, "high": 1e-2}},
        "early_stopping": {"patience": 3},
        "epochs": 4,
    },
}
PARAMS: dict[str, Any] = {
    "model": "mlp",
    "hidden_units": (64, 32),
    "learning_rate": 0.0021,
    "early_stopping": {"patience": 3},
    "epochs": 4,
}


def run_with(params: dict[str, Any], space: dict[str, Any] | None = SPACE) -> Run:
    candidate = Candidate(params)
    run = made_run(trials_of([candidate], all_fits([candidate])))
    return replace(run, space=None if space is None else space_from_dict(space))


def test_json_is_the_candidate() -> None:
    texts = dict(copies(run_with(PARAMS)))
    assert list(texts) == ["JSON", "Python", "command line"]
    assert Candidate(json.loads(texts["JSON"])) == Candidate(PARAMS)


def test_python_makes_an_estimator_with_these_parameters() -> None:
    code = dict(copies(run_with(PARAMS)))["Python"]
    names: dict[str, Any] = {}
    exec(code, names)
    assert isinstance(names["model"], KerasClassifier)
    given = names["model"].get_params()
    assert {name: given[name] for name in PARAMS} == {**PARAMS, "hidden_units": [64, 32]}
    run = replace(run_with(PARAMS), task="regression")
    assert "kerasgrid.KerasRegressor(" in dict(copies(run))["Python"]


def test_a_model_of_ones_own_is_imported() -> None:
    texts = dict(copies(run_with({"model": "my_module:build", "width": 4})))
    assert texts["Python"] == (
        "import kerasgrid\nfrom my_module import build\n\nmodel = kerasgrid.KerasClassifier(\n    model=build,\n"
        "    width=4,\n)"
    )
    # No space file can name code.
    assert "command line" not in texts


def test_the_command_trains_the_winner_alone() -> None:
    command = dict(copies(run_with(PARAMS)))["command line"]
    first, *document, last = command.splitlines()
    assert first == "kerasgrid search /dev/stdin --out runs/mine_best <<'END'"
    assert last == "END"
    found = space_from_dict(json.loads("\n".join(document)))
    assert len(found.blocks) == 1
    assert (found.strategy, found.cv, found.name) == ("grid", 4, "mine_best")
    assert (found.race, found.baselines, found.confirm) == (None, (), None)
    assert found.dataset == space_from_dict(SPACE).dataset
    assert found.params == {
        "hidden_units": [[64, 32]], "learning_rate": 0.0021, "early_stopping": {"patience": 3}, "epochs": 4,
    }  # fmt: skip


def test_without_a_space_or_a_winner() -> None:
    assert [name for name, _ in copies(run_with(PARAMS, space=None))] == ["JSON", "Python"]
    assert copies(made_run()) == []
