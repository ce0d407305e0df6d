"""Requests to train fits, and to train a winner anew: what the workers of a fitter are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.batches import BatchSizes
from kerasgrid.fits.fit import Fit, content_key
from kerasgrid.fits.prefixes import Shared, epochs_of, shared
from kerasgrid.fits.states import States
from kerasgrid.fits.workload import Workload


@dataclass(frozen=True, slots=True)
class FitRequest:
    """The request to train fits that are one training.

    Attributes:
        fits: They.
        compiled_for: The batch sizes that it is compiled for; None to trace it for any.
        states: Where it goes on, and where its last state is kept; None to begin, and to keep nothing.
        leaves: Where the weights go that the last of them ends with; None for nowhere.
    """

    fits: Shared
    compiled_for: BatchSizes | None = None
    states: States | None = None
    leaves: Path | None = None


@dataclass(frozen=True, slots=True)
class RefitRequest:
    """The request to train a candidate on all training data, for so many epochs if not all, and to write the model."""

    candidate: Candidate
    seed: int
    model_path: Path
    compiled_for: BatchSizes | None = None
    epochs: int | None = None


def requests_for(work: Workload, fits: Sequence[Fit], versions: Mapping[str, str]) -> list[FitRequest]:
    """Return the requests that these fits come to: in each repeat those of most epochs first.

    Towards the end, when there is not enough left for every worker, they are at short ones then.

    Args:
        work: What they are of.
        fits: They.
        versions: Of the packages that train.
    """
    task, sizes_of = work.dataset.task, work.compiled.sizes_of
    requests = [
        FitRequest(one, sizes := sizes_of(one[-1]), _states(work, one[-1], sizes, versions), _leaves(work, one[-1]))
        for one in shared(fits, task)
    ]
    return sorted(requests, key=lambda one: (one.fits[-1].repeat, -epochs_of(one.fits[-1], task)))


def _states(work: Workload, fit: Fit, sizes: BatchSizes | None, versions: Mapping[str, str]) -> States | None:
    """Return where the states of this fit's training are kept; None for nowhere."""
    dataset, states = work.dataset, work.states
    if states is None or fit.candidate.resolved(dataset.task).prefix is None:
        return None
    # Of whatever epochs it is, the training is the same.
    key = _key(work, replace(fit, candidate=Candidate({**fit.candidate, "epochs": 1})))
    # And the same numbers, with their rounding, come of the same programs alone.
    return states.of(content_key(key, None if sizes is None else asdict(sizes), versions))


def _leaves(work: Workload, fit: Fit) -> Path | None:
    """Return where a fit leaves its weights: not one that a race pauses, nor one of further repeats."""
    kept = work.fold_models
    return None if kept is None or fit.pauses or fit.repeat > 0 else kept.path(_key(work, fit))


def _key(work: Workload, fit: Fit) -> str:
    dataset = work.dataset
    fold = work.folds[fit.repeat * (len(work.folds) // work.n_repeats) + fit.fold]
    return fit.key(dataset.task, dataset.fingerprint, fold.fingerprint, dataset.splits.fingerprint)
