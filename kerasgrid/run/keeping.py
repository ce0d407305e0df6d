"""What a run keeps of its fits beside their results: if its space asks for it, or while a race has paused them."""

from __future__ import annotations

import shutil
from pathlib import Path

from kerasgrid.fits.states import FOLDER, States
from kerasgrid.run.plan import Plan
from kerasgrid.space.spec import Space

_PAUSED_BYTES = 2**30
"""What fits that a race has paused may take on the disk; those that have no room begin anew."""


def states_of(plan: Plan, folder: Path) -> States | None:
    """Return where the states of a plan's fits are kept in a run's folder; None if they are not."""
    # Workers have a folder of their own.
    place, most = folder.resolve() / FOLDER, plan.space.keep_states
    if most is not None:
        return States(place, most)
    return States(place, _PAUSED_BYTES, pauses_only=True) if plan.rungs.fits else None


def forget_paused(space: Space, folder: Path) -> None:
    """Remove what a race has kept of fits that it paused: it is over, and the space asks for nothing to be kept."""
    if space.keep_states is None:
        shutil.rmtree(folder / FOLDER, ignore_errors=True)
