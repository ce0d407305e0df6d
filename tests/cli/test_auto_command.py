"""``kerasgrid auto`` on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from support.tables import written
from support.written import Ended, called

import kerasgrid
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.space import files
from kerasgrid.workers.fitters import FITTERS, FitterKind

Call = Callable[..., Ended]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Call:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "mine.csv", {"x": [place / 60 for place in range(60)], "y": ["a", "b"] * 30})
    kind = FitterKind(
        "local", "", lambda jobs: FakeFitter(lambda fit: 0.5 + float(str(fit.candidate["learning_rate"])))
    )
    monkeypatch.setitem(FITTERS._rows, "local", kind)
    monkeypatch.setattr("kerasgrid.api.searching._baseline_trainer", lambda *args: None)
    load_space = files.load_space
    monkeypatch.setattr(files, "load_space", lambda name: load_space(name).changed(trials=6))
    return partial(called, monkeypatch, capsys)


def test_from_a_file_to_a_page(call: Call, tmp_path: Path) -> None:
    ended = call("auto", "mine.csv", "--target", "y", "--minutes", "1")
    assert ended.code == 0
    assert "classification of y, 2 classes: searching the space auto_table_classification" in ended.err
    assert "compared by accuracy on 5 folds" in ended.err
    assert (tmp_path / "runs" / "auto-mine" / "report.html").exists()
    assert "kerasgrid predict runs/auto-mine FILE" in ended.out
    again = call("auto", "--dataset", "mine.csv", "--target", "y", "--max-time", "1m")
    assert again.code == 0
    assert "going on with runs/auto-mine" in again.err


def test_as_many_trials_as_asked_for(call: Call, tmp_path: Path) -> None:
    ended = call("auto", "mine.csv", "--target", "y", "--trials", "3")
    assert ended.code == 0
    assert len((tmp_path / "runs" / "auto-mine" / "results.csv").read_text(encoding="utf-8").splitlines()) == 4
    both = call("auto", "mine.csv", "--target", "y", "--trials", "2", "--minutes", "1", "--print-space")
    assert json.loads(both.out)["trials"] == 2


def test_without_a_seed_it_goes_on_with_that_of_the_folder(call: Call) -> None:
    asked = "auto", "mine.csv", "--target", "y", "--trials", "3", "--seed", "4"
    first = call(*asked)
    assert (first.code, "going on" in first.err) == (0, False)
    again = call(*asked[:-2])
    assert (again.code, "going on with runs/auto-mine" in again.err) == (0, True)
    assert json.loads(call(*asked[:-2], "--print-space").out)["seed"] == 4
    assert json.loads(call(*asked[:-1], "0", "--print-space").out)["seed"] == 0
    assert "going on" not in call(*asked[:-1], "0").err
    run = kerasgrid.auto("mine.csv", "y", max_trials=3, minutes=None, seed=2, out="two", progress=False)
    assert run.seed == 2
    assert kerasgrid.auto("mine.csv", "y", max_trials=3, minutes=None, out="two", progress=False).seed == 2


def test_a_single_network(call: Call) -> None:
    asked = "auto", "mine.csv", "--target", "y", "--print-space"
    spaces = [json.loads(call(*asked, *more).out) for more in ((), ("--single",))]
    assert [one.get("ensemble") for one in spaces] == [True, None]


def test_the_space_can_be_printed(call: Call, tmp_path: Path) -> None:
    ended = call("auto", "mine.csv", "--target", "y", "--metric", "f1_macro", "--seed", "4", "--print-space")
    space = json.loads(ended.out)
    assert (space["name"], space["metric"], space["seed"]) == ("auto_table_classification", "f1_macro", 4)
    assert space["dataset"] == {"path": "mine.csv", "target": "y"}
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give the data: a file, a folder or a name"),
        (("mine.csv", "--dataset", "mine.csv"), "give the data once, as DATA"),
        (("other.csv", "--target", "y"), "other.csv"),
        (("mine.csv", "--target", "z"), "z"),
        (("mine.csv", "--target", "y", "--minutes", "0"), "0"),
        (("mine.csv", "--target", "y", "--metric", "r2"), "metric: must suit the task classification"),
    ],
)
def test_what_is_wrong_is_said(call: Call, arguments: tuple[str, ...], message: str) -> None:
    ended = call("auto", *arguments)
    assert ended.code == 2
    assert message in ended.err
    assert "Traceback" not in ended.err
