"""Every command line of the pages: its command, its options and their values are what the program takes."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from kerasgrid_docs.program import options_of
from support.pages import ROOT, Block, blocks, pages, without_blocks
from typer.main import get_command

from kerasgrid.cli.app import COMMANDS, app
from kerasgrid.data.sources import named_sources
from kerasgrid.reports.export.export import EXPORTS
from kerasgrid.space.files import bundled_spaces
from kerasgrid.strategies.table import STRATEGIES

SHELLS = ("shell", "bash", "sh", "console")
LANGUAGES = {*SHELLS, "python", "json", "text", "toml", "yaml", "dockerfile", "ini", "{toctree}", "{include}"}
OTHERS = {
    *("cd", "cp", "curl", "head", "ls", "mkdir", "scp", "ssh", "sudo", "tar"),
    *("apt-get", "conda", "dask", "helm", "kubectl", "docker", "git", "podman", "sbatch", "srun", "uv"),
}
"""Programs that are not ours, whose arguments nobody can check here."""
BETWEEN_CALLS = {"|", "&&", "||", ";", "&"}
BEFORE_FILES = {">", ">>", "<"}
TAKES_SPACE = ("search", "random", "check")
OPTIONS = {name: options_of(name) for name in COMMANDS}


def lines() -> list[tuple[str, str]]:
    """Return the lines of all shell blocks, with their places."""
    whole = ((block, block.text.replace("\\\n", " ").splitlines()) for block in blocks(*SHELLS))
    # What a console prints after a call is nobody's input.
    return [
        (str(block), line.removeprefix("$ "))
        for block, found in whole
        for line in found
        if line.strip() and not line.startswith("#") and (block.language != "console" or line.startswith("$ "))
    ]


def inline() -> list[tuple[str, str]]:
    """Return what stands as code in a text and begins as a call of the program."""
    found = []
    for page in pages():
        calls = re.findall(r"`(kerasgrid(?: [^`\n]+)?|--[^`\n]+)`", without_blocks(page))
        found += [(str(page.relative_to(ROOT)), call) for call in calls]
    return found


def calls(line: str) -> list[list[str]]:
    """Return the calls of a line, each as its words, without the variables before it."""
    found: list[list[str]] = [[]]
    before = ""
    for word in shlex.split(line, comments=True):
        is_file, before = before in BEFORE_FILES, word
        if is_file or word in BEFORE_FILES:
            continue
        if word in BETWEEN_CALLS:
            found.append([])
        # An ellipsis stands for what a reader fills in.
        elif "…" not in word and (found[-1] or not re.match(r"[A-Z_]+=", word)):
            found[-1].append(word)
    return [call for call in found if call]


@pytest.mark.parametrize("block", blocks(), ids=str)
def test_every_block_says_its_language(block: Block) -> None:
    assert block.language in LANGUAGES


@pytest.mark.parametrize(("place", "line"), lines())
def test_a_line_of_a_shell_is_a_call_that_is_understood(place: str, line: str) -> None:
    for program, *arguments in calls(line):
        assert program in CHECKS or program in OTHERS, line
        if program in CHECKS:
            CHECKS[program](arguments)


def check_ours(arguments: list[str]) -> None:
    name, *rest = arguments
    assert name in COMMANDS
    command = get_command(app).commands[name]  # type: ignore[attr-defined]
    # Raises if there is no such option, an argument is missing, or a value is none.
    given = command.make_context(name, list(rest)).params
    if name in TAKES_SPACE and given["space"] is not None:
        assert given["space"].endswith(".json") or given["space"] in bundled_spaces()
    dataset = given.get("dataset")
    assert dataset is None or dataset in named_sources() or Path(dataset).suffix or dataset == "photos"
    assert given.get("strategy") is None or given["strategy"] in STRATEGIES
    assert name != "export" or given["to"] in EXPORTS


def check_make(arguments: list[str]) -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(re.search(rf"^{target}:", text, re.MULTILINE) for target in arguments)


def check_python(arguments: list[str]) -> None:
    if arguments[0] == "-m":
        if arguments[1] == "kerasgrid":
            check_ours(arguments[2:])
    elif arguments[0] != "-c":
        assert (ROOT / arguments[0]).is_file()


def check_pip(arguments: list[str]) -> None:
    install, what, *_ = arguments
    assert install == "install"
    check_extra(what)


def check_extra(what: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extra = re.fullmatch(r"(?:kerasgrid|\.)(?:\[(\w+)\])?", what)
    assert extra is not None, what
    assert extra[1] is None or extra[1] in project["optional-dependencies"]


CHECKS = {"kerasgrid": check_ours, "make": check_make, "python": check_python, "pip": check_pip}


def test_commands_and_options_in_the_text_are_there() -> None:
    assert len(inline()) > 50
    # The scripts of the benchmarks and Dask's commands have options of their own.
    known = set().union(*OPTIONS.values())
    wrong = []
    for place, call in inline():
        if place.startswith("benchmarks"):
            continue
        program, *rest = call.split()
        if program == "dask":
            continue
        options = re.findall(r"(?<![\w-])--[a-z][a-z-]*", call)
        if program == "kerasgrid" and rest and rest[0] not in COMMANDS and not rest[0].startswith("-"):
            wrong.append((place, call))
        of_command = OPTIONS[rest[0]] if program == "kerasgrid" and rest and rest[0] in COMMANDS else known
        wrong += [(place, option) for option in options if option not in of_command | {"--help", "--no-race"}]
    assert wrong == []


def test_extras_in_the_text_are_there() -> None:
    extras = [
        what for page in pages() for what in re.findall(r"pip install '([^']+)'", page.read_text(encoding="utf-8"))
    ]
    assert extras
    for what in extras:
        check_extra(what)


def test_calls_of_a_line() -> None:
    line = "KERASGRID_DATA=data kerasgrid show digits | head -3  # the first lines"
    assert calls(line) == [["kerasgrid", "show", "digits"], ["head", "-3"]]
    assert calls("kerasgrid export digits … --to csv > out.csv") == [["kerasgrid", "export", "digits", "--to", "csv"]]
