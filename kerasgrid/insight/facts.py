"""What every report of a run says besides its trials."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

PACKAGES = ("kerasgrid", "tensorflow", "keras", "scikit-learn", "numpy")
"""The packages whose versions bear on a run's numbers."""


def installed_versions() -> dict[str, str]:
    """Return the versions of Python and :data:`PACKAGES`, without importing any; absent ones are left out."""
    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


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
        n_repeats: Repeats.
        n_fits_asked: Candidates × folds × repeats.
        n_fits_done: How many of them need no training again.
        seed: Seed of the run.
        log_axes: Names of the axes whose values came from a logarithmic distribution.
        elapsed: Wall time of the search in seconds.
        created: When the run was made, ISO 8601 in UTC.
        versions: Of the packages that trained, of the latest training.
        older_versions: Those of earlier trainings of the same run, if they were others, in order.
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
    seed: int
    log_axes: frozenset[str]
    elapsed: float
    created: str
    versions: Mapping[str, str] = field(default_factory=installed_versions)
    older_versions: Sequence[Mapping[str, str]] = ()

    @property
    def complete(self) -> bool:
        """Whether every fit that was asked for is done."""
        return self.n_fits_done >= self.n_fits_asked
