"""``confusion.png``: how often the refitted winner took each class of the test set for which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasgrid.reports.pictures.figure import LARGE, SMALL, fitting, new_figure, png, style
from kerasgrid.reports.text.sentences import title
from kerasgrid.run.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_LABELS = 20
"""Above so many classes cells have no numbers and only some classes a label."""

_LABEL_CELLS = 18
_DARK = 0.5


@dataclass(frozen=True, slots=True)
class Confusion:
    """What a confusion matrix shows.

    Attributes:
        counts: Samples of the test set: rows true classes, columns predicted ones.
        shares: Each row divided by its sum, from 0 to 1; a class without samples has zeros.
        labels: One a class.
        accuracy: Share of the samples on the diagonal, from 0 to 1; None without samples.
        n: Number of samples.
    """

    counts: tuple[tuple[int, ...], ...]
    shares: tuple[tuple[float, ...], ...]
    labels: tuple[str, ...]
    accuracy: float | None
    n: int


def picture(run: Run) -> bytes | None:
    """Return the picture of the refitted winner's confusion matrix; None without one."""
    if run.final is None or run.final.confusion_matrix is None:
        return None
    return confusion_png(confusion(run.final.confusion_matrix, run.classes), f"{title(run)}: the refitted winner")


def confusion(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> Confusion:
    """Return what the figure shows of a matrix of counts; classes without a name are numbered from 0."""
    rows = tuple(tuple(int(count) for count in row) for row in counts)
    shares = tuple(tuple(count / max(sum(row), 1) for count in row) for row in rows)
    n = sum(map(sum, rows))
    right = sum(row[index] for index, row in enumerate(rows))
    labels = tuple(str(name) for name in classes) if len(classes) == len(rows) else tuple(map(str, range(len(rows))))
    return Confusion(rows, shares, labels, right / n if n else None, n)


def confusion_png(matrix: Confusion, heading: str) -> bytes:
    """Return the picture of the matrix.

    The shade of a cell is its share of the true class; the number in it counts samples. The shades rise with the
    square root of the share, so that rare mistakes show.
    """
    with style():
        return png(draw_confusion(matrix, heading))


def draw_confusion(matrix: Confusion, heading: str) -> Figure:
    """Return the figure of :func:`confusion_png`; call it inside :func:`kerasgrid.reports.pictures.figure.style`."""
    from matplotlib.colors import PowerNorm

    n = len(matrix.counts)
    has_numbers = n <= _MOST_LABELS
    size = min(max(0.42 * n, 2.6), 7.5)
    figure = new_figure(size + 2.4, size + 1.5)
    axes = figure.add_subplot()
    axes.grid(False)
    image = axes.imshow(matrix.shares, cmap="Blues", norm=PowerNorm(0.5, vmin=0, vmax=1), interpolation="nearest")
    if has_numbers:
        _write_counts(axes, matrix)
        # Cells of the same shade stay apart.
        edges = [index - 0.5 for index in range(1, n)]
        axes.hlines(edges, -0.5, n - 0.5, color="white", linewidth=1)
        axes.vlines(edges, -0.5, n - 0.5, color="white", linewidth=1)
    _label(axes, matrix.labels)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    right = sum(row[index] for index, row in enumerate(matrix.counts))
    said = "no samples" if matrix.accuracy is None else f"{right:,} of {matrix.n:,} right ({matrix.accuracy:.4f})"
    # In the middle of the figure, since long labels move the panel to the right.
    figure.suptitle(f"{fitting(heading, int(size * 10))}\ntest set: {said}", fontsize=LARGE)
    bar = figure.colorbar(image, ax=axes, shrink=0.8, ticks=[0, 0.01, 0.1, 0.25, 0.5, 1])
    bar.ax.set_yticklabels(["0", "0.01", "0.1", "0.25", "0.5", "1"])
    bar.set_label("share of the true class", fontsize=SMALL)
    bar.outline.set_visible(False)
    return figure


def _write_counts(axes: Axes, matrix: Confusion) -> None:
    longest = max(len(f"{count:,}") for row in matrix.counts for count in row)
    size = min(8.0, 0.42 * 72 / (0.68 * longest))
    for row, (counts, shares) in enumerate(zip(matrix.counts, matrix.shares, strict=True)):
        for column, (count, share) in enumerate(zip(counts, shares, strict=True)):
            if count:
                colour = "white" if share**0.5 > _DARK + 0.1 else "black"
                text = axes.text(column, row, f"{count:,}", ha="center", va="center", fontsize=size, color=colour)
                # It is within the panel anyway, and there are many.
                text.set_in_layout(False)


def _label(axes: Axes, labels: Sequence[str]) -> None:
    step = -(-len(labels) // _MOST_LABELS)
    places = list(range(0, len(labels), step))
    texts = [fitting(labels[place], _LABEL_CELLS) for place in places]
    is_long = max(map(len, texts)) > 3
    axes.set_xticks(places, texts, rotation=45 if is_long else 0, ha="right" if is_long else "center",
                    rotation_mode="anchor")  # fmt: skip
    axes.set_yticks(places, texts)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
