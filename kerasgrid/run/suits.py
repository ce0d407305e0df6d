"""Which bundled space suits data, where the space that was asked for does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from kerasgrid.data.dataset import Dataset
from kerasgrid.errors import SpaceError
from kerasgrid.space.spec import Space


@dataclass(frozen=True, slots=True)
class Suiting:
    """A bundled space for any data of some kind.

    Attributes:
        space: Its name.
        suits: Whether a data set is of that kind.
    """

    space: str
    suits: Callable[[Dataset], bool]


FIRST_SEARCHES: Sequence[Suiting] = (
    Suiting("images", lambda data: data.task == "classification" and data.has_images),
    Suiting("table_classification", lambda data: data.task == "classification"),
    Suiting("table_regression", lambda data: data.task == "regression" and not data.has_images),
    Suiting("table_labels", lambda data: data.task == "multilabel"),
)
"""Good first searches; of several that suit the first is meant."""

AUTO_SEARCHES: Sequence[Suiting] = (
    Suiting("auto_images", lambda data: data.task != "regression" and data.has_images),
    Suiting("auto_table_classification", lambda data: data.task != "regression"),
    Suiting("auto_table_regression", lambda data: data.task == "regression"),
)
"""What ``kerasgrid auto`` searches; of several that suit the first is meant."""


def is_auto(space: Space | None) -> bool:
    """Whether a space is one that ``kerasgrid auto`` chose, axes and all, whatever it changed of it."""
    return space is not None and space.name in {one.space for one in AUTO_SEARCHES}


_OF_DATA = ("metric", "model", "loss", "output_activation")
"""The places of problems that other data would not have."""


def suiting_space(dataset: Dataset, among: Sequence[Suiting] = FIRST_SEARCHES) -> str | None:
    """Return the name of the bundled space that suits any data of this kind; None if there is none."""
    return next((one.space for one in among if one.suits(dataset)), None)


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
