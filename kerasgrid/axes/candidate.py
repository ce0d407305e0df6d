"""A candidate: one assignment of a value to every axis, and what it comes to with its defaults filled in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from kerasgrid.axes.parameters import keyed, prefix, resolve, structure
from kerasgrid.axes.value import Structure, Value, canonical_json, frozen, value_text

__all__ = ["Candidate", "Resolved", "Value", "value_text"]


@dataclass(frozen=True, eq=False)
class Resolved:
    """A candidate with its defaults filled in, for one task.

    Attributes:
        params: A value for every parameter that its model takes, ``model`` first; read-only.
        task: ``classification`` or ``regression``.
    """

    params: Mapping[str, Value]
    task: str

    @cached_property
    def keyed(self) -> Mapping[str, Value]:
        """What a fit's key is made of: see :func:`kerasgrid.axes.parameters.keyed`."""
        return keyed(self.params, self.task)

    @cached_property
    def prefix(self) -> str | None:
        """What candidates have in common that are one training of different ``epochs``, as a text; None if none are.

        See :func:`kerasgrid.axes.parameters.prefix`.
        """
        found = prefix(self.params, self.task)
        return None if found is None else canonical_json(found)

    @cached_property
    def structure(self) -> Structure:
        """What makes its program: see :func:`kerasgrid.axes.parameters.structure`."""
        return structure(self.params)

    @property
    def canonical(self) -> str:
        """A text that is the same for candidates that differ in written-down defaults only; long, so not kept."""
        return canonical_json(self.params)


class Candidate(Mapping[str, Value]):
    """One value for every axis, ``model`` included; frozen and hashable.

    It is a mapping from parameter name to value, in alphabetical order of the names. It is resolved once for a task,
    and carries the answer; a copy in another process resolves itself anew.
    """

    def __init__(self, params: Mapping[str, Value]) -> None:
        self._params: dict[str, Value] = {name: frozen(params[name]) for name in sorted(params)}
        self._resolved: dict[str, Resolved] = {}

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

    @cached_property
    def canonical(self) -> str:
        """The candidate as canonical JSON: sorted keys, no blanks, shortest form of every float."""
        return canonical_json(self._params)

    @cached_property
    def id(self) -> str:
        """Ten hexadecimal digits of the SHA-256 of :attr:`canonical`."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()[:10]

    def resolved(self, task: str) -> Resolved:
        """Return it with its defaults filled in; see :func:`kerasgrid.axes.parameters.resolve`.

        Args:
            task: ``classification`` or ``regression``.

        Raises:
            SpaceError: A name or a value is wrong, or two values contradict each other or the task.
        """
        if task not in self._resolved:
            self._resolved[task] = Resolved(MappingProxyType(resolve(self, task)), task)
        return self._resolved[task]
