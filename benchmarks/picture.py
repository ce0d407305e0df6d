"""Draws ``benchmarks/ratios.png`` from ``benchmarks/figures.json``: how many times as long others take.

    python benchmarks/picture.py

The figures are typed in from what the benchmarks print, each from one run on one machine.
"""

from __future__ import annotations

import json
from pathlib import Path

HERE = Path(__file__).parent
COLOURS = {"scikeras": "#4477aa", "KerasTuner": "#ee6677", "Optuna + Keras": "#228833", "keras.Model.fit": "#aa8800"}


def main() -> None:
    """Draw a bar for each case and peer, on a logarithmic axis."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    known = json.loads((HERE / "figures.json").read_text())
    bars = [
        (case["what"], peer, seconds / case["kerasgrid"])
        for case in known["cases"]
        for peer, seconds in case["peers"].items()
    ]
    figure, axes = plt.subplots(figsize=(9, 0.9 + 0.36 * len(bars)), layout="constrained")
    for place, (_, peer, ratio) in enumerate(bars):
        axes.barh(place, ratio - 1, left=1, color=COLOURS[peer], height=0.72)
        axes.text(ratio * 1.04, place, f"{ratio:.1f}× · {peer}", va="center", fontsize=9)
    axes.set_yticks(range(len(bars)), [what for what, _, _ in bars], fontsize=9)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlim(1, 3.5 * max(ratio for *_, ratio in bars))
    axes.set_xticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
    axes.minorticks_off()
    axes.set_xlabel("wall time of the same search, as a multiple of kerasgrid's (2 workers)")
    axes.set_title(known["machine"], fontsize=8, loc="right", color="#555")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(HERE / "ratios.png", dpi=110)


if __name__ == "__main__":
    main()
