from dataclasses import replace

import numpy as np
import pytest

from kerasgrid.data.dataset import Dataset
from kerasgrid.errors import DataError


def tiny(**changes) -> Dataset:
    x = np.arange(24, dtype=np.float32).reshape(6, 2, 2)
    y = np.array([0, 1, 0, 1, 0, 1])
    dataset = Dataset("tiny", x, y, x[:2] + 1, y[:2], "classification", ("no", "yes"), "a test")
    return replace(dataset, **changes)


def test_shapes_and_outputs():
    assert tiny().input_shape == (2, 2)
    assert tiny().n_outputs == 2
    assert tiny().has_images
    assert not tiny(x_train=np.zeros((6, 4), np.float32)).has_images
    targets = np.zeros((6, 3), dtype=np.float32)
    assert tiny(y_train=targets, task="regression", classes=None).n_outputs == 3
    assert tiny(y_train=targets[:, 0], task="regression", classes=None).n_outputs == 1


def test_fingerprint_is_32_hexadecimal_digits_and_stable():
    assert len(tiny().fingerprint) == 32
    assert int(tiny().fingerprint, 16) > 0
    assert tiny().fingerprint == tiny().fingerprint == "8f63475d2b777089528ab0399bfff5e8"


def test_fingerprint_ignores_name_test_set_and_memory_layout():
    same = tiny(name="other", x_test=None, y_test=None, source="elsewhere", classes=("a", "b"))
    assert same.fingerprint == tiny().fingerprint
    assert tiny(x_train=np.asfortranarray(tiny().x_train)).fingerprint == tiny().fingerprint


@pytest.mark.parametrize(
    "changes",
    [
        {"x_train": np.arange(24, dtype=np.float32).reshape(6, 2, 2) + 1},
        {"x_train": np.arange(24, dtype=np.float32).reshape(6, 4)},
        {"y_train": np.array([1, 1, 0, 1, 0, 1])},
        {"task": "regression", "classes": None},
    ],
)
def test_fingerprint_changes_with_what_determines_a_fit(changes):
    assert tiny(**changes).fingerprint != tiny().fingerprint


def test_saved_and_loaded_is_the_same_and_not_copied(tmp_path):
    tiny().save(tmp_path / "deep" / "er")
    loaded = Dataset.load(tmp_path / "deep" / "er")
    for key in ("x_train", "y_train", "x_test", "y_test"):
        array = getattr(loaded, key)
        assert isinstance(array, np.memmap)
        assert array.mode == "c"
        np.testing.assert_array_equal(array, getattr(tiny(), key))
    assert (loaded.name, loaded.task, loaded.classes, loaded.source) == (
        "tiny",
        "classification",
        ("no", "yes"),
        "a test",
    )
    assert loaded.fingerprint == tiny().fingerprint


def test_saving_without_a_test_set_leaves_no_old_one_behind(tmp_path):
    tiny().save(tmp_path)
    without = tiny(x_test=None, y_test=None, task="regression", classes=None, y_train=np.ones(6, np.float32))
    without.save(tmp_path)
    loaded = Dataset.load(tmp_path)
    assert loaded.x_test is None
    assert loaded.y_test is None
    assert loaded.classes is None


def test_loading_from_an_empty_folder_says_so(tmp_path):
    with pytest.raises(DataError, match=r"must hold a saved data set, got no meta\.json \(write it with Dataset.save"):
        Dataset.load(tmp_path)
