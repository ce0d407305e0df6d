"""The figures of the benchmarks."""

from __future__ import annotations

import json
from pathlib import Path

from kerasgrid_docs.markdown import table

FIGURES = Path(__file__).parents[2] / "benchmarks" / "figures.json"


def ratios() -> str:
    """Return the table of what was measured, and how many times as long others take."""
    found = json.loads(FIGURES.read_text(encoding="utf-8"))
    rows = [
        (case["what"], f"{case['kerasgrid']:g} s", peer, f"{seconds:g} s", f"{seconds / case['kerasgrid']:.1f}")
        for case in found["cases"]
        for peer, seconds in case["peers"].items()
    ]
    heads = ("search", "kerasgrid", "beside", "takes", "times as long")
    return f"{found['machine']}\n\n{table(heads, rows)}"
