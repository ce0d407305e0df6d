"""What ``fit`` takes besides X and y, by the names of ``keras.Model.fit``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from kerasgrid.errors import ParameterError, nearest
from kerasgrid.estimators.made import routed

PARAMETERS_OF_FIT: Mapping[str, str] = {
    "epochs": "passes over the training data, instead of the parameter",
    "batch_size": "examples a training step, instead of the parameter; -1 for all of them",
    "verbose": "as the parameter",
    "callbacks": "callbacks of Keras and of one's own, beside those of the parameter",
    "validation_split": "the last share of the samples is held out, as Keras does it",
    "validation_data": "(X, y) to be held out",
    "shuffle": "whether each epoch has an order of its own",
    "class_weight": "weights of the classes in the training",
    "sample_weight": "weights of the samples in the training, (n,)",
    "initial_epoch": "the epoch to begin at, from which on ``epochs`` count",
    "validation_batch_size": "taken, and of no effect on any number",
}
"""Every argument that is honoured, and what it is."""

NOT_OF_AN_EPOCH = ("epochs", "initial_epoch")
"""Those that mean nothing where one epoch is trained."""

_WITHOUT_EFFECT = ("validation_batch_size", "workers", "use_multiprocessing", "max_queue_size")
_ONLY = {"validation_freq": 1, "steps_per_epoch": None, "validation_steps": None, "steps": None}
"""Arguments of Keras whose one value is honoured."""

_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True, eq=False)
class FitArguments:
    """What a fit was asked for; what is None is as the estimator's parameters have it.

    Attributes:
        numbers: ``epochs``, ``batch_size`` and ``class_weight``, where given.
        verbose: 0, 1 or 2.
        callbacks: As given to ``fit``.
        last_share: Which share of the samples is held out, from their end on; 0 for none; None for what the estimator
            holds out.
        validation_data: X and y to be held out.
        shuffles: Whether each epoch has an order of its own.
        sample_weight: Weights of the samples.
        initial_epoch: The epoch to begin at.
    """

    numbers: Mapping[str, Any]
    verbose: int
    callbacks: Any = None
    last_share: float | None = None
    validation_data: tuple[Any, Any] | None = None
    shuffles: bool = True
    sample_weight: Any = None
    initial_epoch: int = 0

    @classmethod
    def of(cls, estimator: Any, given: Mapping[str, Any], method: str = "fit") -> FitArguments:
        """Read what was given to ``fit``, or another method of its arguments, and ``fit__…`` where nothing was.

        Raises:
            TypeError: if an argument is unknown.
            ParameterError: if one is wrong, or cannot be honoured.
        """
        asked = routed(vars(estimator), "fit")
        asked |= {name: value for name, value in given.items() if value is not None}
        _check_names(asked, f"{type(estimator).__name__}.{method}")
        shuffle = asked.get("shuffle", getattr(estimator, "shuffle", True))
        if not isinstance(shuffle, bool | np.bool_):
            raise ParameterError("must be True or False", where="shuffle", got=repr(shuffle)[:80])
        return cls(
            {name: asked[name] for name in ("epochs", "batch_size", "class_weight") if name in asked},
            _verbose(asked.get("verbose", estimator.verbose)),
            asked.get("callbacks"),
            _share(asked.get("validation_split")),
            _pair(asked.get("validation_data")),
            bool(shuffle),
            asked.get("sample_weight"),
            _whole(asked.get("initial_epoch", 0)),
        )


def check_predict(estimator: Any, given: Mapping[str, Any]) -> None:
    """Check what ``predict`` was given besides X: Keras's ``batch_size`` and ``verbose`` are of no effect.

    Raises:
        TypeError: if an argument is unknown.
        ParameterError: if not all samples are to be predicted.
    """
    asked = {**routed(vars(estimator), "predict"), **given}
    for name, value in asked.items():
        if name == "steps" and value is not None:
            raise ParameterError("all samples are predicted", where="steps", got=repr(value)[:80], hint="leave it out")
        if name not in ("batch_size", "verbose", "steps", *_WITHOUT_EFFECT):
            raise TypeError(f"{type(estimator).__name__}.predict takes no argument {name!r} (batch_size and verbose)")


_STREAMS = {"PyDataset", "Sequence", "DataLoader", "Iterator", "DirectoryIterator"}
"""Classes, of Keras and PyTorch, that hand out batches."""


def check_arrays(X: Any) -> None:
    """Check that samples are no stream of batches.

    Raises:
        ParameterError: They are: folds are made of samples, which must be there at once.
    """
    classes = {one.__name__ for one in type(X).__mro__}
    if hasattr(X, "element_spec") or inspect.isgenerator(X) or classes & _STREAMS:
        raise ParameterError(
            "must be arrays: all samples and all labels, from which folds are made",
            where="X and y",
            got=f"a {type(X).__name__}",
            hint="X, y = (np.concatenate(parts) for parts in zip(*batches)); a folder of images: "
            'kerasgrid.search("images", data="folder")',
        )


def takes_fit_arguments(fit: _Function) -> _Function:
    """Give a ``fit`` that takes any keyword the signature that people, scikit-learn and our searches read."""
    return _with_signature(fit, PARAMETERS_OF_FIT)


def takes_epoch_arguments(partial_fit: _Function) -> _Function:
    """Give a ``partial_fit`` that takes any keyword the signature that it has."""
    return _with_signature(partial_fit, [name for name in PARAMETERS_OF_FIT if name not in NOT_OF_AN_EPOCH])


def _with_signature(fit: _Function, names: Iterable[str]) -> _Function:
    own = inspect.signature(fit).parameters
    more = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None) for name in names]
    kept = [one for one in own.values() if one.kind is not inspect.Parameter.VAR_KEYWORD]
    listed = [*kept, *(one for one in more if one.name not in own)]
    fit.__signature__ = inspect.Signature(listed)  # type: ignore[attr-defined]
    return fit


def _check_names(asked: Mapping[str, Any], method: str) -> None:
    for name, value in asked.items():
        if name in _ONLY and value != _ONLY[name]:
            rule = "every epoch takes all samples, each once, and measures all that are held out"
            raise ParameterError(rule, where=name, got=repr(value)[:80], hint=f"leave out {name}")
        if name not in PARAMETERS_OF_FIT and name not in _WITHOUT_EFFECT and name not in _ONLY:
            near = nearest(name, PARAMETERS_OF_FIT)
            hint = f"it takes {', '.join(PARAMETERS_OF_FIT)}" if near is None else f"did you mean {near}?"
            raise TypeError(f"{method} takes no argument {name!r} ({hint})")


def _verbose(value: Any) -> int:
    if not isinstance(value, int | np.integer | np.bool_) or not 0 <= value <= 2:
        raise ParameterError("must be 0, 1 or 2", where="verbose", got=repr(value)[:80])
    return int(value)


def _share(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not 0 <= value < 1:
        raise ParameterError("must be at least 0 and below 1", where="validation_split", got=repr(value)[:80])
    return float(value)


def _pair(value: Any) -> tuple[Any, Any] | None:
    if value is None:
        return None
    if not isinstance(value, list | tuple) or len(value) not in (2, 3):
        raise ParameterError("must be X and y", where="validation_data", got=f"a {type(value).__name__}")
    if len(value) == 3 and value[2] is not None:
        raise ParameterError(
            "held-out samples have no weights", where="validation_data", got="three parts", hint="give (X, y)"
        )
    return value[0], value[1]


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
        raise ParameterError("must be a whole number of at least 0", where="initial_epoch", got=repr(value)[:80])
    return int(value)
