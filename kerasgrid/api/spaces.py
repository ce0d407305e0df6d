"""Spaces as they are handed over: a file, a bundled name, a document or a space."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerasgrid.space.spec import Space


def space_of(space: Space | Mapping[str, Any] | str | Path) -> Space:
    """Return the space that is meant.

    Args:
        space: A path, the name of a bundled space, what a space file holds as a dict, or a space.

    Raises:
        SpaceError: There is no such file or name, or it is no valid space.
    """
    from kerasgrid.space.files import load_space
    from kerasgrid.space.spec import Space, space_from_dict

    if isinstance(space, Space):
        return space
    return load_space(space) if isinstance(space, str | Path) else space_from_dict(space)


def dataset_document(dataset: str, **options: Any) -> dict[str, Any]:
    """Return what a space file says of a data set.

    Args:
        dataset: The name of a data set, a file or a folder.
        options: Further keys of ``dataset``, such as ``target``.
    """
    from kerasgrid.data.sources import is_path, named_sources

    is_place = is_path(dataset) or len(Path(dataset).parts) > 1 or Path(dataset).is_dir()
    return {"path" if is_place and dataset not in named_sources() else "name": dataset, **options}
