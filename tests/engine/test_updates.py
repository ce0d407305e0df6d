"""How weights are updated is as Keras's optimizers do it: moving rates, bounded gradients, averages, their numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from support.keras_fit import classes, fit_both, parts  # noqa: E402

from kerasgrid.axes.parameters import resolve  # noqa: E402
from kerasgrid.data.dataset import Dataset  # noqa: E402
from kerasgrid.engine.control import FitControl  # noqa: E402
from kerasgrid.engine.optimizers import make_optimizer  # noqa: E402
from kerasgrid.engine.program import Program  # noqa: E402
from kerasgrid.engine.resident import ResidentData  # noqa: E402
from kerasgrid.engine.training import Seeds, Training  # noqa: E402
from kerasgrid.fits.batches import BatchSizes  # noqa: E402
from kerasgrid.models.own import register  # noqa: E402

RATE, EPOCHS, STEPS = 0.05, 4, 12
BASE = {"hidden_units": (8,), "epochs": EPOCHS, "batch_size": 32, "learning_rate": RATE}
BY_PLAIN_SGD = {"optimizer": "SGD"}

CASES: dict[str, tuple[dict[str, Any], Callable[[Any], Any]]] = {
    "cosine": (
        {"learning_rate_schedule": {"name": "cosine", "alpha": 0.1}},
        lambda k: k.Adam(k.schedules.CosineDecay(RATE, STEPS, alpha=0.1)),
    ),
    "cosine, warmed up": (
        {"learning_rate_schedule": {"name": "cosine", "warmup": 0.25}},
        lambda k: k.Adam(k.schedules.CosineDecay(0.0, STEPS - 3, warmup_target=RATE, warmup_steps=3)),
    ),
    "cosine, decayed weights": (
        {"optimizer": "AdamW", "weight_decay": 0.1, "learning_rate_schedule": "cosine"},
        lambda k: k.AdamW(k.schedules.CosineDecay(RATE, STEPS), weight_decay=0.1),
    ),
    "cosine, no fused kernel": (
        {"optimizer": "Nadam", "weight_decay": 0.1, "learning_rate_schedule": "cosine"},
        lambda k: k.Nadam(k.schedules.CosineDecay(RATE, STEPS), weight_decay=0.1),
    ),
    "exponential": (
        {"learning_rate_schedule": {"name": "exponential", "decay_rate": 0.1}},
        lambda k: k.Adam(k.schedules.ExponentialDecay(RATE, STEPS, 0.1)),
    ),
    "step": (
        {"learning_rate_schedule": {"name": "step", "drop": 0.5, "every": 0.25}},
        lambda k: k.Adam(k.schedules.ExponentialDecay(RATE, 3, 0.5, staircase=True)),
    ),
    "polynomial": (
        {**BY_PLAIN_SGD, "learning_rate_schedule": {"name": "polynomial", "power": 2, "alpha": 0.1}},
        lambda k: k.SGD(k.schedules.PolynomialDecay(RATE, STEPS, 0.1 * RATE, 2.0)),
    ),
    "restarts": (
        {**BY_PLAIN_SGD, "epochs": 7,
         "learning_rate_schedule": {"name": "cosine_restarts", "m_mul": 0.8, "alpha": 0.05}},
        lambda k: k.SGD(k.schedules.CosineDecayRestarts(RATE, 3, 2.0, 0.8, 0.05)),
    ),
    "restarts of equal length": (
        {**BY_PLAIN_SGD, "learning_rate_schedule": {"name": "cosine_restarts", "t_mul": 1}},
        lambda k: k.SGD(k.schedules.CosineDecayRestarts(RATE, 4, 1.0)),
    ),
    "clipnorm": ({"clipnorm": 0.05, "optimizer": "momentum"}, lambda k: k.SGD(RATE, momentum=0.9, clipnorm=0.05)),
    "global_clipnorm": ({**BY_PLAIN_SGD, "global_clipnorm": 0.05}, lambda k: k.SGD(RATE, global_clipnorm=0.05)),
    "global_clipnorm, no fused kernel": (
        {"optimizer": "Nadam", "global_clipnorm": 0.05}, lambda k: k.Nadam(RATE, global_clipnorm=0.05)
    ),
    "clipvalue": ({**BY_PLAIN_SGD, "clipvalue": 0.005}, lambda k: k.SGD(RATE, clipvalue=0.005)),
    "betas and epsilon": (
        {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}, lambda k: k.Adam(RATE, beta_1=0.5, beta_2=0.9, epsilon=1e-3)
    ),
    "rho and epsilon": (
        {"optimizer": "RMSprop", "rho": 0.5, "epsilon": 1e-3}, lambda k: k.RMSprop(RATE, rho=0.5, epsilon=1e-3)
    ),
    "a large epsilon": ({"optimizer": "Adagrad", "epsilon": 0.1}, lambda k: k.Adagrad(RATE, epsilon=0.1)),
    "rho of Adadelta": (
        {"optimizer": "Adadelta", "rho": 0.5, "epsilon": 1e-3}, lambda k: k.Adadelta(RATE, rho=0.5, epsilon=1e-3)
    ),
    "averages": (
        {"ema_momentum": 0.8, "learning_rate_schedule": "cosine"},
        lambda k: k.Adam(k.schedules.CosineDecay(RATE, STEPS), use_ema=True, ema_momentum=0.8),
    ),
    "averages, no fused kernel": (
        {"ema_momentum": 0.8, "optimizer": "Nadam"}, lambda k: k.Nadam(RATE, use_ema=True, ema_momentum=0.8)
    ),
}  # fmt: skip
OTHER_NUMBERS: dict[str, dict[str, Any]] = {
    "cosine": {"learning_rate_schedule": {"name": "cosine", "alpha": 0.5}, "epochs": 2},
    "step": {"learning_rate_schedule": {"name": "step", "drop": 0.1}},
    "clipnorm": {"clipnorm": 1.0},
    "averages": {"ema_momentum": 0.1},
}


@pytest.mark.parametrize("case", CASES)
def test_it_ends_as_keras_does(case: str) -> None:
    params, optimizer = CASES[case]
    # When a call of fit ends, the weights become their averages.
    averages = "ema_momentum" in params
    both = fit_both(
        classes(), {**BASE, **params}, optimizer(keras.optimizers), before=OTHER_NUMBERS.get(case), in_one_call=averages
    )
    assert both.difference <= 2e-5
    if not averages:
        np.testing.assert_allclose(both.ours.curve["val_loss"], both.history["val_loss"], atol=1e-4)


@pytest.mark.parametrize("case", ["averages", "averages, no fused kernel"])
def test_what_is_scored_is_the_average_that_the_fit_ends_with(case: str) -> None:
    params, optimizer = CASES[case]
    both = fit_both(classes(), {**BASE, **params}, optimizer(keras.optimizers))
    _, others = parts()
    dataset = classes()
    loss, accuracy = both.theirs.evaluate(dataset.x_train[others], dataset.y_train[others], verbose=0)
    assert both.ours.curve["val_loss"][-1] == pytest.approx(loss, abs=1e-5)
    assert both.ours.curve["val_accuracy"][-1] == pytest.approx(accuracy, abs=1e-6)
    # Keras's own curve is that of the weights before.
    assert abs(both.history["val_loss"][-1] - loss) > 1e-4


def words() -> Dataset:
    generator = np.random.default_rng(0)
    x = generator.integers(0, 5, (100, 4)).astype(np.float32)
    return Dataset("made", x, (x[:, 0] % 3).astype(np.int64), None, None, "classification", ("a", "b", "c"), "made")


def build_words(params: dict[str, Any], input_shape: tuple[int, ...], n_outputs: int) -> Any:
    layers = keras.layers
    return keras.Sequential([
        keras.Input(input_shape), layers.Embedding(5, 3), layers.Flatten(),
        layers.Dense(n_outputs, activation="softmax"),
    ])  # fmt: skip


@pytest.fixture
def own() -> str:
    name = "updates:build_words"
    register(name, build_words)
    return name


@pytest.mark.parametrize("clipping", ["clipnorm", "clipvalue"])
def test_gradients_of_embeddings_are_bounded_too(clipping: str, own: str) -> None:
    params = {"model": own, **BASE, "optimizer": "SGD", clipping: 0.005, "epochs": 2}
    del params["hidden_units"]
    both = fit_both(words(), params, keras.optimizers.SGD(RATE, **{clipping: 0.005}), in_one_call=False)
    assert both.difference <= 2e-5


def test_a_global_norm_counts_embeddings(own: str) -> None:
    # Keras itself fails here: it cannot multiply the slices of a gradient.
    start = {"model": own, "epochs": 1, "batch_size": 100, "optimizer": "SGD", "learning_rate": 1.0}
    data, everything = ResidentData(words()), np.arange(100, dtype=np.int32)

    def moved(**more: Any) -> list[np.ndarray]:
        params = resolve({**start, **more}, "classification")
        program = Program(params, data)
        first = program.run(Training({**params, "learning_rate": 1e-30}, everything, everything[:0], Seeds(1, 2, 3)),
                            data, keep_weights=True).weights  # fmt: skip
        last = program.run(Training(params, everything, everything[:0], Seeds(1, 2, 3)), data, keep_weights=True)
        return [after - before for after, before in zip(last.weights, first, strict=True)]

    free, bound = moved(), moved(global_clipnorm=0.01)
    shares = [one[one != 0] / other[one != 0] for one, other in zip(free, bound, strict=True)]
    share = float(np.concatenate(shares).mean())
    assert share > 2
    for one, other in zip(free, bound, strict=True):
        np.testing.assert_allclose(one, other * share, rtol=1e-3, atol=1e-6)


def test_fits_of_other_numbers_share_a_program_and_leave_no_trace() -> None:
    data, (train, others) = ResidentData(classes()), parts()

    def params(**schedule: float) -> dict[str, Any]:
        given = {**BASE, "clipnorm": schedule.pop("clipnorm", 1.0)}
        return resolve({**given, "learning_rate_schedule": {"name": "cosine", **schedule}}, "classification")

    program = Program(params(alpha=0.1, warmup=0.5), data)
    training = Training(params(alpha=0.3, warmup=0.2), train, others, Seeds(1, 2, 3))
    first = program.run(training, data, keep_weights=True)
    program.run(Training(params(alpha=0.9, warmup=0.9, clipnorm=0.01), train, others, Seeds(3, 2, 1)), data)
    again = program.run(training, data, keep_weights=True)
    alone = Program(training.params, data).run(training, data, keep_weights=True)
    for outcome in (again, alone):
        assert outcome.curve == first.curve
        assert all((one == other).all() for one, other in zip(outcome.weights, first.weights, strict=True))


@pytest.mark.parametrize("extra", [{"learning_rate_schedule": "one_cycle"}, {"ema_momentum": 0.9, "clipnorm": 0.1}])
def test_what_is_compiled_ends_alike(extra: dict[str, Any]) -> None:
    data, (train, others) = ResidentData(classes()), parts()
    params = resolve({**BASE, **extra}, "classification")
    sizes = BatchSizes.of(params, len(train), len(others))
    program = Program(params, data)
    traced, compiled = (
        program.run(Training(params, train, others, Seeds(1, 2, 3), compiled_for=one), data, keep_weights=True)
        for one in (None, sizes)
    )
    for one, other in zip(traced.weights, compiled.weights, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-5)
    np.testing.assert_allclose(traced.curve["val_loss"], compiled.curve["val_loss"], atol=1e-4)


def test_the_saved_optimizer_has_its_options() -> None:
    params = resolve({"clipnorm": 0.5, "beta_1": 0.8, "epsilon": 1e-3, "ema_momentum": 0.9,
                      "learning_rate_schedule": "cosine"}, "classification")  # fmt: skip
    config = make_optimizer(params).get_config()
    assert (config["clipnorm"], config["beta_1"], config["epsilon"]) == (0.5, 0.8, 1e-3)
    assert (config["use_ema"], config["ema_momentum"], config["clipvalue"]) == (True, 0.9, None)
    assert config["learning_rate"] == pytest.approx(0.001)


class Looks:
    """A hook that changes the rate and the weights."""

    def __init__(self) -> None:
        self.rates: list[float] = []

    def begin(self, control: Any) -> None:
        assert isinstance(control, FitControl)
        self.control = control

    def after_epoch(self, epoch: int, logs: Any) -> None:
        self.rates.append(self.control.learning_rate)
        self.control.learning_rate = 0.0

    def end(self) -> None:
        self.control.set_weights([np.full_like(weight, 0.25) for weight in self.control.weights()])


def test_hooks_steer_the_rate_before_the_schedule_and_the_averages() -> None:
    data, (train, others) = ResidentData(classes()), parts()
    params = resolve({**BASE, "learning_rate_schedule": "cosine", "ema_momentum": 0.9}, "classification")
    hook = Looks()
    outcome = Program(params, data).run(
        Training(params, train, others, Seeds(1, 2, 3)), data, keep_weights=True, hooks=[hook]
    )
    assert hook.rates == [pytest.approx(RATE), 0.0, 0.0, 0.0]
    assert all((weight == 0.25).all() for weight in outcome.weights)
