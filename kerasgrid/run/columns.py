"""The columns that tell of a trial, one row each: tables, plot and files choose theirs from one list.

Adding one is one row, which appears wherever it says::

    from kerasgrid.run.columns import COLUMNS, ResultColumn
    COLUMNS.add(ResultColumn("n_scores", lambda run, trial: len(trial.scores), {"csv": 9, "page": 8}, dtype="int64"))

Columns of parameters are not rows: every run has its own.
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.metric import metric_named
from kerasgrid.insight.curves import more_metrics
from kerasgrid.insight.ranking import Trial
from kerasgrid.registry import Registry
from kerasgrid.run import column_conditions as when
from kerasgrid.run.trial_texts import dropped_text, epochs_text, seconds_text, status_text
from kerasgrid.system.words import NOTHING, duration, number_text, with_error

if TYPE_CHECKING:
    from kerasgrid.run.run import Run

Place = Literal["csv", "plot", "page", "terminal", "markdown"]
"""``csv``: ``results.csv`` and ``Run.to_frame``. ``plot``: parallel coordinates. ``page``: the table of the page."""

Cell = str | int | float | None

Kind = Literal["categorical", "numeric", "numericlog", "numericpercentile"]
"""HiPlot's names. ``numericpercentile`` puts the distinct values at even distances, with exact ticks."""


def _always(run: Run, place: Place) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column that tells something of every trial.

    Attributes:
        name: Its column in ``results.csv``, by which it is known.
        value: What it says of a trial of a run; None where there is nothing to say.
        places: Where it appears, and where it stands there: the parameters stand at 0, what is below 0 left of them.
        title: Its head outside of ``results.csv``, ``{metric}`` standing for the metric; its name if it is empty.
        text: How it is written where it is read by people; None writes numbers as scores, and all else as it is.
        dtype: The type of its cells, in pandas's words: ``object`` for texts.
        shows: Whether it is there at all, in this place. Plot and page leave out what says nothing of any trial, too.
        is_score: Whether it is in the metric's own sign. ``results.csv`` negates losses, as scikit-learn does.
        is_axis: Whether the plot may draw it as an axis.
        digits: Significant digits in the plot.
        kind: Type of the plot's scale; None decides by the cells.
        about: What it says, in a sentence without a full stop, for the reference of ``results.csv``.
    """

    name: str
    value: Callable[[Run, Trial], Cell]
    places: Mapping[Place, float]
    title: str = ""
    text: Callable[[Run, Trial], str] | None = None
    dtype: str = "float64"
    shows: Callable[[Run, Place], bool] = _always
    is_score: bool = False
    is_axis: bool = False
    digits: int = 5
    kind: Kind | None = None
    about: str = ""

    @property
    def is_number(self) -> bool:
        """Whether its cells are numbers, or nothing."""
        return self.dtype != "object"

    def head(self, run: Run) -> str:
        """Return what stands above it, as plain text."""
        return (self.title or self.name).replace("{metric}", run.metric)

    def written(self, run: Run, trial: Trial) -> str:
        """Return what it says of a trial, as plain text; a dash for nothing."""
        if self.text is not None:
            return self.text(run, trial)
        value = self.value(run, trial)
        return NOTHING if value is None else number_text(value) if isinstance(value, float) else str(value)


def chosen(run: Run, place: Place) -> list[ResultColumn]:
    """Return the columns of a place from left to right, those of the parameters left out."""
    found = [
        column
        for column in (*COLUMNS.values(), *_metric_columns(run))
        if place in column.places and column.shows(run, place)
    ]
    return sorted(found, key=lambda column: column.places[place])


def _metric_columns(run: Run) -> list[ResultColumn]:
    """Return a column for each metric that was recorded besides, in its own sign: the mean over a trial's fits."""
    scores: dict[tuple[Candidate, str], list[float]] = {}
    names = [name for name in more_metrics(run.results, run.task) if name != run.metric]
    for result in run.results if names else ():
        for name in names:
            score = result.score(name)
            if score is not None and math.isfinite(score):
                scores.setdefault((result.fit.candidate, name), []).append(score)

    def column(name: str) -> ResultColumn:
        def mean(run: Run, trial: Trial) -> float | None:
            there = scores.get((trial.candidate, name))
            return None if there is None else statistics.fmean(there)

        places: dict[Place, int] = {"csv": -3, "plot": 6, "page": 1}
        return ResultColumn(f"mean_test_{name}", mean, places, title=score_name(name), is_axis=True)

    return [column(name) for name in names]


def score_name(metric: str) -> str:
    """Return the title of the score's column: Keras's name of the held-out metric."""
    return f"val_{metric}"


def score_text(trial: Trial) -> str:
    """Return ``0.8931 ± 0.0012``; without the standard error if there is none, and a dash without a score."""
    return NOTHING if trial.mean is None else with_error(trial.mean, trial.standard_error)


def signed(run: Run, score: float | None) -> float | None:
    """Return a score as scikit-learn has it: losses negated, so that greater is better."""
    return None if score is None else metric_named(run.metric).sign * score


COLUMNS: Registry[ResultColumn] = Registry("column of results", (
    ResultColumn(
        "trial", lambda run, trial: trial.position, {"plot": -3, "page": -6}, dtype="int64", kind="numeric",
        shows=when.is_ordered,
    ),
    ResultColumn(
        "name", lambda run, trial: trial.name, {"csv": -11, "plot": -2, "page": -4, "terminal": -4, "markdown": -4},
        dtype="object", shows=when.has_names,
        about="name of the candidate, of the strategy `list`",
    ),
    ResultColumn(
        "note", lambda run, trial: trial.note, {"csv": -10, "plot": -1, "page": 5, "terminal": 1, "markdown": 1},
        dtype="object", shows=when.has_notes,
        about="note of the candidate, of the strategy `list`",
    ),
    ResultColumn(
        "rank", lambda run, trial: trial.rank, {"plot": -4, "page": -5, "terminal": -5, "markdown": -5}, dtype="int64",
        kind="numeric",
    ),
    ResultColumn(
        "rank_test_score", lambda run, trial: run.shared_ranks[trial.rank], {"csv": -9}, dtype="int64",
        about="rank by the mean score, 1 for the best; trials of equal scores share a rank",
    ),
    ResultColumn(
        "mean_test_score", lambda run, trial: trial.mean, {"csv": -8, "plot": 7, "page": -3}, title="val_{metric}",
        text=lambda run, trial: score_text(trial), is_score=True, is_axis=True,
        about="mean of the metric over the held-out samples of all fits of the trial; losses and errors are "
        "negative, so that greater is better",
    ),
    ResultColumn(
        "score", lambda run, trial: trial.mean, {"terminal": -3, "markdown": -3}, title="{metric}",
        text=lambda run, trial: score_text(trial), is_score=True,
    ),
    ResultColumn(
        "fits_of_race", lambda run, trial: when.n_scores(trial), {"plot": 5.5}, title="fits", dtype="int64",
        kind="numeric", shows=when.has_dropped, is_axis=True,
    ),
    ResultColumn(
        "std_test_score", lambda run, trial: trial.std, {"csv": -7},
        about="standard deviation of the score over the fits",
    ),
    ResultColumn(
        "standard_error_test_score", lambda run, trial: trial.standard_error, {"csv": -6, "plot": 6},
        title="standard error", digits=2,
        about="standard error of the mean score; folds that the data gives count once, whatever the number of repeats",
    ),
    ResultColumn(
        "fits", lambda run, trial: when.n_scores(trial), {"page": -2, "terminal": -2, "markdown": -2}, dtype="int64",
        shows=when.differs_in_fits,
    ),
    ResultColumn(
        "mean_train_score", lambda run, trial: trial.train_score_mean, {"csv": -4, "plot": 5, "page": 1},
        title="train_{metric}", is_score=True,
        about="mean of the running metric of the last epoch on the training samples, as Keras shows it while training",
    ),
    ResultColumn(
        "generalization_gap", lambda run, trial: trial.generalization_gap, {"csv": -3},
        about="by how much the training metric is better than the held-out one",
    ),
    ResultColumn(
        "mean_fit_time", lambda run, trial: trial.mean_seconds, {"csv": -2, "plot": 4, "page": 3},
        title="seconds a fit", text=lambda run, trial: seconds_text(trial), is_axis=True, digits=3,
        about="mean wall time of a fit, in seconds",
    ),
    ResultColumn(
        "time", lambda run, trial: trial.mean_seconds, {"terminal": -1, "markdown": -1},
        text=lambda run, trial: NOTHING if trial.mean_seconds is None else duration(trial.mean_seconds),
    ),
    ResultColumn(
        "best_epoch", lambda run, trial: when.mean_of(trial.best_epochs),
        {"csv": 9, "page": 3.2, "terminal": 0.2, "markdown": 0.2}, title="best epoch",
        text=lambda run, trial: epochs_text(trial.best_epochs), shows=when.stops_early, digits=4,
        about="mean over the fits of the epoch whose weights they end with, with `early_stopping`",
    ),
    ResultColumn(
        "epochs_trained", lambda run, trial: when.mean_of(trial.epochs_trained),
        {"csv": 10, "page": 3.4, "terminal": 0.4, "markdown": 0.4}, title="epochs trained",
        text=lambda run, trial: epochs_text(trial.epochs_trained), shows=when.stops_early, digits=4,
        about="mean number of epochs that were trained, with `early_stopping`",
    ),
    ResultColumn(
        "std_fit_time", lambda run, trial: trial.std_seconds, {"csv": -1},
        about="standard deviation of the wall time of a fit, in seconds",
    ),
    ResultColumn(
        "noise_scale", when.noise_scale, {"csv": 1, "plot": 3, "page": 4}, title="noise scale",
        text=lambda run, trial: NOTHING if (scale := when.noise_scale(run, trial)) is None else f"{scale:.4g}",
        shows=when.has_noise, digits=4,
        about="learning rate · samples / (batch size · (1 − momentum)), for optimizers of the SGD family "
        "(Smith et al. 2018)",
    ),
    ResultColumn(
        "params", lambda run, trial: json.dumps(dict(trial.candidate), ensure_ascii=False), {"csv": 2}, dtype="object",
        about="all values of the candidate, as JSON",
    ),
    ResultColumn(
        "n_parameters", lambda run, trial: trial.n_parameters, {"csv": 3, "plot": 2, "page": 2}, title="weights",
        text=lambda run, trial: NOTHING if trial.n_parameters is None else f"{trial.n_parameters:,}", dtype="Int64",
        shows=when.differs_in_size, is_axis=True,
        about="number of weights of the model",
    ),
    ResultColumn(
        "status", lambda run, trial: trial.status, {"csv": 4, "plot": 8, "page": 7},
        text=lambda run, trial: status_text(trial), dtype="object", shows=when.is_not_all_well,
        about="`ok`, `incomplete` while fits are missing, `dropped` by a race, `diverged` or `failed`",
    ),
    ResultColumn(
        "race", lambda run, trial: "" if trial.dropped is None else dropped_text(trial.dropped),
        {"csv": 11, "terminal": 2, "markdown": 2}, dtype="object", shows=when.has_dropped,
        about="when and why a race dropped the trial; empty if it did not",
    ),
    ResultColumn(
        "diagnosis", lambda run, trial: ";".join(trial.diagnosis), {"csv": 5, "page": 6},
        text=lambda run, trial: ", ".join(trial.diagnosis), dtype="object",
        about="what is the matter with the trial, words with semicolons between; empty if nothing is",
    ),
    ResultColumn(
        "candidate", lambda run, trial: trial.candidate.id, {"csv": 6}, dtype="object",
        about="identity of the candidate: a hash of its values",
    ),
    ResultColumn(
        "error", lambda run, trial: trial.error, {"csv": 7}, dtype="object",
        about="why a fit failed; empty if none did",
    ),
    ResultColumn(
        "round", lambda run, trial: trial.round, {"csv": 8, "plot": 1, "page": -1}, dtype="Int64",
        shows=when.has_rounds,
        about="in which round the strategy named the candidate",
    ),
))  # fmt: skip
"""Every column that tells what came of a trial. The score of each split is a column of ``results.csv``, at −5."""
