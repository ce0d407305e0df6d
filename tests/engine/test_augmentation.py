"""Images of a training step are changed as Keras's layers change them, and nothing else is."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from scipy import stats
from support.made import images
from support.programs import Programs

from kerasgrid import KerasClassifier
from kerasgrid.axes.parameters import builder_params, resolve, structure
from kerasgrid.data.dataset import Dataset
from kerasgrid.errors import ParameterError, SpaceError
from kerasgrid.models.costs import cost_of
from kerasgrid.models.shapes import check_shapes
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    import keras
    import tensorflow as tf

    from kerasgrid.engine.augmentation import Augmentation, augmentation_of
    from kerasgrid.engine.resident import ResidentData
    from kerasgrid.engine.training import Outcome, Seeds, Training
    from kerasgrid.models.factory import build_model
    from kerasgrid.models.own import register

NOTHING = {"flip": "none", "shift": 0.0, "rotation": 0.0, "zoom": 0.0, "contrast": 0.0}
SOME = {"flip": "horizontal", "shift": 0.1, "rotation": 0.05, "zoom": 0.1, "contrast": 0.2}
IMAGES = np.random.default_rng(0).random((4, 7, 10, 3), np.float32)
INDEX = np.arange(24, dtype=np.int32)


def augmented(x: np.ndarray, step: int = 0, seed: int = 5, **changes: Any) -> np.ndarray:
    return np.asarray(Augmentation(**{**NOTHING, **changes})(tf.constant(x), tf.constant([seed, step])))


def moved(draws: dict[str, float], **changes: Any) -> np.ndarray:
    """Return the images under the given draws instead of random ones."""
    fixed = {"left_right": 1.0, "up_down": 1.0, "right": 0.0, "down": 0.0, "turn": 0.0, "zoom": 0.0, **draws}
    tensors = {name: tf.fill([len(IMAGES)], number) for name, number in fixed.items()}
    return np.asarray(Augmentation(**{**NOTHING, **changes})._moved(tf.constant(IMAGES), tensors))


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("fill_mode", ["reflect", "constant", "nearest", "wrap"])
def test_moves_are_those_of_keras(fill_mode: str, sign: float) -> None:
    layers, ours = keras.layers, {"fill_mode": fill_mode}
    # Factors from one number to the same are not random.
    turned = layers.RandomRotation((0.2 * sign, 0.2 * sign), fill_mode=fill_mode)(IMAGES, training=True)
    np.testing.assert_allclose(moved({"turn": sign}, rotation=0.2, **ours), turned, atol=1e-5)
    zoomed = layers.RandomZoom((0.3 * sign, 0.3 * sign), fill_mode=fill_mode)(IMAGES, training=True)
    np.testing.assert_allclose(moved({"zoom": sign}, zoom=0.3, **ours), zoomed, atol=1e-5)
    shifted = layers.RandomTranslation((0.2, 0.2), (0.2 * sign, 0.2 * sign), fill_mode=fill_mode)(IMAGES, training=True)
    np.testing.assert_allclose(moved({"right": sign, "down": 1.0}, shift=0.2, **ours), shifted, atol=1e-5)


def test_several_moves_are_one_after_the_other() -> None:
    draws = {"left_right": -1.0, "up_down": 1.0, "right": 0.5, "down": -0.7, "turn": 0.6, "zoom": -0.4}
    tensors = {name: tf.constant([number]) for name, number in draws.items()}

    def matrix(**changes: Any) -> np.ndarray:
        row = Augmentation(**{**NOTHING, **changes})._transforms(7, 10, tensors)[0]
        return np.append(np.asarray(row, np.float64), 1.0).reshape(3, 3)

    amounts = {"shift": 0.2, "rotation": 0.1, "zoom": 0.3}
    flip = matrix(flip="both")
    np.testing.assert_allclose(flip, [[-1, 0, 9], [0, 1, 0], [0, 0, 1]], atol=1e-6)
    shift, rotation, zoom = (matrix(**{name: amount}) for name, amount in amounts.items())
    np.testing.assert_allclose(matrix(flip="both", **amounts), flip @ shift @ rotation @ zoom, atol=1e-5)


def test_amounts_are_uniform_and_independent() -> None:
    # Of a ramp from left to right and one from top to bottom, the pixels of the middle tell where they come from.
    n, side = 4000, 9
    down, right = np.meshgrid(np.arange(side, dtype=np.float32), np.arange(side, dtype=np.float32), indexing="ij")
    x = np.broadcast_to(np.stack([right, down], axis=-1), (n, side, side, 2))
    changed = augmented(x, shift=0.2, rotation=0.05, zoom=0.2).astype(np.float64)
    across, along = changed[:, 4, 5] - changed[:, 4, 3], changed[:, 5, 4] - changed[:, 3, 4]
    angle, size = np.arctan2(across[:, 1], across[:, 0]), np.hypot(across[:, 0], across[:, 1]) / 2
    np.testing.assert_allclose(size, np.hypot(along[:, 0], along[:, 1]) / 2, atol=1e-4)
    amounts = {
        "right": (4 - changed[:, 4, 4, 0]) / (0.2 * side),
        "down": (4 - changed[:, 4, 4, 1]) / (0.2 * side),
        "turn": angle / (2 * math.pi * 0.05),
        "zoom": (size - 1) / 0.2,
    }
    for name, amount in amounts.items():
        assert stats.kstest(amount, stats.uniform(-1, 2).cdf).pvalue > 0.001, name
    correlations = np.corrcoef(list(amounts.values())) - np.eye(4)
    assert np.abs(correlations).max() < 0.06


@pytest.mark.parametrize("flip", ["horizontal", "vertical", "both"])
def test_half_of_the_images_are_mirrored(flip: str) -> None:
    n = 2000
    x = np.random.default_rng(1).random((1, 3, 4, 1), np.float32).repeat(n, axis=0)
    mirrored = {"": x[0], "h": x[0, :, ::-1], "v": x[0, ::-1], "hv": x[0, ::-1, ::-1]}
    by_flip = augmented(x, flip=flip)
    counts = {name: int((by_flip == one).all(axis=(1, 2, 3)).sum()) for name, one in mirrored.items()}
    assert sum(counts.values()) == n
    expected = {"horizontal": ("", "h"), "vertical": ("", "v"), "both": ("", "h", "v", "hv")}[flip]
    assert {name for name, count in counts.items() if count} == set(expected)
    assert all(abs(counts[name] - n / len(expected)) < 110 for name in expected)
    # Within a move they are the same images.
    np.testing.assert_allclose(augmented(x, flip=flip, shift=1e-7), by_flip, atol=1e-5)


def test_contrast_is_that_of_keras_without_a_cut() -> None:
    n = 2000
    x = np.random.default_rng(1).random((1, 5, 4, 3), np.float32).repeat(n, axis=0)
    changed = augmented(x, contrast=0.4)
    means = x.mean(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(changed.mean(axis=(1, 2), keepdims=True), means, atol=1e-5)
    factors = (changed - means)[:, 0, 0, 0] / (x - means)[:, 0, 0, 0]
    np.testing.assert_allclose(changed, (x - means) * factors[:, None, None, None] + means, atol=1e-4)
    assert stats.kstest(factors, stats.uniform(0.6, 0.8).cdf).pvalue > 0.001
    # As its documentation has it: of a single number Keras 3 takes the upper half of the range alone.
    theirs = keras.layers.RandomContrast((0.4, 0.4), value_range=(-9, 9), seed=0)(x * 0.1, training=True)
    their_factors = (np.asarray(theirs) - 0.1 * means)[:, 0, 0, 0] / (0.1 * (x - means))[:, 0, 0, 0]
    assert stats.kstest(their_factors, stats.uniform(0.6, 0.8).cdf).pvalue > 0.001


def test_the_same_key_makes_the_same_images() -> None:
    first, again, later, other = (
        augmented(IMAGES, step=step, seed=seed, **SOME) for step, seed in ((0, 5), (0, 5), (1, 5), (0, 6))
    )
    np.testing.assert_array_equal(first, again)
    assert all(np.abs(first - another).max() > 0.01 for another in (later, other))
    assert not np.array_equal(augmented(IMAGES, flip="none", shift=0.1), IMAGES)
    grey = augmented(IMAGES[..., 0], **SOME)
    np.testing.assert_allclose(grey, augmented(IMAGES[..., :1], **SOME)[..., 0], atol=1e-6)


def test_what_the_parameter_says() -> None:
    assert augmentation_of(resolve({}, "classification")) is None
    made = augmentation_of(resolve({"augmentation": {"shift": 0.1, "fill_mode": "wrap"}}, "classification"))
    assert made is not None
    np.testing.assert_array_equal(
        made(tf.constant(IMAGES), tf.constant([5, 0])), augmented(IMAGES, shift=0.1, fill_mode="wrap")
    )


def trained(programs: Programs, params: dict[str, Any], dataset: Dataset, n_runs: int = 1) -> list[Outcome]:
    resolved = resolve({"epochs": 2, "batch_size": 7, "hidden_units": (4,), **params}, "classification")
    with quiet_stderr():
        data = ResidentData(dataset)
        program = programs.of(resolved, data)
    fit = Training(resolved, INDEX[:16], INDEX[16:], Seeds.of(3, 0, 0))
    between = Training(resolved, INDEX[:9], INDEX[16:], Seeds.of(4, 0, 0))
    found = []
    for _ in range(n_runs):
        found.append(program.run(fit, data, keep_weights=True))
        program.run(between, data)
    return found


@pytest.mark.parametrize("params", [{"model": "mlp"}, {"model": "cnn", "conv_filters": (2,), "kernel_size": 3}])
def test_a_fit_is_the_same_each_time_and_scored_on_the_images_as_they_are(params: dict[str, Any]) -> None:
    programs = Programs()
    first, again = trained(programs, {**params, "augmentation": SOME}, images(), 2)
    (plain,) = trained(programs, params, images())
    assert first.status == "ok"
    assert first.curve == again.curve
    assert first.curve["loss"] != plain.curve["loss"]
    # A fit that changes nothing has the scores of one without augmentation.
    still, still_plain = (
        trained(programs, {**params, "learning_rate": 1e-12, "augmentation": value}, images())[0]
        for value in (SOME, None)
    )
    np.testing.assert_allclose(still.curve["val_loss"], still_plain.curve["val_loss"], rtol=1e-6)
    assert abs(still.curve["loss"][0] - still_plain.curve["loss"][0]) > 1e-4


def test_images_of_bytes_are_changed_as_numbers() -> None:
    plain = images()
    x = (plain.x_train * 100).astype(np.uint8)
    given = Dataset("made", x, plain.y_train, None, None, "classification", ("a", "b", "c"), "made")
    (outcome,) = trained(Programs(), {"augmentation": SOME}, given)
    assert outcome.status == "ok"


def test_a_saved_model_has_nothing_of_it_and_xla_is_left_out() -> None:
    layers = [
        [layer.name for layer in build_model({"augmentation": value}, (4, 4), 3).layers] for value in (SOME, None)
    ]
    assert layers[0] == layers[1]
    resolved = resolve({"augmentation": SOME}, "classification")
    assert cost_of(resolved, (4, 4), 3) is None
    assert dict(structure(resolved))["augmentation"] == resolved["augmentation"]


MESSAGE = "augmentation: needs images (height × width, or height × width × channels), got inputs of shape 4"


def test_a_table_has_no_images() -> None:
    with pytest.raises(SpaceError, match="^" + re.escape(f"params.{MESSAGE}") + "$"):
        check_shapes(resolve({"augmentation": SOME}, "classification"), (4,))
    with pytest.raises(SpaceError, match="^" + re.escape(f"params.{MESSAGE}") + "$"):
        build_model({"augmentation": SOME}, (4,), 3)
    x, y = np.random.default_rng(0).random((12, 4), np.float32), np.arange(12) % 3
    with pytest.raises(ParameterError, match="^" + re.escape(MESSAGE) + "$"):
        KerasClassifier(augmentation=SOME, epochs=1).fit(x, y)


def test_an_object_must_change_something() -> None:
    message = (
        "params.augmentation: must set at least one of flip, shift, rotation, zoom, contrast, got "
        '{"fill_mode": "wrap"} (null is for none)'
    )
    with pytest.raises(SpaceError, match="^" + re.escape(message) + "$"):
        resolve({"augmentation": {"fill_mode": "wrap"}}, "classification")
    with pytest.raises(SpaceError, match=r"^params.augmentation.shift: must be a number of at least 0 and at most 1, "):
        resolve({"augmentation": {"shift": 2}}, "classification")


@pytest.fixture
def own() -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = []

    def build(params: dict[str, Any], input_shape: tuple[int, ...], n_outputs: int) -> keras.Model:
        seen.append(params)
        layers = [keras.Input(input_shape), keras.layers.Flatten(), keras.layers.Dense(n_outputs, "softmax")]
        return keras.Sequential(layers)

    register("mine:augmented", build)
    return seen


def test_a_model_of_ones_own_trains_on_changed_images_too(own: list[dict[str, Any]]) -> None:
    resolved = resolve({"model": "mine:augmented", "augmentation": SOME}, "classification")
    assert "augmentation" not in builder_params(resolved)
    with_it, without = (
        trained(Programs(), {"model": "mine:augmented", "augmentation": value}, images())[0] for value in (SOME, None)
    )
    assert with_it.curve["loss"] != without.curve["loss"]
    assert "augmentation" not in own[0]
