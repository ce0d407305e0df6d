"""The common style of figures. Drawn with matplotlib's objects alone: no pyplot, no window, no state that stays."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from kerasgrid.reports.pictures.fonts import families, families_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILLION, PURPLE = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7",
)  # fmt: skip
"""The colours of Okabe and Ito (2008), which colour-blind eyes tell apart. In grey ``ORANGE`` and ``SKY`` are light,
``BLUE`` and ``VERMILLION`` dark; lines of one panel differ in dashes or markers, too."""

QUIET = "#6E6E6E"
"""For what stands in the background: 5:1 against white, so that text in it is read."""

DPI = 150
"""Pixels an inch."""

_COMPRESSION = 3
"""Of PNG files: a quarter of the time of zlib's usual 6, and files larger by a seventh."""

SMALL, NORMAL, LARGE = 8, 9, 11
"""Sizes of text in points: ticks and legends, titles of panels, the title of a figure."""

_STYLE = {
    "font.size": NORMAL,
    "axes.titlesize": NORMAL,
    "axes.labelsize": SMALL,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "figure.titlesize": LARGE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.6,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.8,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "axes.formatter.useoffset": False,
    # A name with two dollars is a name, not a formula.
    "text.parse_math": False,
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in our style inside, whatever the user's own settings are; these are back afterwards."""
    from matplotlib import style as styles

    with styles.context(["default", {**_STYLE, "font.family": families()}]):
        yield


def new_figure(width: float, height: float, layout: Literal["constrained"] | None = "constrained") -> Figure:
    """Return an empty figure; call it inside :func:`style`.

    Args:
        width: In inches.
        height: In inches.
        layout: ``constrained`` moves panels apart until no text overlaps, which costs time for each panel; None leaves
            them where they are put.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=DPI, layout=layout)
    FigureCanvasAgg(figure)
    return figure


def png(figure: Figure) -> bytes:
    """Return a figure as a PNG file; call it inside :func:`style`. The same figure makes the same bytes.

    Letters that no installed font has are drawn as boxes, without a warning: see
    :func:`kerasgrid.reports.text.letters.letters_note`.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    assert isinstance(figure.canvas, FigureCanvasAgg)
    buffer = io.BytesIO()
    _add_families(figure)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .*missing from")
        # Not even matplotlib's version, which it writes unless told otherwise.
        options = {"compress_level": _COMPRESSION}
        # Figure.savefig would draw twice: once for the layout alone.
        figure.canvas.print_png(buffer, metadata={"Software": None}, pil_kwargs=options)  # type: ignore[no-untyped-call]
    return buffer.getvalue()


def _add_families(figure: Figure) -> None:
    """Have every text with letters that none of our families has drawn by an installed one that has them."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        others = families_for(text.get_text())
        if others:
            text.set_fontfamily([*text.get_fontfamily(), *others])


def log_ticks(axes: Axes, low: float, high: float) -> None:
    """Make the horizontal axis logarithmic from ``low`` to ``high``, both above 0, with ticks such as 0.001 and 1e-05.

    A range of less than a factor of 20 has ticks within its decades, too.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axes.set_xscale("log")
    axes.set_xlim(low, high)
    within = (1.0,) if high >= 20 * low else (1.0, 2.0, 5.0) if high >= 3 * low else (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
    axes.xaxis.set_major_locator(LogLocator(subs=within, numticks=6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.6g}"))
    # Minor ticks would take a quarter of the time of a figure.
    axes.xaxis.set_minor_locator(NullLocator())


def fitting(text: Any, cells: int) -> str:
    """Return a text as one line of so many cells at most, its middle left out if it is longer.

    A wide letter (Korean, Chinese, Japanese) takes two cells. Control characters are replaced.
    """
    from rich.cells import cell_len

    line = "".join(letter if letter.isprintable() else "�" for letter in str(text))
    if cell_len(line) <= cells:
        return line
    left = line[: (cells + 1) // 2]
    right = line[-(cells // 2) :]
    while cell_len(left) + cell_len(right) + 1 > cells and left:
        if len(right) >= len(left):
            right = right[1:]
        else:
            left = left[:-1]
    return f"{left}…{right}"
