import gzip
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from kerasgrid.data.idx import FILES, find_idx, read_idx
from kerasgrid.errors import DataError


def idx(array: np.ndarray) -> bytes:
    return bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@settings(max_examples=30, deadline=None)
@given(npst.arrays(np.uint8, npst.array_shapes(min_dims=1, max_dims=3)), st.booleans())
def test_round_trip_plain_and_gzipped(tmp_path_factory, array, gzipped):
    path = tmp_path_factory.mktemp("idx") / "values"
    path.write_bytes(gzip.compress(idx(array), mtime=0) if gzipped else idx(array))
    np.testing.assert_array_equal(read_idx(path, array.ndim), array)


LABELS = idx(np.arange(10, dtype=np.uint8))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "starts with 00000801, got an empty file"),
        (b"\x00\x00\x08\x03" + LABELS[4:], "must be an IDX file of bytes with rank 1, .* got 00000803"),
        (b"\x00\x00\x0d\x01" + LABELS[4:], "starts with 00000801, got 00000d01"),
        (LABELS[:6], "ends inside its header, got 6 bytes"),
        (LABELS[:-3], r"must hold the 10 values that its header promises, got 7 \(fetch the file again"),
        (LABELS + b"\x00", "must hold the 10 values that its header promises, got 11"),
        (
            gzip.compress(LABELS, mtime=0)[:-9],
            "labels.gz: cannot be read, it may be truncated, got Compressed file ended",
        ),
        (gzip.compress(LABELS, mtime=0)[:-8] + bytes(8), "cannot be read, it may be truncated, got CRC check failed"),
        (b"\x1f\x8b" + bytes(20), "cannot be read, it may be truncated, got Unknown compression method"),
        (gzip.compress(LABELS, mtime=0)[:10] + b"\xff" * 20, "cannot be read, it may be truncated, got Error -3"),
    ],
)
def test_broken_files_say_how(tmp_path, content, message):
    path = tmp_path / "labels.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_idx(path, 1)


def test_all_four_files_or_none(tmp_path):
    for file in FILES[:3]:
        (tmp_path / f"{file}.gz").touch()
    assert find_idx(tmp_path) == ()
    (tmp_path / FILES[3]).touch()
    assert [path.name for path in find_idx(tmp_path)] == [*(f"{file}.gz" for file in FILES[:3]), FILES[3]]
