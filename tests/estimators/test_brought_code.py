"""Habits of other libraries that have a meaning here, and what is said of those that have none."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from kerasgrid import GridSearchCV, KerasClassifier, ParameterError


def table() -> tuple[np.ndarray, np.ndarray]:
    y = np.arange(60) % 3
    return (np.random.default_rng(0).random((60, 4)) + y[:, None]).astype(np.float32), y


def needs_units(units: int) -> keras.Model:
    return keras.Sequential([keras.layers.Dense(units, activation="relu"), keras.layers.Dense(3, activation="softmax")])


def needs_dropout(optimizer: Any, dropout: float, seen: tuple[Any, ...] = ()) -> keras.Model:
    model = keras.Sequential([keras.layers.Dropout(dropout), keras.layers.Dense(3, activation="softmax")])
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


def tuned(hp: Any) -> keras.Model:
    return needs_units(hp.Int("units", 8, 32))


def test_a_single_hidden_layer_may_be_a_number() -> None:
    x, y = table()
    fitted = KerasClassifier(hidden_units=8, epochs=1, random_state=0).fit(x, y)
    assert fitted.get_params()["hidden_units"] == 8
    assert [layer.units for layer in fitted.model_.layers if hasattr(layer, "units")] == [8, 3]
    as_list = KerasClassifier(hidden_units=(8,), epochs=1, random_state=0).fit(x, y)
    assert np.array_equal(fitted.predict_proba(x), as_list.predict_proba(x))
    search = GridSearchCV(KerasClassifier(epochs=1), {"hidden_units": [4, np.int64(8)]}, cv=2, error_score="raise")
    assert search.fit(x, y).best_params_["hidden_units"] in (4, 8)
    with pytest.raises(
        ParameterError, match=r"^hidden_units: must be a list of whole numbers, each at least 1, got true"
    ):
        KerasClassifier(hidden_units=True, epochs=1).fit(x, y)


@pytest.mark.parametrize(
    ("name", "here"),
    [
        ("hidden_layer_sizes", "hidden_units"), ("max_iter", "epochs"), ("learning_rate_init", "learning_rate"),
        ("solver", "optimizer"), ("alpha", "l2"), ("nb_epoch", "epochs"),
    ],
)  # fmt: skip
def test_names_of_scikit_learns_networks_say_what_they_are_called(name: str, here: str) -> None:
    with pytest.raises(TypeError, match=rf"unexpected keyword argument '{name}' \(did you mean {here}\?\)$"):
        KerasClassifier(**{name: 1})
    with pytest.raises(ParameterError, match=rf"^{name}: there is no such parameter \(did you mean {here}\?\)$"):
        KerasClassifier().set_params(**{name: 1})


def test_what_a_builder_must_have_is_given_or_asked_for() -> None:
    x, y = table()
    assert KerasClassifier(needs_units, units=5, epochs=1).fit(x, y).model_.layers[0].units == 5
    message = (
        r"^units: the builder needs_units needs a value \(give it, units=…, or write a default into the builder\)$"
    )
    with pytest.raises(ParameterError, match=message):
        KerasClassifier(needs_units, epochs=1).fit(x, y)
    fitted = KerasClassifier(needs_dropout, epochs=1).fit(x, y)
    assert fitted.model_.layers[0].rate == KerasClassifier().dropout
    assert KerasClassifier(needs_dropout, dropout=0.25, epochs=1).fit(x, y).model_.layers[0].rate == 0.25


def test_a_builder_of_keras_tuner_is_told_how_to_name_its_parameters() -> None:
    hint = r"\(def tuned\(units=32\): …, and search \{'units': \[16, 32\]\}\)$"
    message = rf"^tuned: a builder names what is searched, where one of KerasTuner draws it from hp {hint}"
    with pytest.raises(ParameterError, match=message):
        KerasClassifier(tuned, epochs=1).fit(*table())


def test_streams_of_batches_are_told_to_become_arrays() -> None:
    import tensorflow as tf

    class Batches(keras.utils.PyDataset):
        def __len__(self) -> int:
            return 1

        def __getitem__(self, place: int) -> Any:
            return table()

    message = (
        r"^X and y: must be arrays: all samples and all labels, .* got a \w+ \(X, y = \(np.concatenate\(parts\) for"
    )
    for batches in (tf.data.Dataset.from_tensor_slices(table()).batch(7), Batches(), (one for one in [table()])):
        with pytest.raises(ParameterError, match=message):
            KerasClassifier(epochs=1).fit(batches)
    with pytest.raises(ValueError, match="requires y to be passed"):
        KerasClassifier(epochs=1).fit(table()[0])
