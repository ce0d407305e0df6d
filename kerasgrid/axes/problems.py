"""What is wrong with a space file, put together: pydantic's findings become ours, several become one message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from kerasgrid.axes.parameter import shown
from kerasgrid.errors import KerasgridError, SpaceError, nearest

Location = tuple[str | int, ...]
Problem = TypeVar("Problem", bound=KerasgridError)

_CUSTOM = "kerasgrid"

CONFIG = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
"""How every part of a space file is read."""


def carried(problems: Sequence[SpaceError]) -> PydanticCustomError:
    """Return an error that a validator may raise, so that pydantic goes on and collects further ones."""
    return PydanticCustomError(_CUSTOM, "see the context", {"problems": tuple(problems)})


def problems_of(
    error: ValidationError, known: Mapping[Location, Sequence[str]], prefix: str | None = None
) -> list[SpaceError]:
    """Return pydantic's findings as errors of ours.

    Args:
        error: What pydantic raised.
        known: The known keys of each object, by its location, for suggestions.
        prefix: The place of the validated object; None for the whole document.
    """
    found: list[SpaceError] = []
    for detail in error.errors(include_url=False):
        location = detail["loc"]
        where = place(location, prefix)
        if detail["type"] == _CUSTOM:
            found += detail["ctx"]["problems"]
        elif detail["type"] == "extra_forbidden":
            keys = known.get(location[:-1], ())
            near = nearest(str(location[-1]), keys)
            hint = "known are " + ", ".join(keys) if near is None else f"did you mean {near}?"
            found.append(SpaceError("unknown key", where=where, hint=hint))
        elif detail["type"] == "missing":
            found.append(SpaceError("is missing", where=where))
        elif detail["type"] == "model_type":
            found.append(SpaceError("must be a JSON object", where=where, got=shown(detail["input"])))
        else:
            found.append(SpaceError(_rule(detail["msg"]), where=where, got=shown(detail["input"])))
    return found


def nested_keys(error: ValidationError, model: type[BaseModel]) -> dict[Location, tuple[str, ...]]:
    """Return the keys of each object of a file in which pydantic found an unknown one, by the object's location.

    Args:
        error: What pydantic raised.
        model: The model that it validated by.
    """
    places = {detail["loc"][:-1] for detail in error.errors(include_url=False) if detail["type"] == "extra_forbidden"}
    return {place: _keys_at(model, place) for place in places}


def first_key(problem: SpaceError) -> str:
    """Return the key of the file in which a problem is; empty if it is no single one."""
    return re.split(r"[.\[]", problem.where or "")[0]


def together(problems: Sequence[Problem], where: str | None = None) -> Problem:
    """Return one error for several problems, one a line; a single one stays as it is.

    Args:
        problems: At least one.
        where: The file, put before the places.
    """
    # Of errors of several classes the one that all of them are.
    classes = type(problems[0]).__mro__
    kind: type[Problem] = next(base for base in classes if all(isinstance(one, base) for one in problems))
    if len(problems) == 1:
        only = problems[0]
        path = ": ".join(part for part in (where, only.where) if part is not None) or None
        return kind(only.rule, where=path, got=only.got, hint=only.hint)
    lines: list[str] = [line for problem in problems for line in _lines(problem)]
    return kind("\n  ".join([f"{len(lines)} problems", *lines]), where=where)


def place(location: Location, prefix: str | None = None) -> str | None:
    """Return a path such as ``params[0].learning_rate``; None for the whole document."""
    path = prefix or ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path or None


def _keys_at(model: type[BaseModel], location: Location) -> tuple[str, ...]:
    for step in location:
        if isinstance(step, str):
            model = next(_models_in(model.model_fields[step].annotation))
    return tuple(model.model_fields)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _lines(problem: KerasgridError) -> list[str]:
    first, *rest = str(problem).split("\n  ")
    return rest or [first]


def _rule(message: Any) -> str:
    text = str(message).replace("Input should be", "must be").replace("a valid ", "a ")
    for theirs, ours in _PHRASES.items():
        text = text.replace(theirs, ours)
    return text[:1].lower() + text[1:]


_PHRASES = {
    "a integer": "a whole number",
    "a dictionary": "an object",
    "a tuple": "a list",
    "greater than or equal to": "at least",
    "less than or equal to": "at most",
    "greater than": "above",
    "less than": "below",
}
