"""What every source of data must do. A test class that inherits this says which one, and makes its files.

::

    class TestMine(SourceContract):
        name = "mine"

        def request(self, folder: Path) -> Request: ...
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import numpy as np
import pytest

from kerasgrid.data import sources
from kerasgrid.data.raw import Raw
from kerasgrid.data.source import OPTIONS, Request, Source
from kerasgrid.data.sources import SOURCES, load_dataset
from kerasgrid.errors import DataError
from kerasgrid.registry import Registry

VALUES: dict[str, Any] = {"target": "y", "size": 20, "noise": 0.5}


class SourceContract:
    """The tests that every source passes."""

    name: ClassVar[str]
    """Its row in the table."""

    def request(self, folder: Path) -> Request:
        """Return what to ask it for, after putting what it reads into ``folder``, a new one each time.

        A data set known by name needs no files, or finds them by ``data_dir``.
        """
        return Request(self.name)

    @property
    def source(self) -> Source:
        return SOURCES[self.name]

    def arguments(self, request: Request) -> dict[str, Any]:
        """Return the arguments of ``load_dataset`` for a request."""
        asked = {"path": str(request.path)} if self.source.has_path else {"name": request.name}
        return {**asked, "target": request.target, "data_dir": request.data_dir}

    def test_it_is_described_in_one_line(self) -> None:
        description = self.source.description
        assert 10 < len(description) < 100
        assert description == description.strip().rstrip(".")
        assert "\n" not in description

    def test_it_takes_options_that_there_are(self) -> None:
        assert set(self.source.options) <= set(OPTIONS) - {"task"}
        assert not [option for option in self.source.hints if self.source.takes(option)]
        assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in self.source.suffixes)

    def test_it_recognises_its_paths_alone(self, tmp_path: Path) -> None:
        request = self.request(tmp_path)
        assert self.source.recognises(request.path) == self.source.has_path
        assert not self.source.recognises(tmp_path / "nothing.of-this-kind")
        if self.source.has_path:
            assert sources.source_at(request.path) is self.source
            assert self.source.stem(request.path) == request.name

    def test_its_arrays_fit_together(self, tmp_path: Path) -> None:
        raw = self.source.read(self.request(tmp_path))
        assert isinstance(raw, Raw)
        assert raw.source
        assert len(raw.x_train) == len(raw.y_train) > 0
        assert (raw.x_test is None) == (raw.y_test is None)
        if raw.x_test is not None and raw.y_test is not None:
            assert len(raw.x_test) == len(raw.y_test) > 0
            assert raw.x_test.shape[1:] == raw.x_train.shape[1:]
            assert raw.y_test.shape[1:] == raw.y_train.shape[1:]

    def test_it_reads_the_same_twice(self, tmp_path: Path) -> None:
        request = self.request(tmp_path)
        first, second = self.source.read(request), self.source.read(request)
        for array in ("x_train", "y_train", "x_test", "y_test"):
            np.testing.assert_array_equal(getattr(first, array), getattr(second, array))

    def test_it_becomes_a_data_set(self, tmp_path: Path) -> None:
        request = self.request(tmp_path)
        data = load_dataset(**self.arguments(request))
        assert data.name == request.name
        assert data.task == (self.source.task or data.task)
        assert data.source == self.source.read(request).source
        assert data.x_train.dtype == (np.uint8 if self.source.read(request).keep_bytes else np.float32)
        assert data.x_train.flags.c_contiguous
        assert data.fingerprint == load_dataset(**self.arguments(request), task=data.task).fingerprint
        least = data.n_outputs
        assert len(load_dataset(**self.arguments(request), train_size=least).x_train) == least

    def test_an_option_of_others_is_refused_before_anything_is_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def read(_: Request) -> NoReturn:
            raise AssertionError("it was read")

        arguments = self.arguments(self.request(tmp_path))
        refused = {option: value for option, value in VALUES.items() if not self.source.takes(option)}
        if self.source.task is not None:
            refused["task"] = "regression" if self.source.task == "classification" else "classification"
        rows = [replace(row, read=read) if row is self.source else row for row in SOURCES.values()]
        monkeypatch.setattr(sources, "SOURCES", Registry("data source", rows))
        for option, value in refused.items():
            with pytest.raises(DataError, match=rf"^{option}: [^\n]+, got [^\n]+$"):
                load_dataset(**{**arguments, option: value})

    def test_what_is_not_there_or_no_data_is_said_in_one_line(self, tmp_path: Path) -> None:
        request = self.request(tmp_path)
        key = "path" if self.source.has_path else "name"
        wrong = [str(tmp_path / "none" / request.path.name) if self.source.has_path else f"{request.name}x"]
        for suffix in self.source.suffixes:
            for content in (b"", b"\x00\xff\xfe no data \n\x80"):
                path = tmp_path / f"wrong{len(wrong)}{suffix}"
                path.write_bytes(content)
                wrong.append(str(path))
        for value in wrong:
            with pytest.raises(DataError, match=r"^[^\n]+$"):
                load_dataset(**{**self.arguments(request), key: value})
