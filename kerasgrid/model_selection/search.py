"""scikit-learn's grid and random search, with their fits in kerasgrid's worker processes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import current_process
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import sklearn.model_selection as theirs

from kerasgrid.errors import RunError
from kerasgrid.model_selection.arguments import check_fit_params, check_groups
from kerasgrid.model_selection.backend import SearchBackend
from kerasgrid.model_selection.crew import get_ready
from kerasgrid.model_selection.dask import active_client
from kerasgrid.model_selection.evaluation import Evaluation
from kerasgrid.model_selection.keys import Keys
from kerasgrid.model_selection.results import best_params, report, to_frame
from kerasgrid.model_selection.shown import shown_value
from kerasgrid.model_selection.stratified import stratified
from kerasgrid.model_selection.trials import chosen_trials
from kerasgrid.reports.text.progress import progress_for
from kerasgrid.workers.folders import remove_left_folders
from kerasgrid.workers.processes import n_workers_of

if TYPE_CHECKING:
    from kerasgrid.run.store import Store

_META = "search"


class _ByWorkers:
    """``fit`` of a search of scikit-learn's, with its fits in worker processes."""

    estimator: Any
    cv: Any
    scoring: Any
    refit: Any
    n_jobs: int | None
    verbose: int
    run_dir: str | os.PathLike[str] | None

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Evaluate all candidates on all splits, and refit the best.

        Args:
            X: Samples, (n_samples, …): anything that the estimator takes.
            y: Labels or targets, (n_samples,) or (n_samples, n_outputs); None for estimators that need none.
            **params: As scikit-learn's: ``groups`` for the splitter, everything else for the estimator's ``fit``, cut
                to the split where it has one value a sample; by routing, if that is switched on.

        Returns:
            The search itself, fitted.

        Raises:
            ParameterError: if groups are given to a splitter that ignores them, or a fit parameter is one that the
                estimator does not take.
            RunError: if something cannot be sent to a worker process, or the run's folder cannot be used.
            ValueError: as scikit-learn's, for example if all fits failed.
        """
        self._validate_params()  # type: ignore[attr-defined]
        check_groups(self, y, params)
        check_fit_params(self.estimator, params)
        client = active_client()
        # Of a cluster's threads, whatever is below 0 means all.
        workers = n_workers_of(self.n_jobs) if client is None or (self.n_jobs or -1) > 0 else None
        self.__dict__.pop("_facts", None)
        facts: dict[str, Any] = {"created": datetime.now(UTC).isoformat(timespec="seconds")}
        started = time.monotonic()
        metric = (
            self.refit if isinstance(self.refit, str) else self.scoring if isinstance(self.scoring, str) else "score"
        )
        watcher = progress_for(self.verbose)
        with _opened(self.run_dir) as store:
            if store is not None:
                store.set_meta(**{_META: type(self).__name__})
            elif client is None and not current_process().daemon:
                # A folder may hold all fits that are asked for.
                get_ready(self.estimator)
            callbacks = bool(getattr(self, "_skl_callbacks", None))
            refits = self.refit is not False
            how: dict[str, Any] = {"has_callbacks": callbacks, "refits": refits, "client": client}
            evaluation = Evaluation(metric, workers, watcher, store, **how)
            try:
                with SearchBackend(evaluation.run), stratified(self, y):
                    super().fit(X, y, **params)  # type: ignore[misc]
            finally:
                watcher.stop()
        facts |= {"elapsed": time.monotonic() - started, "errors": evaluation.errors}
        facts["dataset"] = _dataset(X, with_fingerprint=self.run_dir is not None)
        self._facts = facts
        if self.run_dir is not None:
            self._write_reports(Path(self.run_dir))
        return self

    def _write_reports(self, folder: Path) -> None:
        from kerasgrid.system.files import write_text

        metric = _metric_to_show(self)
        table = to_frame(self, metric=metric)
        for name in table.columns[table.columns.str.startswith("param_")]:
            # Functions and objects would be written with their addresses, which change from run to run.
            table[name] = table[name].map(shown_value)
        write_text(folder / "results.csv", table.to_csv(index=False, lineterminator="\n"))
        report(self, folder / "report.html", metric=metric)
        (folder / "best_params.json").unlink(missing_ok=True)
        if any(trial.mean is not None for _, trial in chosen_trials(self, metric)):
            best_params(self, folder / "best_params.json", metric=metric)


class GridSearchCV(_ByWorkers, theirs.GridSearchCV):  # type: ignore[misc]
    """scikit-learn's GridSearchCV, evaluated by kerasgrid's worker processes, and kept in a folder if you like.

    Scores are the same as those of ``sklearn.model_selection.GridSearchCV`` wherever the estimator's are repeatable:
    every candidate is cloned, fitted and scored by scikit-learn's own code, one thread in each process. Where the plan
    makes it worth while, XLA compiles the fits of our own estimators, whose scores then differ in rounding; the refit
    is never compiled. The same search gives the same numbers, whatever ``n_jobs`` is. Candidates of our own estimators
    that differ in ``epochs`` alone, and have a seed, are one training, and each is what it is alone. Works for any
    estimator, scorer and splitter; from a plain script without a ``__main__`` guard, a notebook and a REPL, with
    functions that are defined there. What a script sets in a module that it imports (``my_module.UNITS = 64``) does
    not reach the worker processes, which import that module afresh, but the refit: make it a parameter, as
    ``model__units``.

    Inside ``joblib.parallel_config(backend="dask")`` the workers of that cluster evaluate: data goes to each once, and
    ``n_jobs`` says how many of their threads are used at most.

    Args:
        estimator: As scikit-learn's, like all but the next four; see there.
        param_grid: Candidates.
        scoring: A scorer's name, a callable, or several as a list or dict.
        n_jobs: Number of worker processes. **None means one a core**, where scikit-learn takes 1; -1 is the same, -2
            leaves a core free.
        refit: Whether and by which metric to fit the best on all data; the fit runs in this process.
        cv: Any splitter.
        verbose: 0 shows nothing; 1 shows progress, a live bar on a terminal and lines elsewhere; 2 and more print
            scikit-learn's lines, too.
        pre_dispatch: Taken for compatibility; it changes nothing, since data does not travel with tasks.
        error_score: As scikit-learn's. A fit whose worker process dies (out of memory) at two attempts has failed.
        return_train_score: As scikit-learn's.
        run_dir: A folder that keeps every finished fit, made if need be. Another search there, also after a crash,
            fits only what is missing: fits are the same if estimator, parameters, data, split, scorers and versions
            are. An estimator without a seed (``random_state=None``) counts as the same, and its old scores are used.
            Of a function (a model's builder, a scorer) its code counts, and what it reads: numbers, texts and tuples
            of its module, and functions and classes of its module or of the script. **Not seen** is what lies in
            lists, dicts and objects there, or in other modules that it uses: after a change there, take another
            folder.
            The folder also gets ``report.html``, ``results.csv`` and ``best_params.json``. The refit is not kept.

    Attributes are those of scikit-learn: ``cv_results_``, ``best_params_``, ``best_score_``, ``best_estimator_``, …

    Raises (in ``fit``):
        RunError: with ``run_dir``, if something has no description that is the same in every process, such as a
            lambda or a RandomState; else see :meth:`fit`.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **theirs.GridSearchCV._parameter_constraints,
        "run_dir": [str, os.PathLike, None],
    }

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: bool | str | Callable[..., int] = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        error_score: float | str = np.nan,
        return_train_score: bool = False,
        run_dir: str | os.PathLike[str] | None = None,
    ) -> None:
        super().__init__(
            estimator,
            param_grid,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.run_dir = run_dir


class RandomizedSearchCV(_ByWorkers, theirs.RandomizedSearchCV):  # type: ignore[misc]
    """scikit-learn's RandomizedSearchCV, evaluated by kerasgrid's worker processes; see :class:`GridSearchCV`.

    Args:
        estimator: As scikit-learn's.
        param_distributions: Lists of choices and distributions of scipy's, as ``scipy.stats.loguniform(1e-4, 1e-1)``.
        n_iter: Number of candidates.
        scoring: As for GridSearchCV, like all that follow.
        n_jobs: Number of worker processes; **None means one a core**.
        refit: See GridSearchCV.
        cv: See GridSearchCV.
        verbose: See GridSearchCV.
        pre_dispatch: See GridSearchCV.
        random_state: Seed of the candidates. With ``run_dir`` use an int: other candidates are other fits.
        error_score: See GridSearchCV.
        return_train_score: See GridSearchCV.
        run_dir: See GridSearchCV.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **theirs.RandomizedSearchCV._parameter_constraints,
        "run_dir": [str, os.PathLike, None],
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_iter: int = 10,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: bool | str | Callable[..., int] = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: Any = None,
        error_score: float | str = np.nan,
        return_train_score: bool = False,
        run_dir: str | os.PathLike[str] | None = None,
    ) -> None:
        super().__init__(
            estimator,
            param_distributions,
            n_iter=n_iter,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            random_state=random_state,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.run_dir = run_dir


def _metric_to_show(search: Any) -> str | None:
    """Return the metric of the reports: the first of several if none of them is that of the refit."""
    names = [key.removeprefix("mean_test_") for key in search.cv_results_ if key.startswith("mean_test_")]
    return names[0] if len(names) > 1 and not isinstance(search.refit, str) else None


@contextmanager
def _opened(run_dir: str | os.PathLike[str] | None) -> Iterator[Store | None]:
    if run_dir is None:
        yield None
        return
    from kerasgrid.run.store import Store

    with Store.create_or_open(Path(run_dir)) as store:
        if "plan" in store.meta():
            raise RunError(
                "the folder holds a run of the command line", where=os.fspath(run_dir), hint="choose another as run_dir"
            )
        remove_left_folders()
        yield store


def _dataset(X: Any, *, with_fingerprint: bool) -> dict[str, Any]:
    """Return what is known of the data, in the words of a run."""
    shape = [int(size) for size in getattr(X, "shape", ())]
    known: dict[str, Any] = {"n_train": shape[0] if shape else len(X), "input_shape": shape[1:] or None}
    if with_fingerprint:
        known["fingerprint"] = Keys().fingerprint(X)
    return known
