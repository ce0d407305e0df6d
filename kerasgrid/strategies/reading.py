"""How a space file's keys become a strategy."""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from kerasgrid.axes.blocks import parse_blocks
from kerasgrid.axes.problems import nested_keys, problems_of
from kerasgrid.errors import SpaceError
from kerasgrid.strategies.strategy import Strategy
from kerasgrid.strategies.table import STRATEGIES

MISSING: Final = object()
"""Stands for ``params`` where a file has none that can be looked at."""


def read_strategy(
    name: str | None, given: Mapping[str, Any], params: Any, models: tuple[str, ...] | None, seed: int
) -> tuple[Strategy | None, list[SpaceError]]:
    """Return the strategy of a space file, and everything that is wrong with it; None if that is something.

    Args:
        name: As in the table; None if the file names none that there is.
        given: Those keys of the file that are some strategy's.
        params: The axes as the file has them, or :data:`MISSING`.
        models: The models of the file; None if they are wrong.
        seed: Seed of the run.
    """
    if name is None:
        return None, _problems_of_params(params, models)
    kind = STRATEGIES[name]
    problems = [_foreign(key, kind) for key in given if key not in kind.Keys.model_fields]
    keys: BaseModel | None = None
    try:
        keys = kind.Keys.model_validate({key: value for key, value in given.items() if key in kind.Keys.model_fields})
    except ValidationError as error:
        problems += problems_of(error, nested_keys(error, kind.Keys))
    if keys is None:
        # What it takes otherwise, unless all combinations, depends on its keys.
        return None, [*problems, *(_problems_of_params(params, models) if kind.is_drawn else [])]
    if params is MISSING or models is None:
        return None, problems
    strategy = kind(keys, params, models, seed)
    try:
        _ = strategy.blocks
    except SpaceError as error:
        problems.append(error)
    return None if problems else strategy, problems


def strategies_keys() -> dict[str, FieldInfo]:
    """Return every key of a space file that is some strategy's, in the order of the table."""
    return {key: field for strategy in STRATEGIES.values() for key, field in strategy.Keys.model_fields.items()}


def is_long(field: FieldInfo) -> bool:
    """Return whether a key holds an object or a list, rather than one number or word."""
    kind = field.annotation
    options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    return any(get_origin(option) is not None for option in options)


def takes_no_params(name: Any) -> bool:
    """Return whether there is a strategy of this name that does without ``params``."""
    return isinstance(name, str) and name in STRATEGIES and STRATEGIES[name].takes_no_params


def _problems_of_params(params: Any, models: tuple[str, ...] | None) -> list[SpaceError]:
    try:
        if params is not MISSING and models is not None:
            parse_blocks(params, models)
    except SpaceError as error:
        return [error]
    return []


def _foreign(key: str, kind: type[Strategy]) -> SpaceError:
    owners = [strategy for strategy in STRATEGIES.values() if key in strategy.Keys.model_fields]
    *others, last = (strategy.name for strategy in owners)
    text = f"the strategies {', '.join(others)} and {last}" if others else owners[0].title()
    return SpaceError(f"goes with {text} only", where=key, hint=kind.lacks.get(key))
