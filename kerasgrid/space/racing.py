"""The key ``race`` of a space file, and what it is where a file says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BeforeValidator

from kerasgrid.axes.parameter import shown
from kerasgrid.axes.problems import carried
from kerasgrid.errors import SpaceError, nearest
from kerasgrid.races.race import LEAST_SPLITS, RACES, SWITCH, EveryFit

if TYPE_CHECKING:
    from kerasgrid.space.spec import Space


def race_name() -> BeforeValidator:
    """Return what validates the key: ``true``, ``false``, or the name of a race."""

    def check(raw: Any) -> Any:
        if isinstance(raw, bool):
            return SWITCH[raw]
        if raw is None or (isinstance(raw, str) and raw in RACES):
            return raw
        *others, last = map(repr, RACES)
        near = nearest(raw, RACES) if isinstance(raw, str) else None
        hint = None if near is None else f"did you mean {near}?"
        rule = f"must be true, false, {', '.join(others)} or {last}"
        raise carried([SpaceError(rule, where="race", got=shown(raw), hint=hint)])

    return BeforeValidator(check)


def race_written(name: str) -> bool | str:
    """Return a race as a file says it best."""
    return next((said for said, meant in SWITCH.items() if meant == name), name)


def race_of(space: Space, n_splits: int, *, are_shuffled: bool = True) -> str:
    """Return the name of the race of a new run: what the space says, else what suits its strategy and splits.

    Args:
        space: The space.
        n_splits: Folds × repeats.
        are_shuffled: Whether chance made the splits: folds in time, or that the data gives, may differ in kind, so that
            the first ones tell little of the others.
    """
    if space.race is not None:
        return space.race
    is_raced = space.tried.is_raced and are_shuffled and n_splits >= LEAST_SPLITS
    return SWITCH[True] if is_raced else EveryFit.name
