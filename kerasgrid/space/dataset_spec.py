"""The ``dataset`` of a space: which data to learn from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from kerasgrid.axes.parameter import shown
from kerasgrid.axes.problems import CONFIG, carried
from kerasgrid.axes.sampling import MAX_SEED
from kerasgrid.data.source import OPTIONS
from kerasgrid.data.sources import goes_with, suffixes
from kerasgrid.errors import SpaceError

Task = Literal["classification", "regression", "multilabel"]


def _told_at_once(rule: str) -> WrapValidator:
    """Return what tells a value that is none of several kinds so once, not once a kind."""

    def validate(value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        try:
            return handler(value)
        except ValidationError:
            problem = SpaceError(rule, where=f"dataset.{info.field_name}", got=shown(value))
            raise carried([problem]) from None

    return WrapValidator(validate)


Names = Annotated[str | list[str], _told_at_once("must be a name or a list of names")]
Size = Annotated[
    Annotated[int, Field(ge=2, le=1_000_000)]
    | Annotated[list[Annotated[int, Field(ge=1, le=10_000)]], Field(min_length=2, max_length=2)],
    _told_at_once("must be a whole number of at least 2, or a height and a width such as [64, 64]"),
]

_HINTS = {"size": "train_size takes a part of the other data sets"}
"""What to do instead of an option, where it does not go."""

_TABLE_ROLES = ("target", "drop", "group", "time", "fold", "weight")
"""The options that name columns of a table, each of which has one role."""


class DatasetSpec(BaseModel):
    """Which data to learn from; a bare string in the file is its ``name``.

    Attributes:
        name: A data set by name; either this or ``path``.
        path: A file of data, or a folder of images.
        target: The column of a table to predict, or several.
        task: What to learn from a file, where it does not show.
        columns: What some columns of a table are: number, category, yes/no or date.
        drop: Columns of a table to leave out.
        group: The column of a table whose rows of one value must not stand on both sides of a split.
        time: The column of a table that says when a row is from: what is held out is later than what is trained on.
        fold: The column of a table that says in which fold a row is held out.
        weight: The column of a table that says how much a row counts in the training.
        missing: Marks of gaps in a table, such as ``?`` or ``-999``.
        encoding: Of a text file, where it does not show.
        validation: A file like that of ``path``, whose samples are held out.
        test_split: The share of the samples to keep as a test set, where there is none.
        scale: Whether 8-bit values are divided by 255; None for images only.
        train_size: How many training examples to take, drawn at random; None takes all.
        seed: Seed of that draw, and of the samples of a formula.
        size: How many training samples to make, for ``linear``, ``free_fall`` and ``sine``; or the height and width
            of images from a folder.
        color: Whether images from a folder are ``rgb`` or ``grayscale``.
        noise: Standard deviation of the noise on a formula's targets, in the targets' unit.
    """

    model_config = CONFIG

    name: str | None = Field(None, min_length=1)
    path: str | None = Field(None, min_length=1)
    target: Names | None = Field(None, min_length=1)
    task: Task | None = None
    columns: dict[str, Literal["number", "category", "yes/no", "date"]] | None = None
    drop: Names | None = None
    group: str | None = Field(None, min_length=1)
    time: str | None = Field(None, min_length=1)
    fold: str | None = Field(None, min_length=1)
    weight: str | None = Field(None, min_length=1)
    missing: Names | None = None
    encoding: str | None = Field(None, min_length=1)
    validation: str | None = Field(None, min_length=1)
    test_split: float | None = Field(None, gt=0, lt=1)
    scale: bool | None = None
    train_size: int | None = Field(None, ge=1)
    seed: int = Field(0, ge=0, le=MAX_SEED)
    size: Size | None = None
    color: Literal["rgb", "grayscale"] | None = None
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


def dataset_or_name() -> BeforeValidator:
    """Return what takes the name of a data set, too, for all that there is to say of it."""

    def check(raw: Any) -> Any:
        if not isinstance(raw, str | Mapping | DatasetSpec):
            raise carried([SpaceError("must be a name or an object", where="dataset", got=shown(raw))])
        return {"name": raw} if isinstance(raw, str) else raw

    return BeforeValidator(check)
