import gzip
import os
import pickle
import struct
import sys
import types
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest

from kerasgrid.data import images
from kerasgrid.data.cifar import BATCHES
from kerasgrid.data.download import Fetch, download
from kerasgrid.data.idx import FILES
from kerasgrid.data.sources import load_dataset
from kerasgrid.errors import DataError


def write_idx(folder: Path, shade: int, suffix: str = ".gz") -> None:
    """The four files: 20 training and 10 test images, all of one shade of grey."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in FILES:
        n = 20 if file.startswith("train") else 10
        shape, values = ((n, 28, 28), bytes([shade]) * n * 784) if "images" in file else ((n,), bytes(range(10)) * 2)
        content = bytes((0, 0, 8, len(shape))) + struct.pack(f">{len(shape)}I", *shape)
        content += values[: int(np.prod(shape))]
        (folder / f"{file}{suffix}").write_bytes(gzip.compress(content, 1) if suffix else content)


def write_npz(path: Path, shade: int, shape: tuple[int, ...] = (28, 28), n_classes: int = 10) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    x, y = np.full((20, *shape), shade, np.uint8), np.arange(20, dtype=np.uint8)[:, None] % n_classes
    np.savez(path, x_train=x, y_train=y, x_test=x, y_test=y)


def write_cifar(folder: Path, shade: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.full((10, 3072), shade, np.uint8)
    for name in BATCHES:
        (folder / name).write_bytes(pickle.dumps({b"data": pixels, b"labels": list(range(10))}, 2))


def shade_of(name: str, data_dir: Path | None = None) -> int:
    return round(float(load_dataset(name=name, data_dir=data_dir).x_train.max()) * 255)


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """No data set is to be found, and none can be downloaded."""

    def fail(fetch: Fetch) -> Path:
        raise URLError("no network in tests")

    monkeypatch.setattr(images, "download", fail)
    for name, row in images.IMAGE_SETS.items():
        moved = tuple((whose, tmp_path / "more" / folder.name) for whose, folder in row.more_places)
        monkeypatch.setitem(images.IMAGE_SETS, name, replace(row, more_places=moved))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("KERASGRID_DATA", raising=False)
    return tmp_path


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
@pytest.mark.parametrize("suffix", [".gz", ""])
def test_idx_files_in_a_folder_of_that_name(tmp_path, name, suffix):
    write_idx(tmp_path / name, 51, suffix)
    data = load_dataset(name=name, data_dir=tmp_path)
    assert data.x_train.shape == (20, 28, 28)
    assert data.x_test.shape == (10, 28, 28)
    assert data.x_train.dtype == np.float32
    np.testing.assert_allclose(data.x_train, 0.2)
    assert data.y_test.tolist() == list(range(10))
    assert data.source == str(tmp_path / name)


def test_the_hyphenated_folder_and_the_folder_itself(tmp_path):
    write_idx(tmp_path / "fashion-mnist", 7)
    assert shade_of("fashion_mnist", tmp_path) == 7
    assert shade_of("fashion_mnist", tmp_path / "fashion-mnist") == 7
    write_idx(tmp_path / "MNIST", 8)
    assert shade_of("mnist", tmp_path / "MNIST") == 8


def test_a_folder_of_another_name_is_not_mistaken(tmp_path):
    write_idx(tmp_path / "fashion-mnist", 7)
    with pytest.raises(DataError, match="data set mnist: found in none of the places"):
        load_dataset(name="mnist", data_dir=tmp_path / "fashion-mnist")


@pytest.mark.parametrize(("name", "shape"), [("mnist", (28, 28)), ("cifar10", (32, 32, 3))])
def test_npz_files(tmp_path, name, shape):
    write_npz(tmp_path / f"{name}.npz", 9, shape)
    data = load_dataset(name=name, data_dir=tmp_path)
    assert data.input_shape == shape
    assert data.y_train.shape == (20,)
    assert data.source == str(tmp_path / f"{name}.npz")


def test_places_are_tried_in_order(tmp_path, monkeypatch):
    home = tmp_path / "keras" / "datasets"
    write_idx(home / "fashion-mnist", 4)
    assert shade_of("fashion_mnist") == 4
    write_idx(images.IMAGE_SETS["fashion_mnist"].more_places[0][1], 3)
    assert shade_of("fashion_mnist") == 3
    write_idx(tmp_path / "variable" / "fashion_mnist", 2)
    monkeypatch.setenv("KERASGRID_DATA", str(tmp_path / "variable"))
    assert shade_of("fashion_mnist") == 2
    write_idx(tmp_path / "argument" / "fashion_mnist", 6)
    assert shade_of("fashion_mnist", tmp_path / "argument") == 6
    (tmp_path / "argument" / "fashion_mnist" / f"{FILES[0]}.gz").unlink()
    assert shade_of("fashion_mnist", tmp_path / "argument") == 2


def test_keras_caches(tmp_path):
    home = tmp_path / "keras" / "datasets"
    write_npz(home / "mnist.npz", 5)
    assert shade_of("mnist") == 5
    write_cifar(home / "cifar-10-batches-py-target" / "cifar-10-batches-py", 6)
    data = load_dataset(name="cifar10")
    assert data.x_train.shape == (50, 32, 32, 3)
    assert data.x_train.flags.c_contiguous
    assert shade_of("cifar10") == 6
    write_cifar(home / "cifar-10-batches-py", 7)
    assert shade_of("cifar10") == 7


def test_keras_home_defaults_to_the_users_own(tmp_path, monkeypatch):
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    write_npz(tmp_path / ".keras" / "datasets" / "mnist.npz", 5)
    assert shade_of("mnist") == 5


def test_class_names(tmp_path):
    for name, shape in (("mnist", (28, 28)), ("fashion_mnist", (28, 28)), ("cifar10", (32, 32, 3))):
        write_npz(tmp_path / f"{name}.npz", 1, shape)
    assert load_dataset(name="mnist", data_dir=tmp_path).classes == tuple("0123456789")
    clothes = load_dataset(name="fashion_mnist", data_dir=tmp_path).classes
    assert (len(clothes), clothes[0], clothes[5], clothes[9]) == (10, "T-shirt/top", "Sandal", "Ankle boot")
    assert load_dataset(name="cifar10", data_dir=tmp_path).classes[::9] == ("airplane", "truck")


def test_offline_the_message_lists_every_place(tmp_path, monkeypatch):
    (tmp_path / "argument").mkdir()
    monkeypatch.setenv("KERASGRID_DATA", str(tmp_path / "variable"))
    with pytest.raises(DataError, match="data set fashion_mnist: found in none of the places and could not") as caught:
        load_dataset(name="fashion_mnist", data_dir=tmp_path / "argument")
    parts = [
        f"got {tmp_path}/argument; KERASGRID_DATA={tmp_path}/variable (no such folder); Debian's {tmp_path}/more/",
        f"Keras's cache {tmp_path}/keras/datasets (no such folder); <urlopen error no network in tests>",
        "train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz "
        "into DIR/fashion_mnist/",
        "into DIR/fashion_mnist.npz, and give that folder with --data-dir DIR or KERASGRID_DATA=DIR",
    ]
    for part in parts:
        assert part in str(caught.value)
    with pytest.raises(DataError, match=r"put the folder cifar-10-batches-bin or the archive cifar-10-binary\.tar"):
        load_dataset(name="cifar10")


def test_a_mistyped_folder_is_not_passed_over(tmp_path):
    with pytest.raises(DataError, match=r"data folder: must be a folder, got .*/typo \(see --data-dir"):
        load_dataset(name="mnist", data_dir=tmp_path / "typo")


@pytest.mark.parametrize("option", ["size", "noise"])
def test_an_option_of_formulas_is_refused_before_the_download(option):
    with pytest.raises(DataError, match=f"^{option}: goes with (path, )?linear, free_fall, sine only, got 5$"):
        load_dataset(name="mnist", **{option: 5})


def test_a_broken_copy_is_named_and_not_passed_over(tmp_path):
    write_idx(tmp_path / "mnist", 1)
    path = tmp_path / "mnist" / f"{FILES[1]}.gz"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(DataError, match=r"mnist/train-labels-idx1-ubyte\.gz: cannot be read, it may be truncated"):
        load_dataset(name="mnist", data_dir=tmp_path)


def test_other_data_under_that_name_is_refused(tmp_path):
    write_npz(tmp_path / "mnist.npz", 1, (8, 8))
    with pytest.raises(DataError, match=r"mnist must have images of shape \(28, 28\), got \(8, 8\)"):
        load_dataset(name="mnist", data_dir=tmp_path)
    write_npz(tmp_path / "mnist.npz", 1, n_classes=7)
    with pytest.raises(DataError, match="mnist must have 10 classes, got 7"):
        load_dataset(name="mnist", data_dir=tmp_path)


def test_a_download_is_read_from_the_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(images, "download", lambda fetch: tmp_path / "fresh")
    with pytest.raises(DataError, match=r"data set mnist: was downloaded but is not there, got .*fresh"):
        load_dataset(name="mnist")
    write_npz(tmp_path / "fresh" / "mnist.npz", 5)
    assert shade_of("mnist") == 5


def test_one_more_is_a_row_with_places_and_a_download_of_its_own(tmp_path, monkeypatch):
    def fetch(_):
        write_npz(tmp_path / "fetched" / "letters.npz", 6, n_classes=3)
        return tmp_path / "fetched"

    letters = replace(
        images.IMAGE_SETS["mnist"],
        name="letters",
        spellings=("letters",),
        classes=tuple("abc"),
        fetch=fetch,
        more_places=(("Ann's", tmp_path / "ann"), ("Bob's", tmp_path / "bob")),
    )
    monkeypatch.setitem(images.IMAGE_SETS, "letters", letters)
    with pytest.raises(
        DataError, match=r"got Ann's .*/ann \(no such folder\); Bob's .*/bob \(no such f.*; Keras's cache"
    ):
        images.read_images("letters", None)
    monkeypatch.setattr(images, "download", lambda fetch: fetch(None))
    raw = images.read_images("letters", None)
    assert (raw.x_train.max(), raw.classes) == (6, ("a", "b", "c"))
    write_npz(tmp_path / "bob" / "letters.npz", 7, n_classes=3)
    assert images.read_images("letters", None).x_train.max() == 7
    write_npz(tmp_path / "ann" / "letters.npz", 8, n_classes=3)
    assert images.read_images("letters", None).x_train.max() == 8


def test_downloads_go_where_keras_puts_them_and_print_to_standard_error(monkeypatch, capsys):
    calls = []

    def get_file(fname, origin, file_hash=None, cache_subdir="datasets", extract=False):
        print("Downloading", origin)
        calls.append((fname, origin.rsplit("/", 1)[1], extract, file_hash and len(file_hash)))
        return os.path.join("/cache", cache_subdir, fname)

    keras = types.ModuleType("keras")
    keras.utils = types.ModuleType("keras.utils")
    keras.utils.get_file = get_file
    monkeypatch.setitem(sys.modules, "keras", keras)
    monkeypatch.setitem(sys.modules, "keras.utils", keras.utils)
    assert [download(row.fetch) for row in images.IMAGE_SETS.values()] == [Path("/cache/datasets")] * 3
    assert calls == [
        ("mnist.npz", "mnist.npz", False, 64),
        *((f"{file}.gz", f"{file}.gz", False, None) for file in FILES),
        ("cifar-10-batches-py-target", "cifar-10-python.tar.gz", True, 64),
    ]
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("Downloading") == 6
