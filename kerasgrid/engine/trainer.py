"""A trainer: the data set and its folds, resident in a process, with the programs that it has built."""

from __future__ import annotations

import time
import traceback
from collections import deque
from collections.abc import Callable, Hashable, Iterator, MutableMapping, Sequence
from pathlib import Path

import numpy as np

from kerasgrid.axes.candidate import Candidate, Resolved
from kerasgrid.axes.names import is_own
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold
from kerasgrid.engine.devices import is_out_of_memory, is_unrepeatable, out_of_memory
from kerasgrid.engine.ensemble import joined
from kerasgrid.engine.explanation import explained
from kerasgrid.engine.final import refit
from kerasgrid.engine.kept import as_bytes, longest_state
from kerasgrid.engine.needs import bytes_of_weights, check_room
from kerasgrid.engine.prepared import PreparedData
from kerasgrid.engine.program import Program
from kerasgrid.engine.resident import ResidentData, shapes_key
from kerasgrid.engine.stopping import parts_of
from kerasgrid.engine.training import Outcome, Seeds, State, Training
from kerasgrid.errors import KerasgridError
from kerasgrid.fits.batches import BatchSizes
from kerasgrid.fits.explaining import Explained, Explaining
from kerasgrid.fits.fit import FinalResult, Fit, FitResult, Stint
from kerasgrid.fits.fold_models import leave
from kerasgrid.fits.joining import Joined, Joining
from kerasgrid.fits.prefixes import Shared, epochs_of
from kerasgrid.fits.room import NeedsAllError, Room
from kerasgrid.fits.states import States
from kerasgrid.fits.stopping import refits_by_median
from kerasgrid.models.named import make_known


class Trainer:
    """Trains the fits of one data set in this process, whose TensorFlow is set up.

    Args:
        dataset: The data set.
        folds: Its folds, repeat by repeat; a fit's ``fold`` counts in those of its ``repeat``.
        n_repeats: Of how many repeats the folds are; it divides their number.
        metrics: What the test set is scored by, besides the metrics of the task.
        shared: Programs that trainers of other data sets use, too, but for models of the user's own; None for none.
        room: Returns how much memory a fit may take now.
    """

    def __init__(
        self,
        dataset: Dataset,
        folds: Sequence[Fold],
        n_repeats: int,
        metrics: Sequence[str] = (),
        shared: MutableMapping[Hashable, Program] | None = None,
        room: Callable[[], Room] = Room,
    ) -> None:
        self._data = PreparedData(dataset)
        self._task = dataset.task
        self._folds = folds
        self._metrics = tuple(metrics)
        self._n_folds = len(folds) // n_repeats
        self._programs: dict[Hashable, Program] = {}
        self._shared = shared
        self._room = room

    def train(
        self,
        fits: Shared,
        sizes: BatchSizes | None = None,
        states: States | None = None,
        leaves: Path | None = None,
    ) -> Iterator[tuple[FitResult, float]]:
        """Train fits that are one training, and yield the result of each as soon as its last epoch is reached.

        Whatever goes wrong becomes the result of those that were not reached.

        Args:
            fits: What :func:`kerasgrid.fits.prefixes.shared` found to be one training.
            sizes: The batch sizes that its epochs are compiled for; None to trace them for any.
            states: Where it goes on, and where its last state is kept; None to begin and keep nothing.
            leaves: Where the weights go that it ends with, if it ends well; None for nowhere.

        Raises:
            NeedsAllError: There is no memory beside others for those that are left.

        Yields:
            The result and, with the last, the seconds that were spent on building a program for them; 0 before.
        """
        began = time.time()
        for result, build_seconds in self._train(fits, sizes, states, leaves):
            yield result.trained(Stint(began, time.time())), build_seconds
            began = time.time()

    def _train(
        self, fits: Shared, sizes: BatchSizes | None, states: States | None, leaves: Path | None
    ) -> Iterator[tuple[FitResult, float]]:
        left, built = deque(fits), 0.0
        try:
            longest, ends = fits[-1], [epochs_of(fit, self._task) for fit in fits]
            resolved, seeds = (
                longest.candidate.resolved(self._task),
                Seeds.of(longest.seed, longest.fold, longest.repeat),
            )
            number = longest.repeat * self._n_folds + longest.fold
            fold = self._folds[number]
            data = self._data.for_fit(resolved.params, fold.train, number)
            program, built = self._program(resolved, seeds, data, self._room())
            train, watched = parts_of(resolved.params, self._data.dataset, fold.train, seeds)
            of_fit = {name: getattr(longest, name) for name in ("curve_every", "metrics", "curve_metrics")}
            of_fit |= {"compiled_for": sizes, "watched": watched}
            of_fit["keeps_state"] = states is not None and states.keeps(longest)
            of_fit["goes_on"] = None if states is None else longest_state(states, ends[0])
            training = Training(resolved.params, train, fold.held_out, seeds, **of_fit)
            check_room(program, training.batch_size, self._room)
            for outcome in program.read_off(training, data, ends):
                result = _result(left.popleft(), outcome, program.n_parameters)
                if states is not None and not left:
                    _keep(states, result, outcome.state)
                if leaves is not None and not left and result.status == "ok":
                    leave(leaves, lambda: as_bytes(State(program.weights, {})))
                yield result, 0.0 if left else built + outcome.build_seconds
        except NeedsAllError:
            raise
        except Exception as error:
            if is_out_of_memory(error) and self._room().is_shared:
                raise NeedsAllError from error
            reason = _reason(error)
            while left:
                yield FitResult(left.popleft(), "failed", error=reason), 0.0 if left else built

    def refit(
        self,
        candidate: Candidate,
        seed: int,
        path: Path,
        sizes: BatchSizes | None = None,
        epochs: int | None = None,
    ) -> tuple[FinalResult, float]:
        """Train a candidate on all training data, write its model to ``path`` and evaluate it on the test set.

        Args:
            candidate: The candidate.
            seed: Seed of the run.
            path: Where to write the model.
            sizes: As for :meth:`train`.
            epochs: After how many epochs it ends; None for all of them.

        Returns:
            The result, and the seconds that were spent on building a program for it.
        """
        built = 0.0
        try:
            resolved, seeds = candidate.resolved(self._task), Seeds.of(seed, fold=-1, repeat=0)
            everything = np.arange(len(self._data.dataset.x_train), dtype=np.int32)
            data = self._data.for_fit(resolved.params, everything, "everything")
            # The others have nothing to do any more.
            program, built = self._program(resolved, seeds, data, Room(None, self._room().alone))
            parts = everything, everything[:0]
            if not refits_by_median(resolved.params):
                parts = parts_of(resolved.params, self._data.dataset, everything, seeds)
            training = Training(
                resolved.params,
                parts[0],
                everything[:0],
                seeds,
                metrics=self._metrics,
                compiled_for=sizes,
                watched=parts[1],
                stop_after=epochs,
            )
            return refit(program, training, data, path), built
        except Exception as error:  # noqa: BLE001 - as above
            return FinalResult("failed", error=_reason(error)), built

    def join(self, joining: Joining) -> Joined:
        """Choose an ensemble and, if it pays, write it and evaluate it on the test set."""
        try:
            return joined(joining, self._data, self._folds[: self._n_folds], self._metrics)
        except Exception as error:  # noqa: BLE001 - the winner alone serves, too
            return Joined(error=_reason(error))

    def explain(self, explaining: Explaining) -> Explained:
        """Look closer at a trial by what its fits have left."""
        try:
            return explained(explaining, self._data, self._folds[: self._n_folds])
        except Exception as error:  # noqa: BLE001 - the run is as good without
            return Explained(error=_reason(error))

    def _program(self, resolved: Resolved, seeds: Seeds, data: ResidentData, room: Room) -> tuple[Program, float]:
        """Return the program of these hyperparameters, and the seconds that building it took; 0 if it was there."""
        params, key = resolved.params, (resolved.structure, shapes_key(data))
        programs: MutableMapping[Hashable, Program] = self._programs
        if is_own(params["model"]):
            make_known(str(params["model"]))
        elif self._shared is not None:
            programs = self._shared
        if key in programs:
            return programs[key], 0.0
        room.check(bytes_of_weights(params, data.input_shape, data.n_outputs))
        programs[key] = Program(params, data, seeds.weights)
        return programs[key], programs[key].seconds


def _keep(states: States, result: FitResult, state: State | None) -> None:
    if state is not None:
        states.keep(result.n_epochs, as_bytes(state))
    elif not states.keeps(result.fit):
        states.discard(result.n_epochs)


def _result(fit: Fit, outcome: Outcome, n_parameters: int) -> FitResult:
    named = {name: getattr(outcome, name) for name in ("curve", "seconds", "steps", "best_epoch", "restored")}
    return FitResult(fit, outcome.status, n_parameters=n_parameters, **named)


def _reason(error: Exception) -> str:
    """Return one line that says what went wrong, and leave the traceback on standard error."""
    traceback.print_exception(error)
    error = out_of_memory(error) if is_out_of_memory(error) else error
    text = " ".join(str(error).split())
    if isinstance(error, KerasgridError):
        return text
    hint = " (--device cpu trains it)" if is_unrepeatable(error) else ""
    return f"{type(error).__name__}: {text[:300]}{hint}"
