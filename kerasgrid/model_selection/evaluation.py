"""The evaluation of a search's tasks: what the store knows, the rest by workers, with progress."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from multiprocessing import current_process
from typing import TYPE_CHECKING, Any, Self

from sklearn.base import BaseEstimator

from kerasgrid.axes.candidate import Candidate
from kerasgrid.errors import FitError
from kerasgrid.estimators.sharing import Sharing
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.model_selection.backend import Call
from kerasgrid.model_selection.bundles import bundles
from kerasgrid.model_selection.compiling import Compiling
from kerasgrid.model_selection.handler import with_time_before
from kerasgrid.model_selection.keys import Keys
from kerasgrid.model_selection.programs import Trained, trained_by
from kerasgrid.model_selection.refit import prepare_refit
from kerasgrid.model_selection.shown import shown_params
from kerasgrid.model_selection.task import Outcome, Shelf, Task, shared_parts
from kerasgrid.run.tally import Tally

if TYPE_CHECKING:
    from kerasgrid.run.store import Store
    from kerasgrid.run.watcher import Watcher

_COMPILED = "compiled_kinds"
"""What a run's folder calls the kinds of fits that are compiled."""

Value = dict[str, Any]
"""What scikit-learn's ``_fit_and_score`` returns."""


class Evaluation:
    """Evaluates the calls of one search.

    Args:
        metric: Whose scores progress tells of, where there are several.
        n_workers: Number of worker processes; None for one per core.
        watcher: Is told about every step.
        store: Where results are kept, before they are counted, and looked for first; None to keep none.
        has_callbacks: Whether scikit-learn's callbacks are to be called.
        refits: Whether this process fits the best candidate afterwards.
        client: Of a Dask cluster that evaluates the calls; None for processes of this machine.

    Attributes:
        errors: Why the first fit of a candidate failed, by the candidate's number.
    """

    def __init__(
        self,
        metric: str,
        n_workers: int | None,
        watcher: Watcher,
        store: Store | None,
        *,
        has_callbacks: bool = False,
        refits: bool = False,
        client: Any = None,
    ) -> None:
        self._metric = metric
        self._n_workers = n_workers
        self._watcher = watcher
        self._store = store
        self._has_callbacks = has_callbacks
        self._refits = refits
        self._client = client
        self._before = 0
        self.errors: dict[int, str] = {}

    def run(self, calls: Sequence[Call]) -> Generator[tuple[int, Value], None, None]:
        """Yield the index and the value of each call.

        Raises:
            Exception: what a fit raised, with ``error_score="raise"``.
        """
        trained = self._tasks(calls)
        tasks = list(trained)
        keys: dict[Task, str] = {}
        known: dict[str, Value] = {}
        if self._store is not None:
            maker = Keys()
            keys = {task: maker.key(task.args, task.kwargs) for task in tasks}
            known = self._store.evaluations(keys.values())
        tally = Tally(len(tasks), _n_splits(tasks), self._metric)
        found = [task for task in tasks if keys.get(task) in known]
        self._decide(trained, found)
        for task in found:
            tally.add(self._result(task, known[keys[task]]), reused=True)
        self._watcher.started(tally)
        for task in found:
            yield task.number, known[keys[task]]
        missing = {task: trained[task] for task in tasks if keys.get(task) not in known}
        for task, value in self._evaluated(missing):
            result = self._result(task, value)
            if self._store is not None and not _is_in_doubt(value, task.kwargs.get("error_score")):
                self._store.put_evaluation(keys[task], _of_json(value))
            if result.error is not None:
                self.errors.setdefault(self._before + _position(task)[0], result.error)
            tally.add(result)
            self._watcher.fit_done(tally, result)
            yield task.number, value
        self._before += len(tasks) // _n_splits(tasks)

    def _tasks(self, calls: Sequence[Call]) -> dict[Task, Trained]:
        """Return the calls as tasks, with what each trains."""
        shelf = Shelf()
        tasks: dict[Task, Trained] = {}
        of_candidates: dict[int, Trained] = {}
        for number, (function, args, kwargs) in enumerate(calls):
            for part in shared_parts(args, kwargs):
                shelf.add(part)
            if not self._has_callbacks:
                # Each holds the whole search, and nobody asks for it.
                kwargs = {**kwargs, **{name: None for name in ("caller", "callback_ctx") if name in kwargs}}
            # The calls of a candidate share its parameters, and each has a clone of the one estimator.
            parameters = kwargs["parameters"]
            if id(parameters) not in of_candidates:
                of_candidates[id(parameters)] = trained_by(args[0], parameters, kwargs.get("fit_params"))
            trained = of_candidates[id(parameters)]
            tasks[Task(number, function, args, kwargs, shelf, trained.program)] = trained
        return tasks

    def _decide(self, trained: Mapping[Task, Trained], finished: Collection[Task]) -> None:
        """Decide which tasks are compiled, and keep it where results are kept."""
        if current_process().daemon:
            return
        before = () if self._store is None else self._store.meta().get(_COMPILED, ())
        compiling = Compiling(trained, finished, before)
        if self._store is not None and list(before) != list(compiling.keys):
            self._store.set_meta(**{_COMPILED: list(compiling.keys)})
        for task in trained:
            task.compiled_samples = compiling.samples_of(task)

    def _evaluated(self, tasks: Mapping[Task, Trained]) -> Iterator[tuple[Task, Value]]:
        if current_process().daemon:
            # We are a worker ourselves, which may have none: a search within a search.
            for bundle in bundles(tasks):
                sharing = Sharing(len(bundle.tasks))
                for task in bundle.tasks:
                    with sharing.next_call():
                        value = task.function(*task.args, **task.kwargs)
                    yield task, with_time_before(value, sharing.seconds)
        elif tasks:
            from kerasgrid.model_selection.crew import TaskCrew
            from kerasgrid.model_selection.dask import dask_crew

            registry: dict[Any, Any] = {}
            if self._client is None:
                made: Any = TaskCrew([*tasks], self._n_workers)
            else:
                made = dask_crew([*tasks], self._n_workers, self._client)
            with made as crew:
                if self._refits and self._client is None and crew.needs_engine:
                    # Now it costs no time: workers wait for the same in the process that they are forked from.
                    prepare_refit(tasks)
                for bundle, outcome in crew.answers(bundles(tasks)):
                    task = bundle.tasks[0]
                    outcome.show(registry)
                    yield task, _value_of(task, outcome)

    def _result(self, task: Task, value: Value) -> FitResult:
        """Return the value as the result of a fit, for those who watch."""
        number, split = _position(task)
        fit = Fit(Candidate({**shown_params(task.kwargs["parameters"]), "candidate": number}), split)
        seconds = value["fit_time"] + value["score_time"]
        if value.get("fit_error"):
            return FitResult(fit, "failed", seconds=seconds, error=_last_line(value["fit_error"]))
        scores = value["test_scores"]
        if isinstance(scores, Mapping):
            scores = scores.get(self._metric, next(iter(scores.values()), math.nan))
        return FitResult(fit, "ok", {f"val_{self._metric}": [float(scores)]}, seconds)


class _Dead(BaseEstimator):  # type: ignore[misc]
    """Stands for an estimator whose worker died over its fit: scikit-learn then does as for any fit that fails."""

    def __init__(self, words: str = "") -> None:
        self.words = words

    def set_params(self, **params: Any) -> Self:
        """Take no parameters."""
        return self

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Say why."""
        raise FitError(self.words)


def _value_of(task: Task, outcome: Outcome) -> Value:
    if outcome.error is not None:
        raise outcome.error
    if outcome.lost is not None:
        value: Value = task.function(_Dead(outcome.lost), *task.args[1:], **task.kwargs)
        return value
    return dict(outcome.value)


def _position(task: Task) -> tuple[int, int]:
    """Return the numbers of the task's candidate and split."""
    return task.kwargs["candidate_progress"][0], task.kwargs["split_progress"][0]


def _n_splits(tasks: Sequence[Task]) -> int:
    return int(tasks[0].kwargs["split_progress"][1]) if tasks else 1


def _is_in_doubt(value: Value, error_score: Any) -> bool:
    """Return whether a fit or a scorer may have failed: it is tried again next time."""
    scores = value["test_scores"]
    numbers = [float(score) for score in (scores.values() if isinstance(scores, Mapping) else [scores])]
    is_error = [score == error_score or (math.isnan(score) and error_score != error_score) for score in numbers]
    return bool(value.get("fit_error")) or any(is_error)


def _of_json(value: Value) -> Value:
    """Return the value in types of JSON: numbers of numpy as Python's."""
    plain: Callable[[Any], Any] = lambda part: part.item() if hasattr(part, "item") else part  # noqa: E731
    return {
        name: {key: plain(score) for key, score in part.items()} if isinstance(part, Mapping) else plain(part)
        for name, part in value.items()
    }


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return lines[-1] if lines else "unknown"
