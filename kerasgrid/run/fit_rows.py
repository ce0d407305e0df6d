"""How a fit's row of the store is read: strictly, since whatever stands there may have been damaged or changed."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.value import Settings
from kerasgrid.fits.fit import Fit, FitResult, Status, Stint
from kerasgrid.fits.kept_curve import kept
from kerasgrid.run.schema import is_whole

_STATUSES = frozenset(get_args(Status))
_NUMBERS = frozenset((int, float))
_STOPPING = {"best_epoch": int, "restored": bool}


class RowReader:
    """Reads rows; the fits of a candidate share it, since there may be 100,000 of these."""

    def __init__(self) -> None:
        self._candidates: dict[str, Candidate] = {}

    def read_whole(self, row: Sequence[Any]) -> FitResult:
        """Return what came of a fit, of a row with its checksum.

        Raises:
            ValueError: It is not what was written.
            TypeError: It is not what we write.
        """
        _check(is_whole("fits", row))
        return self.read(row[:-1])

    def read(self, row: Sequence[Any], written: Fit | None = None) -> FitResult:
        """Return what came of a fit.

        Args:
            row: The columns of :data:`kerasgrid.run.schema.TABLES`.
            written: The fit of which it was written just now, to be shared if it would be read back like this.

        Raises:
            ValueError: It is not what we write.
            TypeError: as before.
        """
        _, candidate, fold, repeat, seed, status, curve, seconds, n_parameters, error, _, curve_every, *told = row
        # Each text read has names of its own.
        curves = {sys.intern(name): values for name, values in json.loads(curve).items()}
        steps = curves.pop("steps", {})  # beside the metrics, of which none is called so
        stopping = curves.pop("stopping", {})
        _check(type(steps) is dict and type(stopping) is dict and all(map(_is_line, curves.values())))
        _check(all(map(_is_line, steps.values())) and all(type(stopping[key]) is _STOPPING[key] for key in stopping))
        _check(status in _STATUSES and type(seconds) in _NUMBERS and (error is None or type(error) is str))
        _check(all(type(number) is int for number in (fold, repeat, seed, n_parameters)))
        _check(status != "ok" or bool(curves))
        if curve_every is None:  # a fit of before it was kept: its first value is of so many steps
            curve_every = next(iter(steps.get("iteration", ())), 0)
        _check(type(curve_every) is int)
        if written is not None:
            self._share(written.candidate)
        fit = Fit(self._candidate(candidate), fold, repeat, seed, curve_every)
        if written is not None and written.candidate is fit.candidate and written == fit and not written.pauses:
            fit = written
        curve, stint = kept(curves), _stint(*told)
        return FitResult(fit, status, curve, seconds, n_parameters, error, kept(steps), **stopping, stint=stint)

    def _share(self, candidate: Candidate) -> None:
        # The names in an object are read back in another order.
        if candidate.canonical not in self._candidates and not any(
            isinstance(value, Settings) for value in candidate.values()
        ):
            self._candidates[candidate.canonical] = candidate

    def _candidate(self, text: str) -> Candidate:
        found = self._candidates.get(text)
        if found is None:
            params = json.loads(text)
            _check(isinstance(params, Mapping))
            found = self._candidates[text] = Candidate(params)
        return found


def _is_line(values: object) -> bool:
    return type(values) is list and _NUMBERS.issuperset(map(type, values))


def _stint(worker: Any, began: Any, ended: Any) -> Stint | None:
    if worker is None and began is None and ended is None:  # a fit of before it was kept, or whose fitter does not tell
        return None
    _check(type(worker) is str and type(began) in _NUMBERS and type(ended) in _NUMBERS)
    return Stint(began, ended, sys.intern(worker))


def _check(holds: bool) -> None:
    if not holds:
        raise ValueError("not what a fit's row holds")
