"""What the documentation takes from the program itself: tables, help texts and schemas, as Markdown.

A page has a comment, ``<!-- kerasgrid: parameters -->``, and the site has in its place what :data:`BLOCKS` makes. So
nothing that the program knows is copied by hand. As an extension of Sphinx it fills these in when pages are read; the
tests call the same functions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kerasgrid_docs import figures, parameters, program, python, results, sockets, space_file

BLOCKS: Mapping[str, Callable[[], str]] = {
    "baselines": space_file.baselines,
    "columns": results.columns,
    "commands": program.commands,
    "data options": space_file.data_options,
    "data sets": space_file.data_sets,
    "distributions": space_file.distributions,
    "exports": results.exports,
    "figures": figures.ratios,
    "help": program.overview,
    "losses": parameters.losses,
    "metrics": parameters.metrics,
    "models": parameters.models,
    "parameters": parameters.parameters,
    "python": python.offered,
    "races": space_file.races,
    "report files": results.report_files,
    "schedules": parameters.schedules,
    "sockets": sockets.tables,
    "space keys": space_file.keys,
    "spaces": space_file.bundled,
    "strategies": space_file.strategies,
}
"""Every block that a page may ask for, by its name."""

_MARK = re.compile(r"^<!-- kerasgrid: ([a-z ]+) -->$", re.MULTILINE)


def filled(text: str) -> str:
    """Return a page's Markdown with all of its blocks filled in.

    Raises:
        KeyError: It asks for a block that there is not.
    """
    return _MARK.sub(lambda found: BLOCKS[found[1]](), text)


def asked_for(text: str) -> list[str]:
    """Return the names of the blocks that a page asks for."""
    return _MARK.findall(text)


def setup(app: Any) -> dict[str, Any]:
    """Fill the pages in while Sphinx reads them."""
    app.connect("source-read", lambda app, docname, source: source.__setitem__(0, filled(source[0])))
    # What the program says may have changed without any page having changed.
    app.connect("env-get-outdated", _generated)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _generated(app: Any, env: Any, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    paths = ((docname, Path(env.doc2path(docname))) for docname in env.found_docs)
    return [docname for docname, path in paths if path.suffix == ".md" and asked_for(path.read_text(encoding="utf-8"))]
