"""What models are made of and trained by: parameters, models, losses, metrics, schedules."""

from __future__ import annotations

from kerasgrid.axes.candidate import value_text
from kerasgrid.axes.families import DATA, FAMILIES, TRAINING
from kerasgrid.axes.losses import LOSSES
from kerasgrid.axes.names import TASKS
from kerasgrid.axes.objects import Fields, Variants
from kerasgrid.axes.parameter import Parameter
from kerasgrid.axes.parameters import PARAMETERS, exceptions_of, families_with
from kerasgrid.axes.schedules import SCHEDULES
from kerasgrid.fits.metric import METRICS, metrics_for
from kerasgrid_docs.markdown import code, codes, table

_TITLES = {
    TRAINING: "Of the training",
    DATA: "Of what stands before the layers",
    "layers": "Of the layers of every model",
    "hidden": "Of dense hidden layers",
    "input": "Of the input",
    "convolution": "Of convolutions",
    "lenet5": "Of LeNet-5",
}
"""A title for each part of kerasgrid's own models; a part of another family is called by its name."""


def parameters() -> str:
    """Return a table of the parameters of each part of a model, and one of the fields of each object."""
    parts = dict.fromkeys(parameter.part for parameter in PARAMETERS.values())
    texts = []
    for part in sorted(parts, key=lambda part: (part != TRAINING, part != DATA)):
        rows = [_row(parameter) for parameter in PARAMETERS.values() if parameter.part == part]
        models = families_with(part)
        of = "all models" if len(models) == len(FAMILIES) else codes(models)
        texts += [f"## {_TITLES.get(part, part)}\n", f"Taken by {of}.\n", table(_HEADS, rows)]
        for parameter in PARAMETERS.values():
            if parameter.part == part and isinstance(parameter.form, Fields):
                fields = parameter.form.rows.values()
                texts += [f"### The fields of `{parameter.name}`\n", table(_HEADS, map(_row, fields))]
    return "\n".join(texts)


_HEADS = ("parameter", "what it is", "values", "default")


def _row(parameter: Parameter) -> tuple[str, str, str, str]:
    defaults = [] if parameter.default is None else [code(value_text(parameter.default))]
    defaults += [f"{code(value_text(value))} for {code(name)}" for name, value in exceptions_of(parameter).items()]
    return code(parameter.name), parameter.description, _values(parameter), ", ".join(defaults) or "none"


def _values(parameter: Parameter) -> str:
    if isinstance(parameter.form, Variants):
        return f"one of {codes(parameter.form.table)}, or an object of `name` and the fields below"
    if isinstance(parameter.form, Fields):
        return "an object; its fields are below"
    if parameter.kind == "name" and len(parameter.names) > 0:
        aliases = ", ".join(f"{code(alias)} for {code(name)}" for alias, name in parameter.aliases.items())
        text = codes(parameter.names) + (f"; also {aliases}" if aliases else "")
    else:
        text = parameter.range_text
        text += "; or an object of `layers`, `units` and `shape`" if parameter.kind == "sizes" else ""
    return text + (", or `null`" if parameter.optional else "")


def models() -> str:
    """Return the table of models."""
    rows = [(code(family.name), family.description, codes(family.parts)) for family in FAMILIES.values()]
    return table(("model", "what it is", "parts"), rows)


def losses() -> str:
    """Return the table of losses."""
    rows = [(code(loss.name), loss.description, ", ".join(loss.tasks), codes(loss.aliases)) for loss in LOSSES.values()]
    return table(("loss", "what it is", "tasks", "also"), rows)


def schedules() -> str:
    """Return the table of schedules of the learning rate, with their fields."""
    rows = [
        (code(schedule.name), schedule.description, _fields(schedule.fields)) for schedule in SCHEDULES.values()
    ]  # fmt: skip
    return table(("schedule", "what it does", "fields, their defaults"), rows)


def _fields(fields: Fields) -> str:
    return ", ".join(f"{code(row.name)} {value_text(row.default)}" for row in fields.rows.values())


def metrics() -> str:
    """Return a table of the metrics of each task."""
    texts = []
    for task in TASKS:
        recorded = metrics_for(task)
        names = [*recorded, *(name for name, row in METRICS.items() if row.suits(task) and name not in recorded)]
        rows = [
            (
                code(name),
                METRICS[name].label,
                "greater" if METRICS[name].greater_is_better else "less",
                "always" if name in recorded else "if asked for",
                _needs(name),
            )
            for name in names
        ]
        texts += [f"## For {task}\n", table(("metric", "what it is", "better is", "recorded", "needs"), rows)]
    return "\n".join(texts)


def _needs(name: str) -> str:
    needs = METRICS[name].needs
    texts = [f"{needs.n_classes} classes"] if needs.n_classes is not None else []
    texts += [f"{needs.least_classes} classes or more"] if needs.least_classes > 2 else []
    texts += ["every class in each held-out fold"] if needs.every_class else []
    texts += ["a single target"] if needs.one_target else []
    texts += [f"targets of at least {needs.least:g}"] if needs.least is not None else []
    texts += [f"targets above {needs.above:g}"] if needs.above is not None else []
    texts += [f"scikit-learn {'.'.join(map(str, needs.scikit_learn))}"] if needs.scikit_learn > (0, 0) else []
    return ", ".join(texts)
