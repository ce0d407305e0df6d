"""A narrower space: what to search next."""

from __future__ import annotations

from collections.abc import Sequence

from kerasgrid.errors import RunError
from kerasgrid.insight.narrow import narrowed
from kerasgrid.insight.ranges import TOP, top_trials
from kerasgrid.insight.ranking import Trial
from kerasgrid.space.spec import Space

SUFFIX = "_narrow"

_LONGEST_NAME = 100


def narrow_space(space: Space, trials: Sequence[Trial], top: int = TOP) -> Space:
    """Return a space around the best trials, for the same data, model, folds and number of trials.

    Its name ends with ``_narrow``. A random space gets the next seed, see
    :attr:`kerasgrid.strategies.random.Random.narrowed_seed`. So its folds are others, too; those of a grid stay.

    Args:
        space: What was searched; its strategy takes from all combinations of the axes.
        trials: Best first.
        top: How many of the best count, see :func:`kerasgrid.insight.narrow.narrowed`.

    Raises:
        RunError: No trial has a score.
    """
    if not top_trials(trials, top):
        raise RunError("no trial has a score", where=space.name, hint="there is nothing to narrow the space to")
    return space.changed(
        name=f"{space.name[: _LONGEST_NAME - len(SUFFIX)]}{SUFFIX}",
        params=narrowed(space.params, space.how.parts, trials, top, names_models=not isinstance(space.model, str)),
        seed=space.how.narrowed_seed,
    )
