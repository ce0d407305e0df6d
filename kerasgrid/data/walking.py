"""Walking through folders: what is meant to be seen, however deep it lies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def is_visible(name: str) -> bool:
    """Whether a file or folder is meant to be seen."""
    return not name.startswith(".") and name != "__MACOSX"


def walked(root: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield each folder with the names of its visible folders and files, sorted; links to folders are not followed.

    Unlike ``os.walk`` without recursion: folders may be nested deeper than Python's calls.
    """
    left = [os.fspath(root)]
    while left:
        folder = left.pop()
        folders: list[os.DirEntry[str]] = []
        files: list[os.DirEntry[str]] = []
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in sorted((entry for entry in entries if is_visible(entry.name)), key=lambda one: one.name):
                (folders if entry.is_dir() else files).append(entry)
        yield folder, [entry.name for entry in folders], [entry.name for entry in files]
        left += [entry.path for entry in reversed(folders) if not entry.is_symlink()]
