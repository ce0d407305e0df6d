import json
import re
from pathlib import Path

import pytest

from kerasgrid.axes.parameters import resolve
from kerasgrid.errors import SpaceError
from kerasgrid.space import files
from kerasgrid.space.files import bundled_spaces, load_space, read_json
from kerasgrid.space.grid import candidates, grid_size

VALID = {"name": "mine", "dataset": "digits", "params": {"epochs": 3}}


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "mine.json"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refuses(path, message):
    with pytest.raises(SpaceError, match=f"^{re.escape(f'{path}: {message}')}$"):
        load_space(path)


def test_a_file_is_loaded_by_path_and_by_text(file):
    path = file(json.dumps(VALID))
    assert load_space(path) == load_space(str(path))
    assert load_space(path).name == "mine"


def test_a_byte_order_mark_is_no_harm(file):
    assert load_space(file(b"\xef\xbb\xbf" + json.dumps(VALID).encode())).name == "mine"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{\n  "name" "a"}', "line 2, column 10: not valid JSON: Expecting ':' delimiter"),
        ("", "line 1, column 1: not valid JSON: Expecting value"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', 'the key "c" must stand once in an object, got it twice'),
        ('{"a": NaN}', "numbers must be finite, got NaN"),
        ('{"a": -Infinity}', "numbers must be finite, got -Infinity"),
        ("[1, 2]", "a space must be a JSON object, got [1, 2]"),
        ('{"name": "\\ud800"}', r'name: text must be Unicode, without half a surrogate pair, got "\ud800"'),
        (
            '{"a": {"b": [0, "x\\udfff"]}}',
            r'a.b[1]: text must be Unicode, without half a surrogate pair, got "x\udfff"',
        ),
        ('{"\\ud800": 1}', r'text must be Unicode, without half a surrogate pair, got "\ud800"'),
        (b'{"name": "\xff"}', "must be UTF-8 text, got byte 10 that is none"),
        ("[" * 200_000, "is nested too deeply"),
        ('{"a": ' + "9" * 5000 + "}", "not valid JSON: Exceeds the limit"),
        (json.dumps({**VALID, "params": {"epochs": 0}}), "params.epochs: must be a whole number of at least 1, got 0"),
        (json.dumps(VALID).replace("3", "1e999"), "params.epochs: must be a whole number of at least 1, got Infinity"),
    ],
)
def test_messages(file, content, message):
    path = file(content)
    with pytest.raises(SpaceError, match="^" + re.escape(f"{path}: {message}")):
        load_space(path)


def test_a_folder_is_no_file(tmp_path):
    refuses(tmp_path, "must be a file, got a folder")


def test_a_file_that_may_not_be_read(tmp_path):
    with pytest.raises(SpaceError, match=r"gone\.json: cannot be read: No such file or directory$"):
        read_json(tmp_path / "gone.json")


def test_a_pair_of_surrogates_is_one_character(file):
    assert read_json(file(r'["\ud83d\ude00"]')) == ["\U0001f600"]


@pytest.mark.parametrize("name", ["x" * 300, "x" * 300 + ".json"])
def test_a_name_that_is_too_long(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refuses(name, "cannot be read: File name too long")
    with pytest.raises(SpaceError, match=f"^{name}: cannot be read: File name too long$"):
        read_json(Path(name))


def test_a_folder_that_may_not_be_searched(monkeypatch):
    def denied(path, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", denied)
    refuses("locked/mine.json", "cannot be read: Permission denied")


ALL = "bundled are " + ", ".join(bundled_spaces())
REGRESSIONS = (
    "auto_table_regression",
    "regression_free_fall",
    "regression_linear",
    "regression_sine",
    "table_regression",
)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("fmnst", "there is no such file and no such bundled space (did you mean the bundled space fmnist? " + ALL),
        ("qqqq", "there is no such file and no such bundled space (" + ALL),
        ("digits.json", "there is no such file (did you mean the bundled space digits? " + ALL),
        ("gone/digits.json", "there is no such file (did you mean the bundled space digits? " + ALL),
        (Path("digits"), "there is no such file (did you mean the bundled space digits? " + ALL),
    ],
)
def test_an_unknown_name_or_path(source, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refuses(source, f"{message})")


def test_a_bundled_name_wins_over_a_folder_of_that_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits").mkdir()
    assert load_space("digits").name == "digits"


def test_every_file_in_the_folder_is_bundled():
    folder = Path(__file__).parents[2] / "search_spaces"
    assert {path.stem for path in folder.iterdir()} == set(bundled_spaces())


@pytest.mark.parametrize("name", bundled_spaces())
def test_bundled_spaces_are_sound(name):
    space = load_space(name)
    assert space.name == name
    assert space.description
    task = "regression" if name in REGRESSIONS else "multilabel" if name == "table_labels" else "classification"
    space.check_task(task)
    for candidate in candidates(space):
        resolve(candidate, task)


def test_sizes_of_the_bundled_spaces():
    assert {name: grid_size(load_space(name)) for name in bundled_spaces()} == {
        "auto_images": None,
        "auto_table_classification": None,
        "auto_table_regression": None,
        "batch_norm_digits": 32,
        "batch_norm_fmnist": 32,
        "cifar10_one_factor": 10,
        "cifar10_one_factor_small": 10,
        "digits": 12,
        "digits_cnn": 6,
        "dropout_digits": 2,
        "dropout_fmnist": 2,
        "fcn_vs_lenet5": 12,
        "fcn_vs_lenet5_fmnist": 12,
        "fcn_vs_lenet5_fmnist_small": 12,
        "fcn_vs_lenet5_small": 12,
        "fmnist": 144,
        "fmnist_small": 8,
        "images": 16,
        "initial_weights_digits": 3,
        "initial_weights_fmnist": 3,
        "lenet5_grid": 24,
        "lenet5_grid_fmnist": 24,
        "lenet5_grid_fmnist_small": 24,
        "lenet5_grid_small": 24,
        "lenet5_optimizers": 18,
        "lenet5_optimizers_fmnist": 18,
        "lenet5_optimizers_fmnist_small": 18,
        "lenet5_optimizers_small": 18,
        "mnist_trials": 7,
        "mnist_trials_small": 7,
        "optimizers_digits": 4,
        "optimizers_fmnist": 4,
        "overfit_digits": 1,
        "overfit_fmnist": 1,
        "random": None,
        "random_fmnist": None,
        "regression_free_fall": 24,
        "regression_linear": 24,
        "regression_sine": 24,
        "regularisation_fmnist": 14,
        "table_classification": 16,
        "table_labels": 16,
        "table_regression": 16,
        "weight_decay_digits": 2,
        "weight_decay_fmnist": 2,
    }


@pytest.mark.parametrize("name", [name for name in bundled_spaces() if name not in ("digits_cnn", "random")])
def test_bundled_spaces_say_how_long_they_take(name):
    description = load_space(name).description
    assert re.search(r"(second|minute|hour)", description), description
    # The long ones have a small sibling.
    if "hour" in description and not name.endswith("_small"):
        assert f"{name}_small" in bundled_spaces()


@pytest.mark.parametrize("key", ["params", "dataset", "seed", "model"])
def test_a_deep_value_is_an_error_not_a_crash(file, key):
    path = file(json.dumps({**VALID, key: "deep"}).replace('"deep"', "[" * 900 + "]" * 900))
    with pytest.raises(SpaceError, match=rf"mine\.json: ({key}.*: must be|is nested too deeply)"):
        load_space(path)


def test_an_installed_package_has_the_spaces_inside(tmp_path, monkeypatch):
    inside = tmp_path / "kerasgrid" / "search_spaces"
    inside.mkdir(parents=True)
    (inside / "own.json").write_text("{}")
    (inside / "README.md").write_text("no space")
    monkeypatch.setattr(files, "__file__", str(tmp_path / "kerasgrid" / "space" / "files.py"))
    assert bundled_spaces() == {"own": inside / "own.json"}


def test_a_package_without_the_folder_has_no_spaces(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "__file__", str(tmp_path / "kerasgrid" / "space" / "files.py"))
    assert bundled_spaces() == {}
