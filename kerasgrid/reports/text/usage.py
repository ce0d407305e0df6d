"""How a run's model is used: the command, and a few lines of Python."""

from __future__ import annotations

from kerasgrid.data.columns import Columns
from kerasgrid.models.layout import aliases
from kerasgrid.run.database import MODEL_FILE
from kerasgrid.run.run import Run
from kerasgrid.system.shell import quoted

_MOST_CLASSES = 6
_MOST_COLUMNS = 3

TITLE = "How to use the model"


def usage_lines(run: Run) -> list[str]:
    """Return a line of the shell and lines of Python that predict with the run's model; nothing without a model."""
    if run.folder is None or run.final is None or run.final.status != "ok" or run.has_old_model:
        return []
    folder = str(run.folder)
    python = ["import keras", "", f"model = keras.saving.load_model({f'{folder}/{MODEL_FILE}'!r})"]
    if run.dataset.get("columns") is not None:
        columns = Columns.from_dict(run.dataset["columns"])
        called = aliases(columns)
        inputs = [f"{called.get(column.name, column.name)!r}: …" for column in columns.given]
        given = ", ".join([*inputs[:_MOST_COLUMNS], *(["…"] if len(inputs) > _MOST_COLUMNS else [])])
        python.append(f"model.predict({{{given}}})  # arrays by column, as best_params.json says")
    else:
        shape = ", ".join(map(str, run.dataset.get("input_shape", ())))
        python.append(f"model.predict(x)  # x: (n, {shape})")
    if run.task == "classification":
        more = ", …" if len(run.classes) > _MOST_CLASSES else ""
        python.append(f"# a probability for each of {', '.join(map(str, run.classes[:_MOST_CLASSES]))}{more}")
    return [f"$ kerasgrid predict {quoted(folder)} FILE", "", *python]
