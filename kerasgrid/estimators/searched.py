"""The search of an estimator that searches its own network: from a data set to a run and a model."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import current_process
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from kerasgrid.data.dataset import Dataset
from kerasgrid.engine.keras_setup import at_work_as_guest
from kerasgrid.errors import FitError, ParameterError, RunError
from kerasgrid.estimators.parameters import seed_of

if TYPE_CHECKING:
    import keras

    from kerasgrid.fits.fitter import Fitter
    from kerasgrid.insight.ranking import Trial
    from kerasgrid.run.limits import Limits
    from kerasgrid.run.run import Run

_DOCUMENT: Mapping[str, Any] = {"path": "X.npz"}
"""The data, as a space file's ``dataset``: of a name that no data of :func:`kerasgrid.auto` has."""


class Asks(Protocol):
    """The parameters of an estimator; see :class:`kerasgrid.AutoClassifier`."""

    minutes: Any
    max_trials: Any
    metric: Any
    ensemble: Any
    n_jobs: Any
    random_state: Any
    run_dir: Any
    verbose: Any


@dataclass(frozen=True, eq=False)
class Searched:
    """What came of a search.

    Attributes:
        run: The run; without a folder if that is gone.
        best: Its best trial.
        params: That one's hyperparameters, resolved.
        model: The file of its model.
    """

    run: Run
    best: Trial
    params: Mapping[str, Any]
    model: bytes


def searched(asked: Asks, dataset: Dataset) -> Searched:
    """Search a network for a data set, and train it on all of it.

    Raises:
        ParameterError: if a parameter is wrong.
        SpaceError: if the metric does not suit the data.
        DataError: if the samples cannot be split.
        FitError: if no network could be trained.
        RunError: if this machine cannot train, or the run's folder cannot be used.
        KeyboardInterrupt: if it was interrupted.
    """
    from kerasgrid.api.auto import decide, search_decided
    from kerasgrid.reports.text.progress import progress_for
    from kerasgrid.run.database import MODEL_FILE

    limits, n_jobs = _limits(asked), _n_jobs(asked)
    seed = None if asked.random_state is None and asked.run_dir is not None else seed_of(asked.random_state)
    with _folder(asked.run_dir) as folder:
        fitter, how = _trainers(n_jobs)
        options: dict[str, Any] = {"minutes": asked.minutes, "max_trials": asked.max_trials, "metric": asked.metric}
        options["ensemble"] = bool(asked.ensemble)
        found = decide(_DOCUMENT, folder, fitter, data=dataset, seed=seed, has_test_set=False, **options)
        is_kept = asked.run_dir is not None
        if not is_kept:  # nobody will read of it
            found = replace(found, space=found.space.changed(explain=False))
        watcher = progress_for(asked.verbose)
        outcome = search_decided(found, folder, fitter, watcher, limits, publishes=is_kept, **how)
        if outcome.end == "interrupted":
            raise KeyboardInterrupt
        run = outcome.run
        if run.best is None or run.final is None or run.final.status != "ok":
            raise _failure(run)
        model = (folder / MODEL_FILE).read_bytes()
    params = dict(run.best.candidate.resolved(run.task).params)
    run = run if is_kept else replace(run, folder=None)
    assert run.best is not None
    return Searched(run, run.best, params, model)


def loaded(model: bytes) -> keras.Model:
    """Return the model of a file's content."""
    with at_work_as_guest(), tempfile.TemporaryDirectory(prefix="kerasgrid-") as folder:
        from kerasgrid.engine.saved import load
        from kerasgrid.run.database import MODEL_FILE

        path = Path(folder) / MODEL_FILE
        path.write_bytes(model)
        return load(path)


def _limits(asked: Asks) -> Limits:
    from kerasgrid.api.auto import limits_for

    try:
        return limits_for(asked.minutes, asked.max_trials)
    except RunError as error:
        raise ParameterError(error.rule, where=error.where, got=error.got) from None


def _n_jobs(asked: Asks) -> int | None:
    n_jobs = asked.n_jobs
    if n_jobs is None or (isinstance(n_jobs, int) and not isinstance(n_jobs, bool) and n_jobs != 0):
        return n_jobs
    raise ParameterError("must be a whole number other than 0, or None", where="n_jobs", got=repr(n_jobs)[:80])


def _trainers(n_jobs: int | None) -> tuple[Fitter, dict[str, Any]]:
    """Return who trains networks, and arguments that say who trains baselines."""
    # Processes of a search are daemons, which may start none.
    if n_jobs == 1 or current_process().daemon:
        from kerasgrid.workers.here import HereFitter, baselines_here

        return HereFitter(), {"baselines": baselines_here}
    from kerasgrid.workers.fitters import FITTERS
    from kerasgrid.workers.processes import n_workers_of

    return FITTERS["local"].make(n_workers_of(n_jobs)), {}


@contextmanager
def _folder(run_dir: str | os.PathLike[str] | None) -> Iterator[Path]:
    if run_dir is not None:
        yield Path(run_dir)
        return
    with tempfile.TemporaryDirectory(prefix="kerasgrid-") as folder:
        yield Path(folder) / "run"


def _failure(run: Run) -> FitError:
    errors = [result.error for result in run.results if result.error is not None]
    if run.final is not None and run.final.error is not None:
        errors.insert(0, run.final.error)
    if errors:
        return FitError("no network could be trained", where="fit", got=errors[0])
    if run.results:
        rule = "no network learnt anything: the loss became infinite, or no score could be computed"
        return FitError(rule, where="fit", hint="more samples may help, or another metric")
    return FitError("there was no time to train a network", where="minutes", hint="give it more")
