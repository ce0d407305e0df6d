"""Plans of data that gives its own splits: what they keep, and that it is enough to rebuild them without the data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.plans import counted, dataset, plan_of, space
from support.searches import run, score, searched

from kerasgrid.api import confirming
from kerasgrid.data.dataset import Splits
from kerasgrid.errors import RunError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.reports.tables.changes import changes_of
from kerasgrid.reports.text.listing import check_lines
from kerasgrid.run.given_splits import given_splits
from kerasgrid.run.making import read_run
from kerasgrid.run.plan import Plan
from kerasgrid.run.planning import make_plan
from kerasgrid.run.store import Store
from kerasgrid.run.watcher import Silence
from kerasgrid.space.spec import space_from_dict

N = len(dataset().y_train)
SPLITS = {
    "time": Splits(times=np.arange(N, dtype=np.float64)),
    "group": Splits(groups=np.arange(N) // 3),
    "validation": Splits(fold_of=np.where(np.arange(N) < 24, -1, 0).astype(np.int32)),
    "fold": Splits(fold_of=np.minimum(np.arange(N) // 6, 3).astype(np.int32)),
}


def data(by: str):
    return replace(dataset(), splits=SPLITS[by], notes=("told",))


@pytest.mark.parametrize(
    ("by", "n_folds", "n_train", "n_held_out", "n_fit", "n_scored"),
    [
        ("time", 2, [10, 20], [10, 10], 10, 10),
        ("group", 2, [15, 15], [15, 15], 15, 15),
        ("validation", 1, [24], [6], 24, 6),
        ("fold", 4, [24, 24, 24, 18], [6, 6, 6, 12], 18, 8),
    ],
)
def test_the_plan_knows_the_folds_that_the_data_gives(by, n_folds, n_train, n_held_out, n_fit, n_scored) -> None:
    plan, folds = make_plan(space(repeats=3), data(by))
    again = Plan.from_meta(plan.to_meta(), "here")
    assert len(folds) == 3 * n_folds
    for one in (plan, again):
        assert (one.n_folds, one.n_repeats) == (n_folds, 3)
        assert (one.n_fit_samples, one.n_held_out) == (n_fit, n_scored)
        assert one.splits is not None
        assert (list(one.splits.n_train), list(one.splits.n_held_out)) == (n_train, n_held_out)
        assert one.has_fixed_splits == (by != "group")
    assert list(again.fits) == list(plan.fits)
    assert len(plan.fits) == 3 * 3 * n_folds
    ratio = np.mean(np.array(n_held_out) / n_train)
    assert plan.held_out_share / (1 - plan.held_out_share) == pytest.approx(ratio)


def test_more_repeats_and_fits_of_fixed_splits_keep_their_keys() -> None:
    one, three = (plan_of(space(repeats=n), data("time")) for n in (1, 3))
    assert list(three.fits)[: len(one.fits)] == list(one.fits)
    assert len(set(three.fold_fingerprints)) == 2


def test_plans_of_other_data_keep_what_they_kept() -> None:
    plan = plan_of()
    assert plan.splits is None
    assert given_splits(plan.dataset) is None
    assert not plan.has_fixed_splits
    assert sorted(plan.dataset) == [
        "fingerprint", "input_shape", "majority", "n_test", "n_train", "name", "source",
    ]  # fmt: skip
    assert (plan.n_held_out, plan.n_fit_samples, plan.held_out_share) == (15, 15, 0.5)


def test_notes_are_kept_told_before_training_and_printed_by_check(tmp_path: Path) -> None:
    plan = plan_of(space(repeats=2), data("validation"))
    notes = [
        "told",
        "held out is what the data says, a validation set of 6 of 30 samples; cv 2 has no say",
        "repeats change seeds only: these splits cannot be shuffled",
    ]
    assert plan.dataset["notes"] == notes
    assert check_lines(plan, counted(plan), ["  x  number"])[2:7] == [
        "  x  number",
        *(f"            {note}" for note in notes),
        "candidates  3 × one hold-out split × 2 repeats = 6 fits, compared by accuracy",
    ]
    _, lines = run(tmp_path / "run", FakeFitter(score), plan)
    assert lines[:4] == [*notes, "training 6 fits"]
    _, lines = run(tmp_path / "run", FakeFitter(score), plan)
    assert lines == ["reusing 6 of 6 fits"]
    more = plan_of(space(repeats=3), data("validation"))
    _, lines = run(tmp_path / "run", FakeFitter(score), more)
    assert lines[:5] == [*notes, "reusing 6 of 9 fits", "training 3 fits"]


def test_a_run_is_told_by_its_folds(tmp_path: Path) -> None:
    searched(plan_of(space(repeats=2), data("fold")), tmp_path / "run")
    with Store.open_readonly(tmp_path / "run") as store:
        known = read_run(store)
    assert (known.n_folds, known.n_repeats, known.has_fixed_splits) == (4, 2, True)
    assert [trial.n_fixed for trial in known.trials] == [4, 4, 4]
    assert all(len(trial.scores) == 8 and len(trial.split_scores) == 4 for trial in known.trials)
    # The scores of the fake differ by folds alone, so means of repeats have the spread of one repeat.
    assert known.best is not None
    first = np.array(known.best.scores[:4], dtype=float)
    assert known.best.standard_error == pytest.approx(first.std(ddof=1) / 2)


def test_changes_count_overlaps_by_the_folds_that_the_data_gives(tmp_path: Path) -> None:
    asked = space(strategy="one_factor", baseline={"learning_rate": 0.01}, params={})
    document = {**asked.to_dict(), "params": {"hidden_units": [[4]], "learning_rate": [0.001, 0.01], "epochs": 2}}
    for by, share in (("time", 1 / (1 + 4 / 3)), (None, 0.5)):
        of = dataset() if by is None else data(by)
        outcome = searched(plan_of(space_from_dict(document), of), tmp_path / str(by))
        (change,) = changes_of(outcome.run)
        ours, base = (
            next(t.scores for t in outcome.run.trials if t.candidate["learning_rate"] == rate) for rate in (0.001, 0.01)
        )
        spread = np.std(np.subtract(ours, base), ddof=1)
        assert change.standard_error == pytest.approx(spread * (1 / 2 + share / (1 - share)) ** 0.5)


def test_a_confirmation_needs_the_folds_of_the_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    searched(plan_of(space(), data("fold")), tmp_path / "run")
    other = replace(data("fold"), splits=Splits(fold_of=(np.arange(N) % 4).astype(np.int32)))
    monkeypatch.setattr(confirming, "dataset_for", lambda *_, **__: other)
    message = (
        "run: the folds must be those of the search, got other folds from made .bring the old data back, or search"
    )
    with pytest.raises(RunError, match=message):
        confirming.confirm_run(str(tmp_path / "run"), lambda: FakeFitter(score), Silence(), top=1, repeats=2)
    monkeypatch.setattr(confirming, "dataset_for", lambda *_, **__: data("fold"))
    outcome = confirming.confirm_run(str(tmp_path / "run"), lambda: FakeFitter(score), Silence(), top=1, repeats=2)
    assert (outcome.run.n_confirmed, outcome.run.n_new_repeats, outcome.run.n_folds) == (1, 2, 4)
    assert len(outcome.run.trials[0].scores) == 12


def test_check_tells_the_steps_of_the_smallest_and_of_the_largest_fold() -> None:
    plan = plan_of(space({"batch_size": 5}), data("time"))
    assert "a fit       10 to 20 samples, 4 to 8 iterations" in check_lines(plan, counted(plan))
