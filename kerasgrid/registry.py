"""Registries: the tables of what there is of each kind, to which anybody may add.

Every kind of thing that people will want to add (a strategy, a metric, a model family, a report file, …) has one
registry. Whatever lists, checks or looks up things of that kind does so through it, so that one more is one row::

    from kerasgrid.fits.metric import METRICS, Metric
    METRICS.add(Metric("top_2", ...))

Processes that kerasgrid starts import the modules that have added rows, so that these are known there, too.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, ValuesView
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar
from weakref import WeakSet


class Named(Protocol):
    """What may stand in a registry."""

    @property
    def name(self) -> str:
        """What it is looked up by."""


Row = TypeVar("Row", bound=Named)

_registries: WeakSet[Registry[Named]] = WeakSet()
_changes = 0


def changes() -> int:
    """Return how often a row was added to a registry or taken out: what follows from rows may be kept meanwhile."""
    return _changes


class Registry(Mapping[str, Row], Generic[Row]):
    """Rows by their names, in the order in which they were added.

    Args:
        kind: What a row is, in the singular, for messages: ``metric``.
        rows: kerasgrid's own.
    """

    def __init__(self, kind: str, rows: Iterable[Row] = ()) -> None:
        self.kind = kind
        self._rows: dict[str, Row] = {}
        self._modules: dict[str, str] = {}
        for row in rows:
            self._put(row, "kerasgrid")
        _registries.add(self)  # type: ignore[arg-type]

    def add(self, row: Row) -> Row:
        """Add a row and return it; a class may be added by using this as its decorator.

        Raises:
            ValueError: There is one of this name.
        """
        self._put(row, sys._getframe(1).f_globals.get("__name__", "__main__"))
        return row

    def remove(self, name: str) -> None:
        """Take out a row that was added.

        Raises:
            KeyError: There is none of this name.
        """
        global _changes
        del self._rows[name]
        del self._modules[name]
        _changes += 1

    @contextmanager
    def with_row(self, row: Row) -> Iterator[Row]:
        """Have a row for the time of the block; only this process knows it."""
        self._put(row, "kerasgrid")
        try:
            yield row
        finally:
            self.remove(row.name)

    @property
    def modules(self) -> frozenset[str]:
        """The modules that have added rows."""
        return frozenset(name for name in self._modules.values() if name.partition(".")[0] != "kerasgrid")

    def __getitem__(self, name: str) -> Row:
        return self._rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    # As those of Mapping, which look up every row by its name: candidates are resolved through these.
    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def values(self) -> ValuesView[Row]:
        """Return the rows."""
        return self._rows.values()

    # A registry is itself, whatever it holds.
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    def _put(self, row: Row, module: str) -> None:
        if row.name in self._rows:
            raise ValueError(f"there is a {self.kind} of this name: {row.name}")
        global _changes
        _changes += 1
        self._rows[row.name] = row
        self._modules[row.name] = module


def extension_modules() -> list[str]:
    """Return the modules that have added rows to any registry, for other processes to import; a script is none."""
    found = {name for registry in _registries for name in registry.modules}
    return sorted(found - {"__main__"})
