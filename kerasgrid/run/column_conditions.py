"""When a column of results has something to say, and what some say: the conditions of the rows of columns."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kerasgrid.insight.noise_scale import noise_scales
from kerasgrid.insight.ranking import Trial

if TYPE_CHECKING:
    from kerasgrid.run.columns import Place
    from kerasgrid.run.run import Run


def noise_scale(run: Run, trial: Trial) -> float | None:
    """Return the noise scale of a trial; None without an optimizer of the SGD family."""
    return noise_scales([trial.candidate], run.n_fit_samples)[0]


def n_scores(trial: Trial) -> int:
    """Return how many fits of a trial have a score."""
    return sum(score is not None for score in trial.scores)


def has_names(run: Run, place: Place) -> bool:
    """Whether trials have names."""
    return any(trial.name for trial in run.trials)


def has_notes(run: Run, place: Place) -> bool:
    """Whether trials have notes."""
    return any(trial.note for trial in run.trials)


def has_noise(run: Run, place: Place) -> bool:
    """Whether some trial has a noise scale."""
    return any(noise_scale(run, trial) is not None for trial in run.trials)


def is_ordered(run: Run, place: Place) -> bool:
    """Whether the order of the trials tells something, in this place."""
    return run.is_ordered if place == "page" else has_names(run, place)


def differs_in_fits(run: Run, place: Place) -> bool:
    """Whether some trials have more fits than others."""
    return len({len(trial.scores) for trial in run.trials}) > 1


def has_dropped(run: Run, place: Place) -> bool:
    """Whether a race dropped some trial."""
    return any(trial.dropped is not None for trial in run.trials)


def has_rounds(run: Run, place: Place) -> bool:
    """Whether trials come from rounds."""
    return any(trial.round is not None for trial in run.trials)


def differs_in_size(run: Run, place: Place) -> bool:
    """Whether trials differ in their numbers of weights."""
    # As an axis it would tell nothing.
    return place != "plot" or len({trial.n_parameters for trial in run.trials} - {None}) > 1


def stops_early(run: Run, place: Place) -> bool:
    """Whether some fit stopped early."""
    return any(trial.best_epochs for trial in run.trials)


def mean_of(epochs: Sequence[int]) -> float | None:
    """Return the mean; None of nothing."""
    return statistics.fmean(epochs) if epochs else None


def is_not_all_well(run: Run, place: Place) -> bool:
    """Whether some trial is not ok; always in ``results.csv``."""
    return place == "csv" or any(trial.status != "ok" for trial in run.trials)
