"""What the tasks of a search train, found without training: which of them need the same program, and its numbers."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone

from kerasgrid.axes.candidate import Resolved
from kerasgrid.axes.parameters import PARAMETERS, builder_params, default_of, structure
from kerasgrid.errors import KerasgridError
from kerasgrid.estimators.asked import Asked, asked_of
from kerasgrid.estimators.base import KerasEstimator
from kerasgrid.estimators.fit_arguments import FitArguments
from kerasgrid.estimators.parameters import frozen, resolved_params

_KERAS_PACKAGES = ("keras", "scikeras", "tensorflow")


def needs_engine(estimator: Any, parameters: Mapping[str, Any] | None) -> bool:
    """Return whether this candidate is or holds an estimator of Keras, ours or another's."""
    return any(
        isinstance(thing, KerasEstimator) or cls.__module__.partition(".")[0] in _KERAS_PACKAGES
        for thing in _held(estimator, parameters or {})
        for cls in type(thing).__mro__
    )


@dataclass(frozen=True, slots=True)
class Trained:
    """What the fits of a candidate train.

    Attributes:
        program: The key of the program that they compile: equal keys share it. None for estimators that are not ours,
            and do not hold one of ours as a pipeline does: nothing is known of them.
        params: Resolved hyperparameters, where the model is one of kerasgrid's own and nothing but these says how it is
            trained; None otherwise.
        task: What is to be predicted: of labels that may yet turn out to be several a sample, "classification".
        held_out: Which share of its samples a fit holds out for its curves.
        prefix: What fits have in common that are one training of different epochs, if their samples and all other
            parameters are the same, too: :attr:`kerasgrid.axes.candidate.Resolved.prefix`. None where none are, as
            without a seed.
    """

    program: Hashable = None
    params: Mapping[str, Any] | None = None
    task: str = ""
    held_out: float = 0.0
    prefix: str | None = None


def trained_by(
    estimator: Any, parameters: Mapping[str, Any] | None, arguments: Mapping[str, Any] | None = None
) -> Trained:
    """Return what the fits of a candidate train.

    Args:
        estimator: The estimator.
        parameters: What the candidate sets.
        arguments: What its ``fit`` is given beside the samples.
    """
    found = _keras_estimators(estimator, parameters or {})
    if not found:
        return Trained()
    ours = found[0]
    try:
        # What a pipeline is given for its last step is not read here: such a fit may turn out to be another.
        given = FitArguments.of(ours, (arguments or {}) if isinstance(estimator, KerasEstimator) else {})
        asked = asked_of(ours, given.numbers)
        if asked.is_family:
            objects = (asked.optimizer and asked.optimizer.structure, asked.options, asked.loss, asked.metrics)
            params = resolved_params(asked, ours._task)
            is_plain = len(found) == 1 and not any(objects) and not _is_watched(ours, given)
            program = structure(params), frozen(objects)
            held_out = float(ours.validation_split) if given.last_share is None else given.last_share
            if not is_plain:
                return Trained(program)
            prefix = Resolved(params, ours._task).prefix if _is_repeatable(estimator, ours, arguments or {}) else None
            return Trained(program, params, ours._task, held_out, prefix)
    except (KerasgridError, TypeError, ValueError):
        return Trained()  # the fit will say what is wrong
    return Trained(_program_of_own(ours, asked))


def program_of(estimator: Any, parameters: Mapping[str, Any] | None) -> Hashable:
    """Return the key of the program that this candidate compiles; see :class:`Trained`."""
    return trained_by(estimator, parameters).program


def _is_repeatable(estimator: Any, ours: KerasEstimator, arguments: Mapping[str, Any]) -> bool:
    """Return whether fits of the same parameters and samples are the same, as far as can be told here."""
    # Each fit without a seed draws one.
    has_seed = isinstance(ours.random_state, int | np.integer)
    # What a pipeline passes on may be callbacks, which see each epoch of their own fit.
    is_read = isinstance(estimator, KerasEstimator) or all(name.endswith("sample_weight") for name in arguments)
    return has_seed and is_read


def _is_watched(estimator: KerasEstimator, given: FitArguments) -> bool:
    return estimator.callbacks is not None or given.callbacks is not None or given.validation_data is not None


def _program_of_own(ours: KerasEstimator, asked: Asked) -> Hashable:
    if asked.signature is not None:
        return id(asked.model), frozen(asked.given)
    # Of the engine's numbers only whether weights decay makes another program; the builder does not see them.
    decay = PARAMETERS["weight_decay"]
    given = asked.table.get("weight_decay")
    named = str(asked.table.get("optimizer", PARAMETERS["optimizer"].default))
    decays = bool(default_of(decay, ours._task, named, "", "") if given is None else given)
    visible = {name: getattr(ours, name) for name in PARAMETERS} | asked.own
    return id(asked.model), decays, frozen(builder_params(visible))


def _keras_estimators(estimator: Any, parameters: Mapping[str, Any]) -> list[KerasEstimator]:
    """Return those of ours that a candidate is or holds, each once."""
    if not any(isinstance(thing, KerasEstimator) for thing in _held(estimator, parameters)):
        return []
    made = clone(estimator).set_params(**clone(dict(parameters), safe=False))
    found = {id(thing): thing for thing in (made, *_params(made).values()) if isinstance(thing, KerasEstimator)}
    return list(found.values())


def _held(estimator: Any, parameters: Mapping[str, Any]) -> list[Any]:
    """Return the estimator, all that it holds, and what this candidate puts into it."""
    return [estimator, *_params(estimator).values(), *parameters.values()]


def _params(estimator: Any) -> dict[str, Any]:
    return dict(estimator.get_params(deep=True)) if hasattr(estimator, "get_params") else {}
