"""What a search will take: from a few steps of some of its fits, and from earlier runs, before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.value import Structure
from kerasgrid.data.folds import Fold
from kerasgrid.fits.batches import BatchSizes
from kerasgrid.fits.deadline import Deadline
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.fits.workload import Compiled, Workload

if TYPE_CHECKING:
    from kerasgrid.data.dataset import Dataset
    from kerasgrid.fits.fitter import Fitter
    from kerasgrid.run.pace import Timed
    from kerasgrid.run.plan import Plan

_MOST_STEPS = 40
"""Of an epoch of the pilot: enough to tell a step, and little beside a fit."""

_MOST_CANDIDATES = 4
_MOST_SECONDS = 10.0
_EPOCHS = (1, 4)
"""What two trainings of unlike length take tells an epoch apart from what every fit takes once."""


@dataclass(frozen=True, slots=True)
class _Pilots(Compiled):
    """Compiles the pilots of fits that the search compiles.

    Attributes:
        sizes: Of each pilot, by its fold; None for one that is traced.
    """

    sizes: Sequence[BatchSizes | None]

    def sizes_of(self, fit: Fit) -> BatchSizes | None:
        """Return the batch sizes of the pilot."""
        return self.sizes[fit.fold]

    def sizes_of_refit(self, candidate: Candidate) -> BatchSizes | None:
        """Return None: nothing is refitted."""
        return None


def pilot_times(
    plan: Plan, dataset: Dataset, folds: Sequence[Fold], n_parameters: Mapping[Structure, int], fitter: Fitter
) -> list[Timed]:
    """Train a few steps of some candidates, from the cheapest to the dearest, and return what their fits would take.

    Args:
        plan: What the search would train.
        dataset: Its data.
        folds: Its folds.
        n_parameters: Number of weights of each structure.
        fitter: Who trains; neither prepared nor entered.
    """
    from kerasgrid.workers.compiling import decide

    chosen = _chosen(plan, n_parameters)
    compiled = decide(plan.fits.values(), dataset, folds, plan.n_repeats)
    first = {fit.candidate: fit for fit in reversed(list(plan.fits.values()))}
    parts, sizes, pilots = [], [], []
    for number, candidate in enumerate(chosen):
        params = candidate.resolved(plan.task).params
        part = _part(folds[0], _MOST_STEPS * int(str(params["batch_size"])))
        is_compiled = compiled.sizes_of(first[candidate]) is not None
        parts.append(part)
        sizes.append(BatchSizes.of(params, len(part.train), len(part.held_out)) if is_compiled else None)
        short = [Candidate({**candidate, "epochs": epochs}) for epochs in _EPOCHS]
        # What is trained first is slower, once: it goes by another seed.
        pilots += [Fit(short[0], number, seed=1), *(Fit(one, number) for one in short)]
    fitter.prepare(Workload(dataset, parts, compiled=_Pilots(sizes)))
    took: dict[int, dict[int, float]] = {}
    with fitter:
        for result in fitter.train(pilots, Deadline(_MOST_SECONDS)):
            _note(result, took)
    return [
        (
            params,
            plan.n_fit_samples,
            _whole(of_pilot, int(str(params["epochs"])), len(folds[0].train) / len(part.train)),
        )
        for number, (candidate, part) in enumerate(zip(chosen, parts, strict=True))
        if len(of_pilot := took.get(number, {})) == len(_EPOCHS)
        for params in [candidate.resolved(plan.task).params]
    ]


def _chosen(plan: Plan, n_parameters: Mapping[Structure, int]) -> list[Candidate]:
    """Return candidates at even distances in the order of how many products a fit of them has."""

    def cost(candidate: Candidate) -> float:
        resolved: Any = candidate.resolved(plan.task)
        size = n_parameters.get(resolved.structure, 0)
        return float(resolved.params["epochs"] * (size + 1e4 / resolved.params["batch_size"]))

    order = sorted(plan.candidates, key=cost)
    places = np.linspace(0, len(order) - 1, min(_MOST_CANDIDATES, len(order)))
    return [order[int(place)] for place in places]


def _part(fold: Fold, most: int) -> Fold:
    share = min(1.0, most / len(fold.train))
    return Fold(*(_every(index, share) for index in (fold.train, fold.held_out)))


def _every(index: np.ndarray, share: float) -> np.ndarray:
    return index[np.linspace(0, len(index) - 1, max(1, round(share * len(index)))).astype(np.int64)]


def _note(result: FitResult, took: dict[int, dict[int, float]]) -> None:
    if result.status == "ok":
        of_pilot = took.setdefault(result.fit.fold, {})
        epochs = int(str(result.fit.candidate["epochs"]))
        of_pilot[epochs] = min(result.seconds, of_pilot.get(epochs, result.seconds))


def _whole(took: Mapping[int, float], epochs: int, times: float) -> float:
    """Return what a fit takes of so many epochs, and so many times as many samples."""
    short, long = _EPOCHS
    epoch = max((took[long] - took[short]) / (long - short), 1e-6)
    return max(0.0, took[short] - epoch) + epochs * times * epoch
