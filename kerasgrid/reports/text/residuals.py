"""What the predictions of a test set are called, where they are drawn and where they are told of."""

from __future__ import annotations

from kerasgrid.run.run import Run
from kerasgrid.system.words import counted

UNNAMED = "target"
"""A single target of which no more is known."""


def target_names(run: Run) -> list[str]:
    """Return what the targets of the kept predictions are called: as their columns, or by their numbers."""
    targets = (run.final.predictions if run.final is not None else None) or ()
    names = run.dataset.get("targets") or ()
    if len(names) == len(targets):
        return list(map(str, names))
    n = len(targets)
    return [f"target {place} of {n}" if n > 1 else UNNAMED for place in range(1, n + 1)]


def samples_told(run: Run) -> str:
    """Return ``42 samples``, or ``1,000 samples of 5,000`` where not all were kept."""
    targets = (run.final.predictions if run.final is not None else None) or ((),)
    n_kept, n_test = len(targets[0]), run.dataset.get("n_test", 0)
    return counted(n_kept, "sample") + (f" of {n_test:,}" if n_test > n_kept else "")
