"""The programs of this process: compiled once for each structure and shape, and used by all estimators.

TensorFlow keeps about 5 MB of every program for good, even of those that are dropped here.
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
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
from kerasgrid.models.shapes import check_data
from kerasgrid.models.statistics import Statistics, TargetStatistics

if TYPE_CHECKING:
    import keras

    from kerasgrid.data.columns import Columns
    from kerasgrid.data.folds import Fold
    from kerasgrid.engine.predictor import Predictor
    from kerasgrid.engine.program import Program
    from kerasgrid.engine.resident import ResidentData, Shapes
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

        register(self.name, self.function)


KEPT_PROGRAMS = 8
"""Programs that a process keeps, the latest used; likewise predictors of models that were trained elsewhere."""

_SCALED = ("scaling", "target_scaling")

_Thing = TypeVar("_Thing")

_programs: OrderedDict[Hashable, Program] = OrderedDict()
_predictors: OrderedDict[Hashable, Predictor] = OrderedDict()
_one_at_a_time = threading.RLock()


def train(
    params: Mapping[str, Any], dataset: Dataset, fold: Fold, seed: int, *, is_table: bool = False
) -> tuple[Outcome, FittedShapes, FittedFront]:
    """Train one fit in this process; the outcome has its weights.

    The seeds are those of a refit on all training data: see :class:`kerasgrid.engine.training.Seeds`.

    Args:
        params: Resolved hyperparameters.
        dataset: The data, with columns where there are words or gaps.
        fold: Which of it to train on; what is held out is looked at for the curves alone.
        seed: Of the fit.
        is_table: Whether "auto" scales numbers and targets, as of a table with words or dates; numbers are taken as
            they are.

    Raises:
        ParameterError: if the model cannot be built, or the loss does not suit the data.
    """
    with _as_guest():
        from kerasgrid.engine.prepared import PreparedData
        from kerasgrid.engine.program import Program
        from kerasgrid.engine.training import Seeds, Training

        check_data(params, dataset)
        told = params if is_table else {**params, **{name: "none" for name in _SCALED if params.get(name) == "auto"}}
        data = PreparedData(dataset).for_fit(told, fold.train, 0)
        program = _latest(_programs, _key(params, data), lambda: Program(params, data))
        training = Training(params, fold.train, fold.held_out, Seeds.of(seed, fold=-1, repeat=0))
        outcome = program.run(training, data, keep_weights=True)
        return outcome, _shapes(data), _front(data)


def predict(
    params: Mapping[str, Any],
    shapes: Shapes,
    weights: Sequence[np.ndarray],
    X: np.ndarray,
    builder: FittedBuilder | None = None,
    front: FittedFront = AS_IT_IS,
) -> np.ndarray:
    """Return the outputs of the model of these weights in their own unit, float32, shape (samples, n_outputs).

    Raises:
        ParameterError: if the model must be built anew, and its builder has changed.
    """
    with _as_guest():
        from kerasgrid.engine.predictor import Predictor
        from kerasgrid.engine.prepared import encode
        from kerasgrid.engine.resident import Front
        from kerasgrid.models.factory import build_model

        def new() -> Predictor:
            if builder is not None:
                builder.make_known()
            layout = shapes.layout
            model = build_model(params, shapes.input_shape, shapes.n_outputs, shapes.task, seed=0, layout=layout)
            return Predictor(model, shapes.input_shape)

        if front.layout is not None and front.statistics is not None:
            X = encode(X, Front(front.layout, front.statistics))
        key = _key(params, shapes)
        predictor = _programs[key].predictor if key in _programs else _latest(_predictors, key, new)
        outputs = predictor.predict(weights, X)
        return outputs if front.targets is None else outputs * front.targets.std + front.targets.mean


def plain_model(
    params: Mapping[str, Any],
    shapes: Shapes,
    weights: Sequence[np.ndarray],
    builder: FittedBuilder | None = None,
    front: FittedFront = AS_IT_IS,
    columns: Columns | None = None,
) -> keras.Model:
    """Return the model of these weights, of plain Keras layers, compiled with its optimizer and loss.

    It takes samples as they were given: a table's as a dictionary of named columns, arrays as they are.

    Args:
        params: Resolved hyperparameters.
        shapes: Of the fit.
        weights: Of the model's own layers.
        builder: Of a model of the user's own.
        front: What stands before and behind these layers.
        columns: Those of a table; None of arrays.

    Raises:
        ParameterError: if its builder has changed.
    """
    with _as_guest():
        from kerasgrid.engine.final import plain_model, whole_model
        from kerasgrid.engine.resident import Front

        if builder is not None:
            builder.make_known()
        core = plain_model(params, shapes, weights)
        scaled = None
        if front.layout is not None and front.statistics is not None:
            scaled = Front(front.layout, front.statistics)
        # Encoding keeps the shape of images; a row may become longer than it was given.
        shape = shapes.input_shape
        if scaled is not None and len(shape) == 1:
            shape = (len(scaled.layout.columns),)
        return whole_model(core, params, shapes.task, shape, columns=columns, front=scaled, targets=front.targets)


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
    # Of a table's columns only those that are embedded bear on the layers, beside how wide an encoded row is.
    layout = shapes.layout
    embedded = () if layout is None else tuple((column.n_levels, column.size) for column in layout.embedded)
    # A metric that is added later is measured by a new program.
    metrics = metrics_for(shapes.task)
    of_targets = shapes.n_outputs, shapes.task, shapes.has_scaled_targets, shapes.has_weights
    return parts, shapes.input_shape, metrics, embedded, of_targets


def _shapes(data: ResidentData) -> FittedShapes:
    of_targets = data.has_scaled_targets, data.has_weights
    return FittedShapes(data.input_shape, data.n_outputs, data.task, data.layout, False, *of_targets)


def _front(data: ResidentData) -> FittedFront:
    front = data.front
    if front is None:
        return FittedFront(targets=data.scaled)
    return FittedFront(front.layout, front.statistics, data.scaled)


def _latest(kept: OrderedDict[Hashable, _Thing], key: Hashable, make: Callable[[], _Thing]) -> _Thing:
    if key not in kept:
        thing = make()
        while len(kept) >= KEPT_PROGRAMS:
            kept.popitem(last=False)
        kept[key] = thing
    kept.move_to_end(key)
    return kept[key]
