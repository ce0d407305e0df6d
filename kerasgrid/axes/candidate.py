"""A candidate: one assignment of a value to every axis, and what it comes to with its defaults filled in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from kerasgrid.axes.parameters import keyed, prefix, resolve, structure
from kerasgrid.axes.value import Structure, Value, canonical_json, frozen, value_text

__all__ = ["Candidate", "Resolved", "Value", "value_text"]


@dataclass(frozen=True, eq=False, slots=True)
class Resolved:
    """A candidate with its defaults filled in, for one task.

    Attributes:
        params: A value for every parameter that its model takes, ``model`` first; read-only.
        task: ``classification`` or ``regression``.
    """

    params: Mapping[str, Value]
    task: str

    @property
    def keyed(self) -> Mapping[str, Value]:
        """What a fit's key is made of: see :func:`kerasgrid.axes.parameters.keyed`."""
        return _keyed(self)

    @property
    def prefix(self) -> str | None:
        """What candidates have in common that are one training of different ``epochs``, as a text; None if none are.

        See :func:`kerasgrid.axes.parameters.prefix`.
        """
        return _prefix(self)

    @property
    def structure(self) -> Structure:
        """What makes its program: see :func:`kerasgrid.axes.parameters.structure`."""
        return _structure(self)

    @property
    def canonical(self) -> str:
        """A text that is the same for candidates that differ in written-down defaults only; long, so not kept."""
        return canonical_json(self.params)


# What follows from a candidate is kept for a while only: of 20,000 it would take more memory than these do.
_KEPT = 2048


@lru_cache(maxsize=_KEPT)
def _keyed(resolved: Resolved) -> Mapping[str, Value]:
    return keyed(resolved.params, resolved.task)


@lru_cache(maxsize=_KEPT)
def _prefix(resolved: Resolved) -> str | None:
    found = prefix(resolved.params, resolved.task)
    return None if found is None else canonical_json(found)


@lru_cache(maxsize=_KEPT)
def _structure(resolved: Resolved) -> Structure:
    return structure(resolved.params)


class Candidate(Mapping[str, Value]):
    """One value for every axis, ``model`` included; frozen and hashable.

    It is a mapping from parameter name to value, in alphabetical order of the names. It is resolved once for a task,
    and carries the answer; a copy in another process resolves itself anew.
    """

    __slots__ = ("_canonical", "_id", "_params", "_resolved")

    def __init__(self, params: Mapping[str, Value]) -> None:
        self._params: dict[str, Value] = {name: frozen(params[name]) for name in sorted(params)}
        self._resolved: Resolved | None = None
        self._canonical: str | None = None
        self._id: str | None = None

    def __getitem__(self, name: str) -> Value:
        return self._params[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._params)

    def __len__(self) -> int:
        return len(self._params)

    def __hash__(self) -> int:
        return hash(self.id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Candidate) and self.canonical == other.canonical

    def __repr__(self) -> str:
        return f"Candidate({', '.join(f'{name}={value!r}' for name, value in self.items())})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Candidate, (self._params,)

    @property
    def canonical(self) -> str:
        """The candidate as canonical JSON: sorted keys, no blanks, shortest form of every float."""
        if self._canonical is None:
            self._canonical = canonical_json(self._params)
        return self._canonical

    @property
    def id(self) -> str:
        """Ten hexadecimal digits of the SHA-256 of :attr:`canonical`."""
        if self._id is None:
            self._id = hashlib.sha256(self.canonical.encode()).hexdigest()[:10]
        return self._id

    def resolved(self, task: str) -> Resolved:
        """Return it with its defaults filled in; see :func:`kerasgrid.axes.parameters.resolve`.

        Args:
            task: ``classification`` or ``regression``.

        Raises:
            SpaceError: A name or a value is wrong, or two values contradict each other or the task.
        """
        if self._resolved is None or self._resolved.task != task:
            self._resolved = Resolved(MappingProxyType(resolve(self, task)), task)
        return self._resolved
