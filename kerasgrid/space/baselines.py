"""The key ``baselines`` of a space file: which simple models networks are held against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BeforeValidator

from kerasgrid.axes.parameter import shown
from kerasgrid.axes.problems import carried
from kerasgrid.baselines.table import BASELINES
from kerasgrid.errors import SpaceError, nearest


def baseline_names() -> BeforeValidator:
    """Return what validates the key: ``true`` for all, ``false`` for none, or a list of names."""

    def check(raw: Any) -> Any:
        if isinstance(raw, bool):
            return tuple(BASELINES) if raw else ()
        names = [raw] if isinstance(raw, str) else raw
        rule = f"must be true, false, or a list of {', '.join(BASELINES)}"
        if not isinstance(names, list | tuple):
            raise carried([SpaceError(rule, where="baselines", got=shown(raw))])
        problems = []
        for place, name in enumerate(names):
            if not isinstance(name, str) or name not in BASELINES:
                near = nearest(name, BASELINES) if isinstance(name, str) else None
                hint = None if near is None else f"did you mean {near}?"
                problems.append(SpaceError(rule, where=f"baselines[{place}]", got=shown(name), hint=hint))
        if problems:
            raise carried(problems)
        return tuple(name for name in BASELINES if name in names)

    return BeforeValidator(check)


def baselines_written(names: Sequence[str]) -> bool | list[str]:
    """Return the baselines as a file says it best."""
    return True if list(names) == list(BASELINES) else list(names)
