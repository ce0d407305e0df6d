"""A small validator of JSON Schema."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

TYPES: Mapping[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "number": (int, float),
    "integer": int,
}
BOUNDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
    "exclusiveMinimum": lambda value, bound: value > bound,
    "exclusiveMaximum": lambda value, bound: value < bound,
    "minItems": lambda value, bound: len(value) >= bound,
    "maxItems": lambda value, bound: len(value) <= bound,
    "maxLength": lambda value, bound: len(value) <= bound,
    "minLength": lambda value, bound: len(value) >= bound,
    "uniqueItems": lambda value, _: len({json.dumps(item) for item in value}) == len(value),
    "pattern": lambda value, pattern: re.search(pattern, value) is not None,
    "enum": lambda value, allowed: value in allowed,
    "required": lambda value, keys: set(keys) <= value.keys(),
}
ANNOTATIONS = {"title", "description", "default", "$schema", "$defs", "additionalProperties"}


def valid(value: Any, schema: Mapping[str, Any], whole: Mapping[str, Any] | None = None) -> bool:
    """Return whether a schema takes a value.

    It knows as much of JSON Schema as ours uses; a keyword that it does not know is an error.

    Args:
        value: The value, as JSON has it.
        schema: The schema, or a part of it.
        whole: The schema that holds the definitions; this one if None.
    """
    whole = schema if whole is None else whole
    if "$ref" in schema:
        return valid(value, whole["$defs"][schema["$ref"].removeprefix("#/$defs/")], whole)
    if "anyOf" in schema and not any(valid(value, option, whole) for option in schema["anyOf"]):
        return False
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        return False
    for keyword, bound in schema.items():
        if keyword == "properties":
            if not schema["additionalProperties"] and not value.keys() <= bound.keys():
                return False
            if not all(valid(item, bound[key], whole) for key, item in value.items() if key in bound):
                return False
        elif keyword == "items":
            if not all(valid(item, bound, whole) for item in value):
                return False
        elif keyword in BOUNDS:
            if not BOUNDS[keyword](value, bound):
                return False
        else:
            assert keyword in {*ANNOTATIONS, "type", "anyOf"}, keyword
    return True
