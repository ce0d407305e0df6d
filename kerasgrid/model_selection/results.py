"""What any fitted search of scikit-learn found: a table, the page of the command line, ``best_params.json``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasgrid.model_selection.trials import chosen_trials, metric_of, run_of

if TYPE_CHECKING:
    import pandas as pd


def to_frame(search: Any, *, metric: str | None = None) -> pd.DataFrame:
    """Return the results of a fitted search as a table, one row a candidate, best first.

    The columns are those of ``cv_results_``: rank, mean, standard deviation and scores of the metric first, then one
    ``param_<name>`` column a parameter, then the others. Columns of our own: ``standard_error_test_<metric>``, the
    sample standard deviation over the splits / √n; and, of kerasgrid's searches, ``error``, why the first of a
    candidate's fits failed. Scores and their signs are scikit-learn's. The first row is ``best_index_``, unless
    ``refit`` names another of several metrics; of a halving search, rows of later iterations come before those of
    earlier ones.

    Args:
        search: A fitted search of scikit-learn or kerasgrid: GridSearchCV, RandomizedSearchCV, Halving…
        metric: One of several; None for the one that ``refit`` names.

    Raises:
        NotFittedError: if the search is not fitted.
        RunError: if there are several metrics, ``refit`` names none, and neither do you; or there is no such metric.
    """
    import pandas as pd

    name = metric_of(search, metric)
    results = search.cv_results_
    trials = chosen_trials(search, metric)
    order = [index for index, _ in trials]
    columns: dict[str, Any] = {f"rank_test_{name}": results[f"rank_test_{name}"]}
    for key in (f"mean_test_{name}", f"std_test_{name}"):
        columns[key] = results[key]
    error_of = {index: trial.standard_error for index, trial in trials}
    n_rows = len(results["params"])
    columns[f"standard_error_test_{name}"] = pd.Series([error_of[i] for i in range(n_rows)], dtype="float64")
    columns |= {key: results[key] for key in (f"split{n}_test_{name}" for n in range(search.n_splits_))}
    columns |= {key: values for key, values in results.items() if key.startswith("param_")}
    columns |= {key: values for key, values in results.items() if key not in columns and key != "params"}
    columns["params"] = results["params"]
    errors = _errors(search)
    if errors is not None:
        columns["error"] = [errors.get(index) for index in range(n_rows)]
    series = {key: _series(values) for key, values in columns.items()}
    return pd.DataFrame(series).iloc[order].reset_index(drop=True)


def report(search: Any, path: str | os.PathLike[str], *, metric: str | None = None) -> Path:
    """Write the page of the command line's ``report.html`` for a fitted search, and return its path.

    Every candidate is a line in parallel coordinates (HiPlot) and a row of a table; the page is one file that needs
    nothing else. Parameters that are no numbers or texts, such as functions and estimators, are shown in short. Of
    the time that a search of scikit-learn took only the sum over its fits is known.

    Args:
        search: As for :func:`to_frame`.
        path: Where to write it, such as ``report.html``; the folder exists.
        metric: As for :func:`to_frame`.

    Raises:
        NotFittedError: if the search is not fitted.
        RunError: as for :func:`to_frame`, or the file cannot be written.
    """
    from kerasgrid.reports.pages.parallel import parallel_page
    from kerasgrid.system.files import write_text

    write_text(Path(path), parallel_page(run_of(search, metric, resources=True)))
    return Path(path)


def best_params(search: Any, path: str | os.PathLike[str], *, metric: str | None = None) -> dict[str, Any]:
    """Write ``best_params.json``, in the format of the command line, for a fitted search, and return its content.

    What scikit-learn does not know (a data set's name and source, a test-set result) is null. ``mean`` and ``scores``
    are in scikit-learn's sign: greater is better for every scorer.

    Args:
        search: As for :func:`to_frame`.
        path: Where to write it; the folder exists.
        metric: As for :func:`to_frame`.

    Raises:
        NotFittedError: if the search is not fitted.
        RunError: as for :func:`to_frame`, no candidate has a score, or the file cannot be written.
    """
    from kerasgrid.errors import RunError
    from kerasgrid.reports.tables.best_params import best_params as content_of
    from kerasgrid.system.files import write_json

    content = content_of(run_of(search, metric))
    if content is None:
        raise RunError("no candidate has a score, so none is the best", where=type(search).__name__)
    write_json(Path(path), content)
    return content


def _errors(search: Any) -> dict[int, str] | None:
    facts = getattr(search, "_facts", None)
    return None if facts is None else dict(facts["errors"])


def _series(values: Any) -> pd.Series:
    import numpy as np
    import pandas as pd

    if isinstance(values, np.ma.MaskedArray):
        # A candidate of another grid does not have the parameter.
        values = [
            None if masked else value for value, masked in zip(values.data, np.ma.getmaskarray(values), strict=True)
        ]
    if isinstance(values, list):
        made = pd.Series(np.empty(len(values), dtype=object))
        for index, value in enumerate(values):
            made.iat[index] = value
        # Texts stay objects, so that None stays None.
        is_numeric = all(isinstance(value, bool | int | float | np.number | np.bool_) for value in values)
        return made.infer_objects() if is_numeric else made
    return pd.Series(values)
