"""What a run leaves: files, columns, exports."""

from __future__ import annotations

from kerasgrid.fits.fold_models import FOLDER as FOLD_MODELS
from kerasgrid.fits.states import FOLDER as STATES
from kerasgrid.reports.export.export import EXPORTS
from kerasgrid.reports.files import REPORTS
from kerasgrid.run.columns import COLUMNS
from kerasgrid.run.database import FILE, MODEL_FILE
from kerasgrid_docs.markdown import code, table

_OTHERS = (
    (FILE, "Every finished fit with its learning curve", "the other files can be made of it again: `kerasgrid report`"),
    (MODEL_FILE, "The winner, refitted on all training data: plain Keras layers", "loads without kerasgrid; only a "
     "`lenet5` with layers of its own needs `import kerasgrid` before"),
    (STATES, "A folder: what fits ended with, so that more epochs go on from there", "with `keep_states`"),
    (FOLD_MODELS, "A folder: the networks of the best trials, for a closer look and an ensemble", "with `explain` or "
     "`ensemble`"),
)  # fmt: skip
"""What a run's folder holds that is no report."""


def report_files() -> str:
    """Return the table of a run's files."""
    rows = [(code(row.name), row.caption, row.about) for row in REPORTS.values()]
    rows += [(code(name), what, more) for name, what, more in _OTHERS]
    return table(("file", "what it shows", "more"), rows)


def columns() -> str:
    """Return the table of the columns of ``results.csv``, from left to right."""
    rows = [row for row in COLUMNS.values() if "csv" in row.places]
    before = [row for row in rows if row.places["csv"] < 0]
    after = [row for row in rows if row.places["csv"] >= 0]
    told = [(row.places["csv"], row.name, row.dtype, row.about) for row in before]
    told.append((-5, "split0_test_score, …", "float64", "the score of each split: fold by fold, repeat by repeat"))
    told.append(
        (-3.5, "mean_test_METRIC, …", "float64", "the mean of each metric that was recorded besides, with `metrics`")
    )
    told.append((0, "param_NAME, …", "", "the value of each parameter that some candidate has"))
    told += [(row.places["csv"], row.name, row.dtype, row.about) for row in after]
    ordered = sorted(told, key=lambda row: row[0])
    return table(("column", "type", "what it says"), [(code(name), code(kind) if kind else "", text)
                                                       for _, name, kind, text in ordered])  # fmt: skip


def exports() -> str:
    """Return the table of exports."""
    rows = [
        (code(row.name), code(row.default), "a row a trial, or with `--epochs` a row an epoch" if row.is_table else "",
         f"`pip install 'kerasgrid[{row.extra}]'`" if row.extra else "")
        for row in EXPORTS.values()
    ]  # fmt: skip
    return table(("form", "file or folder", "rows", "needs"), rows)
