"""Files for the tests of the command line, and what became of a call."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kerasgrid.cli import app as cli

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


def called(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Ended:
    """Call the command line in this process, and leave its handlers of signals as they were."""
    capsys.readouterr()
    monkeypatch.setattr(sys, "argv", ["kerasgrid", *map(str, arguments)])
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        with pytest.raises(SystemExit) as end:
            cli.main()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert isinstance(end.value.code, int)
    return Ended(end.value.code, *capsys.readouterr())


def write(path: Path, **changes: Any) -> Path:
    document = {key: value for key, value in {**TINY, **changes}.items() if value is not None}
    path.write_text(json.dumps(document))
    return path


def write_irises(path: Path) -> None:
    rows = [f"{i % 3}.{i % 7},{i % 3},{('setosa', 'versicolor', 'virginica')[i % 3]}" for i in range(60)]
    path.write_text("\n".join(["length,width,kind", *rows]) + "\n")
