"""What the package offers in Python, for Sphinx to describe by its docstrings."""

from __future__ import annotations

import kerasgrid


def offered() -> str:
    """Return a section for the functions, one for the classes and one for the errors that the package offers.

    Which of these a name is shows in its letters, so that nothing is imported.
    """
    errors = [name for name in kerasgrid.__all__ if name.endswith("Error")]
    classes = [name for name in kerasgrid.__all__ if name[0].isupper() and name not in errors]
    functions = [name for name in kerasgrid.__all__ if name.islower()]
    return "\n".join(
        [
            *_section("Functions", "autofunction", functions),
            *_section("Classes", "autoclass", classes, "   :members:\n"),
            *_section("Errors", "autoexception", errors),
        ]
    )


def _section(title: str, directive: str, names: list[str], options: str = "") -> list[str]:
    texts = [f"### `{name}`\n\n```{{eval-rst}}\n.. {directive}:: kerasgrid.{name}\n{options}```\n" for name in names]
    return [f"## {title}\n", *texts]
