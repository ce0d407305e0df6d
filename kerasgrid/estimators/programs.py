"""The programs of this process: compiled once for each structure and shape, and used by all estimators.

TensorFlow keeps about 5 MB of every program for good, even of those that are dropped here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from kerasgrid.axes.parameters import structure
from kerasgrid.data.dataset import Dataset
from kerasgrid.engine.keras_setup import at_work_as_guest
from kerasgrid.estimators.asked import Asked
from kerasgrid.estimators.brought import Brought, bring, compiled_key
from kerasgrid.estimators.fitted import AS_IT_IS, Course, FittedBuilder, FittedFront, FittedShapes, Trained
from kerasgrid.estimators.going_on import check_front, check_model
from kerasgrid.estimators.parameters import as_estimator_errors, frozen
from kerasgrid.estimators.planned import compiled_sizes, spent_on_building
from kerasgrid.estimators.sharing import SharedFit
from kerasgrid.fits.stopping import check_monitors
from kerasgrid.models.shapes import check_data
from kerasgrid.workers.shares import room_here

if TYPE_CHECKING:
    import keras

    from kerasgrid.data.columns import Columns
    from kerasgrid.data.folds import Fold
    from kerasgrid.engine.callbacks import CallbacksHook
    from kerasgrid.engine.predictor import Predictor
    from kerasgrid.engine.program import Program
    from kerasgrid.engine.resident import Front, ResidentData, Shapes
    from kerasgrid.engine.training import Start, Training
    from kerasgrid.models.compiled import Compiled


KEPT_PROGRAMS = 8
"""Programs that a process keeps, the latest used; likewise predictors of models that were trained elsewhere."""

_SCALED = ("scaling", "target_scaling")

_Thing = TypeVar("_Thing")

_programs: OrderedDict[Hashable, Program] = OrderedDict()
_predictors: OrderedDict[Hashable, Predictor] = OrderedDict()


def train(
    asked: Asked,
    params: Mapping[str, Any],
    dataset: Dataset,
    fold: Fold,
    seed: int,
    *,
    is_table: bool = False,
    course: Course,
) -> Trained:
    """Train one fit in this process; the outcome has its weights.

    The seeds are those of a refit on all training data: see :class:`kerasgrid.engine.training.Seeds`.

    Args:
        asked: What the estimator's parameters ask for.
        params: They, resolved.
        dataset: The data, with columns where there are words or gaps.
        fold: Which of it to train on; what is held out is looked at for the curves alone.
        seed: Of the fit.
        is_table: Whether "auto" scales numbers and targets, as of a table with words or dates; numbers are taken as
            they are.
        course: Where it begins, and who looks at it.

    Raises:
        ParameterError: if the model cannot be built, the loss does not suit the data, what is monitored is not
            measured, a callback cannot be honoured, or it is not the model that is gone on with.
        InputError: if early stopping leaves no samples to train on.
        FitError: if there is no memory for it.
    """
    with _as_guest():
        from kerasgrid.engine.needs import check_room
        from kerasgrid.engine.stopping import parts_of
        from kerasgrid.engine.training import Outcome, Seeds, Training

        check_data(params, dataset)
        told = params if is_table else {**params, **{name: "none" for name in _SCALED if params.get(name) == "auto"}}
        data = _data(course, told, dataset, fold)
        seeds = Seeds.of(seed, fold=-1, repeat=0)
        check_monitors(params, dataset.task)
        train, watched = parts_of(params, dataset, fold.train, seeds)
        brought = bring(asked, params, data, seeds.weights)
        told, compiled = brought.params, brought.compiled
        key = _key(told, data, compiled)
        program = _latest(_programs, key, lambda: _built(told, data, seeds.weights, compiled))
        if course.before is not None:
            check_model(course.before, told, program.weights, asked.table)
        of_fit: dict[str, Any] = {"watched": watched, "start": _start(course, brought), "shuffles": course.shuffles}
        of_fit["epochs_before"], of_fit["schedule_epochs"] = course.pace
        if not course.callbacks and not compiled:
            counts = len(train), len(fold.held_out)
            of_fit["compiled_for"] = compiled_sizes(told, data.input_shape, data.n_outputs, *counts)
        training = Training(told, train, fold.held_out, seeds, **of_fit)
        if course.trains:
            check_room(program, training.batch_size, room_here)
        if course.builds:
            program.make_ready(training, data)
        if not course.trains:
            outcome = Outcome("ok", 0.0, weights=program.initial_weights(training))
            return Trained(outcome, _shapes(data), _front(data), brought, {})
        hooks = _hooks(course, brought, data, training, program, is_table=is_table) if course.callbacks else []
        is_plain = asked.is_family and course.is_plain and not compiled
        shared = SharedFit.of(training, dataset, fold, key, seed, is_table) if is_plain else SharedFit()
        outcome = program.run(shared.going_on(training), data, keep_weights=True, hooks=hooks)
        spent_on_building(outcome.build_seconds)
        shared.leave(outcome.state)
        # Those that the model has now: who scores it next need not set them.
        program.predictor.hold(outcome.weights)
        return Trained(outcome, _shapes(data), _front(data), brought, hooks[0].added if hooks else {})


def _data(course: Course, params: Mapping[str, Any], dataset: Dataset, fold: Fold) -> ResidentData:
    """Return the data by what its training samples say, or those of the fit that is gone on with."""
    from kerasgrid.engine.prepared import PreparedData

    prepared = PreparedData(dataset)
    if course.before is None:
        return prepared.for_fit(params, fold.train, 0)
    check_front(course.before, params, dataset)
    return prepared.by(_encoding(course.before.front), course.before.front.targets)


def _encoding(front: FittedFront) -> Front | None:
    """Return how samples are encoded; None where they are taken as they are."""
    from kerasgrid.engine.resident import Front

    return None if front.layout is None or front.statistics is None else Front(front.layout, front.statistics)


def _start(course: Course, brought: Brought) -> Start | None:
    """Return where a fit begins; None for the initial weights of its seed."""
    from kerasgrid.engine.training import Start

    if course.before is not None:
        return Start(course.before.weights, course.before.optimizer)
    return None if brought.weights is None else Start(brought.weights)


def _built(params: Mapping[str, Any], data: ResidentData, seed: int, compiled: Compiled | None) -> Program:
    from kerasgrid.engine.needs import bytes_of_weights
    from kerasgrid.engine.program import Program

    room_here().check(bytes_of_weights(params, data.input_shape, data.n_outputs))
    program = Program(params, data, seed, compiled)
    spent_on_building(program.seconds)
    return program


def _hooks(
    course: Course, brought: Brought, data: ResidentData, training: Training, program: Program, *, is_table: bool
) -> list[CallbacksHook]:
    from kerasgrid.engine.callbacks import CallbacksHook
    from kerasgrid.engine.final import plain_model

    params, columns = brought.params, data.dataset.columns if is_table else None

    def shown() -> tuple[keras.Model, keras.Model]:
        core = plain_model(params, data, program.initial_weights(training), brought.compiled)
        return core, _whole(core, params, _shapes(data), _front(data), columns, brought.compiled)

    steps = -(-len(training.train) // min(int(params["batch_size"]), len(training.train)))
    told = {"epochs": course.first + int(params["epochs"]), "steps": steps, "verbose": 0}
    return [CallbacksHook(course.callbacks, shown, course.first, told)]


def predict(
    params: Mapping[str, Any],
    shapes: Shapes,
    weights: Sequence[np.ndarray],
    X: np.ndarray,
    builder: FittedBuilder | None = None,
    front: FittedFront = AS_IT_IS,
    compiled: Compiled | None = None,
) -> np.ndarray:
    """Return the outputs of the model of these weights in their own unit, float32, shape (samples, n_outputs).

    Raises:
        ParameterError: if the model must be built anew, and its builder has changed.
    """
    with _as_guest():
        from kerasgrid.engine.predictor import Predictor
        from kerasgrid.engine.prepared import encode
        from kerasgrid.models.factory import build_model

        def new() -> Predictor:
            if builder is not None:
                builder.make_known()
            layout = shapes.layout
            model = build_model(params, shapes.input_shape, shapes.n_outputs, shapes.task, seed=0, layout=layout)
            return Predictor(model, shapes.input_shape)

        if (encoding := _encoding(front)) is not None:
            X = encode(X, encoding)
        key = _key(params, shapes, compiled)
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
    compiled: Compiled | None = None,
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
        compiled: What was said of the training beside the parameters.

    Raises:
        ParameterError: if its builder has changed.
    """
    with _as_guest():
        from kerasgrid.engine.final import plain_model

        if builder is not None:
            builder.make_known()
        return _whole(plain_model(params, shapes, weights, compiled), params, shapes, front, columns, compiled)


def _whole(
    core: keras.Model,
    params: Mapping[str, Any],
    shapes: Shapes,
    front: FittedFront,
    columns: Columns | None,
    compiled: Compiled | None,
) -> keras.Model:
    """Return the compiled model that takes samples as they were given, on top of this core or the core itself."""
    from kerasgrid.engine.final import whole_model

    scaled = _encoding(front)
    # Encoding keeps the shape of images; a row may become longer than it was given.
    shape = shapes.input_shape
    if scaled is not None and len(shape) == 1:
        shape = (len(scaled.layout.columns),)
    kept: dict[str, Any] = {"columns": columns, "front": scaled, "targets": front.targets}
    return whole_model(core, params, shapes.task, shape, **kept, compiled=compiled)


@contextmanager
def _as_guest() -> Iterator[None]:
    with at_work_as_guest(), as_estimator_errors():
        yield


def _key(params: Mapping[str, Any], shapes: Shapes, compiled: Compiled | None = None) -> Hashable:
    from kerasgrid.engine.resident import shapes_key

    parts = tuple((name, frozen(value)) for name, value in structure(dict(params)))
    return parts, shapes_key(shapes), compiled_key(compiled) if compiled else ()


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
