"""What ``kerasgrid list`` and ``kerasgrid check`` print."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kerasgrid.axes.candidate import value_text
from kerasgrid.system.devices import CPU, DEVICES
from kerasgrid.system.memory import available_memory, own_memory, size_text
from kerasgrid.system.words import counted, duration

if TYPE_CHECKING:
    from kerasgrid.axes.parameter import Parameter
    from kerasgrid.engine.check import StructureCount
    from kerasgrid.fits.deadline import Deadline
    from kerasgrid.run.forecast import Forecast
    from kerasgrid.run.plan import Plan

_MODELS_SHOWN = 20
_WIDTH = 120


def list_lines() -> list[str]:
    """Return bundled spaces, data sets, models and their parameters, for people."""
    from kerasgrid.axes.families import FAMILIES
    from kerasgrid.axes.losses import LOSSES
    from kerasgrid.axes.parameters import PARAMETERS
    from kerasgrid.data.sources import named_sources, path_sources, suffixes
    from kerasgrid.races.race import RACES
    from kerasgrid.space.files import bundled_spaces, load_space

    spaces = [(name, load_space(path).description) for name, path in bundled_spaces().items()]
    lines = ["Spaces (kerasgrid search NAME)", *_rows(spaces), "", "Data sets (dataset)"]
    lines += _rows([(source.name, source.description) for source in named_sources().values()])
    files = ", ".join((*(f"FILE{suffix}" for suffix in suffixes()),
                       *["FOLDER"] * any(source.reads_folders for source in path_sources())))  # fmt: skip
    lines += _rows([(files, "your own: " + ", ".join(source.description for source in path_sources()))])
    lines += ["", "Models (model)", *_rows([(family.name, family.description) for family in FAMILIES.values()])]
    lines += ["", "Metrics (metric, metrics, curve_metrics)", *_metric_lines()]
    lines += ["", "Races (race)", *_rows([(race.name, race.description) for race in RACES.values()])]
    lines += ["", "Losses (params, loss)", *_rows([(loss.name, loss.description) for loss in LOSSES.values()])]
    lines += ["", "Parameters (params)"]
    listed: dict[tuple[str, ...], str] = {}
    for parameter in PARAMETERS.values():
        # Two parameters that take the same long list of names need it once.
        same_as = listed.setdefault(tuple(parameter.names), parameter.name) if parameter.names else parameter.name
        values = parameter.range_text if same_as == parameter.name else f"as {same_as}"
        lines += _parameter_lines(parameter, values)
    return lines


def _metric_lines() -> list[str]:
    """Return the metrics of each task: what every fit records, and what is computed if it is asked for."""
    from kerasgrid.axes.names import TASKS
    from kerasgrid.fits.metric import METRICS, metrics_for

    lines = []
    for task in TASKS:
        recorded = metrics_for(task)
        more = [name for name, metric in METRICS.items() if metric.suits(task) and name not in recorded]
        lines += _wrapped(f"{task}: {', '.join(recorded)}; if asked for {', '.join(more)}")
    return lines


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent="  ", subsequent_indent="      ", break_long_words=False, break_on_hyphens=False
    )


def check_lines(
    plan: Plan,
    structures: Sequence[StructureCount],
    columns: Sequence[str] = (),
    forecast: Forecast | None = None,
    deadline: Deadline | None = None,
) -> list[str]:
    """Return what a search of this plan would train.

    Args:
        plan: The plan.
        structures: Its different models.
        columns: Lines that say what the columns of its data are.
        forecast: What it would take; None if nothing tells.
        deadline: When all is to have ended; None for no limit.
    """
    from kerasgrid.races.race import RACES, EveryFit

    data = plan.dataset
    shape = "×".join(map(str, data["input_shape"]))
    n_folds = plan.n_folds
    rounds = f" in {plan.space.tried.n_batches} rounds" if plan.n_undecided else ""
    split = f"{n_folds} folds" if n_folds > 1 else "one hold-out split"
    if plan.n_repeats > 1:
        split += f" × {plan.n_repeats} repeats"
    sizes = sorted(group.n_parameters for group in structures)
    weights = f"{sizes[0]:,}" if sizes[0] == sizes[-1] else f"{sizes[0]:,} to {sizes[-1]:,}"
    n_candidates, race = len(plan.candidates) + plan.n_undecided, RACES[plan.race]
    lines = [
        f"{plan.space.name}: the space is valid",
        f"data        {data['name']}, {data['n_train']:,} to train, {data['n_test']:,} to test, inputs {shape} "
        f"({data['source']})",
        *columns,
        *(f"            {note}" for note in data.get("notes", ())),
        f"candidates  {n_candidates:,} × {split} = {counted(plan.n_fits_at_most, 'fit')}{rounds}, "
        f"compared by {plan.metric}",
        *([f"            {plan.strategy.note}"] if plan.strategy.note else []),
        *([] if race.name == EveryFit.name else [f"race        {race.description}, so there may be fewer fits"]),
        f"a fit       {_steps(plan)}",
        *_time(forecast, deadline, plan.device),
        f"models      {len(structures):,} to compile, {weights} weights",
        *_memory(structures, forecast, plan.device),
    ]
    names = sorted({name for group in structures for name in group.example} - {"learning_rate", "epochs"})
    varying = [name for name in names if len({group.example.get(name) for group in structures}) > 1]
    for group in structures[:_MODELS_SHOWN]:
        values = ", ".join(f"{name} {value_text(group.example[name])}" for name in varying if name in group.example)
        lines.append(
            f"  {group.n_parameters:>12,} weights, {counted(group.n_candidates, 'candidate')}  {values}".rstrip()
        )
    if len(structures) > _MODELS_SHOWN:
        lines.append(f"  and {len(structures) - _MODELS_SHOWN:,} more")
    return lines


def _memory(structures: Sequence[StructureCount], forecast: Forecast | None, device: str) -> list[str]:
    """Return what is said where fits may not have the memory that they need; nothing where they have."""
    available, needed = available_memory(), max(group.n_bytes for group in structures)
    n_workers = 1 if forecast is None else forecast.n_workers
    # Of a device's own memory nothing is known before.
    if available is None or device != CPU:
        return []
    # What this process holds of models that it has built is free again when a search begins.
    available += own_memory()
    if needed * n_workers <= available:
        return []
    what = "those fits will fail" if needed > available else "those fits are trained one at a time"
    return [f"memory      about {size_text(needed)} for a fit, of {size_text(available)} that can be had: {what}"]


def _time(forecast: Forecast | None, deadline: Deadline | None, device: str) -> list[str]:
    if forecast is None:
        return []
    workers = counted(forecast.n_workers, "worker") + ("" if device == CPU else f" on the {DEVICES[device].label}")
    line = f"time        about {duration(forecast.seconds)} on {workers}"
    if deadline is not None:
        n_within = forecast.n_within(deadline.seconds)
        covered = f"about {n_within:,} of {forecast.n_fits:,} fits" if n_within else "no fit"
        covered = "all fits" if n_within == forecast.n_fits else covered
        line += f"; {duration(deadline.seconds)} cover {covered}"
    return [line]


def _steps(plan: Plan) -> str:
    """Return how many training steps a fit has: epochs × batches, the least and the most."""
    sizes = {plan.n_fit_samples} if plan.splits is None else {*plan.splits.n_train}
    least, most = min(sizes), max(sizes)
    resolved = [candidate.resolved(plan.task).params for candidate in plan.candidates]
    steps = [int(str(p["epochs"])) * -(-n // int(str(p["batch_size"]))) for p in resolved for n in (least, most)]
    low, high = min(steps), max(steps)
    count = counted(low, "iteration") if low == high else f"{low:,} to {high:,} iterations"
    samples = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    return f"{samples} samples, {count}"


def _parameter_lines(parameter: Parameter, values: str) -> list[str]:
    from kerasgrid.axes.parameters import exceptions_of, only_text

    defaults = [value_text(parameter.default)] if parameter.default is not None else []
    defaults += [f"{value_text(value)} for {name}" for name, value in exceptions_of(parameter).items()]
    head = f"  {parameter.name}{only_text(parameter)}: {parameter.description}"
    default = f"; default {', '.join(defaults)}" if defaults else ""
    aliases = ", ".join(f"{alias} ({name})" for alias, name in parameter.aliases.items())
    also = f"; also {aliases}" if aliases and values == parameter.range_text else ""
    apart = "; or an object of layers, units and shape" if parameter.kind == "sizes" else ""
    return [head, f"      {values}{apart}{also}{default}"]


def _rows(pairs: Sequence[tuple[str, str]]) -> list[str]:
    width = max(len(name) for name, _ in pairs) + 2
    return [f"  {name:{width}}{text}".rstrip() for name, text in pairs]
