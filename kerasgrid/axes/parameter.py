"""A hyperparameter: its kind of value, its range, its default, and the part of a model that it steers."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Literal

from kerasgrid.axes.families import DATA, TRAINING
from kerasgrid.axes.names import canonical
from kerasgrid.axes.value import Value
from kerasgrid.errors import SpaceError, nearest

if TYPE_CHECKING:
    from kerasgrid.axes.objects import Form

_LARGE = 1e6
"""From here on numbers are written out, not with an exponent."""

Kind = Literal["int", "float", "bool", "name", "text", "sizes", "object", "any"]
"""What a value is; ``name`` is one of some names and ``text`` any; ``sizes`` is a tuple of whole numbers, one a layer;
``object`` is what a form takes; ``any`` is what a builder of one's own wants."""


@dataclass(frozen=True)
class Beside:
    """That a parameter can be set only beside some values of another.

    Attributes:
        other: The other parameter.
        values: Those of its values that allow it.
        rule: For the message, to follow the parameter's name.
        hint: What to do in a space file whose axes break it.
        implied: What the other one is where this one is set alone; None: its default.
    """

    other: str
    values: Collection[Value]
    rule: str
    hint: str
    implied: Value = None

    @staticmethod
    def is_set(value: Value) -> bool:
        """Whether a parameter with this value counts as set: None and false do not."""
        return value is not None and value is not False

    def problem(self, others: Iterable[Value], where: str, hint: str | None = None) -> SpaceError | None:
        """Return what is wrong with setting the parameter beside these values of the other; None if nothing is."""
        for value in others:
            if value not in self.values:
                return SpaceError(self.rule, where=where, got=f"{self.other} {shown(value)}", hint=hint)
        return None


@dataclass(frozen=True, eq=False)
class Parameter:
    """One row of the table of hyperparameters.

    Attributes:
        name: Its key in ``params``.
        kind: What its values are.
        description: One line: what it does, with its unit if it has one.
        part: The part of a model that it steers: one of a :class:`~kerasgrid.axes.families.ModelFamily`, or
            ``training`` or ``data``, which every model has.
        structural: Whether another value makes another program; otherwise it is a number that a program reads.
        on_is_structural: For a number that is not structural: whether it is zero (or None) makes another program.
        structural_part: For an object that is not structural: what of it makes another program; None for nothing.
        spans_epochs: Whether with this value what an epoch trains depends on how many epochs there are: fits that
            differ in these alone are not one training then. None: with no value.
        default: Its value where the candidate has none.
        default_for: Defaults that hold for a loss, a task or an optimizer instead, by its name. Those that hold for a
            model stand in its family.
        beside: Beside which values of another parameter alone it may be set; None for all.
        low: Least number allowed (of each size, for ``sizes``); None for no bound.
        high: Greatest number allowed; None for no bound.
        low_open: Whether ``low`` itself is excluded.
        high_open: Whether ``high`` itself is excluded.
        names: The allowed names, for ``name``.
        aliases: Other spellings of these.
        min_length: Least number of sizes, for ``sizes``.
        growth: For ``sizes``, what each layer of a pyramid is of the one before it: 0.5 or 2.
        form: What its values are, for ``object``; see :mod:`kerasgrid.axes.objects`.
        optional: Whether None (JSON ``null``) is a value of its own: do without.
        default_is_keyed: Whether its default is part of every fit's key, as that of the first rows is. That of a row
            that came later is left out, so that fits of before keep their keys.
    """

    name: str
    kind: Kind
    description: str
    part: str
    structural: bool
    on_is_structural: bool = False
    structural_part: Callable[[Value], Value] | None = None
    spans_epochs: Callable[[Value], bool] | None = None
    default: Value = None
    default_for: Mapping[str, Value] = field(default_factory=dict)
    beside: Beside | None = None
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    names: Collection[str] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    min_length: int = 0
    growth: float = 0.5
    form: Form | None = None
    optional: bool = False
    default_is_keyed: bool = False

    @property
    def seen_by_builders(self) -> bool:
        """Whether the builder of a user's own model gets it.

        All but the numbers that only the training reads, and what stands in front of the model.
        """
        return self.part != DATA and (self.structural or self.part != TRAINING)

    @property
    def numeric(self) -> bool:
        """Whether a single value is or may be a number, so that distributions make sense."""
        return self.kind in ("int", "float", "any")

    @property
    def range_text(self) -> str:
        """The allowed values in words, to follow "must be"."""
        if self.kind == "bool":
            return "true or false"
        if self.form is not None:
            return self.form.text
        if self.kind == "any":
            return "a number, a text, true, false, null or a list of these"
        if self.kind == "name":
            return "one of " + ", ".join(self.names)
        if self.kind == "text":
            return "a text"
        if self.kind == "sizes":
            least = "" if self.min_length == 0 else f"at least {self.min_length} of them, "
            return f"a list of whole numbers, {least}each at least {_text(self.low)}"
        noun = "a whole number" if self.kind == "int" else "a number"
        limits = []
        if self.low is not None:
            limits.append(("above " if self.low_open else "of at least ") + _text(self.low))
        if self.high is not None:
            limits.append(("below " if self.high_open else "at most ") + _text(self.high))
        return " ".join([noun, " and ".join(limits)] if limits else [noun])

    def normalise(self, value: Any, where: str) -> Value:
        """Return the one form of a value: canonical names, ints where whole numbers are due, floats where numbers are.

        A float without a fraction (``1e2``) serves as a whole number; a bool never serves as a number.

        Args:
            value: A value as JSON or numpy gives it.
            where: Its place, for the message.

        Raises:
            SpaceError: The type is wrong, or the value is out of range.
        """
        if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
            value = value.item()  # a numpy scalar: numpy.bool_ is no bool, numpy.int64 no int
        if value is None and self.optional:
            return None
        if self.kind == "name":
            return self._name(value, where)
        if self.kind == "any":
            return self._any(value, where)
        normal: Value
        if self.kind in ("bool", "text"):
            normal = value if isinstance(value, bool if self.kind == "bool" else str) else None
        elif self.form is not None:
            normal = self.form.read(value, where)
        elif self.kind == "sizes":
            normal = self._sizes(value)
        else:
            normal = self._number(value)
        if normal is None:
            hint = "or null for none" if self.optional else None
            raise SpaceError(f"must be {self.range_text}", where=where, got=shown(value), hint=hint)
        return normal

    def _name(self, value: Any, where: str) -> str:
        if not isinstance(value, str):
            raise SpaceError(f"must be {self.range_text}", where=where, got=shown(value))
        name = canonical(value, self.names, self.aliases)
        if name is None:
            near = nearest(value, [*self.names, *self.aliases])
            hint = None if near is None else f"did you mean {near}?"
            raise SpaceError(f"must be {self.range_text}", where=where, got=shown(value), hint=hint)
        return name

    def _any(self, value: Any, where: str) -> Value:
        parts = value if isinstance(value, list | tuple) else [value]
        if not all(part is None or isinstance(part, str | bool) or _float(part) is not None for part in parts):
            raise SpaceError(f"must be {self.range_text}", where=where, got=shown(value))
        return tuple(parts) if isinstance(value, list | tuple) else value

    def _sizes(self, value: Any) -> tuple[int, ...] | None:
        if not isinstance(value, list | tuple) or len(value) < self.min_length:
            return None
        sizes = [None if (number := _whole(item)) is None or not self._within(number) else number for item in value]
        return None if None in sizes else tuple(size for size in sizes if size is not None)

    def _number(self, value: Any) -> int | float | None:
        number = _whole(value) if self.kind == "int" else _float(value)
        return number if number is not None and self._within(number) else None

    def _within(self, number: float) -> bool:
        if self.low is not None and (number <= self.low if self.low_open else number < self.low):
            return False
        return self.high is None or (number < self.high if self.high_open else number <= self.high)


def shown(value: Any) -> str:
    """Return a value as JSON shows it, shortened to 80 characters, for the "got" of a message."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    except RecursionError:
        text = "a value nested too deeply"
    return text if len(text) <= 80 else text[:77] + "..."


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, Integral | float):
        return None
    if isinstance(value, float) and not value.is_integer():
        return None
    return int(value)


def _float(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    # -0.0 would be another candidate than 0.0
    return number + 0.0 if math.isfinite(number) else None


def _text(number: float | None) -> str:
    return f"{number:,.0f}" if number is not None and number >= _LARGE else f"{number:g}"
