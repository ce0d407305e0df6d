"""kerasgrid: which hyperparameters should my Keras model use, and what does each of them do?

Importing this package imports neither TensorFlow nor Keras; :func:`build_model` does when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerasgrid.data.dataset import Dataset
    from kerasgrid.data.sources import load_dataset
    from kerasgrid.errors import DataError, FitError, KerasgridError, RunError, SpaceError
    from kerasgrid.models.factory import build_model
    from kerasgrid.space.candidate import Candidate
    from kerasgrid.space.files import load_space
    from kerasgrid.space.grid import candidates
    from kerasgrid.space.spec import Space

__version__ = "0.1.0"

__all__ = [
    "Candidate",
    "DataError",
    "Dataset",
    "FitError",
    "KerasgridError",
    "RunError",
    "Space",
    "SpaceError",
    "build_model",
    "candidates",
    "load_dataset",
    "load_space",
]

_HOMES = {
    "Candidate": "space.candidate",
    "DataError": "errors",
    "Dataset": "data.dataset",
    "FitError": "errors",
    "KerasgridError": "errors",
    "RunError": "errors",
    "Space": "space.spec",
    "SpaceError": "errors",
    "build_model": "models.factory",
    "candidates": "space.grid",
    "load_dataset": "data.sources",
    "load_space": "space.files",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"kerasgrid.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
