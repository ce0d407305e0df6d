import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.json_schema import valid
from support.strategies import space_documents

from kerasgrid.axes.parameters import PARAMETERS
from kerasgrid.space.files import bundled_spaces, read_json
from kerasgrid.space.schema import space_schema
from kerasgrid.space.spec import file_keys

SCHEMA = space_schema()


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
