"""The space that the command line asks for: a file or a bundled one, with what its options say instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kerasgrid.cli.data_options import NO_DATA, DataAsked
from kerasgrid.errors import SpaceError, nearest

if TYPE_CHECKING:
    from kerasgrid.space.spec import Space


def asked_space(
    source: str,
    *,
    strategy: str | None = None,
    trials: int | None = None,
    rounds: int | None = None,
    repeats: int | None = None,
    metric: str | None = None,
    seed: int | None = None,
    race: bool | None = None,
    baselines: bool | None = None,
    data: DataAsked = NO_DATA,
    model: str | None = None,
) -> Space:
    """Return the space of this file or bundled name, with what the command line says instead.

    Args:
        source: A path or a bundled name.
        strategy: Another strategy for the space's axes.
        trials: Number of candidates; makes a strategy that has no such number random.
        rounds: In how many rounds they are drawn; makes the strategy random, too.
        repeats: How often each candidate is trained on all folds.
        metric: What to compare by.
        seed: Seed of the run.
        race: Whether candidates that cannot win any more are trained no further.
        baselines: Whether simple models are trained on the same folds, too.
        data: Another data set; or without one, what changes in the space's.
        model: A model by name, or a builder as ``module:builder``; its module is imported by workers only.

    Raises:
        SpaceError: if the space or what replaces a part of it is wrong.
    """
    from kerasgrid.axes.names import is_own
    from kerasgrid.space.files import load_space

    own = None
    if is_own(model):
        from kerasgrid.models.named import named_builder

        own = named_builder(str(model))
    space = load_space(source, own_model=own)
    changes: dict[str, object] = {"model": model} if own is None and model is not None else {}
    changes |= _strategy(space, strategy, {"trials": trials, "rounds": rounds})
    said = {"repeats": repeats, "metric": metric, "seed": seed, "race": race, "baselines": baselines}
    changes |= {key: value for key, value in said.items() if value is not None}
    if data != NO_DATA:
        changes["dataset"] = _dataset(space, data)
    return space.changed(**changes) if changes else space


def _dataset(space: Space, data: DataAsked) -> dict[str, Any]:
    from kerasgrid.api.spaces import dataset_document

    if data.dataset is not None:
        return dataset_document(data.dataset, **data.options)
    return {**space.dataset.model_dump(exclude_defaults=True), **data.options}


def random_space(source: str | None, *, data: DataAsked = NO_DATA, **changes: Any) -> Space:
    """Return the space for ``kerasgrid random``: as :func:`asked_space`, with the strategy random.

    Without a source it is the bundled space ``random``, which takes a few hundred samples also of another named data
    set: its deep network would take hours on all of a large one.
    """
    from kerasgrid.space.files import load_space
    from kerasgrid.strategies.random import Random

    space = asked_space(source if source is not None else "random", data=data, **changes)
    _check_drawable(space)
    if source is None and space.dataset.name is not None:
        bundled, asked = (one.dataset.model_dump(exclude_defaults=True) for one in (load_space("random"), space))
        space = space.changed(dataset={**bundled, **asked})
    if source is None and data != NO_DATA and changes.get("metric") is None:
        # It compares by accuracy, which regression has not; each task has a metric of its own.
        space = space.changed(metric=None)
    return space.changed(strategy=Random.name)


def _strategy(space: Space, name: str | None, keys: Mapping[str, int | None]) -> dict[str, object]:
    """Return what changes in a space for another strategy, or for these keys of one."""
    from kerasgrid.strategies.random import Random
    from kerasgrid.strategies.table import STRATEGIES

    given: dict[str, object] = {key: value for key, value in keys.items() if value is not None}
    if name is None and not given:
        return {}
    if name is None:
        has_all = given.keys() <= space.tried.Keys.model_fields.keys()
        name = space.strategy if has_all else Random.name
    if name not in STRATEGIES:
        near = nearest(name, STRATEGIES)
        hint = "known are " + ", ".join(STRATEGIES) if near is None else f"did you mean {near}?"
        raise SpaceError("there is no such strategy", where="--strategy", got=name, hint=hint)
    if name != space.strategy:
        _check_drawable(space)
        if not STRATEGIES[name].is_drawn and STRATEGIES[name].takes_no_params:
            rule = f"the strategy {name} needs keys of its own in the file"
            raise SpaceError(rule, where="--strategy", hint="see docs/how_to/space.md")
    return {"strategy": name, **given}


def _check_drawable(space: Space) -> None:
    if not space.tried.is_drawn:
        rule = "only a space whose strategy takes all combinations of its axes can be searched by another one"
        raise SpaceError(rule, where="strategy", got=space.strategy)
