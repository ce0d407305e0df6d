"""Every source of the table keeps the contract of sources, and so do three that are none of ours."""

from __future__ import annotations

import gzip
import pickle
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from support.source_contract import SourceContract

from kerasgrid.api.searching import dataset_for
from kerasgrid.cli.asked import asked_space
from kerasgrid.cli.data_options import DataAsked
from kerasgrid.data.cifar import BATCHES
from kerasgrid.data.idx import FILES
from kerasgrid.data.raw import Raw
from kerasgrid.data.source import Request, Source
from kerasgrid.data.sources import SOURCES, load_dataset
from kerasgrid.errors import DataError, SpaceError
from kerasgrid.reports.text.listing import list_lines
from kerasgrid.space.spec import Space, space_from_dict


class TestDigits(SourceContract):
    name = "digits"


class TestLinear(SourceContract):
    name = "linear"


class TestFreeFall(SourceContract):
    name = "free_fall"


class TestSine(SourceContract):
    name = "sine"


class TestMnist(SourceContract):
    name = "mnist"

    def request(self, folder: Path) -> Request:
        (folder / self.name).mkdir()
        for file in FILES:
            n = 20 if file.startswith("train") else 10
            shape = (n, 28, 28) if "images" in file else (n,)
            content = bytes((0, 0, 8, len(shape))) + struct.pack(f">{len(shape)}I", *shape)
            content += (np.arange(np.prod(shape)) % 10).astype(np.uint8).tobytes()
            (folder / self.name / f"{file}.gz").write_bytes(gzip.compress(content, 1))
        return Request(self.name, data_dir=folder)


class TestFashionMnist(TestMnist):
    name = "fashion_mnist"


class TestCifar10(SourceContract):
    name = "cifar10"

    def request(self, folder: Path) -> Request:
        inner = folder / "cifar-10-batches-py"
        inner.mkdir()
        pixels = (np.arange(10 * 3072) % 251).astype(np.uint8).reshape(10, 3072)
        for batch in BATCHES:
            (inner / batch).write_bytes(pickle.dumps({b"data": pixels, b"labels": list(range(10))}, 2))
        return Request(self.name, data_dir=folder)


class TestNpz(SourceContract):
    name = "npz"

    def request(self, folder: Path) -> Request:
        x, y = np.arange(48.0).reshape(12, 4), np.arange(12) % 3
        np.savez(folder / "mine.npz", x_train=x, y_train=y, x_test=x[:6], y_test=y[:6])
        return Request("mine", folder / "mine.npz")


class TestCsv(SourceContract):
    name = "csv"

    def request(self, folder: Path) -> Request:
        (folder / "My.Table.CSV").write_text("a,b,kind\n1,2,cat\n3,4,dog\n5,6,cat\n", encoding="utf-8")
        return Request("My.Table", folder / "My.Table.CSV", target=("kind",))


class TestPackedTsv(SourceContract):
    name = "csv"

    def request(self, folder: Path) -> Request:
        (folder / "v1.tsv.GZ").write_bytes(gzip.compress(b"a\tb\tkind\n1\tx\tcat\n3\ty\tdog\n5\tx\tcat\n"))
        return Request("v1", folder / "v1.tsv.GZ", target=("kind",))


class TestParquet(SourceContract):
    name = "parquet"

    def request(self, folder: Path) -> Request:
        frame = pd.DataFrame({"a": [1, 3, 5], "b": ["x", "y", "x"], "kind": ["cat", "dog", "cat"]})
        frame.to_parquet(folder / "my.parquet")
        return Request("my", folder / "my.parquet", target=("kind",))


class TestExcel(SourceContract):
    name = "excel"

    def request(self, folder: Path) -> Request:
        pytest.importorskip("openpyxl")
        frame = pd.DataFrame({"size": [0.5, 1.5] * 10, "colour": ["red", "blue"] * 10, "kind": ["a", "b"] * 10})
        frame.to_excel(folder / "my.xlsx", index=False)
        return Request("my", folder / "my.xlsx", target=("kind",))


class TestJson(SourceContract):
    name = "json"

    def request(self, folder: Path) -> Request:
        frame = pd.DataFrame({"size": [0.5, 1.5] * 10, "colour": ["red", "blue"] * 10, "kind": ["a", "b"] * 10})
        frame.to_json(folder / "my.json", orient="records")
        return Request("my", folder / "my.json", target=("kind",))


class TestImageFolder(SourceContract):
    name = "image_folder"

    def request(self, folder: Path) -> Request:
        for part in ("train", "test"):
            for number in range(6):
                path = folder / "v1.2" / part / ["cat", "dog"][number % 2] / f"{number}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.new("L", (5, 4), 40 * number).save(path)
        return Request("v1.2", folder / "v1.2")


def read_lines(request: Request) -> Raw:
    """Read a line a sample: a word, and numbers."""
    try:
        rows = [line.split() for line in request.path.read_text(encoding="utf-8").splitlines()]
        x = np.array([[float(value) for value in values] for _, *values in rows])
    except ValueError as error:
        raise DataError("must hold a word and numbers a line", where=str(request.path), got=str(error)) from None
    return Raw(x, np.array([word for word, *_ in rows]), source=str(request.path))


def read_folder(request: Request) -> Raw:
    """Read a folder that has a folder for each class, and a file with a number for each sample."""
    files = sorted(request.path.glob("*/*.txt"))
    if not files:
        raise DataError("must hold a folder for each class", where=str(request.path), got="none")
    x = np.array([[float(file.read_text(encoding="utf-8"))] for file in files])
    return Raw(x, np.array([file.parent.name for file in files]), source=str(request.path))


def read_steps(request: Request) -> Raw:
    """Make as many steps as asked for."""
    x = np.arange(float(request.size or 12))[:, None]
    return Raw(x, x[:, 0] // 3, source="made")


TOY = Source("toy", '{"path": "mine.toy"}', read_lines, suffixes=(".toy", ".toy.txt"))
CLASSES = Source("classes", '{"path": "folder"}', read_folder, reads_folders=True, holds=(".txt",))
STEPS = Source("steps", "whole numbers, three to a step", read_steps, options=("size",), task="regression")


@pytest.fixture
def toys() -> Iterator[None]:
    with SOURCES.with_row(TOY), SOURCES.with_row(CLASSES), SOURCES.with_row(STEPS):
        yield


@pytest.mark.usefixtures("toys")
class TestToyFile(SourceContract):
    name = "toy"

    def request(self, folder: Path) -> Request:
        (folder / "x.toy.txt").write_text("cat 1 2\ndog 3 4\ncat 5 6\n", encoding="utf-8")
        return Request("x", folder / "x.toy.txt")


@pytest.mark.usefixtures("toys")
class TestToyFolder(SourceContract):
    name = "classes"

    def request(self, folder: Path) -> Request:
        for name in ("cat", "dog"):
            (folder / "v1.2" / name).mkdir(parents=True)
            (folder / "v1.2" / name / "a.txt").write_text("3", encoding="utf-8")
        return Request("v1.2", folder / "v1.2")


@pytest.mark.usefixtures("toys")
class TestToyName(SourceContract):
    name = "steps"


def test_every_source_has_its_contract() -> None:
    contracts = [thing for thing in globals().values() if isinstance(thing, type) and issubclass(thing, SourceContract)]
    names = {contract.name for contract in contracts if contract is not SourceContract}
    assert names == {*SOURCES, "toy", "classes", "steps"}


def space_of(dataset: object) -> Space:
    return space_from_dict({"name": "a", "dataset": dataset, "params": {"epochs": 1}})


@pytest.mark.usefixtures("toys")
class TestToysAreAsOurs:
    words: ClassVar[tuple[str, ...]] = ("cat", "dog")

    def test_in_a_space_file(self, tmp_path: Path) -> None:
        path = TestToyFile().request(tmp_path).path
        assert dataset_for(space_of({"path": str(path)})).classes == self.words
        folder = TestToyFolder().request(tmp_path).path
        assert dataset_for(space_of({"path": str(folder)})).classes == self.words
        assert dataset_for(space_of("steps")).y_train.shape == (12,)
        assert dataset_for(space_of({"name": "steps", "size": 30})).y_train.shape == (30,)

    def test_on_the_command_line(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        TestToyFile().request(tmp_path)
        TestToyFolder().request(tmp_path)
        (tmp_path / "digits").mkdir()
        monkeypatch.chdir(tmp_path)
        for dataset, plain in (
            ("x.toy.txt", {"path": "x.toy.txt"}),
            ("v1.2", {"path": "v1.2"}),
            ("steps", "steps"),
            ("digits", "digits"),
        ):
            assert asked_space("digits", data=DataAsked(dataset)).dataset.plain() == plain

    def test_in_the_list(self) -> None:
        lines = list_lines()
        assert "  steps          whole numbers, three to a step" in lines
        assert (
            "  FILE.npz, FILE.csv, FILE.tsv, FILE.tab, FILE.txt, FILE.dat, FILE.parquet, FILE.xlsx, FILE.xlsm, "
            "FILE.json, FILE.jsonl, FILE.ndjson, FILE.toy, FILE.toy.txt, "
            'FOLDER  your own: {"path": "mine.npz"}, {"path": "mine.csv", "target": "label"}, '
            '{"path": "mine.parquet", "target": "label"}, {"path": "mine.xlsx", "target": "label"}, '
            '{"path": "mine.json", "target": "label"}, {"path": "folder of images", "size": [64, 64]}, '
            '{"path": "mine.toy"}, {"path": "folder"}'
        ) in lines

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                {"path": "x.hdf"},
                r"^x\.hdf: must be a \.npz, \.csv, .*, \.ndjson, \.toy or \.toy\.txt file or a folder, got '\.hdf' \(",
            ),
            ({"path": "x.toy"}, r"^x\.toy: must be a file, got nothing there"),
            ({"path": "x.toy", "size": 3}, "^size: goes with folders, linear, free_fall, sine, steps only, got 3$"),
            (
                {"path": "x.toy", "target": "y"},
                r"^target: is for \.csv, .* and \.ndjson files only, got 'y' with x\.toy$",
            ),
            ({"name": "steps", "noise": 0.1}, "^noise: goes with linear, free_fall, sine only, got 0.1$"),
            ({"name": "steps", "task": "classification"}, "^task: steps has numbers to predict, got 'classification'"),
            ({"name": "step"}, r"\(did you mean 'steps'\? known: digits, .*, sine, steps\)$"),
            ({"name": "toy"}, "no data set has this name, got 'toy'"),
        ],
    )
    def test_in_messages(self, arguments: dict[str, object], message: str) -> None:
        with pytest.raises(DataError, match=message):
            load_dataset(**arguments)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("dataset", "message"),
        [
            ("x.toy", 'dataset: must be a name, not a file, got "x.toy" (write {"path": "x.toy"})'),
            (
                {"name": "digits", "size": 3},
                "dataset.size: goes with path, linear, free_fall, sine, steps only (train_",
            ),
            ({"name": "steps", "noise": 0.1}, "dataset.noise: goes with linear, free_fall, sine only"),
            ({"name": "steps", "task": "regression"}, "dataset.task: goes with path only"),
        ],
    )
    def test_in_messages_about_a_space(self, dataset: object, message: str) -> None:
        with pytest.raises(SpaceError) as caught:
            space_of(dataset)
        assert str(caught.value).startswith(message)


@pytest.mark.parametrize(("option", "given"), [("target", "y"), ("size", 7)])
def test_an_option_that_a_name_and_a_kind_of_files_take(option: str, given: object) -> None:
    row = Source("both", "takes what others take", read_steps, options=(option,), suffixes=(".both",))
    other = Source("other", "takes what others take", read_steps, options=("target", "size"), task="regression")
    with SOURCES.with_row(row), SOURCES.with_row(other):
        with pytest.raises(
            DataError, match=rf"^{option}: goes with path, (linear, free_fall, sine, )?other only, got {given!r}$"
        ):
            load_dataset(**{"name": "digits", option: given})  # type: ignore[arg-type]
        assert load_dataset(**{"name": "other", option: given}).name == "other"  # type: ignore[arg-type]
