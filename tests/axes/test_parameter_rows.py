"""Every hyperparameter of kerasgrid's own keeps the contract."""

from __future__ import annotations

import pytest
from support.parameter_contract import ParameterContract

from kerasgrid.axes.parameter import Parameter
from kerasgrid.axes.parameters import PARAMETERS


class TestHyperparameters(ParameterContract):
    @pytest.fixture(params=list(PARAMETERS.values()), ids=list(PARAMETERS))
    def parameter(self, request: pytest.FixtureRequest) -> Parameter:
        found: Parameter = request.param
        return found
