"""What the columns of a table are: which of them a model is given, as what, and which are left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self, cast, get_args

Kind = Literal["number", "yes/no", "category", "date"]
"""What a column's values are, and what a table's matrix holds of them, float32, NaN for a gap:

- ``number``: the number.
- ``yes/no``: 0 or 1.
- ``category``: 0, or the place of the word among the column's levels, from 1. An empty cell is a word, too.
- ``date``: days since 1970-01-01, with a fraction for the time of day.
"""

KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Form:
    """How the text of a column's cells becomes numbers; its defaults are what pandas reads by itself.

    Attributes:
        decimal: The decimal mark, ``.`` or ``,``.
        thousands: The mark between thousands; empty for none.
        money: Whether a currency's sign or name stands beside numbers, and is taken off.
        percent: Whether a percent sign stands behind numbers; 12% is 12.
        date: How dates are written, as ``datetime.strptime`` has it or ``ISO8601``; empty for none.
        unit: What stands behind numbers, such as kg, and is taken off; empty for nothing.
        powers: Whether k, M and B behind numbers are thousands, millions and billions.
        clock: Whether numbers are written as times, h:mm or h:mm:ss; they are hours.
    """

    decimal: str = "."
    thousands: str = ""
    money: bool = False
    percent: bool = False
    date: str = ""
    unit: str = ""
    powers: bool = False
    clock: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return this as JSON has it; what came later is left out where it is as usual."""
        return {name: value for name, value in asdict(self).items() if name not in ("unit", "powers", "clock") or value}


PLAIN = Form()


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a model is given.

    Attributes:
        name: As in the file.
        kind: See :data:`Kind`.
        levels: Of a category, the words that have a place of their own, sorted; all others, rare or new, have none.
            Of a yes/no that is written in words, the word of 0 and the word of 1. Empty otherwise.
        has_gaps: Whether a training value is missing; never for a category.
        form: How its text becomes numbers.
        why: What there is to say of it, such as how it was read; may be empty.
    """

    name: str
    kind: Kind
    levels: tuple[str, ...] = ()
    has_gaps: bool = False
    form: Form = PLAIN
    why: str = ""

    @property
    def is_text(self) -> bool:
        """Whether a saved model is given its words, rather than numbers."""
        return self.kind == "category" or bool(self.levels)


@dataclass(frozen=True)
class Columns:
    """The columns of a table.

    Attributes:
        given: Those that a model is given, in the order of the file; the columns of a table's matrix.
        left_out: Why each other column is left out, by its name; without targets, groups, times and folds.
        missing: Marks of gaps that the user declared, such as ``?`` and ``-999``.
    """

    given: tuple[Column, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns that a model is given."""
        return tuple(column.name for column in self.given)

    def of_kind(self, *kinds: Kind) -> tuple[int, ...]:
        """Return the places of the given columns of these kinds."""
        return tuple(place for place, column in enumerate(self.given) if column.kind in kinds)

    def to_dict(self) -> dict[str, Any]:
        """Return this as JSON has it; :meth:`from_dict` takes it back."""
        given = []
        for column in self.given:
            values = {"name": column.name, "kind": column.kind}
            if column.levels:
                values["levels"] = list(column.levels)  # type: ignore[assignment]
            if column.has_gaps:
                values["has_gaps"] = True  # type: ignore[assignment]
            if column.form != PLAIN:
                values["form"] = column.form.to_dict()  # type: ignore[assignment]
            if column.why:
                values["why"] = column.why
            given.append(values)
        return {"given": given, "left_out": dict(self.left_out), "missing": list(self.missing)}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """Return what :meth:`to_dict` made the document of."""
        return cls(
            tuple(map(_column, cast("Sequence[Mapping[str, Any]]", kept["given"]))),
            dict(kept.get("left_out", {})),
            tuple(kept.get("missing", ())),
        )


def _column(kept: Mapping[str, Any]) -> Column:
    return Column(
        name=kept["name"],
        kind=kept["kind"],
        levels=tuple(kept.get("levels", ())),
        has_gaps=bool(kept.get("has_gaps", False)),
        form=Form(**kept.get("form", {})),
        why=kept.get("why", ""),
    )
