"""From an estimator of scikeras to ours."""

from __future__ import annotations

from typing import Any

from sklearn.base import ClassifierMixin

from kerasgrid.errors import ParameterError
from kerasgrid.estimators.classifier import KerasClassifier
from kerasgrid.estimators.regressor import KerasRegressor

_RENAMED = {"validation_split": "fit__validation_split"}
"""Parameters of scikeras that another one of ours does: its share is the last one, unshuffled."""


def from_scikeras(estimator: Any) -> KerasClassifier | KerasRegressor:
    """Return the estimator of kerasgrid with the builder and the parameters of one of scikeras, unfitted.

    Nothing else changes: epochs, optimizer and its rate are those that scikeras would take.

    Args:
        estimator: A ``scikeras.wrappers.KerasClassifier`` or ``KerasRegressor``, or of a class that derives from them.

    Raises:
        ParameterError: if it is none, or has transformers of its own, which are not called.
    """
    classes = [cls for cls in type(estimator).__mro__ if cls.__module__.partition(".")[0] == "scikeras"]
    if not classes:
        raise ParameterError(
            "must be an estimator of scikeras", where="estimator", got=f"{type(estimator).__module__}."
            f"{type(estimator).__qualname__}"
        )  # fmt: skip
    for hook in ("target_encoder", "feature_encoder"):
        owner = next(cls for cls in type(estimator).__mro__ if hook in vars(cls))
        if owner not in classes:
            raise ParameterError("transformers of an estimator's own are not called", where=hook, got=owner.__name__)
    params = {_RENAMED.get(name, name): value for name, value in estimator.get_params(deep=False).items()}
    params = {name: value for name, value in params.items() if value is not None and name != "run_eagerly"}
    if getattr(estimator, "run_eagerly", False):
        params["run_eagerly"] = True
    if isinstance(params.get("optimizer"), str):
        import keras

        # With the rate that Keras gives it.
        params["optimizer"] = type(keras.optimizers.get(params["optimizer"]))
    if hasattr(estimator, "_keras_build_fn"):
        params["model"] = estimator._keras_build_fn
    cls = KerasClassifier if isinstance(estimator, ClassifierMixin) else KerasRegressor
    return cls(**params)
