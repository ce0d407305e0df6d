"""Folders of images in any state: there is a data set or one clear message, and nothing hangs.

``KERASGRID_FUZZ=10000`` tries so many, instead of few.
"""

from __future__ import annotations

import io
import os
import struct
import tempfile
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from support.drawn_images import draw_folder
from support.fuzzed import fuzzed, one_message

from kerasgrid.data.sources import load_dataset

Put = Callable[[Path, bytes], None]


def _picture(form: str) -> bytes:
    content = io.BytesIO()
    Image.fromarray(np.arange(90, dtype=np.uint8).reshape(5, 6, 3)).save(content, form)
    return content.getvalue()


PICTURES = {form: _picture(form) for form in ("PNG", "JPEG", "BMP", "GIF")}


def claiming(width: int, height: int) -> bytes:
    """Return a PNG whose head claims this size, with a right checksum."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    whole = PICTURES["PNG"]
    return whole[:12] + head + struct.pack(">I", zlib.crc32(head)) + whole[12 + len(head) + 4 :]


def _link(to: str) -> Put:
    return lambda path, _: path.symlink_to(to)


PUTS: Mapping[str, Put] = {
    "file": lambda path, content: path.write_bytes(content) and None,
    "folder": lambda path, _: path.mkdir(),
    "pipe": lambda path, _: os.mkfifo(path),
    "link to itself": lambda path, _: path.symlink_to(path.name),
    "link to its folder": _link("."),
    "link to the folder above": _link(".."),
    "link to nothing": _link("gone"),
    "link to the sibling": _link("../a"),
    "link to a device": _link("/dev/zero"),
}
CONTENTS = (
    st.sampled_from([*PICTURES.values(), b"", claiming(2**31 - 1, 2**31 - 1), claiming(9000, 9000), claiming(0, 5)])
    | st.binary(max_size=100)
    | st.tuples(st.sampled_from([*PICTURES.values()]), st.integers(0, 200)).map(lambda cut: cut[0][: cut[1]])
    | st.tuples(st.sampled_from([*PICTURES.values()]), st.integers(0, 90), st.integers(0, 255)).map(
        lambda one: one[0][: one[1]] + bytes([one[2]]) + one[0][one[1] + 1 :]
    )
)
FOLDERS = st.sampled_from([
    ".", "a", "b", "c", "a/deep", "a/deep/deeper", "train", "train/a", "train/b", "test/a", "test/b", "test/z", "val/a",
    "Test/a", "TRAIN/b", ".hidden", "__MACOSX", "\x1b[2J", "a\nb", "\u202egnp", "=1+1", "-1", "x" * 255, "<b>",
])  # fmt: skip
NAMES = st.sampled_from(
    ["1.png", "2.png", "3.jpg", "4.GIF", "5.bmp", "6.jpeg", "notes.txt", "noend", ".hid.png", "\x07.png", "c\nd.png",
     "e" * 251 + ".png", "a", "b"]
) | st.binary(min_size=1, max_size=6).map(lambda name: os.fsdecode(name) + ".png")  # fmt: skip
ENTRIES = st.tuples(FOLDERS, NAMES, st.sampled_from(["file"] * 12 + [*PUTS]), CONTENTS)


def put(root: Path, folder: str, name: str, what: str, content: bytes) -> None:
    # What cannot be there is not: a name with a slash, or a folder where a file is.
    with suppress(OSError, ValueError):
        (root / folder).mkdir(parents=True, exist_ok=True)
        # To write into a pipe would wait for a reader.
        if not os.path.lexists(root / folder / name):
            PUTS[what](root / folder / name, content)


@fuzzed
@given(
    is_started=st.booleans(),
    entries=st.lists(ENTRIES, max_size=8),
    size=st.sampled_from([None, None, 4, (3, 2), 0, -1, 10**9]),
    color=st.sampled_from([None, None, "rgb", "grayscale", "blue"]),
    share=st.sampled_from([None, None, 0.3]),
)
def test_folders_of_images(
    is_started: bool,
    entries: list[tuple[str, str, str, bytes]],
    size: int | tuple[int, int] | None,
    color: str | None,
    share: float | None,
) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "images"
        root.mkdir()
        if is_started:
            draw_folder(root, {"a": 3, "b": 3})
        for entry in entries:
            put(root, *entry)
        with one_message():
            data = load_dataset(path=root, size=size, color=color, test_split=share)
            assert len(data.x_train) == len(data.y_train) >= 2
            assert len(data.classes) == len(set(data.classes)) >= 2
            assert all(letter.isprintable() for note in data.notes for letter in note)
