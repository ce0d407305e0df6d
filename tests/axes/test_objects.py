"""Values that are objects: one form each, messages that name the place, and the text that people read."""

from __future__ import annotations

import copy
import json
import pickle
import re
from typing import Any, ClassVar

import pytest
from support.parameter_contract import ParameterContract

from kerasgrid.axes.axis import Choices
from kerasgrid.axes.axis_reading import parse_axis
from kerasgrid.axes.candidate import Candidate, value_text
from kerasgrid.axes.families import TRAINING
from kerasgrid.axes.objects import Fields, Variants
from kerasgrid.axes.parameter import Parameter
from kerasgrid.axes.parameters import PARAMETERS
from kerasgrid.axes.value import Settings
from kerasgrid.errors import SpaceError

WAIT = Parameter("wait", "int", "epochs to wait", "", structural=False, default=5, low=1)
SHARE = Parameter("share", "float", "share that is looked at", "", structural=False, default=0.1, low=0, high=1)
PAUSE = Parameter(
    "pause", "object", "when to pause", TRAINING, structural=False, form=Fields(WAIT, SHARE), optional=True
)
PACE = Parameter(
    "pace", "object", "how fast to go", TRAINING, structural=True, default="steady",
    form=Variants({"steady": Fields(), "slow": Fields(WAIT)}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("parameter", "given", "form", "text"),
    [
        (PAUSE, {"wait": 3}, {"wait": 3}, "wait 3"),
        (PAUSE, {"share": 0.25, "wait": 5.0}, {"share": 0.25}, "share 0.25"),
        (PAUSE, {"share": 0.25, "wait": 3}, {"wait": 3, "share": 0.25}, "wait 3, share 0.25"),
        (PAUSE, {}, {}, "defaults"),
        (PAUSE, None, None, "none"),
        (PACE, "Steady", "steady", "steady"),
        (PACE, {"name": "slow", "wait": 5}, "slow", "slow"),
        (PACE, {"wait": 2, "name": "SLOW"}, {"name": "slow", "wait": 2}, "slow (wait 2)"),
    ],
)
def test_a_value_has_one_form(parameter: Parameter, given: Any, form: Any, text: str) -> None:
    value = parameter.normalise(given, "here")
    assert (value, value_text(value)) == (form, text)
    assert list(value) == list(form) if form else True
    assert parameter.normalise(value, "here") == value


@pytest.mark.parametrize(
    ("parameter", "given", "message"),
    [
        (PAUSE, 3, "here: must be an object of wait, share, got 3 (or null for none)"),
        (PAUSE, {"weit": 3}, "here.weit: unknown key (did you mean wait?)"),
        (PAUSE, {"x": 3}, "here.x: unknown key (known are wait, share)"),
        (PAUSE, {"wait": 0}, "here.wait: must be a whole number of at least 1, got 0"),
        (PACE, 3, "here: must be one of steady, slow, or an object with such a name and its fields, got 3"),
        (PACE, "slwo", 'here: must be one of steady, slow, got "slwo" (did you mean slow?)'),
        (PACE, {"wait": 3}, 'here: must have a name, got {"wait": 3} (one of steady, slow)'),
        (PACE, {"name": "steady", "wait": 3}, "here.wait: unknown key (known are )"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(parameter: Parameter, given: Any, message: str) -> None:
    with pytest.raises(SpaceError, match="^" + re.escape(message) + "$"):
        parameter.normalise(given, "here")


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(SpaceError) as caught:
        PAUSE.normalise({"wait": 0, "share": 2}, "here")
    assert "here.wait" in str(caught.value)
    assert "here.share" in str(caught.value)


def test_the_defaults_are_filled_in() -> None:
    assert PAUSE.form is not None
    assert PACE.form is not None
    assert PAUSE.form.filled(PAUSE.normalise({"wait": 3}, "")) == {"wait": 3, "share": 0.1}
    assert PACE.form.filled("slow") == {"name": "slow", "wait": 5}
    assert PACE.form.filled(PACE.normalise({"name": "slow", "wait": 9}, "")) == {"name": "slow", "wait": 9}


def test_settings_do_not_change_and_travel() -> None:
    settings = Settings({"wait": 3})
    for change in (lambda: settings.update(wait=4), lambda: settings.__setitem__("wait", 4), settings.clear):
        with pytest.raises(TypeError, match="do not change"):
            change()
    assert pickle.loads(pickle.dumps(settings)) == copy.deepcopy(settings) == settings
    assert hash(Settings({"a": 1, "b": 2})) == hash(Settings({"b": 2, "a": 1}))
    candidate = Candidate({"pause": {"wait": 3}, "sizes": [1, 2]})
    assert candidate == pickle.loads(pickle.dumps(candidate)) == Candidate(json.loads(candidate.canonical))
    assert isinstance(candidate["pause"], Settings)


def test_an_object_is_an_axis_of_one_value_and_a_list_of_them_one_of_choices() -> None:
    assert parse_axis(PAUSE, {"wait": 3}, "") == Choices((Settings({"wait": 3}),))
    assert parse_axis(PAUSE, [None, {"wait": 3}], "") == Choices((None, Settings({"wait": 3})))
    with pytest.raises(SpaceError, match="choices must differ"):
        parse_axis(PACE, ["slow", {"name": "slow", "wait": 5}], "")
    with pytest.raises(SpaceError, match="a distribution needs a number"):
        parse_axis(PAUSE, {"uniform": {"low": 0, "high": 1}}, "")


class TestAddedObjects(ParameterContract):
    rows: ClassVar = {row.name: row for row in (PAUSE, PACE)}

    @pytest.fixture(autouse=True)
    def there(self) -> Any:
        with PARAMETERS.with_row(PAUSE), PARAMETERS.with_row(PACE):
            yield

    @pytest.fixture(params=list(rows))
    def parameter(self, request: pytest.FixtureRequest) -> Parameter:
        return self.rows[request.param]
