"""A run as an Optuna study in one SQLite file, for its dashboard and its analyses of importance."""

from __future__ import annotations

import json
import math
import os
import sqlite3
import warnings
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasgrid.axes.axis import Axis, Choices, Distribution
from kerasgrid.axes.candidate import Candidate, Value
from kerasgrid.fits.fit import FitResult
from kerasgrid.insight.curves import mean_line
from kerasgrid.insight.ranking import Trial
from kerasgrid.run.parameters import varying_params
from kerasgrid.run.run import Run
from kerasgrid.system.files import check_plain
from kerasgrid.system.words import short

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

_ADDRESS = "sqlite:///study"
"""Of any file: which one is said otherwise."""

Choice = None | bool | int | float | str


def write_study(run: Run, path: Path) -> None:
    """Write the study, named after the space, in place of the file that is there.

    Its value is the mean of the held-out metric, its intermediate values that mean at each epoch, counted from 1. A
    diverged or failed trial is a failed one, an unfinished one is running, and one without any fit is left out. Each
    trial keeps its id, name, note, rank, status, standard error and number of weights as user attributes.

    Raises:
        OSError: The folder or the disk does not take it.
    """
    import optuna

    check_plain(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings():
            # The constructors of trials are marked as experimental in some releases.
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            # Not by its address, in which a ? begins options, and a % is another thing to each release of SQLAlchemy.
            storage = optuna.storages.RDBStorage(_ADDRESS, {"creator": lambda: sqlite3.connect(temporary)})
            try:
                direction = "maximize" if run.scale.greater_is_better else "minimize"
                study = optuna.create_study(storage=storage, study_name=run.name, direction=direction)
                study.set_metric_names([f"val_{run.metric}"])
                study.set_user_attr("dataset", str(run.dataset.get("name")))
                study.set_user_attr("seed", run.seed)
                study.set_user_attr("made by", f"kerasgrid {run.versions.get('kerasgrid', '')}".strip())
                study.add_trials(_trials(run))
            finally:
                storage.remove_session()
                storage.engine.dispose()
        temporary.replace(path)
    finally:
        optuna.logging.set_verbosity(level)
        temporary.unlink(missing_ok=True)


def distributions(run: Run) -> dict[str, BaseDistribution]:
    """Return Optuna's distribution of each parameter that differs between trials, from the axes of the space.

    A parameter of several blocks, or of both choices and a distribution, has the range or the choices that hold all.
    """
    return {name: _distribution(name, run) for name in varying_params(run.trials)}


def _distribution(name: str, run: Run) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    axes: list[Axis] = [block.axes[name] for block in run.blocks if name in block.axes]
    values = [trial.candidate[name] for trial in run.trials if name in trial.candidate]
    drawn = [axis for axis in axes if isinstance(axis, Distribution)]
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if drawn and len(numbers) == len(values):
        low = min([*(axis.low for axis in drawn), *numbers])
        high = max([*(axis.high for axis in drawn), *numbers])
        is_log = all(axis.log for axis in drawn) and low > 0
        if all(isinstance(value, int) for value in values):
            return IntDistribution(int(low), int(high), log=is_log)
        return FloatDistribution(float(low), float(high), log=is_log)
    listed = [value for axis in axes if isinstance(axis, Choices) for value in axis.values]
    # In the order of the file; Python counts True and 1 as one, Optuna does not.
    choices = {repr(_choice(value)): _choice(value) for value in [*listed, *values]}
    return CategoricalDistribution(list(choices.values()))


def _trials(run: Run) -> list[FrozenTrial]:
    known = distributions(run)
    by_candidate: dict[Candidate, list[FitResult]] = {}
    for result in run.results:
        by_candidate.setdefault(result.fit.candidate, []).append(result)
    tried = [trial for trial in run.trials if trial.candidate in by_candidate]
    return [_trial(number, trial, by_candidate[trial.candidate], run, known) for number, trial in enumerate(tried)]


def _trial(
    number: int, trial: Trial, results: Sequence[FitResult], run: Run, known: dict[str, BaseDistribution]
) -> FrozenTrial:
    from optuna.trial import FrozenTrial, TrialState

    states = {"ok": TrialState.COMPLETE, "incomplete": TrialState.RUNNING, "dropped": TrialState.PRUNED}
    state = states.get(trial.status, TrialState.FAIL)
    # Steps of what trials are compared by; a metric of the last epoch alone has none.
    by_epoch = results if run.curve_metric == run.metric else ()
    line = mean_line([r.curve[f"val_{run.metric}"] for r in by_epoch if r.curve.get(f"val_{run.metric}")])
    started = _moment(run.created)
    spent = timedelta(seconds=sum(result.seconds for result in results))
    names = [name for name in known if name in trial.candidate]
    attributes: dict[str, Any] = {
        "candidate": trial.candidate.id,
        "name": trial.name or None,
        "note": trial.note or None,
        "rank": trial.rank,
        "status": trial.status,
        "standard_error": trial.standard_error,
        "n_parameters": trial.n_parameters,
        "error": None if trial.error is None else short(trial.error),
    }
    return FrozenTrial(
        number=number,
        state=state,
        value=trial.mean if state == TrialState.COMPLETE else None,
        datetime_start=started,
        datetime_complete=None if state == TrialState.RUNNING else started + spent,
        params={name: _param(trial.candidate[name], known[name]) for name in names},
        distributions={name: known[name] for name in names},
        user_attrs={name: value for name, value in attributes.items() if value is not None},
        system_attrs={},
        intermediate_values={epoch: value for epoch, value in enumerate(line, start=1) if math.isfinite(value)},
        trial_id=number,
    )


def _param(value: Value, distribution: BaseDistribution) -> Any:
    from optuna.distributions import CategoricalDistribution

    return _choice(value) if isinstance(distribution, CategoricalDistribution) else value


def _choice(value: Value) -> Choice:
    """Return a value as Optuna keeps choices: layer sizes as the text of a list."""
    return json.dumps(value) if isinstance(value, tuple | dict) else value


def _moment(created: str) -> datetime:
    with suppress(ValueError):
        # Optuna's times are local and know no zone.
        return datetime.fromisoformat(created).astimezone().replace(tzinfo=None)
    return datetime.now(UTC).replace(tzinfo=None)
