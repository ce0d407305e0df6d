"""The baselines of a search: trained once, kept, and told."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import f1_score
from support.plans import dataset, plan_of, space
from support.searches import Impatient, run, score, searched

from kerasgrid.api import searching
from kerasgrid.api.searching import Prepared, carry_out
from kerasgrid.baselines.fit import BaselineFit, BaselineResult
from kerasgrid.baselines.table import BASELINES
from kerasgrid.baselines.training import outputs_on
from kerasgrid.errors import SpaceError
from kerasgrid.fits.deadline import Deadline
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.reports.ahead.illustrator import NoIllustrator
from kerasgrid.run.baselines import baseline_fits, known_baselines, train_baselines
from kerasgrid.run.space_folds import make_space_folds
from kerasgrid.run.store import Store
from kerasgrid.run.watcher import Silence
from kerasgrid.workers.baselines import BaselineCrew

LEVEL = {"constant": 0.33, "linear": 0.6, "boosting": 0.95}


class Trainer:
    """Trains by a table of scores."""

    def __init__(self, n: int | None = None, error: str = "") -> None:
        self.n, self.error = n, error
        self.trained: list[BaselineFit] = []
        self.left: list[float | None] = []

    def __call__(self, fits: Sequence[BaselineFit], deadline: Deadline | None) -> Generator[BaselineResult, None, None]:
        self.left.append(None if deadline is None else deadline.left)
        for fit in fits[: self.n]:
            self.trained.append(fit)
            if self.error and fit.name == "boosting":
                yield BaselineResult(fit, error=self.error)
            else:
                yield BaselineResult(fit, {"accuracy": LEVEL[fit.name] + 0.001 * fit.fold}, 0.5)
            self.left.append(None if deadline is None else deadline.left)


ASKED = space(baselines=True, cv=3)


def trained(folder: Path, trainer: Trainer, plan: Any = None, seconds: float | None = None) -> list[str]:
    said: list[str] = []
    with Store.create_or_open(folder) as store:
        train_baselines(plan or plan_of(ASKED), store, trainer, seconds, said.append)
    return said


def test_each_is_trained_once_on_every_fold(tmp_path: Path) -> None:
    trainer = Trainer()
    said = trained(tmp_path / "run", trainer)
    assert said == ["training simple models to be held against: constant, linear, boosting"]
    assert trainer.trained == [BaselineFit(name, fold) for name in LEVEL for fold in range(3)]
    assert trained(tmp_path / "run", trainer) == []
    # One more repeat is trained beside what is there.
    trained(tmp_path / "run", trainer, plan_of(ASKED.changed(repeats=2)))
    assert trainer.trained[9:] == [BaselineFit(name, fold, 1) for name in LEVEL for fold in range(3)]


def test_what_was_trained_before_the_end_is_kept(tmp_path: Path) -> None:
    trainer = Trainer(n=4)
    said = trained(tmp_path / "run", trainer, seconds=1.0)
    assert said[-1] == "there was no time for the baselines linear, boosting"
    # Their time begins with the first result.
    begin, *then = trainer.left
    assert begin == pytest.approx(4.0, abs=0.5)
    assert [left <= 1.0 for left in then if left is not None] == [True] * 4
    trainer.n = None
    trained(tmp_path / "run", trainer)
    assert len(trainer.trained) == len(set(trainer.trained)) == 9


def test_why_one_failed_is_said_once_and_known(tmp_path: Path) -> None:
    said = trained(tmp_path / "run", Trainer(error="MemoryError: no room"))
    assert said[1:] == ["the baseline boosting failed: MemoryError: no room"]
    with Store.open_readonly(tmp_path / "run") as store:
        found = known_baselines(plan_of(ASKED), store, [], 1 / 3)
    assert [(one.name, one.mean is None, one.error) for one in found] == [
        ("constant", False, None),
        ("linear", False, None),
        ("boosting", True, "MemoryError: no room"),
    ]


def test_a_search_asks_for_those_that_suit_and_a_run_tells_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(ASKED)
    assert {fit.name for fit in baseline_fits(plan).values()} == set(LEVEL)
    assert not baseline_fits(plan_of(space()))
    assert {fit.name for fit in baseline_fits(plan_of(space(baselines=["linear", "neighbours"]))).values()} == {
        "linear"
    }
    trained(tmp_path / "run", Trainer())
    outcome, _ = run(tmp_path / "run", FakeFitter(score), plan)
    assert [(one.name, one.verdict) for one in outcome.run.baselines] == [
        ("constant", "behind"),
        ("linear", "behind"),
        ("boosting", "ahead"),
    ]
    assert outcome.run.baselines[1].label == "logistic regression"
    written = json.loads((tmp_path / "run" / "best_params.json").read_text())
    assert written["baselines"]["boosting"]["mean"] == pytest.approx(0.951)
    assert written["baselines"]["boosting"]["verdict"] == "ahead"
    summary = (tmp_path / "run" / "summary.md").read_text()
    assert "| gradient-boosted trees | 0.9510 ± 0.0006 | 0.5 s | better |" in summary
    assert "Better than the best trial, with 95% confidence: gradient-boosted trees" in summary
    page = (tmp_path / "run" / "report.html").read_text()
    assert "<td>logistic regression</td><td>0.6010 ± 0.0006</td><td>0.5 s</td><td>worse</td>" in page


def test_a_run_without_says_nothing(tmp_path: Path) -> None:
    outcome = searched(plan_of(), tmp_path / "run")
    assert outcome.run.baselines == ()
    assert json.loads((tmp_path / "run" / "best_params.json").read_text())["baselines"] is None
    assert "Simple models" not in (tmp_path / "run" / "summary.md").read_text()


def test_worker_processes_train_them_in_a_search(tmp_path: Path) -> None:
    asked = space(baselines=["constant", "linear"], metric="f1_macro")
    prepared = searching.prepare(asked, tmp_path / "run", dataset())
    fake = FakeFitter(score)
    outcome = carry_out(prepared, fake, Silence(), illustrator=NoIllustrator())
    assert [one.name for one in outcome.run.baselines] == ["constant", "linear"]
    assert all(one.mean is not None and one.error is None for one in outcome.run.baselines)
    data = dataset()
    expected = [
        f1_score(
            data.y_train[fold.held_out], outputs_on(BASELINES["linear"], data, fold).argmax(axis=1), average="macro"
        )
        for fold in make_space_folds(asked, data)
    ]
    assert outcome.run.baselines[1].scores == pytest.approx(expected)
    assert 0 < (outcome.run.baselines[1].seconds or 0) < 60


def test_ctrl_c_keeps_what_was_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: BaselineCrew, fits: Sequence[BaselineFit], deadline: Deadline | None = None) -> Any:
        yield BaselineResult(fits[0], {"accuracy": 0.5}, 0.1)
        raise KeyboardInterrupt

    monkeypatch.setattr(BaselineCrew, "train", interrupted)
    asked = space(baselines=["constant"])
    prepared: Prepared = searching.prepare(asked, tmp_path / "run", dataset())
    outcome = carry_out(prepared, FakeFitter(score), Impatient(), illustrator=NoIllustrator())
    assert outcome.end == "interrupted"
    with Store.open_readonly(tmp_path / "run") as store:
        assert len(store.evaluations(baseline_fits(plan_of(asked)))) == 1


@pytest.mark.parametrize(
    ("baselines", "message"),
    [
        ("lienar", "baselines[0]: must be true, false, or a list of constant, linear, boosting, neighbours, "
         'got "lienar" (did you mean linear?)'),
        (3, "baselines: must be true, false, or a list of constant, linear, boosting, neighbours, got 3"),
        ([True], "baselines[0]: must be true, false, or a list of constant, linear, boosting, neighbours, got true"),
    ],
)  # fmt: skip
def test_what_is_no_baseline_is_refused(baselines: Any, message: str) -> None:
    with pytest.raises(SpaceError) as raised:
        space(baselines=baselines)
    assert str(raised.value) == message


def test_the_loss_is_no_metric_to_hold_them_against() -> None:
    with pytest.raises(SpaceError) as raised:
        space(baselines=True, metric="loss")
    assert str(raised.value) == "baselines: the loss is the networks' own (name another metric)"


def test_a_file_says_true_for_all() -> None:
    assert space(baselines=True).to_dict()["baselines"] is True
    assert space(baselines=["boosting", "linear"]).to_dict()["baselines"] == ["linear", "boosting"]
    assert "baselines" not in space(baselines=False).to_dict()
