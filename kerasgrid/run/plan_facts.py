"""What a store keeps of a plan, read strictly: whoever changed it, every report would be made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kerasgrid.axes.names import TASKS
from kerasgrid.axes.parameter import shown
from kerasgrid.data.columns import Columns
from kerasgrid.races.race import RACES
from kerasgrid.run.database import damaged
from kerasgrid.system.devices import DEVICES

_Is = Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _is_some(value: Any) -> bool:
    return _is_count(value) and value > 0


def _is_share(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= 1


def _each(is_one: _Is, least: int = 0) -> _Is:
    return lambda value: type(value) is list and len(value) >= least and all(map(is_one, value))


def _is_splits(value: Any) -> bool:
    if type(value) is not dict or value.keys() != {"by", "n_train", "n_held_out"} or not _is_text(value["by"]):
        return False
    are_sizes = _each(_is_some, least=1)
    train, held_out = value["n_train"], value["n_held_out"]
    return are_sizes(train) and are_sizes(held_out) and len(train) == len(held_out)


def _is_columns(value: Any) -> bool:
    try:
        given = Columns.from_dict(value).given
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    return all(_is_text(column.name) and _is_text(column.kind) for column in given)


_FACTS: Mapping[str, _Is] = {
    "name": _is_text, "source": _is_text, "fingerprint": _is_text, "n_train": _is_some, "n_test": _is_count,
    "input_shape": _each(_is_some), "majority": _is_share, "columns": _is_columns, "targets": _each(_is_text),
    "is_bytes": lambda value: type(value) is bool, "groups_and_times": _is_text, "splits": _is_splits,
    "notes": _each(_is_text),
}  # fmt: skip
"""What is kept of a data set, and what each fact is; of what was not known then there is none."""

_ALWAYS = ("name", "fingerprint", "n_train")


def _is_dataset(value: Any) -> bool:
    return type(value) is dict and all(name in value for name in _ALWAYS)


_KEPT: Mapping[str, _Is] = {
    "space": lambda value: type(value) is dict and _is_text(value.get("model")),
    "dataset": _is_dataset,
    "task": lambda value: value in TASKS if _is_text(value) else False,
    "classes": _each(_is_text),
    "n_outputs": _is_some,
    "test_fingerprint": _is_text,
    "fold_fingerprints": _each(_is_text, least=1),
}
_SINCE: Mapping[str, _Is] = {
    "race": lambda value: _is_text(value) and value in RACES,
    "device": lambda value: _is_text(value) and value in DEVICES,
}
"""Which runs of before there were races have not, nor those of a CPU."""


def plan_facts(kept: object, where: str) -> dict[str, Any]:
    """Return what a store keeps of a plan, if it is what :meth:`kerasgrid.run.plan.Plan.to_meta` returned.

    Raises:
        RunError: It is not.
    """
    if not isinstance(kept, dict) or not {*_KEPT, *_SINCE}.issuperset(kept):
        raise damaged(Path(where), f"{shown(kept)} for a plan")
    for name, is_right in {**_KEPT, **{name: is_right for name, is_right in _SINCE.items() if name in kept}}.items():
        if not is_right(kept.get(name)):
            raise damaged(Path(where), f"{shown(kept.get(name))} for the {name} of a plan")
    for name, fact in kept["dataset"].items():
        if name in _FACTS and not _FACTS[name](fact):
            raise damaged(Path(where), f"{shown(fact)} for the {name} of the data set")
    return dict(kept)
