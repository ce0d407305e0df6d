"""What form a plan has in a store: who reads it looks before they trust it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kerasgrid.axes.parameter import shown
from kerasgrid.run.database import damaged

_KEPT: Mapping[str, type] = {
    "space": dict, "dataset": dict, "task": str, "classes": list, "n_outputs": int, "test_fingerprint": str,
    "fold_fingerprints": list,
}  # fmt: skip


def checked(kept: object, where: str) -> dict[str, Any]:
    """Return what a store keeps of a plan, if it is what :meth:`kerasgrid.run.plan.Plan.to_meta` returned.

    Raises:
        RunError: It is not.
    """
    later = {"race", "device"}  # which runs of before there were races have not, nor those of a CPU
    known = {*_KEPT, *later}
    if not isinstance(kept, dict) or not known.issuperset(kept):
        raise damaged(Path(where), f"{shown(kept)} for a plan")
    for name, form in {**_KEPT, **{name: str for name in kept if name in later}}.items():
        if type(kept.get(name)) is not form:
            raise damaged(Path(where), f"{shown(kept.get(name))} for the {name} of a plan")
    return dict(kept)
