"""What an earlier search in the same folder made of its data: it goes on with that, whatever is guessed since."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kerasgrid.errors import KerasgridError

if TYPE_CHECKING:
    from kerasgrid.data.dataset import Dataset
    from kerasgrid.space.spec import Space


@dataclass(frozen=True, slots=True)
class Earlier:
    """How data was read.

    Attributes:
        task: What was predicted.
        knew_columns: Whether columns of tables had kinds by then.
    """

    task: str
    knew_columns: bool


def earlier_in(folder: Path, space: Space) -> Earlier | None:
    """Return how the last search in a folder read the data that this space asks for; None if there was none of it."""
    from kerasgrid.run.store import Store

    if not folder.is_dir():
        return None
    try:
        with Store.open_readonly(folder) as store:
            plan = store.meta().get("plan")
    except KerasgridError:  # whoever writes to it says what is the matter
        return None
    if plan is None or plan["space"]["dataset"] != space.dataset.plain():
        return None
    return Earlier(plan["task"], "columns" in plan["dataset"])


def as_before(space: Space, earlier: Earlier) -> Dataset | None:
    """Return the table of a space as it was read before columns had kinds; None for other data."""
    from kerasgrid.data.checks import expanded
    from kerasgrid.data.plain_csv import read_plain_csv
    from kerasgrid.data.subset import subset

    asked = space.dataset
    if earlier.knew_columns or asked.path is None or not asked.path.lower().endswith(".csv"):
        return None
    assert isinstance(asked.target, str)
    path = expanded(asked.path, "dataset")
    dataset = read_plain_csv(path, asked.target).to_dataset(name=path.stem, task=earlier.task)  # type: ignore[arg-type]
    return dataset if asked.train_size is None else subset(dataset, asked.train_size, asked.seed)
