"""What a fit goes through, and what is kept of it to use an estimator: shapes, statistics, builder."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from kerasgrid.errors import ParameterError
from kerasgrid.estimators.brought import Brought
from kerasgrid.estimators.code import code_digest
from kerasgrid.models.layout import Layout
from kerasgrid.models.statistics import Statistics, TargetStatistics

if TYPE_CHECKING:
    from kerasgrid.engine.training import OptimizerState, Outcome


@dataclass(frozen=True, slots=True)
class FittedShapes:
    """The shapes of the data that an estimator was fitted on; see :class:`kerasgrid.engine.resident.Shapes`."""

    input_shape: tuple[int, ...]
    n_outputs: int
    task: str
    layout: Layout | None = None
    has_bytes: bool = False
    has_scaled_targets: bool = False
    has_weights: bool = False

    @property
    def samples(self) -> None:
        """None are kept."""
        return

    def __setstate__(self, state: Sequence[Any]) -> None:
        # A pickle may be older than the last fields, and slots have no defaults of their own.
        for place, one in enumerate(fields(self)):
            object.__setattr__(self, one.name, state[place] if place < len(state) else one.default)


@dataclass(frozen=True, eq=False, slots=True)
class FittedFront:
    """What stands before and behind the model's own layers, as the training samples of its fit said.

    Attributes:
        layout: Where the columns go; None where samples are taken as they are.
        statistics: What was found in them; None likewise.
        targets: Of standardised targets; None of those that are taken as they are.
    """

    layout: Layout | None = None
    statistics: Statistics | None = None
    targets: TargetStatistics | None = None


AS_IT_IS = FittedFront()
"""Of numbers and targets that are taken as they are."""


@dataclass(frozen=True, slots=True)
class FittedBuilder:
    """A builder of the user's own, as it was when its estimator was fitted.

    Attributes:
        name: The name that it had then.
        function: The builder.
        code: Its :func:`~kerasgrid.estimators.code.code_digest` then.
        python: The version of Python then, in which alone the code is comparable.
    """

    name: str
    function: Any
    code: str
    python: str | None

    @classmethod
    def of(cls, name: str, function: Any) -> Self:
        """Take it as it is now."""
        return cls(name, function, code_digest(function), sys.implementation.cache_tag)

    def make_known(self) -> None:
        """Register it under its name, to be called again.

        Raises:
            ParameterError: if it, or what it reads, is not what it was.
        """
        if self.python == sys.implementation.cache_tag and code_digest(self.function) != self.code:
            raise ParameterError(
                "the builder, or what it reads, has changed since the fit, so the weights are another model's",
                where="model",
                got=self.name.partition("@")[0],
                hint="fit again, or undo the change",
            )
        from kerasgrid.models.own import register

        register(self.name, self.function, may_compile=True)


@dataclass(frozen=True, eq=False)
class Trained:
    """What a fit came to, and what it takes to use it.

    Attributes:
        outcome: With its weights.
        shapes: Of the data.
        front: What stands before and behind the model's layers.
        brought: What it was trained with.
        added: What callbacks wrote into the logs, by name.
    """

    outcome: Outcome
    shapes: FittedShapes
    front: FittedFront
    brought: Brought
    added: Mapping[str, list[float]]


@dataclass(frozen=True, eq=False)
class Before:
    """What a fit goes on with.

    Attributes:
        params: Those that the weights were trained with, resolved.
        weights: Of the model.
        front: What stands before and behind its layers.
        optimizer: The optimizer's state; None for a new one.
    """

    params: Mapping[str, Any]
    weights: Sequence[np.ndarray]
    front: FittedFront
    optimizer: OptimizerState | None = None


@dataclass(frozen=True, eq=False)
class Course:
    """How a fit goes.

    Attributes:
        before: Where it begins; None for the initial weights, and for what its own samples say.
        shuffles: Whether each epoch has an order of its own.
        callbacks: Callbacks of Keras.
        first: The number of its first epoch, for them.
        pace: Which epoch of how many its first is to a schedule of the learning rate; of None as many as are asked for.
        trains: Whether anything is trained.
        builds: Whether, where nothing is, all that a training needs is built.
    """

    before: Before | None = None
    shuffles: bool = True
    callbacks: Sequence[Any] = ()
    first: int = 0
    pace: tuple[int, int | None] = (0, None)
    trains: bool = True
    builds: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it begins with the initial weights of its seed, and nobody looks at it."""
        return self.before is None and not self.callbacks
