"""Values that are objects: what a parameter of the kind ``object`` takes, and its one form.

The one form leaves out what has its default, so that writing a default down, or a later version's new field, makes no
other candidate and no other key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from kerasgrid.axes.parameter import Parameter, shown
from kerasgrid.axes.problems import together
from kerasgrid.axes.value import Settings, Value
from kerasgrid.axes.value_schema import value_schema
from kerasgrid.errors import SpaceError, nearest

NAME = "name"
"""The field that says which of several kinds an object is of."""


class Form(Protocol):
    """What a parameter takes whose values are objects."""

    @property
    def text(self) -> str:
        """The allowed values in words, to follow "must be"."""

    def read(self, raw: Any, where: str) -> Value | None:
        """Return the one form of a value; None if it is of the wrong type altogether.

        Raises:
            SpaceError: Something in it is wrong.
        """

    def filled(self, value: Value) -> dict[str, Any]:
        """Return what a value in its one form says, the defaults filled in."""

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of a value."""


class Fields:
    """An object of named fields, all of which have defaults.

    Args:
        rows: A row for each, of which name, kind, range, default and description count.
    """

    def __init__(self, *rows: Parameter) -> None:
        self.rows = {row.name: row for row in rows}

    @property
    def text(self) -> str:
        """The allowed values in words."""
        return "an object of " + ", ".join(self.rows)

    def read(self, raw: Any, where: str) -> Value | None:
        """Return the object without what has its default."""
        if not isinstance(raw, Mapping):
            return None
        return Settings(self._read(raw, where))

    def filled(self, value: Value) -> dict[str, Any]:
        """Return every field."""
        given = value if isinstance(value, Settings) else {}
        return {name: given.get(name, row.default) for name, row in self.rows.items()}

    def schema(self) -> dict[str, Any]:
        """Return the schema of the object."""
        return {"type": "object", "properties": self.properties(), "additionalProperties": False}

    def properties(self) -> dict[str, Any]:
        """Return the schema of each field."""
        return {name: {"description": row.description, **value_schema(row)} for name, row in self.rows.items()}

    def _read(self, raw: Mapping[str, Any], where: str) -> dict[str, Any]:
        found: dict[str, Value] = {}
        problems: list[SpaceError] = []
        for name, value in raw.items():
            path = f"{where}.{name}"
            try:
                if name not in self.rows:
                    near = nearest(str(name), self.rows)
                    hint = "known are " + ", ".join(self.rows) if near is None else f"did you mean {near}?"
                    raise SpaceError("unknown key", where=path, hint=hint)
                found[name] = self.rows[name].normalise(value, path)
            except SpaceError as error:
                problems.append(error)
        if problems:
            raise together(problems)
        return {name: found[name] for name in self.rows if name in found and found[name] != self.rows[name].default}


class Variants:
    """A name of a table, or an object that has the name and fields of that kind: ``{"name": "cosine", "warmup": 0.1}``.

    The one form of an object without any but its name is the name.

    Args:
        table: The fields of each kind, by its name.
    """

    def __init__(self, table: Mapping[str, Fields]) -> None:
        self.table = table

    @property
    def text(self) -> str:
        """The allowed values in words."""
        return "one of " + ", ".join(self.table) + ", or an object with such a name and its fields"

    def read(self, raw: Any, where: str) -> Value | None:
        """Return the name alone where all else has its default, else the object."""
        if isinstance(raw, str):
            return self._name(raw, where)
        if not isinstance(raw, Mapping):
            return None
        if NAME not in raw:
            hint = "one of " + ", ".join(self.table)
            raise SpaceError("must have a name", where=where, got=shown(dict(raw)), hint=hint)
        name = self._name(raw[NAME], f"{where}.{NAME}")
        rest = {key: value for key, value in raw.items() if key != NAME}
        fields = self.table[name].read(rest, where)
        assert isinstance(fields, Settings)
        return Settings({NAME: name, **fields}) if fields else name

    def filled(self, value: Value) -> dict[str, Any]:
        """Return the name and every field of its kind."""
        name = value[NAME] if isinstance(value, Settings) else value
        return {NAME: name, **self.table[str(name)].filled(value)}

    def schema(self) -> dict[str, Any]:
        """Return the schema of a name or an object."""
        objects = [
            {
                "type": "object",
                "properties": {NAME: {"type": "string", "enum": [name]}, **fields.properties()},
                "required": [NAME],
                "additionalProperties": False,
            }
            for name, fields in self.table.items()
        ]
        return {"anyOf": [{"type": "string", "enum": list(self.table)}, *objects]}

    def _name(self, raw: Any, where: str) -> str:
        if isinstance(raw, str) and raw.lower() in self.table:
            return raw.lower()
        near = nearest(raw, self.table) if isinstance(raw, str) else None
        hint = None if near is None else f"did you mean {near}?"
        raise SpaceError("must be one of " + ", ".join(self.table), where=where, got=shown(raw), hint=hint)
