"""Files for the tests of the command line, and what became of a call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

TINY: dict[str, Any] = {
    "name": "tiny",
    "dataset": "digits",
    "cv": 2,
    "params": {"hidden_units": [[4]], "learning_rate": [0.01, 0.02], "epochs": 2},
}


class Ended(NamedTuple):
    code: int
    out: str
    err: str


def write(path: Path, **changes: Any) -> Path:
    document = {key: value for key, value in {**TINY, **changes}.items() if value is not None}
    path.write_text(json.dumps(document))
    return path


def write_irises(path: Path) -> None:
    rows = [f"{i % 3}.{i % 7},{i % 3},{('setosa', 'versicolor', 'virginica')[i % 3]}" for i in range(60)]
    path.write_text("\n".join(["length,width,kind", *rows]) + "\n")
