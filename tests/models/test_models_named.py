"""A model of the user's own on the command line: found by its name, imported by workers only, never named in a file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.written import TINY, Ended, called, write

from kerasgrid.cli.asked import asked_space
from kerasgrid.errors import SpaceError
from kerasgrid.models.named import make_known, named_builder
from kerasgrid.run.plan import Plan
from kerasgrid.space.grid import candidates
from kerasgrid.space.spec import space_from_dict

SOURCE = """
import os
import keras

IMPORTED_BY = os.getpid()


def builder(params, input_shape, n_outputs):
    return keras.Sequential([
        keras.layers.Flatten(),
        keras.layers.Dense(params["units"], activation=params["activation"]),
        keras.layers.Dropout(0.1),
        keras.layers.Dense(n_outputs, activation="softmax"),
    ])


NUMBER = 3
"""
PARAMS = {"model__units": [4, 6], "learning_rate": [0.05], "epochs": 3}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a module and a space for it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "my_models.py").write_text(SOURCE)
    write(tmp_path / "own.json", name="own", params=PARAMS)
    return tmp_path


def kerasgrid(*arguments: str) -> Ended:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "KERAS_"))}
    command = [sys.executable, "-m", "kerasgrid", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return Ended(done.returncode, done.stdout, done.stderr)


def test_a_name_holds_a_hash_of_the_source_and_imports_nothing(here: Path) -> None:
    name = named_builder("my_models:builder")
    assert name.startswith("my_models:builder@")
    assert len(name.partition("@")[2]) == 12
    assert named_builder("my_models:builder") == name
    (here / "my_models.py").write_text(SOURCE + "# changed\n")
    assert named_builder("my_models:builder") != name
    assert "my_models" not in sys.modules


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("my_models:", r"^--model: must be a module and a function in it, got my_models: \(my_module:my_builder\)$"),
        ("a b:c", "^--model: must be a module and a function in it"),
        ("my_modles:builder", r"^--model: there is no such module, got my_modles \(looked for in .* first\)$"),
        ("no.such.place:builder", "^--model: there is no such module"),
        ("my_models:bilder", r"^--model: .*my_models\.py has no such function, got bilder \(did you mean builder\?\)$"),
        ("sys:exit", "^--model: the module must be a Python file, got built-in$"),
        ("broken:builder", r"^.*broken\.py, line 1: is no valid Python$"),
    ],
)
def test_a_name_that_is_none(here: Path, text: str, message: str) -> None:
    (here / "broken.py").write_text("def builder(:\n")
    with pytest.raises(SpaceError, match=message):
        named_builder(text)


def test_the_space_takes_the_builders_parameters() -> None:
    space = asked_space("own.json", model="my_models:builder", seed=3)
    assert [(c["model__units"], c["model"]) for c in candidates(space)] == [
        (units, named_builder("my_models:builder")) for units in (4, 6)
    ]
    assert space.seed == 3
    assert space.models == (named_builder("my_models:builder"),)
    mixed = {"model__rate": {"uniform": {"low": 0.1, "high": 0.5}}, "model__sizes": [[8, 4], [2]], "model__flag": True}
    write(Path("mixed.json"), strategy="random", trials=3, params={**PARAMS, **mixed})
    drawn = candidates(asked_space("mixed.json", model="my_models:builder"))
    assert len(drawn) == 3
    assert all(0.1 <= float(str(c["model__rate"])) <= 0.5 and c["model__flag"] is True for c in drawn)
    assert {c["model__sizes"] for c in drawn} <= {(8, 4), (2,)}


def test_another_model_by_name() -> None:
    write(Path("plain.json"), params={"learning_rate": [0.1]})
    assert asked_space("plain.json", model="cnn").models == ("cnn",)
    with pytest.raises(SpaceError, match=r'^model: must be one of mlp, cnn.*, got "rnn"'):
        asked_space("plain.json", model="rnn")


def test_no_file_can_name_one() -> None:
    hint = r"a space file cannot name a model of your own, got \"my_models:builder\" \(give it on the command line: "
    with pytest.raises(SpaceError, match=f"^model: {hint}--model my_models:builder\\)$"):
        space_from_dict({**TINY, "model": "my_models:builder"})
    with pytest.raises(SpaceError, match=rf"^params\.model\[1\]?: {hint}|^params\.model: {hint}"):
        space_from_dict({**TINY, "params": {**TINY["params"], "model": ["mlp", "my_models:builder"]}})
    with pytest.raises(SpaceError, match=r"^params\.model__units: there is no such parameter"):
        space_from_dict({**TINY, "params": PARAMS})
    write(Path("named.json"), params={"model": "mlp", "learning_rate": [0.1]})
    with pytest.raises(SpaceError, match=r"params\.model: must not name a model where --model does$"):
        asked_space("named.json", model="my_models:builder")


def test_a_plan_is_read_back_from_a_store(here: Path) -> None:
    space = asked_space("own.json", model="my_models:builder")
    data = {"name": "data", "fingerprint": "f", "n_train": 10}
    plan = Plan(space, data, "classification", ("0", "1"), 2, "", ("fold",) * (space.cv or 1))
    (here / "my_models.py").unlink()
    assert Plan.from_meta(json.loads(json.dumps(plan.to_meta())), "run").candidates == plan.candidates


@pytest.mark.slow
def test_it_is_searched_and_a_changed_source_is_trained_anew(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def again(*arguments: str) -> Ended:
        return called(monkeypatch, capsys, *arguments)

    command = ("search", "own.json", "--model", "my_models:builder", "--jobs", "1")
    ended = kerasgrid(*command)
    assert ended.code == 0, ended.err
    best = json.loads((here / "runs/own/best_params.json").read_text())
    assert best["params"]["model"].startswith("my_models:builder@")
    assert best["params"]["model__units"] in (4, 6)
    assert best["mean"] > 0.15
    assert (here / "runs/own/model.keras").exists()
    assert "4 of 4 fits" in ended.out
    (here / "my_models.py").write_text(SOURCE.replace("0.1", "0.3"))
    changed = again(*command)
    assert changed.code == 0, changed.err
    assert "training 4 fits" in changed.err
    shown = again("show", "own")
    assert shown.code == 0, shown.err
    assert json.loads(again("narrow", "own").out)["params"]["model__units"]
    # A run's file must not have code imported: the user says that it may be.
    refused = again("confirm", "own", "--top", "1", "--repeats", "1")
    message = "kerasgrid: the run has a model of your own: say that it may be imported (--model my_models:builder)\n"
    assert (refused.code, refused.out, refused.err) == (2, "", message)
    confirmed = again("confirm", "own", "--top", "1", "--repeats", "1", "--model", "my_models:builder")
    assert confirmed.code == 0, confirmed.err
    assert "Confirmed: 1 trial by 1 new repeat." in confirmed.out
    (here / "my_models.py").write_text(SOURCE)
    refused = again("confirm", "own", "--model", "my_models:builder")
    message = (
        f"kerasgrid: {Path('runs/own')}: the builder must be that of the search, got my_models:builder, whose file has "
        "changed since (search with it in another folder)\n"
    )
    assert (refused.code, refused.err) == (2, message)
    assert "my_models" not in sys.modules


@pytest.mark.slow
def test_check_builds_it(here: Path) -> None:
    ended = kerasgrid("check", "own.json", "--model", "my_models:builder")
    assert (ended.code, ended.err) == (0, "")
    assert "2 to compile" in ended.out


def test_what_cannot_be_imported_says_why(here: Path) -> None:
    (here / "own_number.py").write_text("NUMBER = 3\n")
    with pytest.raises(SpaceError, match=r"^--model: must be a function, got own_number:NUMBER, a int$"):
        make_known(named_builder("own_number:NUMBER"))
    (here / "own_broken.py").write_text("import no_such_thing\n\n\ndef builder(): ...\n")
    message = r"^--model: own_broken cannot be imported, got ModuleNotFoundError: No module named 'no_such_thing'$"
    with pytest.raises(SpaceError, match=message):
        make_known(named_builder("own_broken:builder"))


def test_a_builder_of_named_arguments_gets_what_it_names(here: Path) -> None:
    from kerasgrid.models.factory import build_model

    (here / "named_models.py").write_text(
        "import keras\n\n\n"
        "def build(units=3, activation='relu', n_outputs=1):\n"
        "    layers = keras.layers\n"
        "    return keras.Sequential([layers.Dense(units, activation=activation),\n"
        "                             layers.Dense(n_outputs, activation='softmax')])\n"
    )
    name = named_builder("named_models:build")
    make_known(name)
    model = build_model({"model": name, "model__units": 7, "activation": "tanh"}, (4,), 3, seed=0)
    assert [layer.units for layer in model.layers] == [7, 3]
    assert model.layers[0].activation.__name__ == "tanh"
