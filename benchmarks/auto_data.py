"""What ``auto.py`` judges by: public tables and images, split into rows that rivals see and rows that they do not.

None of the tables is among those that ``portfolio.py`` mines. Each is split here, by a seed: every rival is given
``train`` with the target and ``test`` without it, as files, and what it predicts is scored here.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from portfolio import MINED
from public_tables import FOLD, TABLES, TARGET, Table, rows_of, table_of
from sklearn.model_selection import train_test_split

from kerasgrid.data.images import read_images
from kerasgrid.errors import DataError

TEST_SHARE = 0.3
MOST_ROWS = 20_000
N_IMAGES = 20_000

JUDGED: Sequence[Table] = (
    table_of("breast"),  # 277 rows of words
    table_of("movement_libras"),  # 360 rows, 90 numbers, 15 classes
    table_of("yeast1"),  # 1,484 rows, one class rarer
    table_of("chess"),  # 3,196 rows of 36 words
    table_of("banana"),  # 5,300 rows, 2 numbers
    table_of("page-blocks0"),  # 5,472 rows, a tenth of one class
    table_of("texture"),  # 5,500 rows, 40 numbers, 11 classes
    table_of("marketing"),  # 6,876 rows, 9 classes that overlap
    table_of("magic"),  # 19,020 rows
    table_of("letter"),  # 20,000 rows, 26 classes
    next(table for table in TABLES if table.name == "diabetes"),  # 442 rows
    table_of("winequality-red-4", 11),  # 1,599 rows: alcohol
    table_of("abalone19", 8),  # 4,174 rows: weight of the shell
)
assert not {table.name for table in JUDGED} & {table_of(*one).name for task in MINED.values() for one in task}


@dataclass(frozen=True)
class Task:
    """What a rival is asked.

    Attributes:
        name: Of the data.
        task: What to predict.
        is_images: Whether samples are images.
        folder: Where ``train`` and ``test`` are, and ``task.json``, which says what is here.
        truth: Of the test rows: classes as text, or numbers.
    """

    name: str
    task: str
    is_images: bool
    folder: Path
    truth: npt.NDArray[Any]

    @property
    def train(self) -> Path:
        return self.folder / f"train.{'npz' if self.is_images else 'csv'}"

    @property
    def test(self) -> Path:
        return self.folder / f"test.{'npz' if self.is_images else 'csv'}"


def names(images: str) -> list[str]:
    """Return the names of all data."""
    return [*(table.name for table in JUDGED), images]


def table_task(name: str, seed: int, wheel: zipfile.ZipFile, folder: Path) -> Task:
    """Return a table's task, its files written."""
    table = next(table for table in JUDGED if table.name == name)
    rows = rows_of(table, wheel, MOST_ROWS).drop(columns=FOLD)
    classes = table.task == "classification"
    train, test = train_test_split(
        rows, test_size=TEST_SHARE, random_state=seed, stratify=rows[TARGET] if classes else None
    )
    truth = test[TARGET].astype(str if classes else float).to_numpy()
    task = Task(name, table.task, False, folder, truth)
    _described(task)
    train.to_csv(task.train, index=False)
    test.drop(columns=TARGET).to_csv(task.test, index=False)
    return task


def image_task(name: str, seed: int, data_dir: Path | None, folder: Path) -> Task | str:
    """Return the task of an image set, its files written; or why there is none."""
    try:
        raw = read_images(name, data_dir)
    except DataError as error:
        return f"no images of {name}: {error}".splitlines()[0][:200]
    if raw.x_test is None or raw.y_test is None:
        return f"no test set of {name}"
    drawn = np.random.default_rng(seed).permutation(len(raw.x_train))[:N_IMAGES]
    task = Task(name, "classification", True, folder, _labels(raw.y_test))
    _described(task)
    np.savez(task.train, x=raw.x_train[drawn], y=_labels(raw.y_train[drawn]))
    np.savez(task.test, x=raw.x_test)
    return task


def _labels(y: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.array([f"class {label}" for label in np.ravel(y)])


def _described(task: Task) -> None:
    task.folder.mkdir(parents=True, exist_ok=True)
    said = {"task": task.task, "train": task.train.name, "test": task.test.name, "target": TARGET}
    (task.folder / "task.json").write_text(json.dumps(said))


@dataclass(frozen=True)
class Score:
    """How good predictions are.

    Attributes:
        value: Accuracy or R².
        of_rows: What each row adds to it: their mean is the value.
    """

    value: float
    of_rows: npt.NDArray[np.float64]


def score_of(task: Task, predicted: npt.NDArray[Any]) -> Score:
    """Score predictions of the test rows.

    Raises:
        ValueError: There are not as many as rows, or some are no numbers.
    """
    if len(predicted) != len(task.truth):
        raise ValueError(f"{len(predicted)} predictions of {len(task.truth)} rows")
    if task.task == "classification":
        of_rows = (predicted.astype(str) == task.truth).astype(np.float64)
    else:
        error = (predicted.astype(np.float64) - task.truth) ** 2
        if not np.isfinite(error).all():
            raise ValueError("predictions that are no numbers")
        of_rows = 1 - error / task.truth.var()
    return Score(float(of_rows.mean()), of_rows)
