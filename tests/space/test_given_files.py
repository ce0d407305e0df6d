"""Space files that are no plain files, and messages of what they hold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from support.plans import DOCUMENT

from kerasgrid.errors import KerasgridError, SpaceError, legible
from kerasgrid.space import given
from kerasgrid.space.files import load_space, read_json


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def write() -> None:
        # After the reader is there, and not at once.
        with pipe.open("w") as file:
            for part in json.dumps(DOCUMENT):
                file.write(part)
                file.flush()
                time.sleep(0.0002)

    writer = threading.Timer(0.2, write)
    writer.start()
    assert load_space(pipe).name == "tiny"
    writer.join()


def test_a_substituted_process_works(tmp_path: Path) -> None:
    (tmp_path / "tiny.json").write_text(json.dumps(DOCUMENT))
    program = "import sys; from pathlib import Path; from kerasgrid.space.files import load_space as s; s(sys.argv[1])"
    command = f"{sys.executable} -c '{program}' <(sleep 0.3; cat {tmp_path}/tiny.json)"
    subprocess.run(["bash", "-c", command], check=True, timeout=60)


def test_a_pipe_without_a_writer_does_not_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given, "PATIENCE", 0.1)
    os.mkfifo(tmp_path / "pipe")
    message = r"pipe: must be there within 0.1 s, got a pipe that somebody holds open, and no more of it$"
    with pytest.raises(SpaceError, match=message):
        read_json(tmp_path / "pipe")


def test_no_end_of_a_file_is_no_end_of_memory() -> None:
    with pytest.raises(SpaceError, match=r"^/dev/zero: must be at most 50 MB, got more$"):
        read_json(Path("/dev/zero"))


def test_lines_are_counted_whatever_ends_them(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"\xef\xbb\xbf{\r\n\r\nx}")
    with pytest.raises(SpaceError, match="line 3, column 1"):
        read_json(tmp_path / "a.json")


def test_a_field_of_any_length_makes_a_message_of_some_length() -> None:
    with pytest.raises(SpaceError) as caught:
        load_space_of({"x" * 1_000_000: 1})
    assert len(str(caught.value)) < 10_000
    error = KerasgridError("must be short", where="a", got="y" * 5000, hint="b")
    assert str(error) == f"a: must be short, got {'y' * 2000}… (5,000 letters in all) (b)"
    assert error.got == "y" * 5000


def load_space_of(more: dict[str, object]) -> None:
    from kerasgrid.space.spec import space_from_dict

    space_from_dict({**DOCUMENT, **more})


def test_what_turns_text_around_is_escaped() -> None:
    assert legible("a\u202eb\x1b[2Jc\nd\te é한") == "a\\u202eb\\x1b[2Jc\nd\te é한"
    error = KerasgridError("must differ", where="column a\u202eb", got="\u2066")
    assert str(error) == "column a\\u202eb: must differ, got \\u2066"
