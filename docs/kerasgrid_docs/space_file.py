"""The space file: its keys, strategies, races, data sets, distributions, and the bundled files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasgrid.axes.axis import DISTRIBUTIONS
from kerasgrid.baselines.model import DataFacts
from kerasgrid.baselines.table import BASELINES
from kerasgrid.data.source import OPTIONS
from kerasgrid.data.sources import goes_with, named_sources, path_sources
from kerasgrid.races.race import RACES, SWITCH
from kerasgrid.space.dataset_spec import DatasetSpec
from kerasgrid.space.files import bundled_spaces, load_space
from kerasgrid.space.schema import space_schema
from kerasgrid.space.spec import Space, file_keys
from kerasgrid.strategies.table import STRATEGIES
from kerasgrid_docs.markdown import attributes_of, code, codes, first_line, table
from kerasgrid_docs.program import options_of

_MOST_NAMES = 8
"""More names than these stand in a table of their own."""
_REFERENCES = {
    "DatasetSpec": "an object, see [the data](#the-data)",
    "params": "an object of [parameters](parameters.md)",
    "values": "an object of one value for each parameter",
    "NamedCandidate": "objects of `name`, `note` and `params`",
}


def keys() -> str:
    """Return the table of a space file's keys, in the order of a file."""
    schema = space_schema()
    texts = attributes_of(Space) | {name: text for row in STRATEGIES.values() for name, text in _of_keys(row).items()}
    required = schema["required"]
    rows = []
    for key in file_keys():
        owners = [name for name, strategy in STRATEGIES.items() if key in strategy.Keys.model_fields]
        default = "must be there" if key in required else _default(key, schema["properties"][key])
        only = f"Of {codes(owners)}. " if owners else ""
        rows.append((code(key), only + texts.get(key, ""), _values(schema["properties"][key]), default))
    return table(("key", "what it is", "values", "default"), rows)


def _default(key: str, schema: Mapping[str, Any]) -> str:
    defaults = {
        name: strategy.Keys.model_fields[key].default
        for name, strategy in STRATEGIES.items()
        if key in strategy.Keys.model_fields and strategy.Keys.model_fields[key].default is not None
    }
    if not defaults:
        value = schema.get("default")
        return "" if value in (None, "", []) else _json(value)
    if len(set(defaults.values())) == 1:
        return _json(next(iter(defaults.values())))
    return ", ".join(f"{_json(value)} for {code(name)}" for name, value in defaults.items())


def _json(value: Any) -> str:
    return code({True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value)


def _of_keys(strategy: Any) -> dict[str, str]:
    return {name: text for name, text in attributes_of(strategy.Keys).items() if name in strategy.Keys.model_fields}


def _values(schema: Mapping[str, Any]) -> str:
    """Return in words what a schema allows."""
    if "$ref" in schema:
        return _REFERENCES[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        texts = [_values(option) for option in schema["anyOf"] if option != {"type": "null"}]
        return ", or ".join(dict.fromkeys(texts))
    if "enum" in schema:
        names = schema["enum"]
        return codes(names) if len(names) <= _MOST_NAMES else "a name, see its table"
    if "const" in schema:
        return code(schema["const"])
    kind = schema.get("type")
    if kind == "array":
        return f"a list of these: {_values(schema.get('items', {}))}"
    words = {"string": "a text", "boolean": "true or false", "integer": "a whole number", "number": "a number"}
    return words.get(str(kind), "an object") + _bounds(schema)


def _bounds(schema: Mapping[str, Any]) -> str:
    said = {"minimum": "of at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}
    texts = [f"{words} {schema[key]:,}" for key, words in said.items() if key in schema]
    return f" {' and '.join(texts)}" if texts else ""


def data_options() -> str:
    """Return the table of what a space file's ``dataset`` may say, by which option, and of which data."""
    options = options_of("search")
    texts = attributes_of(DatasetSpec)
    schema = space_schema()["$defs"]["DatasetSpec"]["properties"]
    rows = []
    for name in DatasetSpec.model_fields:
        takers = goes_with(name) if name in OPTIONS else ()
        of = ", ".join("files and folders" if taker == "path" else code(taker) for taker in takers) or "all"
        # --column says one of "columns"; a data set's name and path are the option --dataset.
        option = {"columns": "--column", "name": "--dataset", "path": "--dataset", "seed": ""}.get(name, f"--{name}")
        option = option.replace("_", "-")
        rows.append((code(name), code(option) if option in options else "", texts[name], _values(schema[name]), of))
    return table(("key", "option", "what it is", "values", "goes with"), rows)


def data_sets() -> str:
    """Return the tables of named data sets, and of kinds of files."""
    named = [(code(source.name), source.description) for source in named_sources().values()]
    of_files = [
        (source.description, codes(source.suffixes) or "a folder", codes(o for o in OPTIONS if source.takes(o)))
        for source in path_sources()
    ]
    return (
        table(("data set", "what it is"), named)
        + "\n"
        + table(("your own", "endings", "what can be said of it"), of_files)
    )


def distributions() -> str:
    """Return the table of distributions."""
    rows = [
        (code(name), codes(bounds.model_fields), first_line(bounds)) for name, bounds in DISTRIBUTIONS.items()
    ]  # fmt: skip
    return table(("distribution", "fields", "what it holds"), rows)


def strategies() -> str:
    """Return the table of strategies."""
    rows = [(code(name), row.description, codes(row.Keys.model_fields)) for name, row in STRATEGIES.items()]
    return table(("strategy", "what it tries", "its keys of the space file"), rows)


def races() -> str:
    """Return the table of races."""
    said = {name: "true" if value else "false" for value, name in SWITCH.items()}
    rows = [(code(row.name), code(said[name]) if name in said else "", row.description) for name, row in RACES.items()]
    return table(("race", "also", "what happens"), rows)


def baselines() -> str:
    """Return the table of simple models."""
    facts = {"classification": DataFacts("classification", 3, 4), "regression": DataFacts("regression", 1, 4)}
    rows = [
        (code(name), *(row.label_for(fact.task) for fact in facts.values())) for name, row in BASELINES.items()
    ]  # fmt: skip
    return table(("name", *facts), rows)


def bundled() -> str:
    """Return the table of bundled spaces."""
    rows = []
    for name, path in bundled_spaces().items():
        space = load_space(path)
        data = space.dataset.name or "your own"
        rows.append((code(name), space.description, code(space.strategy), f"{space.tried.n_candidates:,}", data))
    return table(("space", "what it asks", "strategy", "candidates", "data set"), rows)
