"""The questions of the page FAQ begin with what the program really says."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from support.pages import ROOT
from support.written import called, write

SOURCES = sorted((ROOT / "kerasgrid").rglob("*.py"))
FAQ = (ROOT / "docs" / "faq.md").read_text(encoding="utf-8")
RATE = {"log_uniform": {"low": 0.001, "high": 0.1}}
CASES = {
    "no target": ("check", "table_classification", "--dataset", "wine.csv"),
    "few of a class": ("check", "table_classification", "--dataset", "few.csv", "--target", "y"),
    "metric": ("check", "table_classification", "--dataset", "many.csv", "--target", "y"),
    "data for a space": ("search", "wine.csv"),
    "misspelled": ("check", "a.json"),
    "sizes": ("check", "b.json"),
    "a grid with a distribution": ("check", "d.json"),
    "trials of a grid": ("check", "e.json"),
    "a parameter beside params": ("check", "f.json"),
    "a model without it": ("check", "digits", "--model", "lenet5"),
    "no run": ("show", "nothing"),
    "files of others": ("search", "digits", "--out", "mine"),
}


PHRASES = (
    "the builder must return an uncompiled model: optimizer and loss are parameters of the search",
    "the builder's model must end in probabilities, as the loss ",
    "the run has a model of your own: say that it may be imported",
    "kerasgrid trains with Keras's tensorflow backend",
    "choose another with --port",
    "Too few fits to tell which trial is best",
    "end: widen it",
)
"""Of messages that take a training, or another process, to be said."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wine.csv").write_text("alcohol,malic_acid,kind\n" + "14.2,1.7,barolo\n13.2,1.8,barbera\n" * 20)
    (tmp_path / "few.csv").write_text("a,y\n1,p\n2,p\n3,p\n4,q\n5,q\n6,r\n")
    (tmp_path / "many.csv").write_text("a,y\n" + "".join(f"{i % 7},{i * 0.37:.2f}\n" for i in range(60)))
    write(tmp_path / "a.json", params={"learning_rat": [0.1]})
    write(tmp_path / "b.json", params={"hidden_units": [64, 32]})
    write(tmp_path / "d.json", params={"learning_rate": RATE})
    write(tmp_path / "e.json", trials=5)
    write(tmp_path / "f.json", learning_rate=0.1)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "results.csv").touch()
    return tmp_path


@pytest.mark.parametrize("case", CASES)
def test_the_program_says_it(
    case: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = called(monkeypatch, capsys, *CASES[case])
    assert (ended.code, ended.out) == (2, "")
    message = ended.err.strip().removeprefix("kerasgrid: ")
    assert f"```text\n{message}\n```" in FAQ, json.dumps(message)


@pytest.mark.parametrize("phrase", PHRASES)
def test_the_program_has_such_a_message(phrase: str) -> None:
    assert phrase in FAQ
    texts = (node.value for path in SOURCES for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
             if isinstance(node, ast.Constant) and isinstance(node.value, str))  # fmt: skip
    assert any(phrase in text for text in texts)
