"""What every learning rate schedule keeps. Inherit it, and give it the row as the fixture ``schedule``."""

from __future__ import annotations

import math
import pickle
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasgrid.axes.objects import NAME
from kerasgrid.axes.parameter import Parameter
from kerasgrid.axes.parameters import PARAMETERS, structure
from kerasgrid.axes.schedules import NUMBERS, Ops, Schedule, factor_at
from kerasgrid.errors import SpaceError
from support.strategies import values

ARRAYS = Ops(np.cos, np.floor, np.log, np.power, np.minimum, np.maximum, np.where)
"""Of NumPy's arrays."""
NEARLY_ALL = 1 - 2**-20


class ScheduleContract:
    """The suite."""

    def test_the_row_is_sound(self, schedule: Schedule) -> None:
        assert schedule.name.isidentifier()
        assert schedule.name == schedule.name.lower()
        assert re.fullmatch(r"\S.*[^\s.]", schedule.description)
        assert NAME not in schedule.fields.rows
        assert all(row.kind in ("int", "float") for row in schedule.fields.rows.values())
        assert pickle.loads(pickle.dumps(schedule.factor)) is schedule.factor

    def test_a_bare_name_begins_and_ends_as_said(self, schedule: Schedule) -> None:
        assert factor_at(schedule.name, 0.0) == pytest.approx(schedule.begins, abs=1e-6)
        assert factor_at(schedule.name, NEARLY_ALL) == pytest.approx(schedule.ends, abs=1e-4)

    def test_its_factor_is_a_share_whatever_its_numbers(self, schedule: Schedule) -> None:
        numbers = st.fixed_dictionaries({name: values(row) for name, row in schedule.fields.rows.items()})

        @settings(max_examples=200, deadline=None)
        @given(numbers, st.floats(0, 1, exclude_max=True))
        def is_a_share(of: dict[str, Any], t: float) -> None:
            factor = schedule.factor(NUMBERS, t, {name: float(number) for name, number in of.items()})
            assert math.isfinite(factor)
            assert -1e-9 <= factor <= 1 + 1e-9
            single = {name: np.float32(number) for name, number in of.items()}
            factor = float(schedule.factor(ARRAYS, np.float32(min(t, 1 - 2**-24)), single))
            assert -1e-5 <= factor <= 1 + 1e-5

        is_a_share()

    def test_arrays_and_numbers_agree(self, schedule: Schedule) -> None:
        of = {name: float(row.default) for name, row in schedule.fields.rows.items()}
        if "warmup" in of:
            of["warmup"] = 0.2
        t = np.linspace(0, NEARLY_ALL, 1000)
        singly = [schedule.factor(NUMBERS, float(one), of) for one in t]
        np.testing.assert_allclose(np.broadcast_to(schedule.factor(ARRAYS, t, of), t.shape), singly, atol=1e-9)

    def test_it_warms_up_from_little(self, schedule: Schedule) -> None:
        if "warmup" in schedule.fields.rows:
            value = {NAME: schedule.name, "warmup": 0.25}
            form = PARAMETERS["learning_rate_schedule"].normalise(value, "here")
            rising = [factor_at(form, t) for t in (0.0, 0.05, 0.1)]
            assert rising[0] <= 0.05
            assert rising == sorted(rising)

    def test_its_numbers_share_a_program(self, schedule: Schedule) -> None:
        row = PARAMETERS["learning_rate_schedule"]
        for name, field in schedule.fields.rows.items():
            fields = [{NAME: schedule.name, name: number} for number in (0.25, 0.5, 2, 3) if takes(field, number)]
            parts = {structure({"model": "mlp", row.name: row.normalise(one, "")}) for one in fields}
            assert len(fields) >= 2
            assert len(parts | {structure({"model": "mlp"})}) == 2


def takes(field: Parameter, number: float) -> bool:
    """Whether a field takes a number."""
    try:
        return field.normalise(number, "") is not None
    except SpaceError:
        return False
