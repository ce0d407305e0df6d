"""What every hyperparameter keeps. Inherit it, and give it the row as the fixture ``parameter``."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings

from kerasgrid import KerasClassifier, KerasRegressor
from kerasgrid.axes.families import FAMILIES, TRAINING
from kerasgrid.axes.names import OWN_PREFIX, TASKS
from kerasgrid.axes.parameter import Parameter
from kerasgrid.axes.parameters import PARAMETERS, check_taken, exceptions_of, families_with, normalise, resolve
from kerasgrid.errors import SpaceError
from kerasgrid.reports.text.listing import list_lines
from kerasgrid.space.schema import space_schema
from support.json_schema import valid
from support.strategies import choice_axes, values

OTHERS_ARGUMENTS = {"model", "validation_split", "random_state", "verbose", "self"}
WRONG: tuple[Any, ...] = ({}, [["x"]], "no such name", [True], 1e400)
"""What no hyperparameter takes."""


class ParameterContract:
    """The suite."""

    def test_the_row_is_sound(self, parameter: Parameter) -> None:
        name = parameter.name
        assert PARAMETERS[name] is parameter
        assert name.isidentifier()
        assert name not in OTHERS_ARGUMENTS
        assert not name.startswith(OWN_PREFIX)
        assert parameter.part == TRAINING or any(family.has(parameter.part) for family in FAMILIES.values())
        assert not (parameter.structural and parameter.on_is_structural)
        # A sentence's beginning, into which " (cnn only)" and the like fit.
        assert re.fullmatch(r"\S.*[^\s.]", parameter.description)
        assert bool(parameter.names) == (parameter.kind == "name")
        assert set(parameter.aliases.values()) <= set(parameter.names)

    def test_spellings_do_not_collide(self, parameter: Parameter) -> None:
        meant: dict[str, str] = {}
        for spelling, name in [*((name, name) for name in parameter.names), *parameter.aliases.items()]:
            assert meant.setdefault(spelling.replace("_", "").lower(), name) == name

    def test_defaults_are_values_in_their_normal_form(self, parameter: Parameter) -> None:
        for default in (parameter.default, *exceptions_of(parameter).values()):
            if default is not None:
                normal = parameter.normalise(default, "")
                assert (normal, type(normal)) == (default, type(default))

    def test_what_is_taken_has_one_form_and_suits_the_schema(self, parameter: Parameter) -> None:
        schema = space_schema()
        axis, one = schema["$defs"]["params"]["properties"], schema["$defs"]["values"]["properties"]

        @settings(max_examples=20)
        @given(values(parameter), choice_axes(parameter))
        def taken(value: Any, choices: Any) -> None:
            assert normalise(parameter.name, value) == value
            hash(value)
            assert valid(json.loads(json.dumps(value)), one[parameter.name], schema)
            assert valid(json.loads(json.dumps(choices)), axis[parameter.name], schema)

        taken()
        assert axis[parameter.name]["description"].startswith(parameter.description)

    def test_what_is_wrong_is_refused_by_the_loader_and_the_schema(self, parameter: Parameter) -> None:
        schema = space_schema()
        one = schema["$defs"]["values"]["properties"][parameter.name]
        message = "^" + re.escape(f"here: must be {parameter.range_text}, got ")
        for value in WRONG if parameter.form is None else WRONG[1:]:
            if parameter.form is not None and isinstance(value, str):
                message = "^here: must be "
            with pytest.raises(SpaceError, match=message):
                parameter.normalise(value, "here")
            assert value == 1e400 or not valid(value, one, schema)

    def test_the_families_with_its_part_take_it_and_the_others_say_so(self, parameter: Parameter) -> None:
        takers = families_with(parameter.part)
        assert takers
        for model in FAMILIES:
            if model in takers:
                assert check_taken(parameter.name, (model,), "here") is parameter
                assert all(parameter.name in resolve({"model": model}, task) for task in TASKS)
            else:
                message = re.escape(f"here: the model {model} does not take it ({', '.join(takers)} do")
                with pytest.raises(SpaceError, match="^" + message):
                    check_taken(parameter.name, (model,), "here")

    def test_it_is_listed(self, parameter: Parameter) -> None:
        (head,) = [line for line in list_lines() if re.match(rf"  {parameter.name}\b.*: ", line)]
        assert head.endswith(f": {parameter.description}")

    @pytest.mark.parametrize("cls", [KerasClassifier, KerasRegressor])
    def test_it_is_an_argument_of_the_estimators(self, cls: type, parameter: Parameter) -> None:
        argument = inspect.signature(cls).parameters[parameter.name]
        default = None if exceptions_of(parameter) else parameter.default
        assert (argument.default, argument.kind) == (default, inspect.Parameter.KEYWORD_ONLY)
        assert cls().get_params()[parameter.name] == default
        assert getattr(cls(**{parameter.name: "anything"}), parameter.name) == "anything"
        description = parameter.description[:1].upper() + parameter.description[1:]
        documentation = " ".join(str(KerasClassifier.__doc__).split())
        assert f" {parameter.name}: {description}" in documentation
