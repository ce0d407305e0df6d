"""The options that say which data to learn from and what it is: search, random and check take the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.written import TINY, Ended, called, write, write_irises

from kerasgrid.api import checking, searching
from kerasgrid.api.searching import dataset_for, default_folder
from kerasgrid.api.spaces import dataset_document, space_of
from kerasgrid.cli import searching as commands
from kerasgrid.cli.asked import asked_space
from kerasgrid.cli.data_options import DataAsked
from kerasgrid.errors import DataError, KerasgridError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.space.dataset_spec import DatasetSpec

Call = Callable[..., Ended]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with spaces and a table in it."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "tiny.json")
    write_irises(tmp_path / "irises.csv")
    write(tmp_path / "mine.json", dataset={"path": "irises.csv", "target": "kind"})
    return tmp_path


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    return partial(called, monkeypatch, capsys)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What each search is asked to learn from; none goes on from there."""
    found: list[dict[str, Any]] = []

    def stop(space: Any, *_: Any, **__: Any) -> None:
        found.append(space.dataset.model_dump(exclude_defaults=True))
        raise KerasgridError("stopped")

    monkeypatch.setattr(searching, "dataset_for", stop)
    monkeypatch.setattr(checking, "dataset_for", stop)
    monkeypatch.setattr(commands, "_fitter", lambda jobs: FakeFitter(lambda fit: 0.5))
    return found


ALL = [
    "--target", "kind", "--task", "classification", "--drop", "a, b", "--drop", "c", "--group", "g", "--time", "t",
    "--fold", "f", "--missing", "?", "--missing", "-999", "--validation", "later.csv", "--test-split", "0.2",
    "--column", "zip=category", "--column", "a=b=yes/no", "--encoding", "cp1252",
]  # fmt: skip
SAID = {
    "target": "kind", "task": "classification", "drop": ["a", "b", "c"], "group": "g", "time": "t", "fold": "f",
    "missing": ["?", "-999"], "validation": "later.csv", "test_split": 0.2,
    "columns": {"zip": "category", "a=b": "yes/no"}, "encoding": "cp1252",
}  # fmt: skip


@pytest.mark.parametrize("command", ["search", "random", "check"])
def test_the_commands_share_them(call: Call, asked: list[dict[str, Any]], command: str) -> None:
    call(command, "tiny.json", "--dataset", "irises.csv", *ALL)
    call(command, "mine.json", *ALL)
    assert asked == [{"path": "irises.csv", **SAID}] * 2


@pytest.mark.parametrize(
    ("arguments", "dataset"),
    [
        ([], {"path": "irises.csv", "target": "kind"}),
        (["--group", "g"], {"path": "irises.csv", "target": "kind", "group": "g"}),
        (["--target", "a", "--target", "b, c"], {"path": "irises.csv", "target": ["a", "b, c"]}),
        (["--dataset", "digits"], {"name": "digits"}),
        (["--dataset", "other.csv", "--target", "y"], {"path": "other.csv", "target": "y"}),
        (["--dataset", "linear", "--size", "50"], {"name": "linear", "size": 50}),
    ],
)
def test_they_replace_the_data_or_change_the_spaces_own(
    call: Call, asked: list[dict[str, Any]], arguments: list[str], dataset: dict[str, Any]
) -> None:
    call("search", "mine.json", *arguments)
    assert asked == [dataset]


def test_a_folder_is_a_path(here: Path) -> None:
    (here / "shapes").mkdir()
    assert dataset_document("shapes") == {"path": "shapes"}
    assert dataset_document("there/is/none") == {"path": "there/is/none"}
    assert dataset_document("irises.csv", target="kind") == {"path": "irises.csv", "target": "kind"}
    assert dataset_document("shape") == {"name": "shape"}
    (here / "digits").mkdir()
    assert dataset_document("digits") == {"name": "digits"}
    space = space_of("tiny.json")
    assert default_folder(space, "shapes/") == Path("runs/tiny-shapes")
    assert default_folder(space, ".") == Path(f"runs/tiny-{here.name}")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--column", "zip"], "Invalid value for --column: must be NAME=KIND, such as zip=category, got zip"),
        (["--column", "=number"], "Invalid value for --column: must be NAME=KIND, such as zip=category, got =number"),
        (["--size", "big"], "must be height x width, such as 64x64, got big"),
        (["--size", "1x2x3"], "must be height x width, such as 64x64, got 1x2x3"),
        (["--size", "64x"], "must be height x width, such as 64x64, got 64x"),
    ],
)
def test_what_cannot_be_read_is_refused(call: Call, arguments: list[str], message: str) -> None:
    ended = call("check", "mine.json", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert message in " ".join(ended.err.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--task", "clasification"], "dataset.task: must be 'classification', 'regression' or 'multilabel', got "),
        (["--test-split", "1.5"], "dataset.test_split: must be below 1, got 1.5"),
        (["--column", "a=word"], "dataset.columns.a: must be "),
        (["--color", "grey"], "dataset.color: must be 'rgb' or 'grayscale', got \"grey\""),
    ],
)
def test_what_is_no_such_value_is_refused_by_the_space(call: Call, arguments: list[str], message: str) -> None:
    ended = call("check", "mine.json", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"kerasgrid: {message}")


def test_a_size_has_height_and_width() -> None:
    from kerasgrid.cli.data_options import parse_size

    assert [parse_size(text) for text in ("64x48", "64X48", "64×48", "64")] == [[64, 48]] * 3 + [64]


def test_check_tells_columns_and_notes(call: Call) -> None:
    ended = call("check", "mine.json", "--test-split", "0.25")
    assert ended.code == 0, ended.err
    lines = ended.out.splitlines()
    assert ["kind", "target"] in [line.split() for line in lines]
    assert "            test set: 15 of 60 samples" in lines


def test_a_search_tells_them_before_it_trains(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_fitter", lambda jobs: FakeFitter(lambda fit: 0.5))
    command = ("search", "mine.json", "--test-split", "0.25")
    first, second, third = (call(*command, *more).err.splitlines() for more in ([], [], ["--repeats", "2"]))
    assert [line.split()[0] for line in first[:3]] == ["length", "width", "kind"]
    note = first.index("test set: 15 of 60 samples")
    assert first[note + 1].startswith("training ")
    assert second == ["reusing 4 of 4 fits"]
    # What columns are is said once; what was decided whenever something is trained.
    assert third[third.index("test set: 15 of 60 samples") + 1].startswith("reusing ")
    assert not any(line.split()[:2] == ["length", "number"] for line in third)


# From Python


def test_other_data_takes_what_the_space_says_of_its_own(here: Path) -> None:
    space = space_of({**TINY, "dataset": {"path": "x.csv", "target": "kind", "test_split": 0.25, "encoding": "ascii"}})
    dataset = dataset_for(space, "irises.csv")
    assert (len(dataset.x_train), dataset.targets) == (45, ("kind",))
    np.savez(here / "mine.npz", x=np.random.default_rng(0).random((20, 3)), y=np.arange(20) % 2)
    assert len(dataset_for(space, "mine.npz").x_train) == 15
    arrays = dataset_for(space, (np.random.default_rng(0).random((20, 3)), np.arange(20) % 2))
    assert (len(arrays.x_train), arrays.x_test is not None) == (15, True)
    with pytest.raises(DataError, match="test_split: digits has a test set already"):
        dataset_for(space, "digits")


def test_options_of_the_random_space_stay(here: Path) -> None:
    from kerasgrid.cli.asked import random_space

    assert asked_space("mine.json", data=DataAsked(None, {"fold": "f"})).dataset == DatasetSpec(
        path="irises.csv", target="kind", fold="f"
    )
    assert random_space(None, data=DataAsked("irises.csv", {"target": "kind"})).metric is None
    assert json.loads((here / "mine.json").read_text())["dataset"] == {"path": "irises.csv", "target": "kind"}
