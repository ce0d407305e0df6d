import os
import pickle
import zipfile

import numpy as np
import pytest

from kerasgrid.data.npz import read_npz, read_samples
from kerasgrid.errors import DataError

X, Y = np.zeros((4, 2)), np.array([0, 1, 0, 1])


class Malice:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


HEADER = b"\x93NUMPY\x01\x00\x76\x00%-118s"
"""What an array's file begins with."""


def write(path, **arrays):
    np.savez(path, **arrays)
    return path


def test_both_pairs_of_keys_are_read(tmp_path):
    raw = read_npz(write(tmp_path / "a.npz", x=X, y=Y))
    assert (raw.x_name, raw.y_name, raw.x_test) == ("x", "y", None)
    raw = read_npz(write(tmp_path / "b.npz", x_train=X, y_train=Y, x_test=X + 1, y_test=Y, x=1, more=2))
    assert raw.x_name == "x_train"
    np.testing.assert_array_equal(raw.x_train, X)
    np.testing.assert_array_equal(raw.x_test, X + 1)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, r"a\.npz: must hold the arrays x_train and y_train .* or x and y, got no arrays"),
        ({"x_train": X}, r"got x_train \(missing: y_train\)"),
        ({"x": X}, "got x .missing: x_train, y_train"),
        ({"x_traim": X, "y_train": Y}, r"\(missing: x_train; did x_traim mean x_train\?\)"),
        ({"X": X, "images": X, "y": Y}, r"got X, images, y \(missing: x_train, y_train\)"),
        ({"arr_0": X, "arr_1": Y}, r"\(write it with numpy.savez\(path, x=x, y=y\), so that each array has a name\)"),
        ({"x_train": X, "y_train": Y, "x_test": X}, "got x_train, y_train, x_test .missing: y_test"),
        ({"x": X, "y": Y, "y_test": Y}, "missing: x_test"),
        ({"x": X, "y": 3}, "a.npz: y: must have one entry per sample, got a single value"),
        (
            {"x": X, "y": np.array(["a", None], dtype=object)},
            "a.npz: y: must hold numbers or strings, got an array of P",
        ),
    ],
)
def test_wrong_contents_say_why(tmp_path, arrays, message):
    with pytest.raises(DataError, match=message):
        read_npz(write(tmp_path / "a.npz", **arrays))


def test_pickles_are_never_loaded(tmp_path):
    trace = tmp_path / "trace"
    inside = write(tmp_path / "inside.npz", x=np.array([Malice(trace)], dtype=object), y=Y)
    with pytest.raises(DataError, match=r"inside\.npz: x: .* Python objects, which could run code when read \(save it"):
        read_npz(inside)
    (tmp_path / "bare.npz").write_bytes(pickle.dumps(Malice(trace)))
    with pytest.raises(DataError, match=r"bare\.npz: must be a NumPy archive .*without pickles"):
        read_npz(tmp_path / "bare.npz")
    assert not trace.exists()


@pytest.mark.parametrize(
    ("member", "content", "message"),
    [
        ("x.npy", b"abc", "x: must be an array as numpy.savez writes it, got other content$"),
        ("x", b"abc", "x: must be an array as numpy.savez writes it, got other content$"),
        ("x.npy", HEADER % b"{'descr':((((", "x: cannot be read, the file may be truncated, got "),
        (
            "x.npy",
            HEADER % b"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999, 4)}",
            "x: cannot be read, the file may be truncated, got ",
        ),
    ],
)
def test_other_archives_say_so_too(tmp_path, member, content, message):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, content)
        archive.writestr("y.npy", b"text")
    with pytest.raises(DataError, match=message):
        read_npz(path)


def test_an_encrypted_archive_says_so(tmp_path):
    path = write(tmp_path / "a.npz", x=X, y=Y)
    content = bytearray(path.read_bytes())
    # The flag of every member, in its own header and in the list of all.
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(mark)
        while start >= 0:
            content[start + place] |= 1
            start = content.find(mark, start + 1)
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"x: cannot be read, the file may be truncated, got .* is encrypted"):
        read_npz(path)


def test_no_advice_to_read_pickles(tmp_path):
    (tmp_path / "text.npz").write_text("a,b,c")
    with pytest.raises(DataError, match=r"text\.npz: must be a NumPy archive .* without pickles, got other content$"):
        read_npz(tmp_path / "text.npz")


def test_broken_files_say_how(tmp_path):
    path = write(tmp_path / "a.npz", x=X, y=Y)
    whole = path.read_bytes()
    for content in (b"", b"hello", whole[:100]):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"must be a NumPy archive as numpy\.savez writes it, whole"):
            read_npz(path)
    path.write_bytes(whole.replace(X.tobytes(), X.tobytes()[:-1] + b"!"))
    with pytest.raises(DataError, match=r"a\.npz: x: cannot be read, the file may be truncated, got Bad CRC-32"):
        read_npz(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x01\x00")
        archive.writestr("y.npy", b"text")
    with pytest.raises(DataError, match="x: cannot be read, the file may be truncated, got EOF"):
        read_npz(path)
    with path.open("wb") as file:
        np.save(file, X)
    with pytest.raises(DataError, match=r"must be a NumPy archive, got a single array \(write it with numpy.savez"):
        read_npz(path)


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        (("X", "Y"), "X for x, Y for y"),
        (("X_train", "Y_TRAIN"), "X_train for x_train, Y_TRAIN for y_train"),
        (("train_images", "train_labels"), "train_images for x_train, train_labels for y_train"),
        (("data", "target"), "data for x, target for y"),
        (("trainImages", "labels-train"), "trainImages for x_train, labels-train for y_train"),
    ],
)
def test_arrays_may_have_the_names_that_others_give_them(tmp_path, names, taken):
    raw = read_npz(write(tmp_path / "a.npz", **dict(zip(names, (X, Y), strict=True)), seed=np.array([1])))
    assert np.array_equal(raw.x_train, X)
    assert np.array_equal(raw.y_train, Y)
    assert raw.notes == (f"taken are {taken}",)


def test_our_names_win(tmp_path):
    raw = read_npz(write(tmp_path / "a.npz", x=X, images=X + 1, y=Y))
    assert np.array_equal(raw.x_train, X)
    assert raw.notes == ()


def test_so_may_those_of_a_test_and_a_validation_set(tmp_path):
    arrays = {f"{part}_{kind}": value for part in ("train", "val", "test") for kind, value in
              {"images": X, "labels": Y[:, None]}.items()}  # fmt: skip
    raw = read_npz(write(tmp_path / "a.npz", **arrays))
    assert raw.x_val is not None
    assert raw.y_test is not None
    assert read_samples(tmp_path / "a.npz")[1].shape == raw.y_test.shape
