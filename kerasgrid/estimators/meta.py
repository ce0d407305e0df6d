"""What builders are told of the data and of the estimator, by scikeras's names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasgrid.estimators.asked import Asked
from kerasgrid.estimators.made import made

if TYPE_CHECKING:
    from kerasgrid.models.builders import Arguments

_META = ("target_type_", "classes_", "n_classes_")


def arguments_of(estimator: Any, asked: Asked, params: dict[str, Any], y: Any, n_samples: int) -> Arguments:
    """Return what the builder of an estimator is called with.

    Args:
        estimator: It, with what it has learnt of y.
        asked: What its parameters ask for; the builder takes its arguments by name.
        params: They, resolved.
        y: Labels or targets.
        n_samples: How many are trained on.
    """
    from kerasgrid.models.builders import Arguments

    signature = asked.signature
    assert signature is not None

    def wants(name: str) -> bool:
        return signature.takes(name) and name not in asked.given

    meta = {name: getattr(estimator, name) for name in _META if hasattr(estimator, name)}
    n_targets = y.shape[1] if y.ndim == 2 and estimator._task == "regression" else 1
    meta |= {"X_dtype_": np.dtype(np.float32), "y_dtype_": y.dtype, "y_ndim_": y.ndim}
    meta |= {"n_outputs_": n_targets, "n_outputs_expected_": 1}
    return Arguments(
        dict(asked.given),
        meta if wants("meta") else None,
        n_samples,
        _compile_kwargs(asked, params) if wants("compile_kwargs") else None,
        estimator.get_params(deep=False) if wants("params") else None,
    )


def _compile_kwargs(asked: Asked, params: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    def arguments() -> dict[str, Any]:
        from kerasgrid.engine.optimizers import make_optimizer
        from kerasgrid.models.compiled import Made, as_metrics

        optimizer = asked.optimizer or Made.of(make_optimizer(params))
        settings = {} if asked.optimizer is None else {name: asked.table[name] for name in asked.table}
        known = {name: value for name, value in settings.items() if name in optimizer.config}
        metrics = list(as_metrics(made(asked.metrics, {}, "metrics"))) or None
        return {
            "optimizer": optimizer.changed({**known, **asked.options}).optimizer(),
            "loss": asked.table.get("loss") if asked.loss is None else asked.loss,
            "metrics": metrics,
            "run_eagerly": False,
        }

    return arguments
