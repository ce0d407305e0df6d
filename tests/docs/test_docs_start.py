"""The first five minutes: the commands of that page, one after the other, on a small table."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from support.pages import blocks
from support.written import called

SMALLER = {"auto": ["--trials", "1", "--single"], "search": ["--strategy", "random", "--trials", "2"]}
"""A number of networks instead of minutes, so that no clock has a say, and fewer of them."""
ROWS = [f"{i % 3}.{i % 7},{i % 3}.{i % 5},{('barolo', 'barbera', 'grignolino')[i % 3]}" for i in range(60)]


@pytest.mark.slow
def test_the_commands_of_the_page_work_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("wine.csv").write_text("\n".join(["alcohol,hue,kind", *ROWS]) + "\n")
    Path("new.csv").write_text("alcohol,hue\n0.1,0.2\n2.3,2.1\n")
    lines = [line for block in blocks("shell") if block.page == "docs/start.md" for line in block.text.splitlines()]
    ours = [shlex.split(line)[1:] for line in lines if line.startswith("kerasgrid ")]
    printed = {}
    for arguments in ours:
        kept = [word for word in arguments if arguments[0] != "auto" or word not in ("--minutes", "5")]
        ended = called(monkeypatch, capsys, *kept, *SMALLER.get(arguments[0], []))
        assert ended.code == 0, ended
        printed[arguments[0]] = ended.out
    assert list(printed) == ["check", "auto", "search", "show", "predict"]
    assert "candidates  16 × 5 folds = 80 fits, compared by accuracy" in printed["check"]
    assert "Best accuracy: " in printed["show"]
    assert printed["predict"].startswith("alcohol,hue,prediction,probability_barbera,probability_barolo,")
    assert len(printed["predict"].splitlines()) == 3
    assert Path("runs/auto-wine/model.keras").exists()
    assert Path("runs/table_classification-wine/report.html").exists()
