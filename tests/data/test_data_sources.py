import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kerasgrid.data.source import OPTIONS
from kerasgrid.data.sources import is_path, load_dataset, named_sources
from kerasgrid.errors import DataError


def test_the_list_of_names_imports_nothing_heavy():
    code = (
        "import sys; from kerasgrid.data.sources import named_sources; print(*named_sources());"
        "print([m for m in ('numpy', 'pandas', 'sklearn', 'keras', 'tensorflow') if m in sys.modules])"
    )
    root = str(Path(__file__).parents[2])
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert run.stdout.splitlines() == ["digits mnist fashion_mnist cifar10 linear free_fall sine", "[]"]


def test_reading_imports_neither_keras_nor_tensorflow():
    code = (
        "import sys; from kerasgrid.data import folds, images; from kerasgrid.data.sources import load_dataset;"
        "folds.make_folds(load_dataset(name='digits'), cv=3, validation_split=None, seed=0);"
        "print([m for m in ('keras', 'tensorflow') if m in sys.modules])"
    )
    root = str(Path(__file__).parents[2])
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert run.stdout == "[]\n"


def test_every_option_is_in_the_documentation_of_the_function():
    args = load_dataset.__doc__.split("Args:")[1].split("Raises:")[0]
    assert [option for option in OPTIONS if f"``{option}``" not in args and f"{option}: " not in args] == []


def test_every_source_has_one_line_about_it():
    for name, source in named_sources().items():
        assert source.name == name
        assert 20 < len(source.description) < 100
        assert "\n" not in source.description


def test_what_is_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("digits", "pets", "empty"):
        (tmp_path / name).mkdir()
    paths = ("pets", "empty", "no/such", "typo/", "~/pets", "mine.npz", "Mine.CSV", str(tmp_path / "digits"))
    assert [text for text in paths if not is_path(text)] == []
    assert [text for text in ("digits", "mnist", "typo", "v1.0") if is_path(text)] == []
    with pytest.raises(DataError, match=r"^no/such: must be a \.npz, .* file or a folder, got nothing there$"):
        load_dataset(path="no/such")


def test_digits():
    data = load_dataset(name="digits")
    assert data.x_train.shape == (1437, 8, 8)
    assert data.x_test.shape == (360, 8, 8)
    assert data.x_train.dtype == np.float32
    assert (data.x_train.min(), data.x_train.max()) == (0, 1)
    assert data.y_train.dtype == data.y_test.dtype == np.int64
    assert (data.task, data.n_outputs, data.input_shape) == ("classification", 10, (8, 8))
    assert np.bincount(data.y_test).min() >= 34
    assert data.fingerprint == "ee3e1650e5160f96c3cdb28990aa34fc"


def test_a_part_of_the_training_set_and_the_whole_test_set():
    data = load_dataset(name="digits", train_size=500, seed=3)
    assert data.x_train.shape == (500, 8, 8)
    assert data.x_test.shape == (360, 8, 8)
    assert data.fingerprint == load_dataset(name="digits", train_size=500, seed=3).fingerprint
    assert data.fingerprint != load_dataset(name="digits", train_size=500, seed=4).fingerprint
    everything = load_dataset(name="digits", train_size=1437, seed=9)
    assert everything.fingerprint == load_dataset(name="digits").fingerprint


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "dataset: give exactly one of name and path, got neither"),
        ({"name": "digits", "path": "a.npz"}, "dataset: give exactly one of name and path, got both"),
        ({"name": "fashion-mnist"}, r"'fashion-mnist' \(did you mean 'fashion_mnist'\? known: digits, mnist, fash"),
        (
            {"name": "imagenet21k"},
            r"no data set has this name, got 'imagenet21k' \(known: digits, mnist, .*cifar10, .*sine\)",
        ),
        (
            {"name": "mine.csv"},
            r"no data set has this name, got 'mine.csv' \(for a file write {\"path\": \"mine.csv\"}",
        ),
        (
            {"name": "digits", "target": "y"},
            r"^target: is for \.csv, \.tsv, .* and \.ndjson files only, got 'y' with data set ",
        ),
        ({"name": "digits", "task": "regression"}, r"task: digits has classes, got 'regression' \(leave task out\)"),
        ({"name": "digits", "task": "regresion"}, r"multilabel, got 'regresion' \(did you mean 'regression'\?\)"),
        ({"name": "digits", "task": "xyz"}, "task: must be classification or regression or multilabel, got 'xyz'$"),
        ({"name": "digits", "train_size": 2000}, "train_size: must not exceed the 1437 training samples of digits"),
        (
            {"path": "mine.xls"},
            r"mine\.xls: must be a \.npz, \.csv, .* or \.ndjson file or a folder, got '\.xls' \(pandas reads it, and ",
        ),
        ({"path": "mine"}, r"mine: must be a \.npz, .* or \.ndjson file or a folder, got nothing there"),
        (
            {"path": "mine.npz", "target": "y"},
            r"target: is for \.csv, .* files only, got 'y' with mine\.npz \(a \.npz file",
        ),
        ({"path": "~no-such-user/mine.npz"}, "dataset: the home folder is not known, got '~no-such-user/mine.npz'$"),
        (
            {"name": "digits", "data_dir": Path("/nowhere")},
            r"data folder: must be a folder, got /nowhere \(see --data-dir",
        ),
        ({"path": "none/mine.npz"}, r"mine\.npz: must be a file, got nothing there \(looked at /.*/none/mine\.npz\)"),
    ],
)
def test_wrong_requests_say_why(arguments, message):
    with pytest.raises(DataError, match=message):
        load_dataset(**arguments)


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "mine.csv").mkdir()
    with pytest.raises(DataError, match=r"mine\.csv: must be a file, got a folder"):
        load_dataset(path=str(tmp_path / "mine.csv"), target="y")


@pytest.mark.parametrize(("file", "target"), [("mine.csv", "y"), ("mine.npz", None)])
def test_a_file_that_may_not_be_read_says_so(tmp_path, monkeypatch, file, target):
    def refuse(path, *_, **__):
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / file).touch()
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match=rf"/{file}: cannot be read, got Permission denied"):
        load_dataset(path=str(tmp_path / file), target=target)


def test_npz_of_ones_own(tmp_path):
    x = np.arange(48, dtype=np.uint8).reshape(12, 2, 2)
    np.savez(tmp_path / "mine.npz", x=x, y=np.array(["a", "b", "c"] * 4))
    data = load_dataset(path=str(tmp_path / "mine.npz"), train_size=6)
    assert (data.name, data.source, data.classes) == ("mine", str(tmp_path / "mine.npz"), ("a", "b", "c"))
    assert data.x_train.shape == (6, 2, 2)
    assert data.x_train.max() <= 47 / 255


@pytest.mark.data
def test_fashion_mnist_whole():
    folder = Path("/usr/share/datasets/fashion-mnist")
    if not folder.is_dir():
        pytest.skip("Debian's dataset-fashion-mnist is not installed")
    data = load_dataset(name="fashion_mnist", data_dir=folder)
    check_whole(data.x_train, data.y_train, data.x_test, data.y_test, (28, 28), 6000)
    assert data.y_train[:5].tolist() == [9, 0, 0, 3, 0]


@pytest.mark.data
@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_real_images(name):
    folder = Path(os.environ.get("KERASGRID_DATA", "nowhere"))
    if not (folder / name).is_dir() and not (folder / f"{name}.npz").is_file():
        pytest.skip(f"KERASGRID_DATA names no folder with {name}")
    data = load_dataset(name=name, data_dir=folder)
    shape, least = {"mnist": ((28, 28), 5400), "cifar10": ((32, 32, 3), 1000)}[name]
    check_whole(data.x_train, data.y_train, data.x_test, data.y_test, shape, least)


def check_whole(x_train, y_train, x_test, y_test, shape, least):
    assert x_train.shape == (len(y_train), *shape)
    assert x_test.shape == (len(y_test), *shape)
    assert (x_train.min(), x_train.max(), x_test.max()) == (0, 1, 1)
    assert 0.05 < x_train.std() < 0.5
    assert np.bincount(y_train, minlength=10).min() >= least
    assert y_train.dtype == np.int64
