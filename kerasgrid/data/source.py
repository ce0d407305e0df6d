"""The socket for data: what a source says about itself, and what it is asked for.

Importing this module is cheap: a source imports what it reads with when it reads.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kerasgrid.data.dataset import Task
    from kerasgrid.data.raw import Raw

OPTIONS = (
    "target",
    "task",
    "columns",
    "drop",
    "group",
    "time",
    "fold",
    "weight",
    "missing",
    "encoding",
    "validation",
    "scale",
    "size",
    "color",
    "noise",
)
"""The keys of a space file's ``dataset`` that some sources take and others do not, in the order of their checks."""

_LOOKED_AT = 10_000
"""Files and folders, to see what a folder holds."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a source is asked for.

    Attributes:
        name: Of the data set: the source's own, or the file's stem.
        path: The file or folder to read; the current folder for a data set known by name, which needs none.
        target: The columns to predict, in order; empty where nothing was said.
        task: What to predict, as the user says it; None for a guess.
        columns: The kinds of some columns of a table, by name; see :data:`kerasgrid.data.columns.Kind`.
        drop: Columns of a table to leave out.
        group: The column whose rows of one value stand on one side of every split.
        time: The column by which rows are ordered in time.
        fold: The column that says in which fold a row is held out.
        weight: The column that says how much a row counts in the training.
        missing: Marks of gaps, such as ``?`` and ``-999``.
        encoding: Of a text file; None for what shows.
        validation: A file of the same kind whose samples are held out.
        scale: Whether 8-bit values are divided by 255; None for what their shape and values say.
        size: Number of samples to make; or height and width of images, in pixels, one number for both; None for as
            usual.
        color: ``rgb`` or ``grayscale`` images; None for what they are.
        noise: Standard deviation of the noise on the targets, in their unit; None for as much as usual.
        train_size: How many of the training samples will be kept, for a source that need not read the others;
            :func:`kerasgrid.data.subset.subset` says which. None for all.
        seed: Of samples that are drawn at random, 0..2³²-1.
        data_dir: The folder to look for named data sets first.
    """

    name: str
    path: Path = Path()
    target: tuple[str, ...] = ()
    task: Task | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    group: str | None = None
    time: str | None = None
    fold: str | None = None
    weight: str | None = None
    missing: tuple[str, ...] = ()
    encoding: str | None = None
    validation: Path | None = None
    scale: bool | None = None
    size: int | tuple[int, int] | None = None
    color: str | None = None
    noise: float | None = None
    train_size: int | None = None
    seed: int = 0
    data_dir: Path | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where data comes from: a data set known by its name, or a kind of files.

    Attributes:
        name: As in the space file; of a kind of files, what it is called.
        description: One line for people, without a full stop; of a kind of files, how a space file asks for one.
        read: Returns the arrays of a request as they are. It raises DataError, and OSError for what the system refuses.
        options: Which of :data:`OPTIONS` it takes beside ``task``; others are refused before it is asked to read.
        task: What its samples are for; None where the labels say, or ``task``, which it takes then.
        suffixes: Endings of its files, in small letters with their dots; empty for a data set known by name.
        may_be_packed: Whether ``.gz`` may stand behind these endings.
        reads_folders: Whether it reads folders that are given by their paths.
        holds: Endings of the files in its folders, in small letters with their dots; empty for a source that reads any
            folder.
        hints: What to do instead of an option that it does not take.
    """

    name: str
    description: str
    read: Callable[[Request], Raw]
    options: tuple[str, ...] = ()
    task: Task | None = None
    suffixes: tuple[str, ...] = ()
    may_be_packed: bool = False
    reads_folders: bool = False
    holds: tuple[str, ...] = ()
    hints: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_path(self) -> bool:
        """Whether a path says what to read, and not this source's name."""
        return self.reads_folders or bool(self.suffixes)

    def takes(self, option: str) -> bool:
        """Whether it takes one of :data:`OPTIONS`."""
        return self.task is None if option == "task" else option in self.options

    def recognises(self, path: Path) -> bool:
        """Whether ``path`` is one of its own: by its ending, in letters of any case, or a folder of what it reads."""
        return self.ending_of(path) != "" or (self.reads_folders and path.is_dir() and self._is_held_by(path))

    def stem(self, path: Path) -> str:
        """Return the name of a file without its ending, or of a folder, as it is."""
        return path.name[: len(path.name) - len(self.ending_of(path))]

    def _is_held_by(self, folder: Path) -> bool:
        if not self.holds:
            return True
        seen, left = 0, [os.fspath(folder)]
        # A home folder, say, is not looked through.
        while left and seen <= _LOOKED_AT:
            with suppress(OSError), os.scandir(left.pop(0)) as entries:
                for entry in entries:
                    seen += 1
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)
                    elif entry.name.lower().endswith(self.holds):
                        return True
        return False

    def ending_of(self, path: Path) -> str:
        """Return the ending by which a file is one of its own, in small letters; empty if it is none."""
        name = path.name.lower()
        endings = (*self.suffixes, *(f"{suffix}.gz" for suffix in self.suffixes if self.may_be_packed))
        return next((suffix for suffix in endings if name.endswith(suffix) and name != suffix), "")
