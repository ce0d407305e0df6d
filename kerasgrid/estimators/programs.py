"""The programs of this process: compiled once for each structure and shape, and used by all estimators.

TensorFlow keeps about 5 MB of every program for good, even of those that are dropped here.
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np

from kerasgrid.axes.parameters import structure
from kerasgrid.data.dataset import Dataset
from kerasgrid.engine.keras_setup import as_guest, import_as_guest
from kerasgrid.errors import ParameterError, SpaceError
from kerasgrid.estimators.code import code_digest
from kerasgrid.estimators.parameters import as_parameter_error, frozen
from kerasgrid.fits.metric import metrics_for
from kerasgrid.models.layout import Layout

if TYPE_CHECKING:
    import keras

    from kerasgrid.data.folds import Fold
    from kerasgrid.engine.predictor import Predictor
    from kerasgrid.engine.program import Program
    from kerasgrid.engine.resident import Shapes
    from kerasgrid.engine.training import Outcome


@dataclass(frozen=True, slots=True)
class FittedShapes:
    """The shapes of the data that an estimator was fitted on; see :class:`kerasgrid.engine.resident.Shapes`."""

    input_shape: tuple[int, ...]
    n_outputs: int
    task: str
    layout: Layout | None = None
    has_bytes: bool = False
    has_scaled_targets: bool = False


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

        register(self.name, self.function)


KEPT_PROGRAMS = 8
"""Programs that a process keeps, the latest used; likewise predictors of models that were trained elsewhere."""

_Thing = TypeVar("_Thing")

_programs: OrderedDict[Hashable, Program] = OrderedDict()
_predictors: OrderedDict[Hashable, Predictor] = OrderedDict()
_one_at_a_time = threading.RLock()


def train(params: Mapping[str, Any], dataset: Dataset, fold: Fold, seed: int) -> Outcome:
    """Train one fit in this process; the outcome has its weights.

    The seeds are those of a refit on all training data: see :class:`kerasgrid.engine.training.Seeds`.

    Raises:
        ParameterError: if the model cannot be built.
    """
    with _as_guest():
        from kerasgrid.engine.program import Program
        from kerasgrid.engine.resident import ResidentData
        from kerasgrid.engine.training import Seeds, Training

        data = ResidentData(dataset)
        program = _latest(_programs, _key(params, data), lambda: Program(params, data))
        training = Training(params, fold.train, fold.held_out, Seeds.of(seed, fold=-1, repeat=0))
        return program.run(training, data, keep_weights=True)


def predict(
    params: Mapping[str, Any],
    shapes: Shapes,
    weights: Sequence[np.ndarray],
    X: np.ndarray,
    builder: FittedBuilder | None = None,
) -> np.ndarray:
    """Return the outputs of the model of these weights, float32, shape (samples, n_outputs).

    Raises:
        ParameterError: if the model must be built anew, and its builder has changed.
    """
    with _as_guest():
        from kerasgrid.engine.predictor import Predictor
        from kerasgrid.models.factory import build_model

        key = _key(params, shapes)
        if key in _programs:
            return _programs[key].predictor.predict(weights, X)

        def new() -> Predictor:
            if builder is not None:
                builder.make_known()
            model = build_model(params, shapes.input_shape, shapes.n_outputs, shapes.task, seed=0)
            return Predictor(model, shapes.input_shape)

        return _latest(_predictors, key, new).predict(weights, X)


def plain_model(
    params: Mapping[str, Any], shapes: Shapes, weights: Sequence[np.ndarray], builder: FittedBuilder | None = None
) -> keras.Model:
    """Return the model of these weights, of plain Keras layers, compiled with its optimizer and loss.

    Raises:
        ParameterError: if its builder has changed.
    """
    with _as_guest():
        from kerasgrid.engine.final import plain_model

        if builder is not None:
            builder.make_known()
        return plain_model(params, shapes, weights)


@contextmanager
def _as_guest() -> Iterator[None]:
    with _one_at_a_time:
        import_as_guest()
        with as_guest():
            try:
                yield
            except SpaceError as error:
                raise as_parameter_error(error) from error.__cause__


def _key(params: Mapping[str, Any], shapes: Shapes) -> Hashable:
    parts = tuple((name, frozen(value)) for name, value in structure(dict(params)))
    # A metric that is added later is measured by a new program.
    return parts, shapes.input_shape, shapes.n_outputs, shapes.task, metrics_for(shapes.task)


def _latest(kept: OrderedDict[Hashable, _Thing], key: Hashable, make: Callable[[], _Thing]) -> _Thing:
    if key not in kept:
        thing = make()
        while len(kept) >= KEPT_PROGRAMS:
            kept.popitem(last=False)
        kept[key] = thing
    kept.move_to_end(key)
    return kept[key]
