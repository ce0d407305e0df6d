"""What is said where pictures cannot show the letters of a run."""

from __future__ import annotations

from kerasgrid.reports.pictures.fonts import letters_without_font
from kerasgrid.run.parameters import varying_params
from kerasgrid.run.run import Run

_MOST = 12
_FIRST = "\u0300"


def letters_note(run: Run) -> str:
    """Return one line where no installed font has some letters that pictures show of a run; nothing else."""
    text = "".join(_texts(run))
    if all(letter < _FIRST for letter in text):
        return ""
    missing = letters_without_font(text)
    if not missing:
        return ""
    more = f" and {len(missing) - _MOST:,} more" if len(missing) > _MOST else ""
    return (
        f"no font on this machine has {missing[:_MOST]}{more}: pictures show boxes in their place, the page has the "
        "text (a font such as Noto Sans CJK draws them)"
    )


def _texts(run: Run) -> list[str]:
    """Return what pictures may show of a run: its names, classes, columns and parameters."""
    names = varying_params(run.trials)
    values = {str(trial.candidate[name]) for trial in run.trials for name in names if name in trial.candidate}
    columns = [] if run.explained is None else [one.column for one in run.explained.columns]
    targets = run.dataset.get("targets") or ()
    data = str(run.dataset.get("name", ""))
    trials = [trial.name for trial in run.trials]
    has_classes = run.final is not None and run.final.confusion_matrix is not None
    classes = [*(run.classes if has_classes else ()), *_of_misses(run)]
    return [run.name, data, *map(str, classes), *columns, *map(str, targets), *names, *sorted(values), *trials]


def _of_misses(run: Run) -> list[str]:
    found = () if run.explained is None else run.explained.misses
    return [text for one in found if one.image is not None for text in (one.true, one.predicted)]
