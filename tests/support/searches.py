"""Whole searches with the fake fitter: how its scores come about, and what a search leaves in its folder."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from kerasgrid.api.searching import Outcome, Prepared, carry_out
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.fits.fitter import Fitter
from kerasgrid.reports.ahead.illustrator import NoIllustrator
from kerasgrid.reports.text.progress import make_progress
from kerasgrid.run.plan import Plan
from kerasgrid.run.store import Store
from kerasgrid.run.tally import Tally
from kerasgrid.run.watcher import Silence
from support.plans import plan_of
from support.trials import noise


def score(fit: Fit) -> float:
    """The smallest learning rate wins by far; folds differ a little."""
    return 0.9 - float(str(fit.candidate["learning_rate"])) + 0.001 * noise(fit.candidate.id, fit.fold)


def run(folder: Path, fitter: Fitter, plan: Plan | None = None, **options: Any) -> tuple[Outcome, list[str]]:
    """Return how the search ended, and the lines that it showed."""
    console = Console(file=io.StringIO(), force_terminal=False, width=40)
    options = {"illustrator": NoIllustrator(), **options}
    outcome = carry_out(Prepared(plan or plan_of(), folder), fitter, make_progress(console), **options)
    return outcome, console.file.getvalue().splitlines()  # type: ignore[attr-defined]


def finished(plan: Plan, folder: Path) -> dict[str, FitResult]:
    with Store.open_readonly(folder) as store:
        return store.finished(plan.fits)


def interrupting(at: int, error: BaseException | None = None) -> Callable[[Fit], None]:
    """Return an ``on_fit`` that raises before the fit of this number, counted from 1."""
    calls = iter(range(1, 10**6))

    def on_fit(fit: Fit) -> None:
        if next(calls) == at:
            raise KeyboardInterrupt if error is None else error

    return on_fit


class Impatient(Silence):
    """Presses Ctrl-C after so many new results; None for never."""

    def __init__(self, n: int | None = None) -> None:
        self._left = n

    def fit_done(self, tally: Tally, result: FitResult) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                raise KeyboardInterrupt


def searched(plan: Plan, folder: Path, fitter: Fitter | None = None) -> Outcome:
    """Search without a word."""
    return carry_out(Prepared(plan, folder), fitter or FakeFitter(score), Silence(), illustrator=NoIllustrator())
