"""Lists of columns with commas between them, where commas may stand in names, too."""

from __future__ import annotations

from collections.abc import Sequence


def parts_of_list(text: str) -> list[str]:
    """Return what stands between commas, without blanks around it."""
    return [part for part in map(str.strip, text.split(",")) if part]


def columns_of_parts(parts: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that the parts of lists name: one each, or together one in whose name there are commas.

    Parts that are columns each are not taken together. What is no column is returned as it is.

    Args:
        parts: One after the other.
        names: Those of all columns.
    """
    known = set(names)
    whole = {",".join(parts_of_list(name)): name for name in names if "," in name}
    most = max((text.count(",") + 1 for text in whole), default=0)
    found: list[str] = []
    rest = list(parts)
    while rest:
        several = (rest[:n] for n in range(min(most, len(rest)), 1, -1))
        taken = next((some for some in several if ",".join(some) in whole and not known.issuperset(some)), None)
        found.append(rest[0] if taken is None else whole[",".join(taken)])
        del rest[: 1 if taken is None else len(taken)]
    return tuple(found)
