"""What ``kerasgrid auto`` finds in a run's folder: whether it goes on there, with which space and which data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasgrid.api.auto_splits import TEST_SHARE, rare_in_training
from kerasgrid.errors import KerasgridError

if TYPE_CHECKING:
    from kerasgrid.data.dataset import Dataset
    from kerasgrid.space.spec import Space


def n_trials_of(space: Space) -> int:
    """Return how many candidates a space asks for."""
    return int(space.tried.keys.model_dump()["trials"])


def as_it_began(space: Space, dataset: Dataset) -> Dataset:
    """Return data as its search began: with the test set and the folds that were made of it."""
    from kerasgrid.data.subset import with_test_set

    share = space.dataset.test_split
    if share is not None and dataset.x_test is None:
        dataset = with_test_set(dataset, share, space.dataset.seed)
    return rare_in_training(dataset, space.cv, space.seed)


def searched_before(
    folder: Path, document: Mapping[str, Any], metric: str | None, seed: int | None
) -> tuple[Space, str] | None:
    """Return the space that was searched in this folder, if it is one of ours of the same data, and the data's hash."""
    from kerasgrid.run.plan import Plan
    from kerasgrid.run.store import Store
    from kerasgrid.run.suits import is_auto

    if not folder.is_dir():
        return None
    try:
        with Store.open_readonly(folder) as store:
            plan = Plan.from_meta(store.meta(), str(folder))
    except KerasgridError:  # whoever writes to it says what is the matter
        return None
    space = plan.space
    asked = space.changed(dataset=dict(document)).dataset.plain()
    kept = space.dataset.plain()
    if isinstance(kept, dict) and kept.get("test_split") == TEST_SHARE:
        # It may be we who added it.
        kept = space.changed(dataset={**kept, "test_split": dict(document).get("test_split")}).dataset.plain()
    is_same = kept == asked and seed in (None, space.seed) and metric in (None, space.metric)
    return (space, str(plan.dataset["fingerprint"])) if is_same and is_auto(space) else None
