"""The fake does what every fitter does."""

from __future__ import annotations

import math

from support.fitter_contract import DIVERGING, FAILING, FitterContract

from kerasgrid.errors import FitError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit
from kerasgrid.fits.fitter import Fitter


def score(fit: Fit) -> float:
    if fit.candidate["model"] == FAILING["model"]:
        raise FitError("the model cnn needs images")
    return math.nan if fit.candidate["learning_rate"] == DIVERGING["learning_rate"] else 0.9 - 0.1 * fit.fold


class TestFakeFitter(FitterContract):
    @classmethod
    def make(cls) -> Fitter:
        return FakeFitter(score)
