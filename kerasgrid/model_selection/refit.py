"""What the refit of the best candidate needs in this process, made before it is known which one that is."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from contextlib import suppress

from sklearn.base import clone

from kerasgrid.engine.keras_setup import import_as_guest
from kerasgrid.estimators.base import KerasEstimator
from kerasgrid.estimators.fit_arguments import FitArguments
from kerasgrid.estimators.fitting import fit_estimator
from kerasgrid.model_selection.programs import Trained
from kerasgrid.model_selection.task import Task


def prepare_refit(tasks: Mapping[Task, Trained]) -> None:
    """Import TensorFlow if it is ours to do so and, if all candidates train with one program, build it for all samples.

    Args:
        tasks: The tasks of a search, with what each trains; at least one.

    Raises:
        RunError: if Keras runs on another backend here.
    """
    task, trained = next(iter(tasks.items()))
    if trained.program is None:
        return
    import_as_guest()
    estimator = task.args[0]
    # Whoever draws seeds would draw one more.
    has_seed = isinstance(getattr(estimator, "random_state", None), int)
    if not isinstance(estimator, KerasEstimator) or not has_seed or task.kwargs.get("fit_params"):
        return
    if trained.params is None or any(other.program != trained.program for other in tasks.values()):
        return
    with suppress(Exception), warnings.catch_warnings():  # whatever is wrong is the refit's to say
        warnings.simplefilter("ignore")
        made = clone(estimator).set_params(**clone(task.kwargs["parameters"], safe=False))
        X, y = task.args[1:3]
        fit_estimator(made, X, y, FitArguments.of(made, {}), trains=False, builds=True)
