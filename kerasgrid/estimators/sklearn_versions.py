"""What differs between the versions of scikit-learn: checking arrays, and tags."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

try:
    from sklearn.utils.validation import validate_data as _validate_data
except ImportError:  # before 1.6 it is a method
    _validate_data = None


def checked_arrays(estimator: BaseEstimator, X: Any, y: Any = None, *, fitting: bool, **options: Any) -> Any:
    """Return X as a float32 array (n, features) or (n, height, width, …), and y if ``fitting``, as scikit-learn checks.

    Args:
        estimator: Gets ``n_features_in_`` and, for data frames, ``feature_names_in_`` if ``fitting``, else must agree.
        X: Samples.
        y: Targets; looked at only if ``fitting``.
        fitting: Whether this is for ``fit``.
        options: Further options of ``sklearn.utils.check_X_y``.

    Raises:
        ValueError: if scikit-learn finds them wrong.
    """
    options |= {"allow_nd": True, "dtype": np.float32, "order": "C", "reset": fitting}
    if fitting:
        options["y"] = y
    if _validate_data is None:
        return estimator._validate_data(X, **options)
    return _validate_data(estimator, X, **options)


class ImageTags(BaseEstimator):  # type: ignore[misc]
    """Declares that images are taken beside tables, and that y is needed."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = True
        tags.target_tags.required = True
        return tags

    def _more_tags(self) -> dict[str, Any]:
        # scikit-learn before 1.6
        return {"requires_y": True, "X_types": ["2darray", "3darray"]}
