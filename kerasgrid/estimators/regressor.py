"""The regressor."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score

from kerasgrid.estimators.base import KerasEstimator
from kerasgrid.estimators.targets import NumberTargets


class KerasRegressor(NumberTargets, RegressorMixin, KerasEstimator):  # type: ignore[misc]
    """A Keras regressor for scikit-learn, trained by kerasgrid's compiled engine on the mean squared error.

    Parameters, cost and what X may be are those of :class:`kerasgrid.KerasClassifier`. Targets are float32. Those of a
    table with words, categories or dates are standardised for the training, others are taken as they are, unless
    ``target_scaling`` says otherwise: where numbers are large, ``"standard"`` helps. Predictions are in the targets'
    own unit.

    Attributes:
        history_: Curves by name (``loss``, ``mse``, ``mae``, ``r2``, ``val_loss``, …), one value an epoch; losses are
            the data's alone, without penalties.
        model_: The trained ``keras.Model``, plain and compiled.
        n_features_in_: Length of the second axis of X.
        n_outputs_: Number of targets.
        callbacks_: The callbacks of the last fit, with what they noted: copies of those of the parameter, and the very
            ones that ``fit`` was given, in this process alone: pickles have none.
        target_type_: What ``sklearn.utils.multiclass.type_of_target`` says of y.
        feature_names_in_: Column names, if X was a data frame.
    """

    _task = "regression"

    def predict(self, X: Any, **arguments: Any) -> npt.NDArray[np.float64]:
        """Return the predicted targets, of shape (n,) or (n, targets), as y was.

        Args:
            X: Samples.
            arguments: Keras's ``batch_size`` and ``verbose``, which change nothing.
        """
        return self._numbers(self._outputs(X, arguments))

    @staticmethod
    def scorer(y_true: Any, y_pred: Any, **options: Any) -> float:
        """Return the R² of predictions; override it for another :meth:`score`."""
        return float(r2_score(y_true, y_pred, **options))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return what :meth:`scorer` says of the predictions for X."""
        options = {} if sample_weight is None else {"sample_weight": sample_weight}
        return self.scorer(y, self.predict(X), **options)
