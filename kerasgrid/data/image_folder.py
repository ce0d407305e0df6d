"""Folders of images as a data set: one folder a class, all images of one size, as bytes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kerasgrid.data.dataset import Array, Dataset, Splits
from kerasgrid.data.image_cache import cache_key, read_cache, write_cache
from kerasgrid.data.image_decoding import decoded, image_sizes
from kerasgrid.data.image_fit import check_fit
from kerasgrid.data.image_tree import ImageTree, class_files, image_tree, readable
from kerasgrid.data.raw import Raw, held_out_after
from kerasgrid.data.source import Request
from kerasgrid.data.subset import subset
from kerasgrid.errors import DataError, legible
from kerasgrid.system.words import counted

LONGEST_SIDE = 256
"""Where no size is asked for, no side is longer: that of ``image_dataset_from_directory``. Photographs of a camera
would make models that nobody can train."""

_SHOWN = 5
_LARGEST = 10_000
_COLORS = ("rgb", "grayscale")
_PERCENT_BROKEN = 1

_Images = tuple[Array, dict[str, Any], npt.NDArray[np.int64]]
"""Images, what is to be said of them, and their places among the files."""


def read_image_folder(request: Request) -> Raw:
    """Return the images of a folder, uint8, of one size, grey or in colour; decoded at the first time only.

    Without a size they get the median height and the median width of the training samples; without a colour they are
    grey if all training samples are. Of ``train_size`` samples only these are decoded.

    Raises:
        DataError: It is no such folder, too many images are broken, or they do not fit in memory.
        OSError: The system refuses a folder.
    """
    asked = _asked_size(request.size)
    if request.color not in (None, *_COLORS):
        raise DataError(f"must be {' or '.join(_COLORS)}", where="color", got=repr(request.color))
    tree = image_tree(request.path)
    if request.validation is not None:
        tree = _with_validation(tree, request.validation)
    files = _Files(tree, request)
    key = cache_key(files.paths, asked, request.color, request.train_size, request.seed, files.n_train, files.n_val)
    images, about, rows = _kept(key, files) or _decoded_and_kept(key, files, asked)
    broken = dict(about["broken"])
    n_train, n_val = (int(np.isin(rows, files.rows(part)).sum()) for part in ("train", "validation"))
    n = n_train + n_val
    y = files.labels[rows]
    return Raw(
        images[:n],
        y[:n],
        images[n:] if len(rows) > n else None,
        y[n:] if len(rows) > n else None,
        x_name="images",
        y_name="classes",
        source=str(request.path),
        classes=files.classes,
        splits=held_out_after(Splits(), n_train, n_val) if n_val else Splits(),
        keep_bytes=True,
        notes=(*tree.notes, *_notes(files, asked, about, broken, images.ndim == 4)),
    )


class _Files:
    """The files of all parts in a row: those to train on, to hold out, and to test on."""

    def __init__(self, tree: ImageTree, request: Request) -> None:
        self.request = request
        self.where = str(request.path)
        self.classes = tuple(map(readable, tree.classes))
        self.paths = (*tree.train.paths, *tree.validation.paths, *tree.test.paths)
        self.labels = np.array((*tree.train.labels, *tree.validation.labels, *tree.test.labels), np.int64)
        self.n_train = len(tree.train.paths)
        self.n_val = len(tree.validation.paths)

    def rows(self, part: str) -> npt.NDArray[np.int64]:
        """Return the places of a part's files."""
        n = self.n_train + self.n_val
        starts = {"train": (0, self.n_train), "validation": (self.n_train, n), "test": (n, len(self.paths))}
        return np.arange(*starts[part])

    def drawn(self, broken: Mapping[int, str]) -> npt.NDArray[np.int64]:
        """Return the places of the files to decode, without broken ones: of ``train_size`` only those."""
        whole = np.array([row not in broken for row in range(len(self.paths))])
        n = self.n_train + self.n_val
        rows, test = np.flatnonzero(whole[:n]), n + np.flatnonzero(whole[n:])
        if self.request.train_size is not None:
            n_val = int((rows >= self.n_train).sum())
            splits = held_out_after(Splits(), len(rows) - n_val, n_val) if n_val else Splits()
            places = Dataset(self.request.name, rows[:, None], self.labels[rows], None, None, "classification",
                             self.classes, self.where, splits=splits)  # fmt: skip
            rows = subset(places, self.request.train_size, self.request.seed).x_train[:, 0]
        return np.concatenate([rows, test])

    def name(self, row: int) -> str:
        """Return how a file is called below the folder; one of another folder by its whole path."""
        path = self.paths[row]
        inside = os.path.relpath(path, self.where)
        name = legible(readable(path if inside.startswith(os.pardir) else inside))
        # It stands within a line.
        return name.replace("\n", r"\n").replace("\t", r"\t")

    def check_broken(self, broken: Mapping[int, str]) -> None:
        """Check that few files are broken, and that every class has others."""
        most = max(1, len(self.paths) * _PERCENT_BROKEN // 100)
        if len(broken) > most:
            raise DataError(
                f"at most {_PERCENT_BROKEN}% of the images may be broken, here {most}",
                where=self.where,
                got=f"{len(broken)} of {len(self.paths)}: {self.listed(broken)}",
                hint="mend or remove them",
            )
        whole = self.labels[[row for row in self.rows("train") if row not in broken]]
        empty = [name for place, name in enumerate(self.classes) if place not in whole]
        if empty:
            raise DataError(
                "every class must have an image that can be read",
                where=self.where,
                got=f"none of {', '.join(empty)}: {self.listed(broken)}",
            )

    def listed(self, broken: Mapping[int, str]) -> str:
        """Return the first broken files, and what is the matter with each."""
        words = [f"{self.name(row)} ({broken[row]})" for row in sorted(broken)[:_SHOWN]]
        return ", ".join(words) + (", …" if len(broken) > _SHOWN else "")


@dataclass(frozen=True)
class _Sizes:
    """Height and width of the images as they become, and the least and greatest of what they were, if known."""

    size: tuple[int, int]
    least: tuple[int, int] | None = None
    greatest: tuple[int, int] | None = None
    median: tuple[int, int] | None = None


def _kept(key: str, files: _Files) -> _Images | None:
    """Return what is kept, or None if it is not there or not what was kept."""
    found = read_cache(key)
    if found is None:
        return None
    images, about = found
    try:
        rows = files.drawn(dict(about["broken"]))
        is_whole = len(images) == len(rows) and images.shape[1:3] == tuple(about["size"]) and images.ndim in (3, 4)
    except (KeyError, TypeError, ValueError, IndexError):
        return None
    return (images, about, rows) if is_whole else None


def _decoded_and_kept(key: str, files: _Files, asked: tuple[int, int] | None) -> _Images:
    """Decode the files; return the images and what :func:`_kept` returns of them another time."""
    sizes = _sizes(files) if asked is None else _Sizes(asked)
    images, broken = _decoded(files, sizes.size)
    about = {**vars(sizes), "broken": sorted(broken.items())}
    # What is on the disk need not stay in memory, too.
    kept = _kept(key, files) if write_cache(key, images, about) else None
    return kept or (images, about, files.drawn(broken))


def _decoded(files: _Files, size: tuple[int, int]) -> tuple[Array, dict[int, str]]:
    """Return the images and what is the matter with those that are broken, by their places among the files."""
    color = files.request.color
    broken: dict[int, str] = {}
    while True:
        rows = files.drawn(broken)
        n_fixed = len(files.paths) - files.n_train if files.request.train_size is None else None
        check_fit(len(rows), size, 3 if color == "rgb" else 1, files.where, n_fixed=n_fixed)
        found = decoded([files.paths[row] for row in rows], size, color, int((rows < files.n_train).sum()))
        if found is None:
            color = "rgb"
            continue
        broken |= {int(rows[place]): why for place, why in found.broken.items()}
        files.check_broken(broken)
        # Others are drawn in the place of broken ones.
        if not found.broken or files.request.train_size is None:
            return found.images, broken


def _sizes(files: _Files) -> _Sizes:
    """Return the median height and width of the training samples, shrunk where a side is too long."""
    found = np.array(image_sizes(files.paths[: files.n_train]))
    if not len(found):
        # None is an image: decoding tells what they are.
        return _Sizes((1, 1))
    median = [int(np.median(found[:, axis]) + 0.5) for axis in (0, 1)]
    shrunk = min(1.0, LONGEST_SIDE / max(median))
    height, width = (max(1, int(side * shrunk + 0.5)) for side in median)
    least, greatest = found.min(axis=0).tolist(), found.max(axis=0).tolist()
    return _Sizes((height, width), tuple(least), tuple(greatest), (median[0], median[1]))


def _asked_size(size: int | tuple[int, ...] | None) -> tuple[int, int] | None:
    """Return height and width; a single number is a square."""
    if size is None:
        return None
    sides = size if isinstance(size, tuple) else (size, size)
    if len(sides) == 2 and all(type(side) is int and 1 <= side <= _LARGEST for side in sides):
        return sides[0], sides[1]
    got = repr(list(size)) if isinstance(size, tuple) else repr(size)
    raise DataError(f"must be [height, width] in pixels, from 1 to {_LARGEST:,} each", where="size", got=got)


def _with_validation(tree: ImageTree, folder: Path) -> ImageTree:
    """Return what there is, with another folder's images to hold out."""
    if tree.validation.paths:
        raise DataError("must be given once", where="validation", got=f"{folder} and a folder of validation samples",
                        hint="leave one of them out")  # fmt: skip
    if not folder.is_dir():
        got = "a file" if folder.exists() else "nothing there"
        raise DataError("must be a folder of images", where=str(folder), got=got)
    return replace(tree, validation=class_files(folder, tree.classes))


def _notes(
    files: _Files, asked: tuple[int, int] | None, about: Mapping[str, Any], broken: Mapping[int, str], is_rgb: bool
) -> list[str]:
    """Return what was decided, a line each."""
    notes = []
    if broken:
        n = counted(len(broken), "broken image")
        notes.append(f"{n} of {len(files.paths):,} left out: {files.listed(broken)}")
    size = _sides(about["size"])
    if asked is not None:
        notes.append(f"images are stretched to {size} pixels (height × width)")
    elif about["least"] == about["greatest"] == about["size"]:
        notes.append(f"all images have {size} pixels (height × width)")
    else:
        of = "the median"
        if about["median"] != about["size"]:
            of = f"the median, {_sides(about['median'])}, made smaller"
        was = f"{_sides(about['least'])} to {_sides(about['greatest'])}"
        notes.append(f'images of {was} pixels (height × width) are stretched to {size}, {of}; "size" says otherwise')
    if files.request.color is None:
        kind, other = ("in colour", "grayscale") if is_rgb else ("grey", "rgb")
        notes.append(f'images are {kind}; "color": "{other}" makes them {"grey" if is_rgb else "coloured"}')
    return notes


def _sides(size: tuple[int, int] | list[int]) -> str:
    return f"{size[0]}×{size[1]}"
