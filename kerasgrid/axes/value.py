"""The values of hyperparameters: their types, their one text for hashes, and the text that people read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


class Settings(dict[str, Any]):
    """A value that is an object, such as ``{"patience": 5}``: a dict that never changes and can be hashed."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return Settings, (dict(self),)

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("the settings of a candidate do not change")

    __setitem__ = __delitem__ = _refuse
    clear = pop = popitem = setdefault = update = __ior__ = _refuse


Value = bool | int | float | str | tuple[int, ...] | Settings | None
"""What a hyperparameter may be. Lists of a space file (layer sizes) become tuples and objects :class:`Settings`, so
that candidates can be hashed."""

Structure = tuple[tuple[str, Value], ...]
"""Names and values of everything that makes a program what it is; hashable, and ``dict(structure)`` reads it."""


def frozen(value: Any) -> Value:
    """Return a value of JSON as candidates have it: lists as tuples, objects as :class:`Settings`."""
    if isinstance(value, list | tuple):
        return tuple(frozen(part) for part in value)  # type: ignore[misc]
    if isinstance(value, Mapping):
        return Settings({str(name): frozen(part) for name, part in value.items()})
    return value  # type: ignore[no-any-return]


def canonical_json(params: Mapping[str, Value]) -> str:
    """Return parameters as canonical JSON: sorted keys, no blanks, shortest form of every float."""
    return json.dumps(dict(params), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def value_text(value: Value) -> str:
    """Return a value as reports write it. It may hold markup.

    ``512×256`` for layer sizes, ``0.001``, ``true``; of an object its name and what else it has, such as
    ``cosine (warmup 0.1)`` or ``patience 5, min_delta 0.001``.
    """
    if value is None or value == ():
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "×".join(str(size) for size in value)
    if isinstance(value, Settings):
        name, rest = value.get("name"), [f"{key} {value_text(part)}" for key, part in value.items() if key != "name"]
        text = ", ".join(rest)
        return (f"{name} ({text})" if text else str(name)) if name is not None else text or "defaults"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def is_power_of_two(value: int | float) -> bool:
    """Return whether a value is a whole number of 1, 2, 4, 8 and so on, as people choose batches and sizes."""
    return isinstance(value, int) and value > 0 and value & (value - 1) == 0
