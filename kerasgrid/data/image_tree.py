"""Folders of images: which files there are, of which class and which part.

``keras.utils.image_dataset_from_directory``'s convention: one folder a class, and classes in the order of their names.
Above the classes there may be folders for the training, validation and test samples.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kerasgrid.data.image_hints import folder_hint, left_out
from kerasgrid.data.walking import is_visible, walked
from kerasgrid.errors import DataError
from kerasgrid.system.words import counted

ENDINGS = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".tif", ".tiff", ".bmp", ".gif")
"""Endings of the files that are read, in small letters."""

PARTS = {
    "train": ("train", "training"),
    "validation": ("validation", "val", "valid", "dev"),
    "test": ("test", "testing"),
}
"""What the folders of a part may be called, in letters of any case."""

KINDS = "PNG, JPEG, WebP, TIFF, BMP or GIF"
"""The same in words."""

_SHOWN = 5


@dataclass(frozen=True)
class ImageFiles:
    """Files of one part, and their classes.

    Attributes:
        paths: In the order of the classes, then of their paths.
        labels: The place of each file's class among the classes.
    """

    paths: tuple[str, ...] = ()
    labels: tuple[int, ...] = ()


@dataclass(frozen=True)
class ImageTree:
    """What a folder of images holds.

    Attributes:
        classes: Names of the folders of the training samples, sorted.
        train: The training samples.
        validation: Samples to hold out; there may be none.
        test: Samples to test on; there may be none.
        notes: What was left out, a line each.
    """

    classes: tuple[str, ...]
    train: ImageFiles
    validation: ImageFiles = ImageFiles()
    test: ImageFiles = ImageFiles()
    notes: tuple[str, ...] = ()


def image_tree(root: Path) -> ImageTree:
    """Return what a folder holds: a folder a class, or ``train`` and perhaps ``validation`` and ``test`` with such.

    Folders below those of a class are read, too; hidden files and files of other kinds are ignored.

    Raises:
        DataError: There are fewer than two classes, one without images, or one that the training has not.
        OSError: The system refuses a folder.
    """
    parts = _parts(root)
    base = parts.get("train", root)
    classes = _classes(base)
    train = class_files(base, classes)
    notes = [] if "train" in parts else _left_beside(root)
    if (others_of := left_out([base / name for name in classes], ENDINGS)) is not None:
        notes.append(others_of)
    others = {}
    for part in ("validation", "test"):
        if part not in parts:
            continue
        if any(next(images_below(folder), None) for folder in _folders(parts[part])):
            others[part] = class_files(parts[part], classes)
        else:
            notes.append(f"{readable(parts[part].name)} has no folders of images and is left out")
    return ImageTree(classes, train, others.get("validation", ImageFiles()), others.get("test", ImageFiles()),
                     tuple(notes))  # fmt: skip


def class_files(base: Path, classes: tuple[str, ...]) -> ImageFiles:
    """Return the images of the folders in ``base``, each of which bears the name of one of ``classes``.

    Raises:
        DataError: A folder with images is none of them, or there are no images at all.
        OSError: The system refuses a folder.
    """
    paths: list[str] = []
    labels: list[int] = []
    unknown = []
    for folder in _folders(base):
        found = list(images_below(folder))
        if found and folder.name not in classes:
            unknown.append(folder.name)
        elif found:
            paths += found
            labels += [classes.index(folder.name)] * len(found)
    if unknown:
        raise DataError(
            "every folder of images must bear the name of a class of the training samples",
            where=str(base),
            got=_listed(unknown),
            hint=f"classes: {_listed(classes)}",
        )
    if not paths:
        raise DataError("must hold a folder of images for each class", where=str(base), got=contents(base))
    return ImageFiles(tuple(paths), tuple(labels))


def images_below(folder: Path) -> Iterator[str]:
    """Yield the paths of all images in a folder and in those below it, sorted.

    Links are followed, but each folder is read once: links to each other make a maze without end.

    Raises:
        OSError: The system refuses a folder.
    """
    seen: set[tuple[int, int]] = set()
    # No recursion: folders may be nested deeper than Python's calls.
    left = [_entries(os.fspath(folder), seen)]
    while left:
        entry = next(left[-1], None)
        if entry is None:
            left.pop()
        elif entry.is_dir():
            left.append(_entries(entry.path, seen))
        elif entry.name.lower().endswith(ENDINGS) and entry.is_file():
            yield entry.path


def _entries(folder: str, seen: set[tuple[int, int]]) -> Iterator[os.DirEntry[str]]:
    status = os.stat(folder)
    identity = (status.st_dev, status.st_ino)
    if identity in seen:
        return iter(())
    seen.add(identity)
    with os.scandir(folder) as entries:
        return iter(sorted((entry for entry in entries if is_visible(entry.name)), key=lambda entry: entry.name))


def readable(name: str) -> str:
    """Return a file's name as text that can be written: what is no UTF-8 becomes question marks."""
    return os.fsencode(name).decode("utf-8", "replace")


def contents(folder: Path) -> str:
    """Return what a folder and those below it hold in words: ``2 folders, 3 .txt files``, ``nothing``."""
    n_folders = 0
    kinds: Counter[str] = Counter()
    for _, folders, files in walked(folder):
        n_folders += len(folders)
        kinds.update(os.path.splitext(name)[1].lower() for name in files)
    words = [counted(n_folders, "folder")] if n_folders else []
    for suffix, n in sorted(kinds.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN]:
        words.append(counted(n, f"{suffix} file" if suffix else "file without ending"))
    if len(kinds) > _SHOWN:
        words.append("…")
    return ", ".join(words) or "nothing"


def _folders(base: Path) -> list[Path]:
    return sorted((path for path in base.iterdir() if is_visible(path.name) and path.is_dir()), key=lambda p: p.name)


def _parts(root: Path) -> dict[str, Path]:
    """Return the folders of the parts; none if there are classes, of which one may be called ``train``."""
    found: dict[str, list[Path]] = {part: [] for part in PARTS}
    others = []
    for folder in _folders(root):
        part = next((part for part, names in PARTS.items() if folder.name.lower() in names), None)
        if part is not None:
            found[part].append(folder)
        elif next(images_below(folder), None):
            others.append(folder.name)
    if others:
        trains = [folder for folder in found["train"] if not _images_in(folder) and next(images_below(folder), None)]
        if trains:
            raise DataError(
                "folders of images must be of the training, validation and test samples, or of the classes",
                where=str(root),
                got=f"{trains[0].name} with folders of its own, and {_listed(others)}",
                hint=f"give {trains[0]}, or move the others elsewhere",
            )
        return {}
    for part, folders in found.items():
        if len(folders) > 1:
            names = _listed([folder.name for folder in folders])
            raise DataError(f"must hold one folder of {part} samples", where=str(root), got=names)
    parts = {part: folders[0] for part, folders in found.items() if folders}
    if parts and "train" not in parts:
        names = _listed([folder.name for folder in parts.values()])
        raise DataError("must hold a folder train beside those of other samples", where=str(root), got=names)
    return parts


def _classes(base: Path) -> tuple[str, ...]:
    """Return the names of the folders that hold images; each must hold one."""
    folders = _folders(base)
    full = [folder for folder in folders if next(images_below(folder), None)]
    if not full:
        raise DataError(
            "must hold a folder of images for each class",
            where=str(base),
            got=contents(base),
            hint=folder_hint(base, ENDINGS) or f"images are {KINDS} files",
        )
    if empty := [folder for folder in folders if folder not in full]:
        raise DataError(
            "every folder of a class must hold images",
            where=str(base),
            got="; ".join(f"in {readable(folder.name)} {contents(folder)}" for folder in empty[:_SHOWN]),
            hint=f"images are {KINDS} files; a folder that is no class belongs elsewhere",
        )
    if len(full) == 1:
        raise DataError(
            "must hold folders of images for at least two classes",
            where=str(base),
            got=f"only {readable(full[0].name)}",
            hint=folder_hint(base, ENDINGS),
        )
    return tuple(folder.name for folder in full)


def _images_in(folder: Path) -> int:
    """Return how many images stand in a folder itself."""
    return sum(
        is_visible(path.name) and path.name.lower().endswith(ENDINGS) and path.is_file() for path in folder.iterdir()
    )


def _left_beside(root: Path) -> list[str]:
    n = _images_in(root)
    return [f"{counted(n, 'image')} beside the folders of the classes left out"] if n else []


def _listed(names: list[str] | tuple[str, ...]) -> str:
    more = f", … ({len(names)} in all)" if len(names) > _SHOWN else ""
    return ", ".join(map(readable, names[:_SHOWN])) + more
