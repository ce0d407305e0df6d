"""How a builder wants its arguments: by place, as kerasgrid's own form has them, or by name. Imports no Keras."""

from __future__ import annotations

import inspect
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from kerasgrid.axes.names import OWN_PREFIX

OWN_FORM = ("params", "input_shape", "n_outputs")
"""The arguments of kerasgrid's own form, which are given by place, so that they may be called otherwise."""

FILLED = ("meta", "compile_kwargs", "params", "input_shape", "n_outputs")
"""What a builder of named arguments gets without anybody giving it, if it names it."""

_BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True)
class BuilderSignature:
    """What a builder takes.

    Attributes:
        names: The arguments that can be given by name, in their order.
        takes_any: Whether it takes any others, too (``**kwargs``).
        required: How many places must be filled.
        has_star: Whether it takes any number of places (``*args``).
    """

    names: tuple[str, ...]
    takes_any: bool
    required: tuple[str, ...]
    has_star: bool

    @classmethod
    def of(cls, builder: Any) -> BuilderSignature | None:
        """Read it; None of what cannot be read, as of some functions that are not written in Python."""
        try:
            # Of a class of Keras Python reads __new__, which takes anything.
            is_class_of_models = isinstance(builder, type) and hasattr(builder, "get_weights")
            parameters = [*inspect.signature(builder.__init__ if is_class_of_models else builder).parameters.values()]
        except (TypeError, ValueError):
            return None
        parameters = parameters[1:] if is_class_of_models else parameters
        by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        return cls(
            tuple(one.name for one in parameters if one.kind in by_name),
            any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters),
            tuple(one.name for one in parameters if one.kind in _BY_PLACE and one.default is inspect.Parameter.empty),
            any(one.kind is inspect.Parameter.VAR_POSITIONAL for one in parameters),
        )

    def is_own_form(self, given: Collection[str] = ()) -> bool:
        """Whether it is called as ``builder(params, input_shape, n_outputs)``, not by names.

        It is if it names these three. Three required arguments of other names are these, too, unless somebody gives
        one of them by its name, or scikeras would.

        Args:
            given: What is given by name.
        """
        if self.required[:3] == OWN_FORM or (self.has_star and not self.takes_any):
            return True
        told = {"meta", "compile_kwargs", *given, *(name.removeprefix(OWN_PREFIX) for name in given)}
        return len(self.required) == 3 and told.isdisjoint(self.required)

    def takes(self, name: str) -> bool:
        """Whether an argument of this name can be given."""
        return self.takes_any or name in self.names


def is_model(thing: Any) -> bool:
    """Whether it is a model that is there already; a class of models is a builder."""
    return hasattr(thing, "get_weights") and not isinstance(thing, type)


def wants_names(builder: Any, given: Collection[str] = ()) -> BuilderSignature | None:
    """Return the signature of a builder that takes its arguments by name; None of kerasgrid's own form."""
    signature = BuilderSignature.of(builder)
    return None if signature is None or signature.is_own_form(given) else signature
