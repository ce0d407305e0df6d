"""What the views of a page draw, as data."""

from __future__ import annotations

import json
from dataclasses import replace

from support.trials import FMNIST, all_fits, diverged, fit_result, grid, made_run, plausible, trials_of

from kerasgrid.axes.candidate import Candidate
from kerasgrid.insight.race_marks import Dropped
from kerasgrid.insight.ranking import rank_trials
from kerasgrid.reports.tables.views import views

CANDIDATES = grid(FMNIST)


def test_every_list_has_one_entry_for_each_trial_with_a_score() -> None:
    results = all_fits(CANDIDATES)
    results[0] = diverged(CANDIDATES[0], 0)
    trials = trials_of(CANDIDATES, results)
    run = made_run(trials, results=results)
    found = views(run)
    assert found["uid"] == [f"t{rank}" for rank in range(1, 144)]
    for name in ("mean", "error", "state", "place"):
        assert len(found[name]) == 143
    assert all(len(values) == 143 for values in found["cost"].values())
    assert [len(axis["cells"]) for axis in found["axes"]] == [143] * 6
    # In the order of the fits; the first candidate diverged.
    assert sorted(found["place"]) == list(range(2, 145))
    assert found["state"].count("best") == 1
    assert found["state"].count("tied") == len(run.tie_set.trials) - 1
    assert found["sign"] == 1
    json.dumps(found, allow_nan=False)


def test_axes_come_by_importance_with_the_means_of_their_values() -> None:
    results = all_fits(CANDIDATES)
    run = made_run(trials_of(CANDIDATES, results), results=results)
    found = views(run)
    effects = run.effects()
    assert [axis["name"] for axis in found["axes"]] == [axis.factor.name for axis in effects.axes]
    rate = next(axis for axis in found["axes"] if axis["name"] == "learning_rate")
    assert rate["levels"] == ["0.001", "0.002", "0.01"]
    told = next(axis for axis in effects.axes if axis.factor.name == "learning_rate")
    assert [(round(mean, 5), round(error, 7)) for _, mean, error in rate["line"]] == [
        (round(level.mean or 0, 5), round(level.standard_error or 0, 7)) for level in told.levels
    ]
    values = [trial.candidate["learning_rate"] for trial in run.trials]
    assert [float(rate["levels"][cell]) for cell in rate["cells"]] == values
    assert found["method"] == ["Shares of the variance between 144 trials of a complete grid; "
                               + found["method"][0].partition("; ")[2]]  # fmt: skip


def test_a_range_has_its_ends_and_a_line() -> None:
    candidates = [Candidate({"learning_rate": 1e-4 * 1.3**n, "epochs": 2}) for n in range(30)]
    results = [fit_result(one, fold, plausible(one, fold)) for one in candidates for fold in range(3)]
    run = made_run(trials_of(candidates, results), results=results)
    (axis,) = views(run)["axes"]
    assert (axis["log"], axis["low"]) == (True, 0.0001)
    assert "levels" not in axis
    assert len(axis["line"]) > 10
    (quick,) = views(run, with_effects=False)["axes"]
    assert (quick["line"], quick["importance"], quick["cells"]) == ([], None, axis["cells"])


def test_who_left_a_race_is_marked() -> None:
    results = all_fits(CANDIDATES[:4])
    trials = trials_of(CANDIDATES[:4], results)
    trials[3] = replace(trials[3], dropped=Dropped(2, 3, 0.4, 0.01))
    assert views(made_run(trials, results=results))["state"][3] == "dropped"


def test_learning_curves_are_thinned_and_of_the_best_trials() -> None:
    candidates = [Candidate({"learning_rate": 0.001 * (1 + n)}) for n in range(120)]
    results = []
    for n, candidate in enumerate(candidates):
        one = fit_result(candidate, 0, 0.5 + 0.001 * n)
        curve = {"loss": [1.0] * 130, "accuracy": [0.5] * 130, "val_accuracy": [0.5] * 129 + [0.5 + 0.001 * n]}
        results.append(replace(one, curve=curve))
    trials = rank_trials(candidates, results, metric="accuracy", n_folds=1)
    lines = views(made_run(trials, results=results, n_folds=1), with_effects=False)["curves"]["lines"]
    assert list(lines) == [f"t{rank}" for rank in range(1, 101)]
    assert len(lines["t1"]) <= 61
    assert (lines["t1"][0][0], lines["t1"][-1]) == (1, [130, 0.619])


def test_one_epoch_is_no_curve() -> None:
    candidate = Candidate({"learning_rate": 0.1})
    result = replace(fit_result(candidate, 0, 0.5), curve={"loss": [1.0], "accuracy": [0.5], "val_accuracy": [0.5]})
    trials = rank_trials([candidate], [result], metric="accuracy", n_folds=1)
    assert views(made_run(trials, results=[result], n_folds=1))["curves"]["lines"] == {}
