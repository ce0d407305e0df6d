"""The estimators' arguments and their documentation: they follow from the table of hyperparameters.

Rows may be added to the table at any time, so both are worked out anew when a registry has changed: a search asks for
them several times a fit.
"""

from __future__ import annotations

import functools
import inspect
import textwrap
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np

from kerasgrid.axes.names import OWN_PREFIX
from kerasgrid.axes.parameter import Parameter
from kerasgrid.axes.parameters import MODEL, PARAMETERS, exceptions_of, only_text
from kerasgrid.errors import nearest
from kerasgrid.models.signatures import is_model, wants_names
from kerasgrid.registry import changes

HYPERPARAMETERS = "{hyperparameters}"
"""The line of a docstring in whose place :func:`documented` puts the hyperparameters."""

_TYPES: Mapping[str, Any] = {
    "int": int,
    "float": float,
    "name": str,
    "bool": bool,
    "sizes": Sequence[int],
    "object": Any,
    "any": Any,
}
_WIDTH = 120

ROUTED = ("model", "optimizer", "loss", "metrics", "callbacks", "fit", "predict")
"""What parameters may begin with, as scikeras has them: ``optimizer__momentum``, ``fit__epochs``, …"""

OTHERS: Mapping[str, tuple[Any, Any]] = {
    "validation_split": (0.0, float),
    "metrics": (None, Any),
    "callbacks": (None, Any),
    "shuffle": (True, bool),
    "warm_start": (False, bool),
    "validation_batch_size": (None, Any),
    "run_eagerly": (False, bool),
    "build_fn": (None, Any),
}
"""An estimator's parameters that are no hyperparameters: their defaults and types."""

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Class = TypeVar("_Class", bound=type)


def default_of(parameter: Parameter) -> Any:
    """Return an estimator's default of a hyperparameter: None where it depends on the task, the optimizer or the model.

    None is then the value that depends on them.
    """
    known = _defaults_of_rows(changes())
    return known[id(parameter)] if id(parameter) in known else _default_of(parameter)


def defaults() -> dict[str, Any]:
    """Return every argument of an estimator with its default, in their order; a builder's own are not known."""
    return {argument.name: argument.default for argument in _arguments()[1:-1]}


def takes_arguments(init: _Function) -> _Function:
    """Give an estimator's ``__init__``, which takes any keyword, the signature that people and scikit-learn read."""
    init.__signature__ = _Signature()  # type: ignore[attr-defined]
    return init


def documented(cls: _Class) -> _Class:
    """Have the docstring of an estimator tell the hyperparameters, in the place of :data:`HYPERPARAMETERS`."""
    if cls.__doc__:  # Python's option -OO leaves none
        cls.__doc__ = _Documentation(cls.__doc__)  # type: ignore[assignment]
    return cls


_CALLED_HERE = {
    "hidden_layer_sizes": "hidden_units",
    "max_iter": "epochs",
    "learning_rate_init": "learning_rate",
    "alpha": "l2",
    "solver": "optimizer",
    "nb_epoch": "epochs",
    "lr": "learning_rate",
    "decay": "weight_decay",
}
"""What parameters of scikit-learn's networks and of Keras's first years are called."""


def called_here(name: str) -> str | None:
    """Return what a parameter of scikit-learn's networks, or of old Keras, is called here."""
    return _CALLED_HERE.get(name)


def check_keywords(cls: type, given: Collection[str], builder: Any = None) -> None:
    """Check that these keyword arguments of an estimator are its own, or parameters of a builder.

    Args:
        cls: The estimator's class.
        given: The names of the arguments.
        builder: What builds its model; None for kerasgrid's own models.

    Raises:
        TypeError: as Python does for an unknown keyword argument.
    """
    known = defaults()
    for name in given:
        if name not in known and not is_extra(name, builder, given):
            signature = wants_names(builder, given) if callable(builder) else None
            names = () if signature is None else signature.names
            near = _CALLED_HERE.get(name) or nearest(name, [*inspect.signature(cls).parameters, *names])
            hint = f"a builder's own begin with {OWN_PREFIX}" if near is None else f"did you mean {near}?"
            raise TypeError(f"{cls.__name__}() got an unexpected keyword argument {name!r} ({hint})")


def is_extra(name: str, builder: Any, given: Collection[str] = ()) -> bool:
    """Whether a parameter that is none of an estimator's is one of its builder's, or is routed to an object of Keras.

    Args:
        name: Of the parameter.
        builder: What builds the model.
        given: What is given beside.
    """
    if name.partition("__")[0] in ROUTED and "__" in name:
        return True
    signature = wants_names(builder, given) if callable(builder) and not is_model(builder) else None
    return signature is not None and signature.takes(name)


def left_over(estimator: Any, given: Collection[str]) -> list[str]:
    """Return the names of parameters of an earlier builder that the model that is there now does not take.

    Args:
        estimator: It, with its new model.
        given: What was given together with that: it stays, so that the fit says what is wrong with it.
    """
    ways = (getattr(estimator, "_keras_build_fn", None), estimator.build_fn, estimator.model)
    builder = next((one for one in ways if callable(one)), None)
    names = [name for name in extras_of(estimator) if "__" not in name or name.startswith(OWN_PREFIX)]
    signature = wants_names(builder, [*names, *given]) if callable(builder) and not is_model(builder) else None

    def is_taken(name: str) -> bool:
        if signature is None:
            return callable(builder) and name.startswith(OWN_PREFIX)
        return signature.takes(name.removeprefix(OWN_PREFIX))

    return [name for name in names if name not in given and not is_taken(name)]


def extras_of(estimator: Any) -> list[str]:
    """Return the names of parameters that are a builder's, or routed to an object of Keras, in their order."""
    known, kept = vars(estimator), vars(estimator).get("_extras", ())
    routed = [name for name in known if "__" in name and name.partition("__")[0] in ROUTED]
    return [*routed, *(name for name in kept if name in known)]


@functools.lru_cache(maxsize=1)
def _defaults_of_rows(state: int) -> Mapping[int, Any]:
    # Rows stay while the table does, so that no other object gets the identity of one.
    return {id(row): _default_of(row) for row in PARAMETERS.values()}


def _default_of(parameter: Parameter) -> Any:
    return None if exceptions_of(parameter) else parameter.default


def _arguments() -> list[inspect.Parameter]:
    return list(_arguments_of_rows(changes()))


@functools.lru_cache(maxsize=1)
def _arguments_of_rows(state: int) -> Sequence[inspect.Parameter]:
    by_place, by_keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    seeds = int | np.random.RandomState | None
    return [
        inspect.Parameter("self", by_place),
        inspect.Parameter("model", by_place, default=MODEL.default, annotation=Any),
        *map(_argument, PARAMETERS.values()),
        *(
            inspect.Parameter(name, by_keyword, default=value, annotation=kind)
            for name, (value, kind) in OTHERS.items()
        ),
        inspect.Parameter("random_state", by_keyword, default=None, annotation=seeds),
        inspect.Parameter("verbose", by_keyword, default=0, annotation=int),
        inspect.Parameter(OWN_PREFIX, inspect.Parameter.VAR_KEYWORD, annotation=Any),
    ]


def _argument(parameter: Parameter) -> inspect.Parameter:
    default, kind = default_of(parameter), _TYPES.get(parameter.kind, Any)
    annotation = kind if default is not None or kind is Any else kind | None
    return inspect.Parameter(parameter.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


class _Signature(inspect.Signature):
    """The signature of an estimator's ``__init__``, as the table has it at the time."""

    __slots__ = ()

    @property
    def parameters(self) -> MappingProxyType[str, inspect.Parameter]:
        return MappingProxyType({argument.name: argument for argument in _arguments()})

    def replace(self, **changes: Any) -> inspect.Signature:  # type: ignore[override]
        # Of the class and of a bound method Python makes one without ``self``.
        return inspect.Signature(_arguments()).replace(**changes)


class _Documentation:
    """A docstring with the hyperparameters of the table, as it has them at the time."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __get__(self, instance: object, owner: type) -> str:
        lines = self._text.splitlines()
        place = next(number for number, line in enumerate(lines) if line.strip() == HYPERPARAMETERS)
        indent = lines[place][: -len(HYPERPARAMETERS)]
        return "\n".join([*lines[:place], *_paragraphs(indent), *lines[place + 1 :]])


def _paragraphs(indent: str) -> list[str]:
    paragraphs: list[str] = []
    listed: dict[tuple[str, ...], str] = {}
    for parameter in PARAMETERS.values():
        # Two parameters that take the same long list of names need it once.
        same_as = listed.setdefault(tuple(parameter.names), parameter.name) if parameter.names else parameter.name
        values = _values_text(parameter) if same_as == parameter.name else f"as {same_as}"
        text = f"{parameter.name}: {_sentence(parameter.description)}{only_text(parameter)}. {_sentence(values)}; "
        paragraphs += textwrap.wrap(
            text + _default_text(parameter),
            _WIDTH,
            initial_indent=indent,
            subsequent_indent=f"{indent}    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    return paragraphs


def _values_text(parameter: Parameter) -> str:
    text = "True or False" if parameter.kind == "bool" else parameter.range_text
    return f"{text}, or None for none" if parameter.optional else text


def _default_text(parameter: Parameter) -> str:
    exceptions = exceptions_of(parameter)
    if not exceptions:
        return f"default {_python(parameter.default)}."
    meant = [] if parameter.default is None else [_python(parameter.default)]
    meant += [f"{_python(value)} for {name}" for name, value in exceptions.items()]
    return f"default None, which means {', '.join(meant)}."


def _python(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
