"""What a model is given of a table: where each column goes, found without Keras.

A model is given one row of floats for each row of a table: numbers, what a date says of the calendar, whether something
was missing, words of few as zeros and ones, and at the end one place for each column of words that is embedded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kerasgrid.axes.losses import LOSSES
from kerasgrid.data.columns import Column, Columns
from kerasgrid.data.dataset import Dataset

PER_DATE = 13
"""Features of a date beside its number: weekday (7), month (2), day of the year (2), time of day (2)."""

_MOST_SIZE = 50

_REFUSED = "/"
"""Letters that Keras refuses in the names of inputs."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A column of words that is embedded.

    Attributes:
        column: Its place among the columns.
        n_levels: How many words have a place of their own; a further one, 0, is for all others.
        size: Numbers that a word becomes.
    """

    column: int
    n_levels: int
    size: int


@dataclass(frozen=True)
class Layout:
    """Where the columns of a table go; places count in :attr:`kerasgrid.data.columns.Columns.given`.

    Attributes:
        columns: The columns.
        numbers: Those that are scaled: numbers and dates.
        switches: Those that are yes or no.
        dates: Those that are dates.
        flagged: Those for which it is told whether the value is missing.
        slots: Column and level of each word that is a zero or one of its own.
        embedded: Those that are embedded.
    """

    columns: tuple[Column, ...]
    numbers: tuple[int, ...]
    switches: tuple[int, ...]
    dates: tuple[int, ...]
    flagged: tuple[int, ...]
    slots: tuple[tuple[int, int], ...]
    embedded: tuple[Embedded, ...]

    @cached_property
    def n_floats(self) -> int:
        """How many features come before the places of embedded columns."""
        plain = len(self.numbers) + len(self.switches) + len(self.flagged) + len(self.slots)
        return plain + PER_DATE * len(self.dates)

    @property
    def width(self) -> int:
        """Floats of an encoded row."""
        return self.n_floats + len(self.embedded)

    @property
    def n_features(self) -> int:
        """Features that the model's own layers see."""
        return self.n_floats + sum(column.size for column in self.embedded)


def layout_of(columns: Columns, params: Mapping[str, Any]) -> Layout:
    """Return where the columns go for these resolved parameters: ``one_hot_max`` and ``embedding_size``."""
    given = columns.given
    words = [(place, len(column.levels)) for place, column in enumerate(given) if column.kind == "category"]
    few, size = params["one_hot_max"], params["embedding_size"]
    return Layout(
        columns=given,
        numbers=columns.of_kind("number", "date"),
        switches=columns.of_kind("yes/no"),
        dates=columns.of_kind("date"),
        flagged=tuple(place for place, column in enumerate(given) if column.has_gaps),
        slots=tuple((place, level) for place, n in words if n <= few for level in range(1, n + 1)),
        embedded=tuple(Embedded(place, n, int(size or embedding_size(n))) for place, n in words if n > few),
    )


def embedding_size(n_levels: int) -> int:
    """Return how many numbers a word of so many becomes: 1.6 n^0.56, at most 50 (Howard and Gugger 2020, fastai)."""
    return min(_MOST_SIZE, max(2, round(float(1.6 * n_levels**0.56))))


def scaling_of(params: Mapping[str, Any], columns: Columns | None) -> str:
    """Return how numbers are scaled for these resolved parameters: tables by their default, arrays as they are."""
    scaling = str(params.get("scaling", "auto"))
    return ("none" if columns is None else DEFAULT_SCALING) if scaling == "auto" else scaling


def scales_targets(params: Mapping[str, Any], dataset: Dataset) -> bool:
    """Whether regression targets are standardised for these resolved parameters: those of tables by default.

    Some losses want them in their own unit.
    """
    scaling = str(params.get("target_scaling", "auto"))
    if dataset.task != "regression" or ("loss" in params and LOSSES[str(params["loss"])].in_own_unit):
        return False
    return dataset.standardises_targets if scaling == "auto" else scaling == "standard"


DEFAULT_SCALING = "robust"
"""Of the numbers of a table."""


def model_shape(dataset: Dataset, params: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the shape of one sample as the model's own layers see it, for these resolved parameters."""
    if dataset.columns is None:
        return dataset.input_shape
    return (layout_of(dataset.columns, params).n_features,)


def column_numbers(n: int) -> Columns:
    """Return the columns of an array of numbers, (samples, ``n``), for scaling it like a table."""
    return Columns(tuple(Column(str(place), "number") for place in range(n)))


def aliases(columns: Columns) -> dict[str, str]:
    """Return what each column is called as an input of a saved model, by its own name, where Keras refuses that.

    Keras takes no slashes; two columns must not be called alike then.
    """
    taken = set(columns.names)
    found: dict[str, str] = {}
    for name in columns.names:
        if any(letter in name for letter in _REFUSED) or not name:
            alias = "".join("_" if letter in _REFUSED else letter for letter in name) or "column"
            while alias in taken:
                alias += "_"
            found[name] = alias
            taken.add(alias)
    return found
