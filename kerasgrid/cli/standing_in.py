"""Options that a table holds, for commands that name one parameter for all of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any


def with_options(
    command: Callable[..., None], parameter: str, options: Mapping[str, Any], make: Callable[[Mapping[str, Any]], Any]
) -> Callable[..., None]:
    """Return a command that takes these options in the place of one of its parameters.

    Args:
        command: It.
        parameter: The parameter.
        options: The annotation of each option, by its name.
        make: From what was given, by the options' names, to what the command gets.
    """

    @wraps(command)
    def taking(**arguments: Any) -> None:
        given = {name: arguments.pop(name) for name in options}
        command(**arguments, **{parameter: make(given)})

    # The annotations themselves, not their texts, which nobody could read where these options are.
    signature = inspect.signature(command, eval_str=True)
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in options.items()
    ]
    parameters: list[inspect.Parameter] = []
    for name, known in signature.parameters.items():
        parameters += added if name == parameter else [known.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
    taking.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return taking
