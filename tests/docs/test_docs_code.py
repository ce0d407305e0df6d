"""Python and JSON of the pages: what they name is there, and what is a space is a valid one."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from support.pages import Block, blocks

import kerasgrid
from kerasgrid.axes.parameters import PARAMETERS
from kerasgrid.space.spec import file_keys, space_from_dict

MINE = "my_module:my_builder"
WHOLE: dict[str, Any] = {"name": "page", "dataset": "digits", "params": {"epochs": 2}}
"""What a block leaves out that shows a few keys alone."""


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python_names_what_is_there(block: Block) -> None:
    tree = ast.parse(textwrap.dedent(block.text))
    imported = dict(imports_of_ours(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "kerasgrid":
            assert hasattr(kerasgrid, node.attr), ast.unparse(node)
        if isinstance(node, ast.Call):
            check_arguments(node, imported)
    for document in documents(tree):
        space_from_dict(document, where=str(block))


def imports_of_ours(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    """Yield what a block imports of kerasgrid, by its name there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] == "kerasgrid":
            module = import_module(str(node.module))
            yield from ((alias.asname or alias.name, getattr(module, alias.name)) for alias in node.names)


def check_arguments(call: ast.Call, imported: dict[str, Any]) -> None:
    """Check that a function of ours takes the arguments of these names."""
    function = call.func
    if isinstance(function, ast.Name):
        thing = imported.get(function.id)
    elif (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "kerasgrid"
    ):
        thing = getattr(kerasgrid, function.attr)
    else:
        return
    if thing is not None:
        taken = inspect.signature(thing).parameters.values()
        names = {parameter.name for parameter in taken}
        takes_any = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in taken)
        given = [keyword.arg for keyword in call.keywords if keyword.arg is not None]
        assert takes_any or not [name for name in given if name not in names], ast.unparse(call)


def documents(tree: ast.Module) -> Iterator[dict[str, Any]]:
    """Yield the spaces that stand in a block as dictionaries."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Dict)
            and ast.unparse(node.targets[0]) == "space"
        ):
            yield ast.literal_eval(node.value)


def test_blocks_with_spaces_are_found() -> None:
    trees = (ast.parse(textwrap.dedent(block.text)) for block in blocks("python"))
    assert len([document for tree in trees for document in documents(tree)]) >= 2
    assert len(blocks("json")) > 8


@pytest.mark.parametrize("block", blocks("json"), ids=str)
def test_json_is_a_space_or_some_keys_of_one(block: Block) -> None:
    text = block.text.strip()
    document = json.loads(text if text.startswith("{") else f"{{{text}}}")
    if document.keys() <= set(PARAMETERS):
        document = {"strategy": "random", "trials": 3, "params": document}
    assert document.keys() <= set(file_keys())
    whole = {**WHOLE, **document}
    own = MINE if any(name.startswith("model__") for name in names_of(whole["params"])) else None
    assert space_from_dict(whole, where=str(block), own_model=own).tried.n_candidates > 0


def names_of(params: Any) -> list[str]:
    return [name for part in (params if isinstance(params, list) else [params]) for name in part]
