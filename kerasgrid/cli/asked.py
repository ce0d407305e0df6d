"""The space that the command line asks for: a file or a bundled one, with what its options say instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasgrid.errors import SpaceError

if TYPE_CHECKING:
    from kerasgrid.space.spec import Space


def asked_space(
    source: str,
    *,
    trials: int | None = None,
    rounds: int | None = None,
    repeats: int | None = None,
    seed: int | None = None,
    dataset: str | None = None,
    target: str | None = None,
    model: str | None = None,
) -> Space:
    """Return the space of this file or bundled name, with what the command line says instead.

    Args:
        source: A path or a bundled name.
        trials: Number of random candidates; makes the strategy random.
        rounds: In how many rounds they are drawn; makes the strategy random, too.
        repeats: How often each candidate is trained on all folds.
        seed: Seed of the run.
        dataset: The name of a data set, or a ``.npz`` or ``.csv`` file.
        target: The column of a ``.csv`` file to predict.
        model: A model by name, or a builder as ``module:builder``; its module is imported by workers only.

    Raises:
        SpaceError: if the space or what replaces a part of it is wrong.
    """
    from kerasgrid.api.spaces import dataset_document
    from kerasgrid.axes.names import is_own
    from kerasgrid.data.sources import suffixes
    from kerasgrid.space.files import load_space

    own = None
    if is_own(model):
        from kerasgrid.models.named import named_builder

        own = named_builder(str(model))
    space = load_space(source, own_model=own)
    if trials is not None or rounds is not None:
        _check_drawable(space)
    changes: dict[str, object] = {"model": model} if own is None and model is not None else {}
    if trials is not None:
        changes |= {"strategy": "random", "trials": trials}
    if rounds is not None:
        changes |= {"strategy": "random", "rounds": rounds}
    if repeats is not None:
        changes["repeats"] = repeats
    if seed is not None:
        changes["seed"] = seed
    if dataset is not None:
        changes["dataset"] = dataset_document(dataset, target)
    elif target is not None:
        files = " or ".join(f"FILE{suffix}" for suffix in suffixes("target"))
        raise SpaceError(f"goes with --dataset {files} only", where="--target")
    return space.changed(**changes) if changes else space


def random_space(source: str | None, **changes: object) -> Space:
    """Return the space for ``kerasgrid random``: as :func:`asked_space`, with the strategy random.

    Without a source it is the bundled space ``random``, which takes a few hundred samples also of another named data
    set: its deep network would take hours on all of a large one.
    """
    from kerasgrid.space.files import load_space

    space = asked_space(source if source is not None else "random", **changes)  # type: ignore[arg-type]
    _check_drawable(space)
    if source is None and space.dataset.name is not None:
        bundled = load_space("random")
        space = space.changed(dataset={**bundled.dataset.model_dump(), "name": space.dataset.name})
    if source is None and changes.get("dataset") is not None:
        # It compares by accuracy, which regression has not; each task has a metric of its own.
        space = space.changed(metric=None)
    return space if space.strategy == "random" else space.changed(strategy="random")


def _check_drawable(space: Space) -> None:
    if space.strategy not in ("grid", "random"):
        raise SpaceError("only a grid or random space can be drawn from", where="strategy", got=space.strategy)
