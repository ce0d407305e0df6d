"""Names in commands that people are told."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasgrid.system.shell import quoted


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("km/h", "km/h"),
        ("größe", "größe"),
        ("runs/my-run_1.0", "runs/my-run_1.0"),
        ("models:build", "models:build"),
        ("a b", '"a b"'),
        ("R&D", '"R&D"'),
        ("Sex(M/F)", '"Sex(M/F)"'),
        ("a;b", '"a;b"'),
        ("$x", '"\\$x"'),
        ('5" disk', '"5\\" disk"'),
        ("so!", "'so!'"),
        ("~", '"~"'),
        ("", '""'),
    ],
)
def test_what_means_something_to_a_shell_is_quoted(name: str, told: str) -> None:
    assert quoted(name) == told


SHELL = pytest.mark.skipif(shutil.which("sh") is None, reason="there is no shell")


def taken(name: str) -> str:
    return subprocess.run(["sh", "-c", f"printf %s {quoted(name)}"], capture_output=True, text=True, check=True).stdout


@SHELL
@settings(max_examples=40, deadline=None)
@given(st.text(st.sampled_from("aß1 -_.,;:!?&|<>()[]{}*#~$`'\"\\/=%^"), max_size=8))
def test_a_shell_takes_any_name(name: str) -> None:
    assert taken(name) == name


@SHELL
@pytest.mark.parametrize("name", ["R&D", "$HOME", "`ls`", 'a "b" \\', "it's!", "*", "a\\", "Income, USD"])
def test_a_shell_takes_it(name: str) -> None:
    assert taken(name) == name
