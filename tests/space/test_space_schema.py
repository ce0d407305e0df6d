import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.strategies import space_documents

from kerasgrid.axes.parameters import PARAMETERS
from kerasgrid.space.files import bundled_spaces, read_json
from kerasgrid.space.schema import space_schema
from kerasgrid.space.spec import file_keys

SCHEMA = space_schema()
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "number": (int, float),
    "integer": int,
}
BOUNDS = {
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
    "exclusiveMinimum": lambda value, bound: value > bound,
    "exclusiveMaximum": lambda value, bound: value < bound,
    "minItems": lambda value, bound: len(value) >= bound,
    "maxItems": lambda value, bound: len(value) <= bound,
    "maxLength": lambda value, bound: len(value) <= bound,
    "minLength": lambda value, bound: len(value) >= bound,
    "uniqueItems": lambda value, _: len({json.dumps(item) for item in value}) == len(value),
    "enum": lambda value, allowed: value in allowed,
    "required": lambda value, keys: set(keys) <= value.keys(),
}
ANNOTATIONS = {"title", "description", "default", "$schema", "$defs", "additionalProperties"}


def valid(value, schema):
    """As much of JSON Schema as ours uses; a keyword it does not know is an error."""
    if "$ref" in schema:
        return valid(value, SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")])
    if "anyOf" in schema and not any(valid(value, option) for option in schema["anyOf"]):
        return False
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        return False
    for keyword, bound in schema.items():
        if keyword == "properties":
            if not schema["additionalProperties"] and not value.keys() <= bound.keys():
                return False
            if not all(valid(item, bound[key]) for key, item in value.items() if key in bound):
                return False
        elif keyword == "items":
            if not all(valid(item, bound) for item in value):
                return False
        elif keyword in BOUNDS:
            if not BOUNDS[keyword](value, bound):
                return False
        else:
            assert keyword in {*ANNOTATIONS, "type", "anyOf"}, keyword
    return True


def test_it_is_json_of_the_draft():
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["required"] == ["name", "dataset"]
    assert SCHEMA["anyOf"] == [{"required": ["params"]}, {"required": ["candidates"]}]
    assert SCHEMA["additionalProperties"] is False
    assert list(SCHEMA["properties"]) == list(file_keys())


def test_every_parameter_is_described():
    properties = SCHEMA["$defs"]["params"]["properties"]
    assert list(properties) == ["model", *PARAMETERS]
    for name, parameter in PARAMETERS.items():
        assert properties[name]["description"].startswith(parameter.description)
    assert properties["kernel_size"]["description"].endswith("(cnn only)")


def test_references_lead_somewhere():
    for name in re.findall(r'"#/\$defs/(\w+)"', json.dumps(SCHEMA)):
        assert name in SCHEMA["$defs"]


@pytest.mark.parametrize("name", bundled_spaces())
def test_bundled_spaces_are_valid(name):
    assert valid(read_json(bundled_spaces()[name]), SCHEMA)


@given(st.sampled_from(["grid", "random"]).flatmap(space_documents))
def test_what_the_loader_takes_is_valid(raw):
    assert valid(json.loads(json.dumps(raw)), SCHEMA)


@pytest.mark.parametrize(
    "params",
    [
        {"learning_rate": 0},
        {"hidden_units": [128]},
        {"hidden_units": 128},
        {"epochs": {"uniform": {"low": 1, "high": 2}}},
        {"batch_norm": {"uniform": {"low": 1, "high": 2}}},
        {"learning_rate": {"uniform": {"low": 1}}},
        {"activation": []},
        {"activation": ["relu", "relu"]},
        {"activation": "rleu"},
        {"lerning_rate": 1},
        [],
    ],
)
def test_what_the_loader_refuses_is_not_valid(params):
    raw = {"name": "mine", "dataset": "digits", "params": params}
    assert not valid(raw, SCHEMA)
    assert valid({**raw, "params": {}}, SCHEMA)
