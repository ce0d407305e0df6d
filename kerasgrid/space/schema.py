"""The JSON Schema of the space file, for editors; the loader itself checks more."""

from __future__ import annotations

from typing import Any

from kerasgrid.axes.axis import DISTRIBUTIONS
from kerasgrid.axes.parameter import Parameter
from kerasgrid.axes.parameters import MODEL, PARAMETERS, only_text
from kerasgrid.space.spec import Space

Schema = dict[str, Any]


def space_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of the space file.

    It comes from the pydantic models and the table of hyperparameters. Names stand in it in their one spelling, in
    lower case and as aliases; the loader takes any case.
    """
    schema = Space.model_json_schema()
    definitions = schema["$defs"]
    for kind, bounds in DISTRIBUTIONS.items():
        definitions[kind] = _object({kind: bounds.model_json_schema()}, required=[kind])
    of_params = {name: _axis(parameter, only_text(parameter)) for name, parameter in PARAMETERS.items()}
    definitions["params"] = _object({"model": _axis(MODEL), **of_params})
    definitions["values"] = _object({name: _one_value(parameter) for name, parameter in PARAMETERS.items()})
    one_model = {"model": _value(MODEL)}
    definitions["NamedCandidate"]["properties"]["params"] = _object(one_model | definitions["values"]["properties"])
    values = schema["properties"]
    values["baseline"] = {"$ref": "#/$defs/values"}
    values["candidates"] = {"type": "array", "items": {"$ref": "#/$defs/NamedCandidate"}, "minItems": 1}
    values["dataset"] = {"anyOf": [{"type": "string"}, values["dataset"]]}
    values["model"] = {**_axis(MODEL), "default": MODEL.default}
    reference = {"$ref": "#/$defs/params"}
    values["params"] = {"anyOf": [reference, {"type": "array", "items": reference, "minItems": 1}]}
    for name in values:
        values[name].pop("title", None)
    # A list needs no params, and all others do.
    schema["required"] = [name for name in schema["required"] if name != "params"]
    schema["anyOf"] = [{"required": ["params"]}, {"required": ["candidates"]}]
    top = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "kerasgrid search space"}
    return {**top, **{key: value for key, value in schema.items() if key not in ("title", "description")}}


def _axis(parameter: Parameter, more: str = "") -> Schema:
    value = _value(parameter)
    choices = {"type": "array", "items": value, "minItems": 1, "uniqueItems": True}
    forms = [choices] if parameter.kind == "sizes" else [value, choices]
    forms += [{"$ref": f"#/$defs/{kind}"} for kind in _distributions(parameter)]
    return {"description": parameter.description + more, "anyOf": forms}


def _value(parameter: Parameter) -> Schema:
    if parameter.kind == "bool":
        return {"type": "boolean"}
    if parameter.kind == "name":
        spellings = [*parameter.names, *(name.lower() for name in parameter.names), *parameter.aliases]
        return {"type": "string", "enum": list(dict.fromkeys(spellings))}
    number: Schema = {"type": "number" if parameter.kind == "float" else "integer"}
    if parameter.low is not None:
        number["exclusiveMinimum" if parameter.low_open else "minimum"] = parameter.low
    if parameter.high is not None:
        number["exclusiveMaximum" if parameter.high_open else "maximum"] = parameter.high
    if parameter.kind == "sizes":
        return {"type": "array", "items": number, "minItems": parameter.min_length}
    return {"anyOf": [number, {"type": "null"}]} if parameter.optional else number


def _one_value(parameter: Parameter) -> Schema:
    value = _value(parameter)
    if parameter.kind != "sizes":
        return value
    return {"anyOf": [value, {"type": "array", "items": value, "minItems": 1, "maxItems": 1}]}


def _distributions(parameter: Parameter) -> list[str]:
    if parameter.kind == "float":
        return list(DISTRIBUTIONS)
    return [kind for kind in DISTRIBUTIONS if "uniform" not in kind or "int" in kind] if parameter.numeric else []


def _object(properties: Schema, required: list[str] | None = None) -> Schema:
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema if required is None else {**schema, "required": required}
