"""Classes that parameters name, made with the parameters that are routed to them, as scikeras does."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from kerasgrid.errors import ParameterError


def routed(params: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Return the parameters that are for ``prefix``, by the rest of their names: ``optimizer__momentum``, say."""
    start = f"{prefix}__"
    return {name.removeprefix(start): value for name, value in params.items() if name.startswith(start)}


def made(thing: Any, params: Mapping[str, Any], where: str, common: Mapping[str, Any] | None = None) -> Any:
    """Return a thing with every class in it made, by its arguments: of lists by place, of mappings by name.

    Args:
        thing: A class, a list or a mapping of such, or anything else, which is taken as it is.
        params: What is routed to it. ``{"0__patience": 3}`` is for the first of a list, ``{"patience": 3}`` for all.
        where: What it is called, for messages.
        common: What all of a list or mapping get.

    Raises:
        ParameterError: if a class does not take its arguments, or what is no class gets any.
    """
    own = {name: value for name, value in params.items() if "__" not in name}
    if inspect.isclass(thing):
        arguments = {**(common or {}), **own}
        nested = {name: made(value, routed(params, name), f"{where}__{name}") for name, value in arguments.items()}
        places = [nested.pop(name) for name in sorted((name for name in nested if name.isdigit()), key=int)]
        try:
            return thing(*places, **nested)
        except (TypeError, ValueError) as error:
            got = ", ".join(arguments) or "no arguments"
            raise ParameterError(f"{thing.__name__} cannot be made: {error}", where=where, got=got) from error
    if isinstance(thing, list | tuple):
        return type(thing)(made(one, routed(params, str(i)), f"{where}__{i}", own) for i, one in enumerate(thing))
    if isinstance(thing, Mapping):
        return {key: made(one, routed(params, str(key)), f"{where}__{key}", own) for key, one in thing.items()}
    if arguments := {**(common or {}), **own}:
        first = next(iter(arguments))
        raise ParameterError(
            "only a class or a name takes parameters", where=f"{where}__{first}", got=f"a {type(thing).__name__}"
        )
    return thing
