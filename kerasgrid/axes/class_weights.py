"""The values of ``class_weight``: ``balanced``, or a weight for some classes by their names."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from numbers import Real
from typing import Any

from kerasgrid.axes.parameter import shown
from kerasgrid.axes.problems import together
from kerasgrid.axes.value import Settings, Value
from kerasgrid.errors import SpaceError

BALANCED = "balanced"
"""Each class counts as much as any other: its weight is n / (k · n_c) for n samples of k classes, n_c of its own."""

_WHERE = "params.class_weight"


class ClassWeights:
    """The form of ``class_weight``; see :class:`kerasgrid.axes.objects.Form`."""

    @property
    def text(self) -> str:
        """The allowed values in words."""
        return f"{BALANCED}, or an object from names of classes to weights above 0"

    def read(self, raw: Any, where: str) -> Value | None:
        """Return the one form of a value; None if it is of the wrong type altogether.

        Raises:
            SpaceError: A weight is none.
        """
        if isinstance(raw, str) and raw.lower() == BALANCED:
            return BALANCED
        if not isinstance(raw, Mapping) or not raw:
            return None
        problems = [
            SpaceError("a weight must be a number above 0", where=f"{where}.{name}", got=shown(weight))
            for name, weight in raw.items()
            if not _is_weight(weight)
        ]
        if problems:
            raise together(problems)
        return Settings({str(name): float(raw[name]) for name in sorted(raw, key=str)})

    def filled(self, value: Value) -> dict[str, Any]:
        """Return the weights by the names of the classes; nothing for ``balanced``."""
        return dict(value) if isinstance(value, Settings) else {}

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of a value."""
        weights = {"type": "object", "additionalProperties": {"type": "number", "exclusiveMinimum": 0}}
        return {"anyOf": [{"type": "string", "enum": [BALANCED]}, weights]}


def check_class_weight(resolved: Mapping[str, Any], task: str) -> None:
    """Check that the task has classes to weigh.

    Raises:
        SpaceError: It has none.
    """
    value = resolved.get("class_weight")
    if value is not None and task != "classification":
        raise SpaceError(f"there are no classes to weigh in {task}", where=_WHERE, got=shown(value))


def weights_by_class(value: Value, classes: Sequence[str]) -> dict[int, float]:
    """Return the weights of an object by the indices of the classes; nothing for ``balanced`` and None.

    Args:
        value: Of ``class_weight``, resolved.
        classes: Names of all classes. Of names that are numbers 1 and 1.0 are the same.

    Raises:
        SpaceError: A name is none of these.
    """
    given = value if isinstance(value, Settings) else {}
    places: dict[object, int] = {name: place for place, name in enumerate(classes)}
    for place, name in enumerate(classes):
        with suppress(ValueError):
            places.setdefault(float(name), place)
    found: dict[int, float] = {}
    unknown: list[str] = []
    for name, weight in given.items():
        key = name if name in places else _number(name)
        if key in places:
            found[places[key]] = weight
        else:
            unknown.append(name)
    if unknown:
        hint = f"the classes are {', '.join(classes[:20])}{', …' if len(classes) > 20 else ''}"
        raise SpaceError("must name classes of the data", where=_WHERE, got=", ".join(unknown), hint=hint)
    return found


def _number(name: str) -> float | None:
    try:
        return float(name)
    except ValueError:
        return None


def _is_weight(weight: Any) -> bool:
    return isinstance(weight, Real) and not isinstance(weight, bool) and 0 < float(weight) < math.inf
