"""A candidate: one assignment of a value to every axis."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

Value = bool | int | float | str | tuple[int, ...] | None
"""What a hyperparameter may be. Lists of a space file (layer sizes) become tuples, so that candidates can be hashed."""


class Candidate(Mapping[str, Value]):
    """One value for every axis, ``model`` included; frozen and hashable.

    It is a mapping from parameter name to value, in alphabetical order of the names.
    """

    def __init__(self, params: Mapping[str, Value]) -> None:
        self._params: dict[str, Value] = {name: _frozen(params[name]) for name in sorted(params)}

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
        return json.dumps(self._params, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @cached_property
    def id(self) -> str:
        """Ten hexadecimal digits of the SHA-256 of :attr:`canonical`."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()[:10]


def value_text(value: Value) -> str:
    """Return a value as reports write it: ``512×256`` for layer sizes, ``0.001``, ``true``. It may hold markup."""
    if value is None or value == ():
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "×".join(str(size) for size in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _frozen(value: Any) -> Value:
    return tuple(value) if isinstance(value, list) else value
