"""How much of a space the first candidates of ``kerasgrid auto`` have time for: folds, epochs, and which of them."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING, Any

from kerasgrid.api.placing import placed

if TYPE_CHECKING:
    from pathlib import Path

    from kerasgrid.axes.candidate import Candidate
    from kerasgrid.data.dataset import Dataset
    from kerasgrid.fits.fitter import Fitter
    from kerasgrid.space.spec import Space

HELD_OUT = 0.2
"""The share that is held out, where folds would take too long."""

_SHARE_OF_START = 0.4
"""Of the time, for the candidates of the start."""

_MUCH_TOO_LONG = 4.0
"""How many times as long as that they may take in folds; else one split serves."""

_FEWEST_EPOCHS = 3

_ENOUGH_IMAGES, _MOST_TIMES = 3_000, 10.0
"""Fewer images than these are gone through more often, but not so much more often."""

_QUICK = 5e6
"""Numbers that a fit goes through, about, which take a second or two: no pilot is needed for so few."""

_FEATURES_OF_A_TABLE = 30


def takes_long(space: Space, dataset: Dataset) -> bool:
    """Return whether fits of a space may take more than a second or two."""
    features = prod(dataset.input_shape) if dataset.has_images else _FEATURES_OF_A_TABLE
    return len(dataset.y_train) * max(_epochs(space)) * features > _QUICK


def _epochs(space: Space) -> list[int]:
    parts = space.params if isinstance(space.params, list | tuple) else [space.params]
    return [int(part["epochs"]) for part in parts]


def within(space: Space, dataset: Dataset, folder: Path, fitter: Fitter, seconds: float) -> tuple[Space, list[str]]:
    """Return the space with as many folds, epochs and first candidates as a time allows, and what to say of that.

    Args:
        space: Of a strategy that starts with given candidates.
        dataset: The data.
        folder: The run's folder.
        fitter: Trains a few steps of these, to see how long they take.
        seconds: For the whole search.
    """
    from kerasgrid.api.pilot import pilot_times
    from kerasgrid.run.planning import make_plan

    plan, folds = make_plan(space, dataset)
    plan = placed(plan, dataset, folder, fitter)
    took = pilot_times(plan, dataset, folds, {}, fitter)
    if not took:
        return space, []
    own = {candidate: candidate.resolved(plan.task).params for candidate in plan.candidates}
    of_fit = {one: next((s for params, _, s in took if params == own[one]), None) for one in own}
    room = _SHARE_OF_START * seconds * fitter.n_workers
    usual = sum(s for _, _, s in took) / len(took)
    total, notes = sum(usual if s is None else s for s in of_fit.values()), []
    n_folds = plan.n_folds
    if total * n_folds > _MUCH_TOO_LONG * room and space.cv is not None and plan.splits is None:
        space, n_folds = space.changed(validation_split=HELD_OUT), 1
        notes.append(f"one split instead of {plan.n_folds} folds, which would take too long")
    share = room / max(total * n_folds, 1e-9)
    if share < 1:
        epochs = max(_epochs(space))
        space = with_epochs(space, share)
        notes.append(f"{max(_epochs(space))} epochs instead of {epochs}, for which there is no time")
        share = max(_epochs(space)) / epochs
    kept: list[Candidate] = []
    spent = 0.0
    for candidate, took_it in sorted(of_fit.items(), key=lambda item: usual if item[1] is None else item[1]):
        spent += (usual if took_it is None else took_it) * min(share, 1.0) * n_folds
        if not kept or spent <= room:
            kept.append(candidate)
    if len(kept) < len(of_fit):
        # Of few trials not even all of the start are tried.
        given = space.tried.keys.model_dump()["start"][: len(own)]
        start = [one for one, candidate in zip(given, own, strict=True) if candidate in kept]
        space = space.changed(start=start)
        notes.append(f"{len(kept)} of {len(of_fit)} first candidates, for which there is time")
    return space, notes


def times_for(dataset: Dataset) -> float:
    """Return how many times as many epochs few images need, for as many steps as more would make."""
    return min(_MOST_TIMES, max(1.0, _ENOUGH_IMAGES / len(dataset.y_train))) if dataset.has_images else 1.0


def with_epochs(space: Space, times: float) -> Space:
    """Return the space with so many times as many epochs, but not too few."""

    def changed(part: Mapping[str, Any]) -> dict[str, Any]:
        return {**part, "epochs": max(_FEWEST_EPOCHS, int(part["epochs"] * times))}

    several = isinstance(space.params, list | tuple)
    return space.changed(params=[changed(part) for part in space.params] if several else changed(space.params))
