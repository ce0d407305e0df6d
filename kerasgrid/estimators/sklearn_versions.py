"""What differs between the versions of scikit-learn: checking arrays, and tags."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, _clone_parametrized
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.validation import _check_sample_weight

from kerasgrid.errors import InputError

try:
    from sklearn.utils.validation import validate_data as _validate_data
except ImportError:  # before 1.6 it is a method
    _validate_data = None


def checked_arrays(estimator: BaseEstimator, X: Any, y: Any = None, *, fitting: bool) -> Any:
    """Return X as scikit-learn checks numbers, and y if ``fitting``.

    Args:
        estimator: Gets ``n_features_in_`` and, for data frames, ``feature_names_in_`` if ``fitting``, else must agree.
        X: Samples. They become a float32 array (n, features) or (n, height, width, …), or a float32 sparse matrix by
            rows; both may have NaN.
        y: Labels or targets; looked at only if ``fitting``.
        fitting: Whether this is for ``fit``.

    Raises:
        ValueError: if scikit-learn finds them wrong.
    """
    options: dict[str, Any] = {"allow_nd": True, "dtype": np.float32, "order": "C", "accept_sparse": "csr"}
    options |= {"reset": fitting}
    if fitting:
        options |= {"y": y, "multi_output": True}
    if _validate_data is None:
        return estimator._validate_data(X, force_all_finite="allow-nan", **options)
    return _validate_data(estimator, X, ensure_all_finite="allow-nan", **options)


def checked_names(estimator: BaseEstimator, X: Any, y: Any = None, *, fitting: bool) -> Any:
    """Return y as scikit-learn checks it if ``fitting``; of X only the columns' number and names are looked at.

    Args:
        estimator: As for :func:`checked_arrays`.
        X: A frame or an array of two axes.
        y: Labels or targets; looked at only if ``fitting``.
        fitting: Whether this is for ``fit``.

    Raises:
        ValueError: if scikit-learn finds them wrong.
    """
    if fitting:
        options = {"reset": True, "multi_output": True}
        # First, since it forgets the names of columns.
        if _validate_data is None:
            y = estimator._validate_data("no_validation", y, **options)
        else:
            y = _validate_data(estimator, "no_validation", y, **options)
        check_consistent_length(X, y)
    if _validate_data is None:
        estimator._validate_data(X, "no_validation", reset=fitting, cast_to_ndarray=False)
    else:
        _validate_data(estimator, X, reset=fitting, skip_check_array=True)
    return y


def checked_weights(sample_weight: Any, y: Any) -> Any:
    """Return weights of samples as scikit-learn checks them, float32 (n,); None if all count alike.

    Raises:
        ValueError: if they are no numbers of at least 0, one a sample; if it is ours, an
            :class:`~kerasgrid.errors.InputError`.
    """
    weights = _check_sample_weight(sample_weight, y, dtype=np.float64, copy=True)
    if (weights < 0).any():
        raise InputError("must be at least 0", where="sample_weight", got=f"{weights.min():g}")
    if not weights.any():
        raise InputError("must be above 0 for some sample", where="sample_weight", got="zeros alone")
    return None if (weights == 1).all() else weights.astype(np.float32)


def checked_targets(X: Any, y: Any) -> Any:
    """Return further labels or targets as scikit-learn checks them: as many as samples, no gaps.

    Raises:
        ValueError: if scikit-learn finds them wrong.
    """
    y = check_array(y, ensure_2d=False, dtype=None)
    check_consistent_length(X, y)
    return y


def cloned(estimator: Any, shared: Collection[str]) -> Any:
    """Return what scikit-learn's ``clone`` makes of an estimator that has no way of its own to be cloned.

    Args:
        estimator: It.
        shared: Parameters whose objects the clone is given as they are, not copied.
    """
    values = {name: value for name, value in vars(estimator).items() if name in shared}
    kept = {
        name: value
        for name, value in values.items()
        if isinstance(value, list | tuple | dict) or (hasattr(value, "get_config") and not isinstance(value, type))
    }
    bare = object.__new__(type(estimator))
    bare.__dict__.update({**vars(estimator), **dict.fromkeys(kept)})
    made = _clone_parametrized(bare)
    made.__dict__.update(kept)
    return made


class InputTags(BaseEstimator):  # type: ignore[misc]
    """Declares that images, words, categories, gaps and sparse matrices are taken beside numbers, and y is needed."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        for kind in ("two_d_array", "three_d_array", "allow_nan", "string", "categorical", "sparse"):
            setattr(tags.input_tags, kind, True)
        tags.target_tags.required = True
        return tags

    def _more_tags(self) -> dict[str, Any]:
        # scikit-learn before 1.6
        kinds = ["2darray", "3darray", "string", "categorical", "sparse"]
        return {"requires_y": True, "allow_nan": True, "X_types": kinds}
