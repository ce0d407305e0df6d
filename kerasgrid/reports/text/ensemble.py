"""What is said of an ensemble: what it gains, and what it costs."""

from __future__ import annotations

from kerasgrid.run.run import Run
from kerasgrid.system.words import counted, with_error


def ensemble_line(run: Run) -> str:
    """Return what came of joining the trials that cannot be told from the best; nothing where that was not done."""
    found = run.ensemble
    if found is None:
        return ""
    n_members = sum(count > 0 for count in found.counts)
    if n_members < 2:
        return f"No ensemble of the best {len(found.candidates)} trials is better than the best of them alone."
    # The sign says which way it went.
    gain = with_error(found.gain, found.standard_error)
    if not found.is_taken and found.gain > 0:
        return (
            f"No ensemble: one of {counted(n_members, 'trial')} would be better than the best trial alone by {gain} on "
            "samples that did not choose it, which may be chance."
        )
    if not found.is_taken:
        return (
            f"An ensemble of {counted(n_members, 'trial')} would not be better than the best trial alone: by {gain} on "
            "samples that did not choose it."
        )
    return (
        f"The model is an ensemble of {counted(n_members, 'trial')} with {counted(found.n_networks, 'network')} "
        f"({counted(found.n_parameters, 'parameter')}), better than the best trial alone by {gain} on samples that did "
        f"not choose it; to predict takes about {found.n_networks} times as long."
    )
