"""Hypothesis strategies: parameters' values, candidates and space documents."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from kerasgrid.axes.candidate import Candidate, Value
from kerasgrid.axes.class_weights import ClassWeights
from kerasgrid.axes.families import FAMILIES
from kerasgrid.axes.names import CLIPPINGS, OPTIMIZERS_WITH, SGD_OPTIMIZERS, SHAPES
from kerasgrid.axes.objects import NAME, Fields, Variants
from kerasgrid.axes.parameter import Parameter
from kerasgrid.axes.parameters import PARAMETERS, parameters_of, resolve, takes
from kerasgrid.errors import SpaceError

_GREATEST = 1000.0


def values(parameter: Parameter) -> st.SearchStrategy[Value]:
    """Values of a parameter in their normal form."""
    if parameter.kind == "bool":
        return st.booleans()
    if parameter.kind == "name":
        return st.sampled_from(tuple(parameter.names))
    if parameter.kind == "text":
        return st.sampled_from(["loss", "accuracy", "r2"])
    if parameter.form is not None:
        return _objects(parameter)
    low = 0 if parameter.low is None else parameter.low
    if parameter.kind == "sizes":
        return st.lists(st.integers(int(low), 64), min_size=parameter.min_length, max_size=3).map(tuple)
    if parameter.kind == "int":
        return st.integers(int(low), 1000 if parameter.high is None else int(min(parameter.high, 1000)))
    high = _GREATEST if parameter.high is None else parameter.high
    return st.floats(low, high, exclude_min=parameter.low_open, exclude_max=parameter.high_open)


def _objects(parameter: Parameter) -> st.SearchStrategy[Value]:
    form = parameter.form
    if isinstance(form, ClassWeights):
        weights = st.dictionaries(st.text(max_size=3), st.floats(0.1, 10), min_size=1, max_size=3)
        drawn = st.just("balanced") | weights
    elif isinstance(form, Variants):
        kinds = [
            _fields(fields).map(lambda given, name=name: {NAME: name, **given}) for name, fields in form.table.items()
        ]
        drawn = st.one_of(kinds)
    else:
        assert isinstance(form, Fields), "teach the tests to draw values of this form"
        drawn = _fields(form)
    return drawn.filter(lambda given: _is_taken(parameter, given)).map(
        lambda given: parameter.normalise(given, "drawn")
    )


def _is_taken(parameter: Parameter, given: Any) -> bool:
    """Whether it is no object of defaults alone where the form wants more."""
    try:
        parameter.normalise(given, "drawn")
    except SpaceError:
        return False
    return True


def _fields(form: Fields) -> st.SearchStrategy[dict[str, Value]]:
    return st.fixed_dictionaries({}, optional={name: values(row) for name, row in form.rows.items()})


@st.composite
def candidates(draw: st.DrawFn, task: str = "classification") -> Candidate:
    """Candidates that :func:`kerasgrid.axes.parameters.resolve` accepts for the task."""
    model = draw(st.sampled_from(tuple(FAMILIES)))
    free = [row for row in parameters_of(model) if row.beside is None or row.name in ("momentum", "init_stddev")]
    taken = draw(st.lists(st.sampled_from(free), unique=True, max_size=6))
    params: dict[str, Value] = {"model": model, **{p.name: draw(values(p)) for p in taken}}
    if "momentum" in params:
        params["optimizer"] = draw(st.sampled_from(SGD_OPTIMIZERS))
    if params.get("layer_norm"):
        params.pop("batch_norm", None)
    if "init_stddev" in params:
        params.pop("kernel_initializer", None)
    for name, takers in OPTIMIZERS_WITH.items():
        if params.get("optimizer", "Adam") not in takers:
            params.pop(name, None)
    for name in [name for name in CLIPPINGS if name in params][1:]:
        del params[name]
    if "early_stopping" in params:
        params.pop("reduce_on_plateau", None)
    # What suits the task is tested by itself.
    params.pop("loss", None)
    params.pop("output_activation", None)
    if task != "classification":
        params.pop("label_smoothing", None)
        params.pop("class_weight", None)
    resolve(params, task)
    return Candidate(params)


@st.composite
def choice_axes(draw: st.DrawFn, parameter: Parameter) -> Any:
    """Axes of finitely many values, as a document has them."""
    chosen = draw(st.lists(values(parameter), min_size=1, max_size=3, unique=True))
    plain = [list(value) if isinstance(value, tuple) else value for value in chosen]
    return plain[0] if len(plain) == 1 and parameter.kind != "sizes" and draw(st.booleans()) else plain


@st.composite
def distribution_axes(draw: st.DrawFn, parameter: Parameter) -> dict[str, dict[str, float]]:
    """Axes drawn between bounds, as a document has them; for numeric parameters."""
    highest = int(parameter.high) if parameter.kind == "int" and parameter.high is not None else 999
    low, high = sorted(draw(st.lists(st.integers(1, highest), min_size=2, max_size=2, unique=True)))
    if parameter.kind == "int":
        return {draw(st.sampled_from(["int_uniform", "int_log_uniform"])): {"low": low, "high": high}}
    kind = draw(st.sampled_from(["uniform", "log_uniform"]))
    return {kind: {"low": low / 1000, "high": high / 1000}}


@st.composite
def depth_width_axes(draw: st.DrawFn, parameter: Parameter, *, spread: bool = False) -> dict[str, Any]:
    """Axes of depth and width, as a document has them; for sizes of layers."""
    least = max(parameter.min_length, 1)
    parts: dict[str, Any] = {
        "layers": draw(st.lists(st.integers(parameter.min_length, 4), min_size=1, max_size=3, unique=True)),
        "units": draw(st.lists(st.integers(1, 64), min_size=1, max_size=3, unique=True)),
        "shape": draw(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=2, unique=True)),
    }
    if draw(st.booleans()):
        parts = {part: values[0] for part, values in parts.items()}
    if draw(st.booleans()):
        del parts["shape"]
    if spread:
        parts["layers"] = {"int_uniform": {"low": least, "high": draw(st.integers(least + 1, 5))}}
        parts["units"] = {draw(st.sampled_from(["int_uniform", "int_log_uniform"])): {"low": 2, "high": 99}}
    return parts


@st.composite
def space_documents(draw: st.DrawFn, strategy: str = "grid") -> dict[str, Any]:
    """Valid space documents with up to two objects in ``params``; ``random`` ones may have distributions."""
    blocks = [draw(_params(strategy)) for _ in range(draw(st.integers(1, 2)))]
    document: dict[str, Any] = {"name": "drawn", "dataset": "digits", "model": list(FAMILIES), "strategy": strategy}
    document["params"] = blocks[0] if len(blocks) == 1 else blocks
    document["seed"] = draw(st.integers(0, 2**32 - 1))
    if strategy == "random":
        document["trials"] = draw(st.integers(1, 20))
    if draw(st.booleans()):
        document["validation_split"] = draw(st.floats(0.1, 0.9))
    return document


@st.composite
def _params(draw: st.DrawFn, strategy: str) -> dict[str, Any]:
    bound = {*CLIPPINGS[1:], "reduce_on_plateau"}
    free = [p for p in PARAMETERS.values() if p.beside is None and p.name not in bound]
    params = {}
    for parameter in draw(st.lists(st.sampled_from(free), unique=True, max_size=4)):
        spread = strategy == "random" and parameter.numeric and draw(st.booleans())
        if parameter.kind == "sizes" and draw(st.booleans()):
            drawn = depth_width_axes(parameter, spread=strategy == "random" and draw(st.booleans()))
        else:
            drawn = distribution_axes(parameter) if spread else choice_axes(parameter)
        params[parameter.name] = draw(drawn)
    only = draw(st.sampled_from([None, *FAMILIES]))
    models = tuple(FAMILIES) if only is None else (only,)
    if only is not None:
        params["model"] = only
    return {k: v for k, v in params.items() if k == "model" or any(takes(model, k) for model in models)}
