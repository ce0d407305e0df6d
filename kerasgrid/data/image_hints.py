"""What to do with a folder of images that has no folder for each class."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from kerasgrid.data.walking import walked
from kerasgrid.system.words import counted

_BEGINNING = re.compile(r"([^\W\d_]+)[\W_]*\d.*")
_FEWEST = 2
_MOST_CLASSES = 20
_NEARLY = 0.9
_SHOWN = 4
_TABLES = (".csv", ".tsv", ".txt", ".json", ".xlsx", ".xml")


def folder_hint(root: Path, endings: tuple[str, ...]) -> str | None:
    """Return what may be done, or None where nothing shows.

    Args:
        root: The folder.
        endings: Of images, in small letters with their dots.
    """
    names, tables = [], []
    for folder, folders, shown in walked(root):
        images = [name for name in shown if name.lower().endswith(endings)]
        if Path(folder) != root and _hold_images(folder, folders, endings):
            return f"give {folder}, whose folders are the classes"
        names += images
        tables += [name for name in shown if name.lower().endswith(_TABLES)]
    kinds = _kinds(names)
    if kinds:
        told = ", ".join(f"{kind} ({n:,})" for kind, n in list(kinds.items())[:_SHOWN])
        more = ", …" if len(kinds) > _SHOWN else ""
        return f"names begin with {told}{more}: move each kind into a folder of its name"
    if tables and names:
        return f"if {sorted(tables)[0]} says the class of each, move the images of each into a folder of its name"
    return None


def left_out(folders: Iterable[Path], endings: tuple[str, ...]) -> str | None:
    """Return what is said of files in folders of classes that are no images, or None."""
    kinds: Counter[str] = Counter()
    for base in folders:
        for _, _, files in walked(base):
            others = [name for name in files if not name.lower().endswith(endings)]
            kinds.update(os.path.splitext(name)[1].lower() or "other" for name in others if name != "Thumbs.db")
    told = [counted(n, f"{kind} file") for kind, n in sorted(kinds.items(), key=lambda item: (-item[1], item[0]))]
    return f"left out are {', '.join(told[:_SHOWN])}{', …' if len(told) > _SHOWN else ''}" if told else None


def _hold_images(folder: str, folders: list[str], endings: tuple[str, ...]) -> bool:
    """Whether at least two folders in this one hold images of their own."""
    held = 0
    for name in folders:
        with os.scandir(os.path.join(folder, name)) as entries:
            held += any(entry.name.lower().endswith(endings) for entry in entries)
        if held > 1:
            return True
    return False


def _kinds(names: list[str]) -> dict[str, int]:
    """Return how many files begin with each word, the most first, if nearly all begin with one of a few."""
    found = Counter(match[1] for name in names if (match := _BEGINNING.fullmatch(name)) is not None)
    several = {kind: n for kind, n in sorted(found.items(), key=lambda item: (-item[1], item[0])) if n >= _FEWEST}
    is_clear = 2 <= len(several) <= _MOST_CLASSES and sum(several.values()) >= _NEARLY * len(names)
    return several if is_clear else {}
