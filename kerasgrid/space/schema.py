"""The JSON Schema of the space file, for editors; the loader itself checks more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasgrid.axes.axis import DISTRIBUTIONS
from kerasgrid.axes.axis_reading import NEEDED_PARTS, part_rows
from kerasgrid.axes.parameter import Parameter
from kerasgrid.axes.parameters import MODEL, PARAMETERS, only_text
from kerasgrid.axes.value_schema import value_schema
from kerasgrid.baselines.table import BASELINES
from kerasgrid.fits.metric import every_choice
from kerasgrid.races.race import RACES
from kerasgrid.space.sizes import MOST, PATTERN
from kerasgrid.space.spec import DEFAULT_STRATEGY, Space, file_keys
from kerasgrid.strategies.reading import is_long
from kerasgrid.strategies.strategy import Strategy
from kerasgrid.strategies.table import STRATEGIES
from kerasgrid.strategies.values import MODEL_AND_VALUES, VALUES

Schema = dict[str, Any]


def space_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of the space file.

    It comes from the pydantic models and the table of hyperparameters. Names stand in it in their one spelling, in
    lower case and as aliases; the loader takes any case.
    """
    schema = Space.model_json_schema()
    definitions, values = schema["$defs"], schema["properties"]
    for kind, bounds in DISTRIBUTIONS.items():
        definitions[kind] = _object({kind: bounds.model_json_schema()}, required=[kind])
    of_params = {name: _axis(parameter, only_text(parameter)) for name, parameter in PARAMETERS.items()}
    definitions["params"] = _object({"model": _axis(MODEL), **of_params})
    definitions["values"] = _object({name: _one_value(parameter) for name, parameter in PARAMETERS.items()})
    for strategy in STRATEGIES.values():
        of_keys, there = _schema_of_keys(strategy, definitions["values"])
        definitions |= there
        values |= of_keys
    values["dataset"] = {"anyOf": [{"type": "string"}, values["dataset"]]}
    values["model"] = {**_axis(MODEL), "default": MODEL.default}
    values["strategy"] = {"default": DEFAULT_STRATEGY, "enum": list(STRATEGIES), "type": "string"}
    races = {"enum": list(RACES), "type": "string"}
    values["race"] = {"anyOf": [{"type": "boolean"}, races, {"type": "null"}], "default": None}
    one_of = {"enum": list(BASELINES), "type": "string"}
    several = {"type": "array", "items": one_of, "uniqueItems": True}
    values["baselines"] = {"anyOf": [{"type": "boolean"}, one_of, several], "default": []}
    metric = {"enum": list(every_choice()), "type": "string"}
    size = {"type": "string", "pattern": PATTERN}, {"type": "integer", "minimum": 1, "maximum": MOST}
    values["keep_states"] = {"anyOf": [{"type": "boolean"}, *size, {"type": "null"}], "default": None}
    values["metric"] = {"anyOf": [metric, {"type": "null"}], "default": None}
    for key in ("metrics", "curve_metrics"):
        values[key] = {"anyOf": [metric, {"type": "array", "items": metric, "uniqueItems": True}], "default": []}
    reference = {"$ref": "#/$defs/params"}
    values["params"] = {"anyOf": [reference, {"type": "array", "items": reference, "minItems": 1}]}
    for name in values:
        values[name].pop("title", None)
    schema["properties"] = {key: values[key] for key in file_keys()}
    schema["required"] = [name for name in schema["required"] if name != "params"]
    # Some strategies need no params, and all others do.
    instead = [key for kind in STRATEGIES.values() if kind.takes_no_params for key in kind.Keys.model_fields]
    schema["anyOf"] = [{"required": [key]} for key in ("params", *instead)]
    top = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "kerasgrid search space"}
    return {**top, **{key: value for key, value in schema.items() if key not in ("title", "description")}}


def _schema_of_keys(strategy: type[Strategy], one_value_each: Schema) -> tuple[Schema, Schema]:
    """Return the schemas of a strategy's keys, and the definitions that these refer to."""
    with_model = _object({"model": value_schema(MODEL), **one_value_each["properties"]})
    stand_ins = {VALUES: {"$ref": "#/$defs/values"}, MODEL_AND_VALUES: with_model}
    schema = _filled(strategy.Keys.model_json_schema(), stand_ins)
    fields = strategy.Keys.model_fields
    keys = {key: _key(value, is_long(fields[key])) for key, value in schema["properties"].items()}
    return keys, schema.get("$defs", {})


def _filled(schema: Any, stand_ins: Mapping[str, Schema]) -> Any:
    """Return a schema with what some of its comments stand for."""
    if isinstance(schema, list):
        return [_filled(part, stand_ins) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("$comment") in stand_ins:
        return stand_ins[schema["$comment"]]
    return {key: _filled(part, stand_ins) for key, part in schema.items()}


def _key(schema: Schema, is_long: bool) -> Schema:
    """Return the schema of a strategy's key; null stands for leaving it out, which nobody does to what is long."""
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default", "title")}
    forms = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
    value = {"anyOf": forms, **rest} if len(forms) > 1 else (forms[0] if forms else {}) | rest
    return value if is_long else {"anyOf": [value, {"type": "null"}], "default": None}


def _axis(parameter: Parameter, more: str = "") -> Schema:
    value = value_schema(parameter)
    choices = {"type": "array", "items": value, "minItems": 1, "uniqueItems": True}
    forms = [choices] if parameter.kind == "sizes" else [value, choices]
    forms += [{"$ref": f"#/$defs/{kind}"} for kind in _distributions(parameter)]
    if parameter.kind == "sizes":
        forms.append(_object({part: _axis(row) for part, row in part_rows(parameter).items()}, list(NEEDED_PARTS)))
    return {"description": parameter.description + more, "anyOf": forms}


def _one_value(parameter: Parameter) -> Schema:
    value = value_schema(parameter)
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
