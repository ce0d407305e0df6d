"""Data that does not fit in memory, or claims to be more than it is, is refused before it is read."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from kerasgrid.data import room, table_file
from kerasgrid.data.npz import read_npz, read_samples
from kerasgrid.data.table_file import table_in
from kerasgrid.errors import DataError


def claiming(path: Path, shape: tuple[int, ...]) -> Path:
    """Write an archive whose x says that it has another shape than it has."""
    header = io.BytesIO()
    form = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, form)  # type: ignore[arg-type]
    labels = io.BytesIO()
    np.save(labels, np.arange(5))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", header.getvalue() + b"\0" * 40)
        archive.writestr("y.npy", labels.getvalue())
    return path


def test_an_array_that_claims_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    path = claiming(tmp_path / "a.npz", (600_000, 1000))
    message = r"a\.npz: x: cannot be read, the file may be truncated, got 40 bytes of 2\.4 GB$"
    for read in (read_npz, read_samples):
        with pytest.raises(DataError, match=message):
            read(path)
    assert read_npz(claiming(tmp_path / "b.npz", (5, 2))).x_train.shape == (5, 2)


def test_arrays_that_do_not_fit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "available_memory", lambda: 100_000)
    path = tmp_path / "a.npz"
    np.savez_compressed(path, x=np.zeros((1000, 20)), y=np.zeros(1000))
    message = (
        r"a\.npz: data must fit in memory, got arrays, 168\.0 kB, where 80\.0 kB may be taken "
        r"\(leave out samples, or take a smaller dtype\)$"
    )
    with pytest.raises(DataError, match=message):
        read_npz(path)
    monkeypatch.setattr(room, "available_memory", lambda: None)
    assert read_npz(path).x_train.shape == (1000, 20)


def test_a_table_that_does_not_fit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "available_memory", lambda: 100_000)
    path = tmp_path / "a.csv"
    path.write_text(",".join(f"c{index}" for index in range(20)) + "\n" + ("1" + "," * 19 + "\n") * 1000)
    assert len(table_in(path).cells) == 20  # small enough not to be looked at
    monkeypatch.setattr(table_file, "_LARGE", 1000)
    message = (
        r"a\.csv: data must fit in memory, got 1,000 rows of 20 columns, 160\.0 kB, where 80\.0 kB may be taken "
        r"\(leave out rows or columns\)$"
    )
    with pytest.raises(DataError, match=message):
        table_in(path)
    monkeypatch.setattr(room, "available_memory", lambda: 1_000_000)
    assert len(table_in(path).cells) == 20
