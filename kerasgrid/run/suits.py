"""Which bundled space suits data, where the space that was asked for does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kerasgrid.data.dataset import Dataset
from kerasgrid.errors import SpaceError

TABLE_CLASSES = "table_classification"
TABLE_NUMBERS = "table_regression"
IMAGES = "images"

_OF_DATA = ("metric", "model", "loss", "output_activation")
"""The places of problems that other data would not have."""


def suiting_space(dataset: Dataset) -> str | None:
    """Return the name of the bundled space that suits any data of this kind; None if there is none."""
    are_images = dataset.columns is None and len(dataset.input_shape) in (2, 3)
    spaces = {"classification": IMAGES if are_images else TABLE_CLASSES}
    if not are_images:
        spaces["regression"] = TABLE_NUMBERS
    return spaces.get(dataset.task)


@contextmanager
def naming_what_suits(name: str, dataset: Dataset) -> Iterator[None]:
    """Let a problem of a space with its data also name the bundled space that suits the data.

    Args:
        name: Of the space, which is not named itself.
        dataset: The data.

    Raises:
        SpaceError: As inside, with this at the end of its hint.
    """
    try:
        yield
    except SpaceError as error:
        other = suiting_space(dataset)
        if other in (None, name) or (error.where or "").rpartition(".")[2] not in _OF_DATA:
            raise
        hint = ", or ".join(filter(None, (error.hint, f"use the space {other}")))
        raise type(error)(error.rule, where=error.where, got=error.got, hint=hint) from None
