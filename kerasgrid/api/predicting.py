"""Predicting with a run's model: from a file as the user has it to its rows with what is predicted of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from kerasgrid.api.finding import find_run
from kerasgrid.api.opening import open_run
from kerasgrid.errors import DataError, RunError
from kerasgrid.system.words import counted

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from kerasgrid.data.columns import Columns
    from kerasgrid.data.dataset import Task
    from kerasgrid.data.recognised import Recognised
    from kerasgrid.run.run import Run


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a model predicts of the rows of a file.

    Attributes:
        run: Whose model it is.
        outputs: The model's outputs, float32, (n, n_outputs): probabilities in the order of the classes, or numbers in
            the targets' own unit.
        scores: Metrics of the rows whose target is known; empty if none is.
        n_known: How many these are.
        notes: What there is to say, a line each.
    """

    run: Run
    outputs: np.ndarray
    scores: dict[str, float]
    n_known: int
    notes: Sequence[str]
    _rows: _Rows

    def parts(self) -> Iterator[pd.DataFrame]:
        """Yield the rows of the file with the predictions behind them, some thousands at a time, in their order.

        Raises:
            DataError: The file has other rows than when they were predicted.
        """
        import pandas as pd

        from kerasgrid.reports.tables.predictions import prediction_columns

        start = 0
        for rows in self._rows.frames(len(self.outputs)):
            outputs = self.outputs[start : start + len(rows)]
            start += len(rows)
            if start > len(self.outputs):
                break
            targets = self.run.dataset.get("targets", ())
            added = prediction_columns(outputs, self.run.task, self.run.classes, targets, list(rows.columns))
            yield pd.concat([rows, pd.DataFrame(added, index=rows.index)], axis=1)
        if start != len(self.outputs):
            others = "more" if start > len(self.outputs) else "fewer"
            got = f"{counted(len(self.outputs), 'prediction')} and {others} rows"
            hint = "predict once more what is there now"
            raise DataError(
                "must not change while its rows are predicted", where=str(self._rows.path), got=got, hint=hint
            )


def predict_run(name: str, path: Path, *, encoding: str | None = None, model: str | None = None) -> Predictions:
    """Return what the model of a run predicts of the rows of a file.

    Args:
        name: The run's folder, or its name under ``runs/``.
        path: A table with the columns of the training, in any order; a folder of images or an image; or a ``.npz``
            file with the samples as ``x`` or ``x_test``.
        encoding: Of a text file; None for what shows.
        model: ``module:builder`` of a model of the user's own, to be imported; None for none.

    Raises:
        RunError: There is no such run, or it has no model that can be loaded, or one of an earlier state.
        DataError: The file is missing or broken, or does not suit the model.
    """
    run = open_run(name)
    folder = find_run(os.fspath(name))
    _check_model(run, folder)
    try:
        rows = _rows_of(run, path, encoding)
    except OSError as error:
        where = str(error.filename or path)
        raise DataError("cannot be read", where=where, got=error.strerror or str(error)) from None
    loaded, saved = _loaded(folder, model)
    from kerasgrid.models.whole import model_parts  # Keras is there now

    outputs = _shown(run, saved.outputs_of(loaded, model_parts(rows.x, rows.columns)))
    y, places, notes = rows.known
    scores, more = _scores(run, y, outputs[places]) if len(places) else ({}, ())
    return Predictions(run, outputs, scores, len(places) if scores else 0, [*rows.notes, *notes, *more], rows)


@dataclass(frozen=True, eq=False)
class _Rows:
    """The rows of a file.

    Attributes:
        path: The file.
        x: As a data set has them.
        run: Whose model is asked.
        known: Labels or targets that the predictions can be held against.
        notes: What there is to say.
        names: What each row is called, where the file has no columns to say so; empty for a table.
        columns: Those of a table, as the training had them; None of arrays and images.
        encoding: Of a text file.
        left_out: Places of rows of the file for which there are no predictions.
    """

    path: Path
    x: np.ndarray
    run: Run
    known: Recognised
    notes: Sequence[str] = ()
    names: Sequence[object] = ()
    columns: Columns | None = None
    encoding: str | None = None
    left_out: Sequence[int] | np.ndarray = ()

    def frames(self, n: int) -> Iterator[pd.DataFrame]:
        """Yield what stands beside the predictions."""
        import pandas as pd

        from kerasgrid.data.raw_rows import raw_rows

        if self.columns is not None:
            yield from raw_rows(self.path, self.encoding, self.left_out)
        else:
            column = "file" if self.names else "row"
            yield pd.DataFrame({column: self.names or range(1, n + 1)})


def _rows_of(run: Run, path: Path, encoding: str | None) -> _Rows:
    if "columns" in run.dataset:
        return _table_rows(run, path, encoding)
    if path.suffix.lower() == ".npz":
        return _array_rows(run, path)
    shape = tuple(run.dataset["input_shape"])
    if len(shape) > 1:
        return _image_rows(run, path, shape)
    raise DataError(
        "the model was trained on arrays, and takes them from a .npz file", where=str(path), got=repr(path.suffix)
    )


def _table_rows(run: Run, path: Path, encoding: str | None) -> _Rows:
    from kerasgrid.data.columns import Columns
    from kerasgrid.data.recognised import recognised_rows
    from kerasgrid.data.rows import read_rows

    columns, targets = Columns.from_dict(run.dataset["columns"]), run.dataset.get("targets", ())
    task = cast("Task", run.task)
    rows = read_rows(path, columns, targets, task=task, encoding=encoding, needs_target=False)
    notes = [*rows.notes, *(f"{counted(n, 'row')} with a new or rare word in {name}" for name, n in rows.new.items())]
    known = recognised_rows(rows, task, run.classes)
    return _Rows(path, rows.x, run, known, notes, columns=columns, encoding=encoding, left_out=rows.left_out)


def _array_rows(run: Run, path: Path) -> _Rows:
    from kerasgrid.data.checks import samples
    from kerasgrid.data.npz import read_samples
    from kerasgrid.data.recognised import NOTHING, recognised_labels

    x, y = read_samples(path)
    takes_bytes = run.dataset.get("is_bytes")
    # Of a run of before this was kept, whose model takes what the rule made of the samples.
    x = samples(x, str(path), divided=None if takes_bytes is None else False)
    shape = tuple(run.dataset["input_shape"])
    if x.shape[1:] != shape:
        raise DataError(
            "samples must have the shape of the training's", where=str(path), got=f"{x.shape[1:]}, not {shape}"
        )
    if takes_bytes and x.max() <= 1:
        raise DataError(
            "the model takes images of bytes, 0 to 255", where=str(path), got="0 to 1", hint="multiply by 255"
        )
    task = cast("Task", run.task)
    known = NOTHING if y is None else recognised_labels(x, y, task, run.classes, str(path))
    return _Rows(path, x, run, known)


def _image_rows(run: Run, path: Path, shape: tuple[int, ...]) -> _Rows:
    from kerasgrid.data.image_like import read_images_like

    found = read_images_like(path, shape)
    notes = [f"{name} left out: {why}" for name, why in found.broken.items()]
    x = found.images if run.dataset.get("is_bytes") else found.images / 255
    return _Rows(path, x, run, _labels_of_folders(run, found.names), notes, found.names)


def _labels_of_folders(run: Run, names: Sequence[str]) -> Recognised:
    """Return the classes of images whose folders are called like classes."""
    import numpy as np

    from kerasgrid.data.recognised import NOTHING, Recognised

    index_of = {name: place for place, name in enumerate(run.classes)}
    found = [
        (place, index_of[part])
        for place, name in enumerate(names)
        for part in name.split("/")[-2:-1]
        if part in index_of
    ]
    if not found:
        return NOTHING
    places, labels = zip(*found, strict=True)
    return Recognised(np.array(labels), np.array(places))


def _check_model(run: Run, folder: Path) -> None:
    """Refuse the model of another trial than the best, which a search that was killed has left."""
    from kerasgrid.run.database import MODEL_FILE

    if run.has_old_model and (folder / MODEL_FILE).is_file():
        hint = "run the search again: it goes on, and trains the best"
        raise RunError("the model is of an earlier state of this run", where=str(folder), hint=hint)


def _loaded(folder: Path, builder: str | None) -> tuple[Any, Any]:
    """Return the model, and the module that knows what to do with it."""
    from kerasgrid.engine.keras_setup import before_import, check_backend
    from kerasgrid.system.quiet import quiet_stderr

    check_backend()
    before_import()
    with quiet_stderr():
        from kerasgrid.engine import saved
        from kerasgrid.models.named import make_known, named_builder
        from kerasgrid.run.database import MODEL_FILE

        if builder is not None:
            make_known(named_builder(builder))
        return saved.load(folder / MODEL_FILE), saved


def _shown(run: Run, outputs: np.ndarray) -> np.ndarray:
    from kerasgrid.fits.outputs import shown_outputs

    return (
        outputs if run.best is None else shown_outputs(outputs, run.best.candidate.resolved(run.task).params, run.task)
    )


def _scores(run: Run, known: np.ndarray, outputs: np.ndarray) -> tuple[dict[str, float], Sequence[str]]:
    """Return the metrics, and a note instead if an archive has another number of targets than the model."""
    from kerasgrid.engine.scores import scores

    if run.task != "classification" and known.size != outputs.size:
        n = known.size // len(known)
        return {}, [f"not scored: y must have {counted(outputs.shape[1], 'target')}, as the training had, got {n:,}"]
    return scores(run.task, known, outputs, run.dataset.get("targets", ())), ()
