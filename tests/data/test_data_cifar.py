import io
import os
import pickle
import tarfile

import numpy as np
import pytest

from kerasgrid.data import cifar
from kerasgrid.data.cifar import BATCHES, read_binary_batch, read_cifar_archive, read_cifar_folder, read_python_batch
from kerasgrid.errors import DataError


def batch(n: int = 10, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pixels as CIFAR keeps them, uint8 (n, 3072), and labels."""
    pixels = np.random.default_rng(seed).integers(0, 256, (n, 3072), dtype=np.uint8)
    return pixels, np.arange(n, dtype=np.uint8) % 10


def as_pickle(seed: int = 0, protocol: int = 2, **changes) -> bytes:
    pixels, labels = batch(seed=seed)
    return pickle.dumps({b"data": pixels, b"labels": labels.tolist(), b"batch_label": b"x", **changes}, protocol)


def as_binary(seed: int = 0) -> bytes:
    pixels, labels = batch(seed=seed)
    return np.hstack([labels[:, None], pixels]).tobytes()


def expected(seed: int = 0) -> np.ndarray:
    return batch(seed=seed)[0].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_python_batch_is_read_as_images(protocol):
    x, y = read_python_batch(as_pickle(protocol=protocol), "here")
    np.testing.assert_array_equal(x, expected())
    assert x.shape == (10, 32, 32, 3)
    assert y.tolist() == list(range(10))
    assert y.dtype == np.uint8


def test_python_batch_as_python_2_wrote_it():
    """The original files spell the module numpy.core and hold bytes as the str of Python 2."""
    text = as_pickle().replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    np.testing.assert_array_equal(read_python_batch(text, "here")[0], expected())


def test_binary_batch_is_read_as_images():
    x, y = read_binary_batch(as_binary(), "here")
    np.testing.assert_array_equal(x, expected())
    assert y.tolist() == list(range(10))


class Malice:
    def __init__(self, call, *arguments):
        self.call, self.arguments = call, arguments

    def __reduce__(self):
        return self.call, self.arguments


def test_a_pickle_that_would_run_a_command_is_refused(tmp_path):
    trace = tmp_path / "trace"
    for malice in (Malice(os.system, f"touch {trace}"), Malice(eval, f"open({str(trace)!r}, 'w')")):
        for text in (pickle.dumps(malice), as_pickle(labels=malice, data=1), pickle.dumps([malice], 0)):
            with pytest.raises(DataError, match=r"and nothing else, got the name (posix\.system|\w+\.eval), which"):
                read_python_batch(text, "here")
    assert not trace.exists()


def test_a_batch_cannot_spoil_the_next_one():
    """BUILD may write to the state of whatever is on the stack, a class included."""
    tampering = b"\x80\x02cnumpy\nndarray\n(N}X\x0c\x00\x00\x00__setstate__Nstb."
    with pytest.raises(DataError, match="must be a batch of CIFAR-10 and nothing else"):
        read_python_batch(tampering, "here")
    np.testing.assert_array_equal(read_python_batch(as_pickle(), "here")[0], expected())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "here: must be a batch of CIFAR-10 and nothing else, got Ran out of input"),
        (b"no pickle", "must be a batch"),
        (as_pickle()[:-100], "must be a batch of CIFAR-10 and nothing else, got Ran out of input"),
        (pickle.dumps(3), "must be a batch"),
        (pickle.dumps({}), "must be a batch of CIFAR-10 and nothing else, got b'data'"),
        (pickle.dumps({b"data": [1], b"labels": [1]}), "must be a batch"),
        (pickle.dumps({b"data": batch()[0].astype("f8"), b"labels": [0] * 10}, 2), "pixels of type 'f8' and shape"),
        (pickle.dumps({b"data": batch()[0], b"labels": [0] * 9}, 2), r"shape \(10, 3072\) for 9 labels"),
        (pickle.dumps({b"data": batch()[0], b"labels": [10] * 10}, 2), "got labels other than 0 to 9"),
    ],
)
def test_broken_python_batches_say_how(text, message):
    with pytest.raises(DataError, match=message):
        read_python_batch(text, "here")


@pytest.mark.parametrize("data", [b"", bytes(3072)])
def test_broken_binary_batches_say_how(data):
    with pytest.raises(DataError, match=f"must consist of records of 3073 bytes, got {len(data)} bytes"):
        read_binary_batch(data, "here")


def files(binary: bool) -> dict[str, bytes]:
    make, suffix = (as_binary, ".bin") if binary else (as_pickle, "")
    return {f"{name}{suffix}": make(seed) for seed, name in enumerate(BATCHES)}


@pytest.mark.parametrize("binary", [True, False])
def test_folder_and_archive_hold_the_same(tmp_path, binary):
    with tarfile.open(tmp_path / "all.tar.gz", "w:gz") as archive:
        for name, content in files(binary).items():
            (tmp_path / name).write_bytes(content)
            info = tarfile.TarInfo(f"cifar-10-batches/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    assert cifar.has_batches(tmp_path)
    for raw in (read_cifar_folder(tmp_path), read_cifar_archive(tmp_path / "all.tar.gz")):
        np.testing.assert_array_equal(raw.x_train, np.concatenate([expected(seed) for seed in range(5)]))
        np.testing.assert_array_equal(raw.x_test, expected(5))
        assert raw.y_train.shape == (50,)
        assert raw.y_test.shape == (10,)


def test_missing_batches_are_named(tmp_path):
    for name, content in list(files(binary=False).items())[1:]:
        (tmp_path / name).write_bytes(content)
    assert not cifar.has_batches(tmp_path)
    with pytest.raises(DataError, match="must hold CIFAR-10's six batches, got no data_batch_1"):
        read_cifar_folder(tmp_path)


def test_a_truncated_archive_says_so(tmp_path):
    path = tmp_path / "cifar-10-binary.tar.gz"
    path.write_bytes(b"\x1f\x8b\x08 not really")
    with pytest.raises(DataError, match=r"cifar-10-binary\.tar\.gz: cannot be read, it may be truncated"):
        read_cifar_archive(path)
