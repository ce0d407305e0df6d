"""kerasgrid: which hyperparameters should my Keras model use, and what does each of them do?

Importing this package imports neither TensorFlow nor Keras nor scikit-learn; what needs them does at its first use. It
makes saved models with layers of ours (``lenet5``) loadable by ``keras.saving.load_model``, whichever of the two
packages is imported first.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kerasgrid.models.registration import register_layers

if TYPE_CHECKING:
    from kerasgrid.api.auto import auto
    from kerasgrid.api.comparing import compare
    from kerasgrid.api.opening import open_run
    from kerasgrid.api.repair import repair
    from kerasgrid.api.searching import search
    from kerasgrid.api.showing import show
    from kerasgrid.axes.candidate import Candidate
    from kerasgrid.data.dataset import Dataset
    from kerasgrid.data.sources import load_dataset
    from kerasgrid.errors import (
        DataError,
        FitError,
        InputError,
        KerasgridError,
        ParameterError,
        RunError,
        SpaceError,
    )
    from kerasgrid.estimators.automatic import AutoClassifier, AutoRegressor
    from kerasgrid.estimators.classifier import KerasClassifier
    from kerasgrid.estimators.neighbours import from_scikeras
    from kerasgrid.estimators.regressor import KerasRegressor
    from kerasgrid.model_selection.results import best_params, report, to_frame
    from kerasgrid.model_selection.search import GridSearchCV, RandomizedSearchCV
    from kerasgrid.models.factory import build_model
    from kerasgrid.run.run import Run
    from kerasgrid.space.files import load_space
    from kerasgrid.space.grid import candidates
    from kerasgrid.space.spec import Space

__version__ = "0.1.0"

__all__ = [
    "AutoClassifier",
    "AutoRegressor",
    "Candidate",
    "DataError",
    "Dataset",
    "FitError",
    "GridSearchCV",
    "InputError",
    "KerasClassifier",
    "KerasRegressor",
    "KerasgridError",
    "ParameterError",
    "RandomizedSearchCV",
    "Run",
    "RunError",
    "Space",
    "SpaceError",
    "auto",
    "best_params",
    "build_model",
    "candidates",
    "compare",
    "from_scikeras",
    "load_dataset",
    "load_space",
    "open_run",
    "repair",
    "report",
    "search",
    "show",
    "to_frame",
]

_HOMES = {
    "AutoClassifier": "estimators.automatic",
    "AutoRegressor": "estimators.automatic",
    "Candidate": "axes.candidate",
    "DataError": "errors",
    "Dataset": "data.dataset",
    "FitError": "errors",
    "GridSearchCV": "model_selection.search",
    "InputError": "errors",
    "KerasClassifier": "estimators.classifier",
    "KerasRegressor": "estimators.regressor",
    "KerasgridError": "errors",
    "ParameterError": "errors",
    "RandomizedSearchCV": "model_selection.search",
    "Run": "run.run",
    "RunError": "errors",
    "Space": "space.spec",
    "SpaceError": "errors",
    "auto": "api.auto",
    "best_params": "model_selection.results",
    "build_model": "models.factory",
    "candidates": "space.grid",
    "compare": "api.comparing",
    "from_scikeras": "estimators.neighbours",
    "load_dataset": "data.sources",
    "load_space": "space.files",
    "open_run": "api.opening",
    "repair": "api.repair",
    "report": "model_selection.results",
    "search": "api.searching",
    "show": "api.showing",
    "to_frame": "model_selection.results",
}


register_layers()


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"kerasgrid.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
