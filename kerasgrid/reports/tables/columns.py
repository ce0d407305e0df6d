"""The columns of the parallel-coordinates page: which there are, of which type, in which order. Draws nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kerasgrid.axes.candidate import value_text
from kerasgrid.insight.noise_scale import noise_scales
from kerasgrid.insight.ranking import Trial

Kind = Literal["categorical", "numeric", "numericlog", "numericpercentile"]
"""HiPlot's names. ``numericpercentile`` puts the distinct values at even distances, with exact ticks."""

Cell = str | int | float

_TRAINING = ("loss", "optimizer", "momentum", "weight_decay", "learning_rate", "batch_size", "epochs")
"""Parameters of the training, in the order of their axes; all others are parameters of the model."""

_RESERVED = ("uid", "from_uid")
"""Names that HiPlot keeps to itself."""

RESULTS = ("weights", "seconds a fit")
"""Axes that tell what came of a trial besides its score."""

_LOG_SPAN = 100
_FEW = 8
_SAFE_INTEGER = 2**53

_ABSENT = object()
"""Stands for a parameter that a candidate does not have, which is not the same as None."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table and, unless hidden there, one axis of the plot.

    Attributes:
        name: As shown; unique, and safe as HTML.
        kind: Type of its scale.
        cells: One a trial; None where the trial has none.
        axis: Whether it may be drawn as an axis.
    """

    name: str
    kind: Kind
    cells: tuple[Cell | None, ...]
    axis: bool

    @property
    def varies(self) -> bool:
        """Whether there are two different cells, so that there is something to draw."""
        return len(set(self.cells) - {None}) > 1


def columns(trials: Sequence[Trial], metric: str, log_axes: Iterable[str] = (), n_samples: int = 0) -> list[Column]:
    """Return the columns from left to right: rank, model, training, results, the score last but for the status.

    Parameters with the same value in all trials are left out, and so are results that tell nothing.

    Args:
        trials: Best first.
        metric: What they are ranked by.
        log_axes: Names of parameters that were drawn from a logarithmic distribution.
        n_samples: Training samples of a fit, for the noise scale of SGD; 0 leaves it out.
    """
    logarithmic = set(log_axes)
    statuses = tuple(trial.status for trial in trials)
    n_parameters = [trial.n_parameters for trial in trials]
    results = [
        _number("round", [trial.round for trial in trials], axis=False),
        _number("weights", n_parameters if len(set(n_parameters) - {None}) > 1 else []),
        _number("noise scale", noise_scales([trial.candidate for trial in trials], n_samples), digits=4, axis=False),
        _number("seconds a fit", [trial.mean_seconds for trial in trials], digits=3),
        _number(f"train_{metric}", [trial.train_score_mean for trial in trials], axis=False),
        _number("standard error", [trial.standard_error for trial in trials], digits=2, axis=False),
        _number(score_name(metric), [trial.mean for trial in trials]),
        Column("status", "categorical", statuses if set(statuses) != {"ok"} else (), axis=False),
    ]
    found = [Column("rank", "numeric", tuple(trial.rank for trial in trials), axis=False)]
    taken = {column.name for column in [*found, *results]} | set(_RESERVED)
    found += _names(trials)
    taken |= {column.name for column in found}
    for name in varying_params(trials):
        title = safe(name)
        while title in taken:
            title += "_"
        taken.add(title)
        found.append(_parameter(title, [trial.candidate.get(name, _ABSENT) for trial in trials], name in logarithmic))
    return [column for column in [*found, *results] if any(cell is not None for cell in column.cells)]


def _names(trials: Sequence[Trial]) -> list[Column]:
    """Return the columns of named trials: their place in the space, their names, their notes."""
    if not any(trial.name for trial in trials):
        return []
    return [
        Column("trial", "numeric", tuple(trial.position for trial in trials), axis=False),
        Column("name", "categorical", tuple(safe(trial.name) for trial in trials), axis=False),
        Column("note", "categorical", tuple(safe(trial.note) or None for trial in trials), axis=False),
    ]


def score_name(metric: str) -> str:
    """Return the name of the score's column: Keras's name of the held-out metric."""
    return f"val_{metric}"


def varying_params(trials: Sequence[Trial]) -> list[str]:
    """Return the names of the parameters that differ between trials: the model, its parameters, the training's."""
    names = {name for trial in trials for name in trial.candidate}
    values = {name: {repr(trial.candidate.get(name, _ABSENT)) for trial in trials} for name in names}
    return sorted((name for name in names if len(values[name]) > 1), key=place)


def place(name: str) -> tuple[int, int, str]:
    """Return the sort key of a parameter's name: the model, its parameters by name, then those of the training."""
    if name in _TRAINING:
        return 2, _TRAINING.index(name), name
    return 0 if name == "model" else 1, 0, name


shown = value_text


def safe(text: str) -> str:
    """Return the text without ``<`` and ``>``: HiPlot puts names and cells into the page as HTML."""
    return text.replace("<", "‹").replace(">", "›")


def _parameter(name: str, values: Sequence[Any], is_log: bool) -> Column:
    """Return the column of a parameter; where a candidate does not have it a number is None and a text a dash."""
    present = [value for value in values if value is not _ABSENT]
    if all(_is_number(value) for value in present):
        cells = tuple(None if value is _ABSENT else _rounded(value, 6) for value in values)
        return Column(name, _numeric_kind(present, is_log), cells, axis=True)
    texts = tuple("–" if value is _ABSENT else safe(shown(value)) for value in values)
    return Column(name, "categorical", texts, axis=True)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    # Beyond 2^53 JavaScript would show another integer.
    return (isinstance(value, int) and abs(value) <= _SAFE_INTEGER) or (
        isinstance(value, float) and math.isfinite(value)
    )


def _numeric_kind(values: Sequence[int | float], is_log: bool) -> Kind:
    distinct = sorted(set(values))
    positive = [value for value in distinct if value > 0]
    is_wide = is_log or (len(positive) > 1 and positive[-1] >= _LOG_SPAN * positive[0])
    if len(distinct) <= _FEW and all(_is_power_of_two(value) for value in distinct):
        return "numericpercentile"
    # A logarithmic axis has no place for zero, and no ticks at all with one.
    if is_wide and len(positive) == len(distinct):
        return "numericlog"
    # Choices read best as exact ticks at even distances.
    return "numericpercentile" if is_wide or len(distinct) <= _FEW else "numeric"


def _is_power_of_two(value: int | float) -> bool:
    return isinstance(value, int) and value > 0 and value & (value - 1) == 0


def _number(name: str, values: Sequence[int | float | None], *, digits: int = 5, axis: bool = True) -> Column:
    """Return the column of a result."""
    cells = tuple(None if value is None else _rounded(value, digits) for value in values)
    present = [cell for cell in cells if cell is not None]
    is_log = bool(present) and min(present) > 0 and max(present) >= _LOG_SPAN * min(present)
    return Column(name, "numericlog" if is_log else "numeric", cells, axis)


def _rounded(value: int | float, digits: int) -> int | float:
    """Return a float with so many significant digits, since HiPlot's table does not round."""
    return float(f"{value:.{digits}g}") if isinstance(value, float) else value
