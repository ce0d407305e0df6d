"""The JSON Schema of a hyperparameter's value."""

from __future__ import annotations

from typing import Any

from kerasgrid.axes.parameter import Parameter


def value_schema(parameter: Parameter) -> dict[str, Any]:
    """Return the JSON Schema of one value of a parameter."""
    if parameter.form is not None:
        schema = parameter.form.schema()
        return {"anyOf": [schema, {"type": "null"}]} if parameter.optional else schema
    if parameter.kind == "bool":
        return {"type": "boolean"}
    if parameter.kind == "text":
        return {"type": "string"}
    if parameter.kind == "name":
        spellings = [*parameter.names, *(name.lower() for name in parameter.names), *parameter.aliases]
        return {"type": "string", "enum": list(dict.fromkeys(spellings))}
    number: dict[str, Any] = {"type": "number" if parameter.kind == "float" else "integer"}
    if parameter.low is not None:
        number["exclusiveMinimum" if parameter.low_open else "minimum"] = parameter.low
    if parameter.high is not None:
        number["exclusiveMaximum" if parameter.high_open else "maximum"] = parameter.high
    if parameter.kind == "sizes":
        return {"type": "array", "items": number, "minItems": parameter.min_length}
    return {"anyOf": [number, {"type": "null"}]} if parameter.optional else number
