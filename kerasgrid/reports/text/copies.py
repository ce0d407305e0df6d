"""The winner's parameters as texts to copy: JSON, Python, and a command."""

from __future__ import annotations

import json
import shlex
from typing import Any

from kerasgrid.axes.names import is_own
from kerasgrid.errors import SpaceError
from kerasgrid.run.run import Run
from kerasgrid.space.plain import LONGEST_NAME, plain

_END = "END"
_SUFFIX = "_best"
_ASKED_BESIDES = ("race", "baselines", "confirm", "ensemble", "explain", "keep_states")


def copies(run: Run) -> list[tuple[str, str]]:
    """Return the winner's parameters in each language that they are used in: its name, and the text.

    Nothing is returned without a winner. The command trains the winner alone, on the same data and folds; there is
    none for what no space file can hold.
    """
    if run.best is None:
        return []
    values = plain(dict(run.best.candidate))
    texts = {
        "JSON": json.dumps(values, indent=2, ensure_ascii=False),
        "Python": _python(run.task, values),
        "command line": _command(run, values),
    }
    return [(name, text) for name, text in texts.items() if text]


def _python(task: str, values: dict[str, Any]) -> str:
    arguments, imports = [f"{name}={value!r}" for name, value in values.items()], ["import kerasgrid"]
    if is_own(values.get("model")):
        module, function = values["model"].split(":")
        imports.append(f"from {module} import {function}")
        arguments = [f"model={function}", *(text for text in arguments if not text.startswith("model="))]
    name = "KerasRegressor" if task == "regression" else "KerasClassifier"
    return "\n".join([*imports, "", f"model = kerasgrid.{name}(", *(f"    {text}," for text in arguments), ")"])


def _command(run: Run, values: dict[str, Any]) -> str:
    if run.space is None or is_own(values.get("model")):
        return ""
    params = {name: [value] if isinstance(value, list) else value for name, value in values.items() if name != "model"}
    name = f"{run.space.name[: LONGEST_NAME - len(_SUFFIX)]}{_SUFFIX}"
    changes: dict[str, Any] = {"strategy": "grid", "name": name, "params": params, **dict.fromkeys(_ASKED_BESIDES)}
    try:
        space = run.space.changed(model=values.get("model", run.space.model), **changes)
    except SpaceError:
        return ""
    return f"kerasgrid search /dev/stdin --out {shlex.quote(f'runs/{name}')} <<'{_END}'\n{space.to_json()}{_END}"
