"""Builders of models by the name that the command line gives, ``module:builder``. Imports no Keras by itself."""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import os
import sys
from pathlib import Path

from kerasgrid.errors import SpaceError, nearest
from kerasgrid.models.signatures import wants_names

_WHERE = "--model"


def named_builder(text: str) -> str:
    """Return the full name of a builder, ``module:builder@hash``, without importing its module.

    The hash is of the source file, so that a changed builder is another model, whose fits are trained anew; what that
    file imports does not count. The current folder is looked into first, and stays where Python looks for modules.

    Raises:
        SpaceError: if there is no such module, it is no Python file, or it has no such name.
    """
    module, _, builder = text.partition(":")
    if not all(part.isidentifier() for part in module.split(".")) or not builder.isidentifier():
        raise SpaceError("must be a module and a function in it", where=_WHERE, got=text, hint="my_module:my_builder")
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        raise SpaceError("there is no such module", where=_WHERE, got=module, hint=f"looked for in {here} first")
    if spec.origin is None or not spec.origin.endswith(".py"):
        raise SpaceError("the module must be a Python file", where=_WHERE, got=str(spec.origin))
    source = Path(spec.origin).read_bytes()
    names = _names_of(source, spec.origin)
    if names is not None and builder not in names:
        near = nearest(builder, names)
        hint = None if near is None else f"did you mean {near}?"
        raise SpaceError(f"{spec.origin} has no such function", where=_WHERE, got=builder, hint=hint)
    return f"{text}@{hashlib.sha256(source).hexdigest()[:12]}"


def make_known(name: str) -> None:
    """Import the builder of a full name into this process and register it, unless one is there.

    Only names that came from the command line get here: no space file can hold one.

    Raises:
        SpaceError: if it cannot be imported, or is nothing that can be called.
    """
    from kerasgrid.models.own import register, registered

    if registered(name) is not None:
        return
    module, _, builder = name.partition("@")[0].partition(":")
    try:
        found = getattr(importlib.import_module(module), builder, None)
    except Exception as error:
        got = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise SpaceError(f"{module} cannot be imported", where=_WHERE, got=got) from error
    if not callable(found):
        raise SpaceError("must be a function", where=_WHERE, got=f"{module}:{builder}, a {type(found).__name__}")
    if wants_names(found) is None:
        register(name, found)
        return
    from kerasgrid.models.builders import NamedBuilder  # only here is Keras surely wanted

    register(name, NamedBuilder(found))


def _names_of(source: bytes, path: str) -> set[str] | None:
    """Return the names that a module defines at its top level; None if they do not show."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise SpaceError("is no valid Python", where=path if line is None else f"{path}, line {line}") from None
    names: set[str] = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.ImportFrom | ast.Import):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
        elif not isinstance(node, ast.Expr):
            return None  # names may come about under an if, in a with, …
    return None if "*" in names or "__getattr__" in names else names
