"""The way into scikit-learn's searches: a joblib backend that hands their tasks to us.

scikit-learn's ``fit`` makes every call of ``_fit_and_score`` through ``joblib.Parallel``, and joblib lets anyone say
what runs such calls (dask, ray and Spark do). So nothing of scikit-learn is copied or replaced: candidates, splits,
scorers, results and the refit are its own code, of whatever version is installed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from joblib import ParallelBackendBase, parallel_config

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]

Evaluate = Callable[[Sequence[Call]], Generator[tuple[int, Any], None, None]]
"""Takes calls and yields the index and the value of each, in whatever order they end."""


@dataclass(eq=False, slots=True)
class _Job:
    calls: list[Call]
    callback: Callable[[Any], None] | None
    values: dict[int, Any] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        return len(self.values) == len(self.calls)


class SearchBackend(ParallelBackendBase):  # type: ignore[misc]
    """Collects the calls of the next ``joblib.Parallel`` of this thread, and has them evaluated all together.

    Used as a context manager. Only the first ``Parallel`` that is made in it takes this backend, which is the
    search's own: what the splitter, the scorers or the refit run in parallel is not ours.

    Args:
        evaluate: Evaluates calls. It runs in the thread that waits for the results, so that Ctrl-C ends it.
    """

    # Results are fetched in the waiting thread, one after the other.
    supports_retrieve_callback = False
    supports_timeout = False
    supports_return_generator = False

    def __init__(self, evaluate: Evaluate) -> None:
        super().__init__(nesting_level=0)
        self._evaluate = evaluate
        self._waiting: list[_Job] = []
        self._under_way: list[tuple[_Job, int]] = []
        self._answers: Generator[tuple[int, Any], None, None] | None = None
        self._config: Any = None

    def __enter__(self) -> SearchBackend:
        # What the caller prefers for other things, as shared memory, would set us aside.
        self._config = parallel_config(backend=self, prefer=None, require=None)
        return self

    def __exit__(self, *exception: object) -> None:
        self._step_back()
        self.terminate()

    def _step_back(self) -> None:
        if self._config is not None:
            self._config.unregister()
            self._config = None

    def effective_n_jobs(self, n_jobs: int | None) -> int:
        """Return 2: with 1, joblib would make the calls itself."""
        if n_jobs == 0:
            raise ValueError("n_jobs == 0 has no meaning")
        return 2

    def configure(self, n_jobs: int = 1, parallel: Any = None, **kwargs: Any) -> int:
        """Get to know the ``Parallel`` that this is the backend of."""
        self._step_back()
        # Calls are small, since the data does not travel with them; all of them are wanted, to group them by program.
        parallel.pre_dispatch = "all"
        return int(super().configure(n_jobs=n_jobs, parallel=parallel))

    def submit(self, func: Any, callback: Callable[[Any], None] | None = None) -> _Job:
        """Take a batch of calls."""
        job = _Job(list(func.items), callback)
        self._waiting.append(job)
        return job

    apply_async = submit  # its name before joblib 1.5

    def retrieve_result(self, out: _Job, timeout: float | None = None) -> list[Any]:
        """Return the values of a batch, once they are there; meanwhile, have everything evaluated that waits."""
        while not out.is_done:
            if self._answers is None:
                self._under_way = [(job, index) for job in self._waiting for index in range(len(job.calls))]
                self._waiting = []
                self._answers = self._evaluate([job.calls[index] for job, index in self._under_way])
            try:
                number, value = next(self._answers)
            except StopIteration:
                self._answers = None
                assert self._waiting, "a call was not answered"
                continue
            job, index = self._under_way[number]
            job.values[index] = value
            if job.is_done and job.callback is not None:
                job.callback(None)
        return [out.values[index] for index in range(len(out.calls))]

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """Stop what is being evaluated, and forget the rest."""
        self.terminate()

    def terminate(self) -> None:
        """Let go of whatever evaluates."""
        self._waiting, self._under_way = [], []
        if self._answers is not None:
            self._answers.close()
            self._answers = None
