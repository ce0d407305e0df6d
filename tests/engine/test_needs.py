"""How much memory training takes, estimated before it begins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kerasgrid.axes.candidate import Candidate
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import make_folds
from kerasgrid.engine.needs import bytes_of_training, bytes_of_weights
from kerasgrid.engine.trainer import Trainer
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.fits.room import NeedsAllError, Room
from kerasgrid.models.factory import build_model

MB = 10**6


def candidate(**params: Any) -> Candidate:
    return Candidate({"model": "mlp", "hidden_units": (300,), "epochs": 1, **params})


def resolved(one: Candidate) -> Any:
    return one.resolved("classification").params


def trainer(room: Room) -> Trainer:
    y = np.arange(60) % 3
    x = np.random.default_rng(0).random((60, 100), dtype=np.float32)
    dataset = Dataset("made", x, y, None, None, "classification", ("a", "b", "c"), "made")
    return Trainer(dataset, make_folds(dataset, cv=2, validation_split=None, seed=0), 1, room=lambda: room)


def trained(by: Trainer, one: Candidate) -> FitResult:
    ((result, _),) = by.train((Fit(one, 0),))
    return result


def test_weights_are_counted_before_there_are_any() -> None:
    assert bytes_of_weights(resolved(candidate()), (100,), 3) == 3 * 4 * (100 * 300 + 300 * 3)
    huge = candidate(hidden_units=(10**6, 10**6))
    assert bytes_of_weights(resolved(huge), (100,), 3) > 10**13
    # Of others it is known only once they are built.
    assert bytes_of_weights(resolved(Candidate({"model": "cnn", "epochs": 1})), (8, 8, 1), 3) == 0


def test_weights_optimizer_and_activations_count() -> None:
    params = resolved(candidate(hidden_units=(50,)))
    model = build_model(params, (100,), 3)
    weights = 4 * model.count_params()
    plain = bytes_of_training(model, [], 100)
    assert plain == 100 * MB + 4 * weights + 4 * (100 + 50 + 3) * 200
    assert bytes_of_training(model, model.weights, 100) - plain == 2 * weights
    assert bytes_of_training(model, [], 1000) - plain == 4 * (100 + 50 + 3) * 1800


def test_images_count_with_all_their_maps() -> None:
    params = resolved(Candidate({"model": "cnn", "conv_filters": (8,), "epochs": 1}))
    small, large = (bytes_of_training(build_model(params, (side, side, 1), 3), [], 500) for side in (16, 64))
    assert 10 * (small - 100 * MB) < large - 100 * MB


def test_what_never_fits_is_a_failed_fit_and_the_others_go_on() -> None:
    by = trainer(Room(200 * MB, 200 * MB))
    huge = trained(by, candidate(hidden_units=(10**6, 10**6)))
    assert huge.status == "failed"
    assert str(huge.error).startswith("a fit's weights and activations must fit in memory, got about 12,0")
    assert trained(by, candidate()).status == "ok"
    by = trainer(Room(50 * MB, 50 * MB))
    assert str(trained(by, candidate()).error).startswith(
        "a fit's weights and activations must fit in memory, got about 1"
    )


def test_what_fits_alone_is_put_off_with_nothing_trained() -> None:
    by = trainer(Room(50 * MB, 200 * MB))
    with pytest.raises(NeedsAllError):
        trained(by, candidate())


def test_a_program_that_has_trained_has_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    by = trainer(Room())
    assert trained(by, candidate(batch_size=16)).status == "ok"
    monkeypatch.setattr(by, "_room", lambda: Room(1, 1))
    assert trained(by, candidate(batch_size=16, learning_rate=0.5)).status == "ok"
    assert trained(by, candidate(batch_size=17)).status == "failed"


@pytest.mark.filterwarnings("ignore:__array__ implementation")
def test_a_refit_has_all_the_memory(tmp_path: Any) -> None:
    final, _ = trainer(Room(1, 200 * MB)).refit(candidate(), 0, tmp_path / "model.keras")
    assert final.status == "ok"
    final, _ = trainer(Room(1, 1)).refit(candidate(), 0, tmp_path / "none.keras")
    assert str(final.error).startswith("a fit's weights and activations must fit in memory")
    assert not (tmp_path / "none.keras").exists()
