"""The values of hyperparameters: their types, their one text for hashes, and the text that people read."""

from __future__ import annotations

import json
from collections.abc import Mapping

Value = bool | int | float | str | tuple[int, ...] | None
"""What a hyperparameter may be. Lists of a space file (layer sizes) become tuples, so that candidates can be hashed."""

Structure = tuple[tuple[str, Value], ...]
"""Names and values of everything that makes a program what it is; hashable, and ``dict(structure)`` reads it."""


def canonical_json(params: Mapping[str, Value]) -> str:
    """Return parameters as canonical JSON: sorted keys, no blanks, shortest form of every float."""
    return json.dumps(dict(params), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def value_text(value: Value) -> str:
    """Return a value as reports write it: ``512×256`` for layer sizes, ``0.001``, ``true``. It may hold markup."""
    if value is None or value == ():
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "×".join(str(size) for size in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)
