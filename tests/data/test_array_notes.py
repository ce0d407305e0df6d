"""What is said of arrays in a file: the guess of what is predicted, and pixels that are taken as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kerasgrid.data.sources import load_dataset
from kerasgrid.errors import DataError

RNG = np.random.default_rng(0)
N = 40
X, CLASSES = RNG.normal(size=(N, 5)), np.arange(N) % 3
GUESSED = "y: 3 classes 0 … 2; --task regression predicts the number"


def notes(folder: Path, x: np.ndarray, y: np.ndarray = CLASSES, **options: object) -> tuple[str, ...]:
    np.savez(folder / "mine.npz", x=x, y=y)
    return load_dataset(path=str(folder / "mine.npz"), **options).notes


@pytest.mark.parametrize(
    ("y", "note"),
    [
        (CLASSES, GUESSED),
        (CLASSES[:, None], GUESSED),
        (np.array(["no", "yes"])[CLASSES % 2], "y: 2 classes no, yes"),
        (CLASSES % 2 == 0, "y: 2 classes False, True"),
        (np.array([-1, 1])[CLASSES % 2], "y: 2 classes -1, 1; --task regression predicts the number"),
        (np.eye(3)[CLASSES], "y: 3 classes, one of which holds; --task says otherwise"),
        (RNG.integers(0, 2, (N, 3)), "y: 3 labels, any number of which hold; --task says otherwise"),
        (np.linspace(0.5, 2.5, N), "y: numbers to predict, 0.5 … 2.5"),
        (RNG.normal(size=(N, 3)), "y: 3 numbers to predict"),
    ],
)
def test_the_guess_is_said(tmp_path: Path, y: np.ndarray, note: str) -> None:
    assert notes(tmp_path, X, y) == (note,)


def test_what_was_asked_for_is_no_guess(tmp_path: Path) -> None:
    assert notes(tmp_path, X, task="classification") == ()


@pytest.mark.parametrize("shape", [(0, 3), (0, 5, 5), (0, 5, 5, 3)])
@pytest.mark.parametrize("y", [np.zeros(0), np.zeros(0, np.int64), np.zeros(0, "U1"), np.zeros((0, 2))], ids=str)
@pytest.mark.parametrize("options", [{}, {"task": "regression"}, {"test_split": 0.2}, {"train_size": 1}], ids=str)
def test_of_nothing_nothing_is_guessed(
    tmp_path: Path, shape: tuple[int, ...], y: np.ndarray, options: dict[str, Any]
) -> None:
    with pytest.raises(DataError, match=r"mine\.npz: x: must hold at least one sample, got shape \(0, "):
        notes(tmp_path, np.zeros(shape), y, **options)


def test_labels_without_entries_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"mine\.npz: .*got shapes? "):
        notes(tmp_path, X, np.zeros((N, 0)))
    with pytest.raises(DataError, match=r"mine\.npz: x and y must have the same length, got 40 samples and 0 labels"):
        notes(tmp_path, X, np.zeros(0))


PIXELS = RNG.integers(0, 256, (N, 8, 8))
PIXELS[0, 0, 0] = 255


@pytest.mark.parametrize(
    ("x", "note"),
    [
        (PIXELS.astype(np.float32), "x: whole numbers 0 … 255 look like bytes of images; --scale divides them by 255"),
        (PIXELS, "x: whole numbers 0 … 255 look like bytes of images; --scale divides them by 255"),
        (PIXELS.reshape(N, 64).astype(np.uint8), "x: whole numbers 0 … 255 look like bytes of images; --scale divides "
                                                 "them by 255"),
        (PIXELS.astype(np.uint16) * 16, "x: whole numbers 0 … 4080 look like pixels; x / 4095 makes 0 … 1 of them"),
        (RNG.random((N, 3, 8, 8)), "x: samples of shape 3×8×8 look like images with their channels first; Keras takes "
                                   "them last: numpy.moveaxis(x, 1, -1)"),
    ],
)  # fmt: skip
def test_pixels_that_are_taken_as_they_are_are_told(tmp_path: Path, x: np.ndarray, note: str) -> None:
    assert notes(tmp_path, x) == (note, GUESSED)


@pytest.mark.parametrize(
    "x",
    [PIXELS / 255, PIXELS + 0.5, PIXELS - 9, X, RNG.integers(0, 50, (N, 8, 8)), PIXELS[:, 0], RNG.random((N, 8, 8, 3))],
)
def test_other_numbers_are_none(tmp_path: Path, x: np.ndarray) -> None:
    assert notes(tmp_path, x) == (GUESSED,)


def test_who_says_how_to_scale_is_told_nothing(tmp_path: Path) -> None:
    scaled = load_dataset(path=str(tmp_path / "mine.npz"), scale=True) if notes(tmp_path, PIXELS) else None
    assert scaled is not None
    assert scaled.notes == (GUESSED,)
    assert scaled.x_train.max() == 1
