"""A program: the compiled training and evaluation functions shared by all fits of equal structure."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasgrid.axes.losses import output_width
from kerasgrid.axes.names import is_own
from kerasgrid.engine.augmentation import augmentation_of
from kerasgrid.engine.control import FitControl
from kerasgrid.engine.course import Course, Gauges
from kerasgrid.engine.epochs import Epochs, Steps
from kerasgrid.engine.held_out import HeldOutOutputs
from kerasgrid.engine.hooks import Hook
from kerasgrid.engine.keras_losses import TargetForm
from kerasgrid.engine.keras_metrics import KerasMetrics
from kerasgrid.engine.measures import Measures
from kerasgrid.engine.needs import bytes_of_training
from kerasgrid.engine.noting import Noting
from kerasgrid.engine.objective import Objective, masked
from kerasgrid.engine.one_output import OneOutput
from kerasgrid.engine.optimizers import Updater
from kerasgrid.engine.predictor import Predictor
from kerasgrid.engine.quick_layers import quicken
from kerasgrid.engine.resident import ResidentData, Shapes, signature
from kerasgrid.engine.state import other_state, seed_states, seed_values
from kerasgrid.engine.steps import StepLosses
from kerasgrid.engine.stopping import hooks_of
from kerasgrid.engine.target_unit import TargetUnit
from kerasgrid.engine.training import Outcome, State, Training
from kerasgrid.engine.twin import number, trainable_twin
from kerasgrid.models.compiled import Compiled
from kerasgrid.models.factory import build_model
from kerasgrid.models.own import seeded, width_of
from kerasgrid.models.parts import PENALTIES, RATES

_KEPT_WEIGHTS = 8
"""Sets of initial weights remembered; a set is shared by all fits of equal seeds."""


class Program:
    """Trains fits of one structure on data of one shape.

    Its first fit costs about a second of tracing, or the first of some batch sizes more of compiling; the others only
    reset weights and optimizer state and assign their numbers to variables. The data is an argument of its graph, so a
    program serves every data set of its shapes. From the same initial weights and batch order, the weights after
    training equal those of ``keras.Model.fit`` within float tolerance, the last partial batch included; only dropout
    draws other masks.

    Args:
        params: Resolved hyperparameters of any fit of this structure.
        shapes: The shapes of the data; a :class:`~kerasgrid.engine.resident.ResidentData` serves, and is not kept.
        first_seed: Seed of the first fit's initial weights, if it is known: building draws them.
        compiled: What a compiled model or an estimator says of the training beside the parameters.

    Attributes:
        n_parameters: Number of the model's weights, trainable or not.
        seconds: Wall time that building the model took; its graphs are made by the fits that need them.
        predictor: Computes the outputs of the model, for any weights.
    """

    def __init__(
        self, params: Mapping[str, Any], shapes: Shapes, first_seed: int = 0, compiled: Compiled | None = None
    ) -> None:
        started = time.perf_counter()
        self._build = partial(
            _build,
            input_shape=shapes.input_shape,
            n_outputs=shapes.n_outputs,
            task=shapes.task,
            layout=shapes.layout,
            samples=shapes.samples,
        )
        self._has_bytes = shapes.has_bytes
        self._measures = Measures(shapes.n_outputs, shapes.task)
        self._numbers = {name: number() for name in (*RATES, *PENALTIES)}
        self._dropout_key = tf.Variable([0, 0], dtype=tf.int32, trainable=False)
        plain = self._build(params, first_seed)
        # A model of the user's own is trained as it is: its rates and penalties are not ours to take out.
        self._is_plain = is_own(params["model"])
        self._model = plain if self._is_plain else trainable_twin(plain, self._numbers, self._dropout_key)
        quicken(self._model)
        self.n_parameters = int(plain.count_params())
        self._seed_states = seed_states(self._model)
        self._state = [*self._model.weights, *(other_state(self._model) if self._is_plain else ())]
        # Nothing has a gradient but these.
        self._trained = [one for one in self._model.trainable_variables if tf.as_dtype(one.dtype).is_floating]
        compiled = compiled or Compiled()
        self._updater = Updater(params, self._trained, compiled.optimizer)
        width = width_of(plain) if self._is_plain else output_width(params, shapes.task, shapes.n_outputs)
        form = TargetForm(shapes.task, shapes.n_outputs, width, compiled.one_hot)
        self._objective = Objective(params, shapes, self._model, self._numbers, compiled, form)
        self._classes = OneOutput.of(form, from_logits=compiled.from_logits)
        self._more_metrics = KerasMetrics(compiled.metrics, form, self._measures.names)
        self._augment = augmentation_of(params)
        self._target_unit = TargetUnit(shapes.n_outputs) if shapes.has_scaled_targets else None
        self.predictor = Predictor(self._model, shapes.input_shape)
        self._initial: dict[tuple[int, float | None], list[np.ndarray]]
        self._initial = {(first_seed, params["init_stddev"]): self._state_of(plain)}
        self._data_signature = signature(shapes)
        self._epochs = self._make_epochs(None, None)
        self._noting = Noting(width, self._make_epochs, self._epochs)
        self._gauges = Gauges(self._measures, self._more_metrics, self._noting)
        self.seconds = time.perf_counter() - started

    def run(
        self, training: Training, data: ResidentData, *, keep_weights: bool = False, hooks: Sequence[Hook] = ()
    ) -> Outcome:
        """Train one fit.

        Args:
            training: What the fit brings; it is of this program's structure.
            data: The data set that its indices count in, of this program's shapes.
            keep_weights: Whether the outcome carries the final weights.
            hooks: Are told of each epoch, in this order, after those that its hyperparameters ask for.
        """
        (outcome,) = self.read_off(training, data, [training.n_epochs], hooks)
        if keep_weights:
            outcome.weights, outcome.optimizer = self.weights, self._updater.state
        return outcome

    def read_off(
        self, training: Training, data: ResidentData, ends: Sequence[int], hooks: Sequence[Hook] = ()
    ) -> Iterator[Outcome]:
        """Train one fit, and yield what it would be, bit for bit, if it ended after each of these numbers of epochs.

        Reading leaves no trace in what follows. A program that waits to be asked for the next outcome can train nothing
        else.

        Args:
            training: What the longest of these fits brings.
            data: As for :meth:`run`.
            ends: Numbers of epochs, the least first; the last is that of the training.
            hooks: As for :meth:`run`.
        """
        epochs, build_seconds = self.make_ready(training, data)
        seconds, since = 0.0, time.perf_counter()
        self._reset(training, data)
        measured = partial(self._gauges.of_samples, self._epochs, data)
        control = FitControl(self._model, self._updater, training.n_epochs, measured)
        all_hooks = [*hooks_of(training.params, training.watched), *hooks]
        course = Course(training, data, epochs, self._gauges, control, all_hooks)
        if training.goes_on is not None and self._takes(training.goes_on):
            self._set(course.take(training.goes_on))
            seconds = course.seconds
        for place, end in enumerate(ends, start=1):
            if place == 1 or not course.is_over:
                course.go_on(end)
                is_last = course.is_over or place == len(ends)
                course.seconds = seconds + time.perf_counter() - since
                state = course.state(self._values()) if is_last and training.keeps_state else None
                outcome = course.read(None if is_last else self._keep)
                if is_last:
                    self._updater.take_averages()
            seconds += time.perf_counter() - since
            yield replace(outcome, seconds=seconds, build_seconds=build_seconds, state=state)
            since = time.perf_counter()

    def n_bytes(self, batch_size: int) -> int:
        """Return about how many bytes training takes in batches of this size."""
        return bytes_of_training(self._model, self._updater.variables, batch_size)

    @property
    def weights(self) -> list[np.ndarray]:
        """The model's weights as they are, in Keras's order."""
        return [*self._model.get_weights()]

    @property
    def _changing(self) -> list[Any]:
        """Every variable that a step changes."""
        return [*self._state, *self._seed_states, *self._updater.variables, self._dropout_key]

    def _takes(self, state: State) -> bool:
        """Whether a state is one of this program: who knows what has become of a user's own builder since?"""
        shapes = [tuple(variable.shape) for variable in self._changing]
        return [array.shape for array in state.arrays[: state.told["n_values"]]] == shapes

    def _values(self) -> list[np.ndarray]:
        return [np.array(variable.numpy()) for variable in self._changing]

    def _set(self, values: Sequence[np.ndarray]) -> None:
        for variable, value in zip(self._changing, values, strict=True):
            variable.assign(value)

    def _keep(self) -> Callable[[], None]:
        """Note all that a step changes, and return what sets it back."""
        return partial(self._set, self._values())

    def make_ready(self, training: Training, data: ResidentData) -> tuple[Epochs, float]:
        """Return what a fit is trained by, and the seconds that making it took; 0 if it was there."""
        epochs = self._noting.epochs_for(training, data)
        self._objective.reset(training.params, data, training.train)
        # A layer that draws by Python's own random numbers does so when it is traced: in each process the same.
        with seeded(0 if self._is_plain else None):
            return epochs, epochs.make_ready(data, training.compiled_for)

    def initial_weights(self, training: Training) -> list[np.ndarray]:
        """Return the weights that a fit begins with."""
        return self._begin(training)[: len(self._model.weights)]

    def _begin(self, training: Training) -> list[np.ndarray]:
        """Return what a fit begins with: the model's weights, and what it holds beside them."""
        if training.start is None:
            return self._initial_state(training)
        n = len(training.start.weights)
        others = self._initial_state(training)[n:] if len(self._state) > n else []
        return [*training.start.weights, *others]

    def _reset(self, training: Training, data: ResidentData) -> None:
        self.predictor.forget()
        for variable, value in zip(self._state, self._begin(training), strict=True):
            variable.assign(value)
        self._updater.reset(training.params, training.n_steps, training.n_before)
        if training.start is not None and training.start.optimizer is not None:
            self._updater.go_on(training.start.optimizer)
        self._more_metrics.taken()
        for name, variable in self._numbers.items():
            variable.assign(training.params.get(name) or 0.0)
        if self._target_unit is not None and data.scaled is not None:
            self._target_unit.assign(data.scaled)
        self._dropout_key.assign([training.seeds.dropout, 0])
        for state, start in zip(
            self._seed_states, seed_values(training.seeds.dropout, len(self._seed_states)), strict=True
        ):
            state.assign(start)

    def _state_of(self, plain: keras.Model) -> list[np.ndarray]:
        """Return what a new model's weights are, and what it holds beside them."""
        others = other_state(plain) if self._is_plain else []
        return [*plain.get_weights(), *(variable.numpy() for variable in others)]

    def _initial_state(self, training: Training) -> list[np.ndarray]:
        key = (training.seeds.weights, training.params["init_stddev"])
        if key not in self._initial:
            if len(self._initial) >= _KEPT_WEIGHTS:
                self._initial.pop(next(iter(self._initial)))
            self._initial[key] = self._state_of(self._build(training.params, training.seeds.weights))
        return self._initial[key]

    def _make_epochs(self, step_losses: StepLosses | None, held_out: HeldOutOutputs | None) -> Epochs:
        train, evaluate = partial(self._train_step, step_losses), partial(self._held_out_step, held_out)
        steps = Steps(train, evaluate, self._measures.width)
        return Epochs(steps, self._data_signature)

    def _train_step(
        self, step_losses: StepLosses | None, all_inputs: tf.Tensor, all_targets: tf.Tensor, index: tf.Tensor
    ) -> tf.Tensor:
        inputs, targets = self._batch(all_inputs, index), tf.gather(all_targets, index)
        if self._augment is not None:
            inputs = self._augment(inputs, self._dropout_key)
        variables = [variable.value for variable in self._trained]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(variables)
            made = self._model(inputs, training=True)
            outputs = tf.cast(made, tf.float32)
            losses = self._objective.sample_loss(targets, outputs)
            lowered = self._objective.lowered(losses, targets, outputs, index)
            objective = self._objective.of(masked(lowered, made))
        self._updater.apply(tape.gradient(objective, variables))
        if step_losses is not None:
            step_losses.add(losses)
        self._dropout_key.assign_add([0, 1])
        self._more_metrics.update(targets, outputs, held_out=False)
        return self._sums(targets, outputs, losses)

    def _held_out_step(
        self, held_out: HeldOutOutputs | None, all_inputs: tf.Tensor, all_targets: tf.Tensor, index: tf.Tensor
    ) -> tf.Tensor:
        inputs, targets = self._batch(all_inputs, index), tf.gather(all_targets, index)
        # What is scored is what the fit would end with.
        with self._updater.averaged():
            outputs = tf.cast(self._model(inputs, training=False), tf.float32)
        if held_out is not None:
            held_out.add(outputs)
        losses = self._objective.sample_loss(targets, outputs)
        self._more_metrics.update(targets, outputs, held_out=True)
        return self._sums(targets, outputs, losses)

    def _batch(self, all_inputs: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
        inputs = tf.gather(all_inputs, index)
        return tf.cast(inputs, tf.float32) * (1 / 255) if self._has_bytes else inputs

    def _sums(self, targets: tf.Tensor, outputs: tf.Tensor, losses: tf.Tensor) -> tf.Tensor:
        if self._target_unit is not None:
            targets, outputs = self._target_unit.of(targets), self._target_unit.of(outputs)
        if self._classes is not None:
            outputs = self._classes.of_batch(outputs)
        return self._measures.sums(targets, outputs, losses)


def _build(params: Mapping[str, Any], seed: int, **shapes: Any) -> keras.Model:
    return build_model(params, seed=seed, **shapes)
