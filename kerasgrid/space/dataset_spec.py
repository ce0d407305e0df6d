"""The ``dataset`` of a space: which data to learn from."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from kerasgrid.axes.parameter import shown
from kerasgrid.axes.problems import CONFIG, carried
from kerasgrid.axes.sampling import MAX_SEED
from kerasgrid.data.source import OPTIONS
from kerasgrid.data.sources import goes_with, suffixes
from kerasgrid.errors import SpaceError

Task = Literal["classification", "regression"]

_HINTS = {"size": "train_size takes a part of the other data sets"}
"""What to do instead of an option, where it does not go."""


class DatasetSpec(BaseModel):
    """Which data to learn from; a bare string in the file is its ``name``.

    Attributes:
        name: A data set by name; either this or ``path``.
        path: A file of data.
        target: The column of a file to predict.
        task: What to learn from a file, where it does not show.
        train_size: How many training examples to take, drawn at random; None takes all.
        seed: Seed of that draw, and of the samples of a formula.
        size: How many training samples to make, for ``linear``, ``free_fall`` and ``sine``.
        noise: Standard deviation of the noise on their targets, in the targets' unit.
    """

    model_config = CONFIG

    name: str | None = Field(None, min_length=1)
    path: str | None = Field(None, min_length=1)
    target: str | None = Field(None, min_length=1)
    task: Task | None = None
    train_size: int | None = Field(None, ge=1)
    seed: int = Field(0, ge=0, le=MAX_SEED)
    size: int | None = Field(None, ge=2, le=1_000_000)
    noise: float | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.name is None) == (self.path is None):
            got = "neither" if self.name is None else "both"
            raise carried([SpaceError("must have either name or path", where="dataset", got=got)])
        asked = "path" if self.path is not None else self.name
        for key in OPTIONS:
            takers = goes_with(key)
            if getattr(self, key) is not None and asked not in takers:
                rule = f"goes with {', '.join(takers)} only"
                raise carried([SpaceError(rule, where=f"dataset.{key}", hint=_HINTS.get(key))])
        if self.name is not None and ("/" in self.name or "\\" in self.name or self.name.endswith(suffixes())):
            hint = f'write {{"path": {shown(self.name)}}}'
            raise carried([SpaceError("must be a name, not a file", where="dataset", got=shown(self.name), hint=hint)])
        return self

    def plain(self) -> str | dict[str, Any]:
        """Return this as the file has it: the name alone, if there is no more to say."""
        values = self.model_dump(exclude_defaults=True)
        return self.name if self.name is not None and values.keys() == {"name"} else values
