"""What every report of a run says besides its trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerasgrid.axes.blocks import Block

from kerasgrid.axes.candidate import Candidate
from kerasgrid.system.versions import installed_versions


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What was asked, of which data, and how far it went.

    Attributes:
        name: Name of the space.
        dataset: ``name``, ``source``, ``fingerprint``, ``n_train``, ``n_test``, ``input_shape``; anything of JSON.
        metric: What the trials are ranked by.
        task: ``classification`` or ``regression``.
        classes: Labels in the order of the confusion matrix; empty for regression.
        n_folds: Folds a repeat; 1 for a hold-out split.
        n_repeats: Repeats, those that were added to confirm the best trials included.
        n_fits_asked: Candidates × folds × repeats.
        n_fits_done: How many of them need no training again.
        seed: Seed of the run; None if it has none.
        log_axes: Names of the axes whose values came from a logarithmic distribution.
        elapsed: Wall time of the search in seconds.
        created: When the run was made, ISO 8601 in UTC.
        versions: Of the packages that trained, of the latest training.
        older_versions: Those of earlier trainings of the same run, if they were others, in order.
        held_out_share: The share in (0, 1) of the training samples that a fit is scored on; None for one of equal
            folds.
        n_confirmed: How many trials ``kerasgrid confirm`` gave more repeats; they are the first by rank.
        n_new_repeats: How many of the repeats these are.
        blocks: The axes of the space, from which effects and ranges are told.
        is_ordered: Whether the trials tell a story, so that tables show them in the order of the space.
        baseline: The candidate that the others are held against; None for most strategies.
        n_fit_samples: Training samples of a fit, of the smallest fold; 0 if unknown.
    """

    name: str
    dataset: Mapping[str, Any]
    metric: str
    task: str
    classes: Sequence[str]
    n_folds: int
    n_repeats: int
    n_fits_asked: int
    n_fits_done: int
    seed: int | None
    log_axes: frozenset[str]
    elapsed: float
    created: str
    versions: Mapping[str, str] = field(default_factory=installed_versions)
    older_versions: Sequence[Mapping[str, str]] = ()
    held_out_share: float | None = None
    n_confirmed: int = 0
    n_new_repeats: int = 0
    blocks: Sequence[Block] = ()
    is_ordered: bool = False
    baseline: Candidate | None = None
    n_fit_samples: int = 0

    @property
    def known_share(self) -> float:
        """The share of the training samples that a fit is scored on."""
        return self.held_out_share if self.held_out_share is not None else 1 / self.n_folds

    @property
    def complete(self) -> bool:
        """Whether every fit that was asked for is done."""
        return self.n_fits_done >= self.n_fits_asked
