"""What fits leave is joined to one plain model: the weighted mean of its members, on samples as the user has them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.made import images, numbers
from support.mixed import mixed_table

from kerasgrid.axes.candidate import Candidate
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold, make_folds
from kerasgrid.fits.fit import Fit
from kerasgrid.fits.joining import Joined, Joining
from kerasgrid.insight.ensembles import Ensemble
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    import keras

    from kerasgrid.engine import ensemble
    from kerasgrid.engine.final import outputs_of, with_weights
    from kerasgrid.engine.kept import read_state
    from kerasgrid.engine.prepared import PreparedData
    from kerasgrid.engine.trainer import Trainer
    from kerasgrid.models.whole import model_inputs

# Of Keras, when it saves.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

MLP: dict[str, Any] = {"model": "mlp", "hidden_units": (6,), "epochs": 3, "batch_size": 8, "optimizer": "Adam"}
BYTES = replace(images(60), x_train=(images(60).x_train * 60).astype(np.uint8), is_bytes=True)


def with_test(dataset: Dataset, n: int = 20) -> Dataset:
    """Return a data set whose last samples are its test set."""
    x, y = dataset.x_train, dataset.y_train
    return replace(dataset, x_train=x[:-n], y_train=y[:-n], x_test=x[-n:], y_test=y[-n:])


def folds_of(dataset: Dataset, cv: int = 3) -> tuple[Fold, ...]:
    if cv == 1:
        return make_folds(dataset, cv=None, validation_split=0.4, seed=0)
    return make_folds(dataset, cv=cv, validation_split=None, seed=0)


def left_by(
    dataset: Dataset, candidates: list[Candidate], folder: Path, cv: int = 3
) -> tuple[Trainer, tuple[tuple[Path, ...], ...]]:
    """Train candidates on all folds, and return where each fit has left its weights."""
    folds = folds_of(dataset, cv)
    trainer = Trainer(dataset, folds, 1)
    places = []
    for number, candidate in enumerate(candidates):
        places.append(tuple(folder / f"{number}-{fold}.weights" for fold in range(len(folds))))
        for fold, path in enumerate(places[-1]):
            ((result, _),) = trainer.train((Fit(candidate, fold),), leaves=path)
            assert result.status == "ok"
    return trainer, tuple(places)


def candidates_of(*more: dict[str, Any], **params: Any) -> list[Candidate]:
    return [Candidate({**MLP, **params, **one}) for one in more]


TWO = ({"learning_rate": 0.01}, {"hidden_units": (4, 4), "learning_rate": 0.02})

CASES: dict[str, tuple[Dataset, dict[str, Any]]] = {
    "table": (mixed_table(n=60, n_test=20), {"scaling": "robust"}),
    "labels": (mixed_table("multilabel", n=60, n_test=20), {"scaling": "standard"}),
    "targets": (
        mixed_table("regression", n=60, n_test=20, n_outputs=2),
        {"scaling": "quantile", "target_scaling": "standard"},
    ),
    "bytes": (with_test(BYTES), {}),
    "scaled images": (with_test(images(60)), {"scaling": "standard"}),
    "numbers": (with_test(numbers(60)), {"target_scaling": "standard"}),
}


def joined_always(monkeypatch: pytest.MonkeyPatch, counts: tuple[int, ...]) -> None:
    """Let an ensemble of these counts be chosen, whatever it gains."""
    monkeypatch.setattr(ensemble, "chosen", lambda votes, share: Ensemble(counts, 0.1, 0.05))


@pytest.mark.parametrize("case", CASES)
def test_the_model_is_the_weighted_mean_of_its_members(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, params = CASES[case]
    candidates = candidates_of(*TWO, **params)
    trainer, left = left_by(dataset, candidates, tmp_path)
    joined_always(monkeypatch, (2, 1))
    path = tmp_path / "model.keras"
    metric = {"classification": "accuracy", "multilabel": "binary_accuracy"}.get(dataset.task, "r2")
    found = trainer.join(Joining(tuple(candidates), left, metric, 1 / 3, 0, path))
    assert (found.error, found.counts, found.gain, found.n_networks) == (None, (2, 1), 0.1, 6)
    x = dataset.x_test
    assert x is not None
    expected = mean_of_members(dataset, candidates, left, (2 / 3, 1 / 3), x)
    model = keras.saving.load_model(path)
    given = x if dataset.columns is None else model_inputs(x, dataset.columns)
    np.testing.assert_allclose(model.predict(given, verbose=0), expected, rtol=2e-5, atol=2e-5)
    # Plain layers: what is told of the test set is what these outputs are worth.
    final = found.final
    assert final is not None
    assert (final.status, final.model_path) == ("ok", str(path))
    assert final.test is not None
    if dataset.task == "classification":
        assert final.test["accuracy"] == pytest.approx(float(np.mean(expected.argmax(1) == dataset.y_test)))
        assert np.sum(final.confusion_matrix or ()) == len(x)
    assert found.n_parameters == 3 * sum(
        with_weights(one.resolved(dataset.task).params, seen(dataset, one, 0), weights(left[place][0])).count_params()
        for place, one in enumerate(candidates)
    )


def seen(dataset: Dataset, candidate: Candidate, fold: int) -> Any:
    resolved = candidate.resolved(dataset.task).params
    return PreparedData(dataset).for_fit(resolved, folds_of(dataset)[fold].train, fold)


def weights(path: Path) -> list[np.ndarray]:
    state = read_state(path)
    assert state is not None
    return [*state.arrays]


def mean_of_members(
    dataset: Dataset, candidates: list[Candidate], left: Any, shares: tuple[float, ...], x: np.ndarray
) -> np.ndarray:
    total = np.zeros(())
    for candidate, share, places in zip(candidates, shares, left, strict=True):
        for fold, path in enumerate(places):
            data = seen(dataset, candidate, fold)
            core = with_weights(candidate.resolved(dataset.task).params, data, weights(path))
            total = total + share / len(places) * outputs_of(core, data, x)
    return np.asarray(total)


def test_what_a_fit_leaves_is_what_it_was_scored_with(tmp_path: Path) -> None:
    dataset, candidates = mixed_table(n=60), candidates_of(TWO[0])
    folds = folds_of(dataset)
    trainer = Trainer(dataset, folds, 1)
    path = tmp_path / "left"
    ((result, _),) = trainer.train((Fit(candidates[0], 1),), leaves=path)
    data = seen(dataset, candidates[0], 1)
    core = with_weights(candidates[0].resolved("classification").params, data, weights(path))
    outputs = outputs_of(core, data, dataset.x_train[folds[1].held_out])
    right = float(np.mean(outputs.argmax(1) == dataset.y_train[folds[1].held_out]))
    assert result.score("accuracy") == pytest.approx(right)


def test_a_fit_that_diverges_leaves_nothing(tmp_path: Path) -> None:
    diverging = Candidate({**MLP, "optimizer": "SGD", "learning_rate": 1e30})
    path = tmp_path / "left"
    ((result, _),) = Trainer(numbers(), folds_of(numbers()), 1).train((Fit(diverging, 0),), leaves=path)
    assert result.status == "diverged"
    assert not path.exists()


def joining_of(left: Any, candidates: list[Candidate], path: Path, metric: str = "accuracy", **more: Any) -> Joining:
    return Joining(tuple(candidates), left, metric, 1 / 3, 0, path, **more)


@pytest.mark.parametrize("gain", [0.0, 0.04])
def test_what_does_not_pay_is_not_written(gain: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = images(60)
    candidates = candidates_of(*TWO)
    trainer, left = left_by(dataset, candidates, tmp_path)
    monkeypatch.setattr(ensemble, "chosen", lambda votes, share: Ensemble((1, 1), gain, 0.05))
    found = trainer.join(joining_of(left, candidates, tmp_path / "model.keras"))
    assert (found.counts, found.final) == ((1, 1), None)
    assert not (tmp_path / "model.keras").exists()


def test_weights_that_are_gone_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = images(60)
    candidates = candidates_of(*TWO, {"learning_rate": 0.03})
    trainer, left = left_by(dataset, candidates, tmp_path)
    left[1][2].write_bytes(b"damaged")
    joined_always(monkeypatch, (1, 1))
    found = trainer.join(joining_of(left, candidates, tmp_path / "model.keras"))
    assert (found.counts, found.n_networks) == ((1, 0, 1), 6)
    os.unlink(left[0][0])
    assert trainer.join(joining_of(left, candidates, tmp_path / "model.keras")) == Joined()


def test_outputs_that_are_no_probabilities_are_left_out(tmp_path: Path) -> None:
    dataset = images(60)
    candidates = candidates_of({}, {"loss": "categorical_hinge", "output_activation": "linear"})
    trainer, left = left_by(dataset, candidates, tmp_path)
    assert trainer.join(joining_of(left, candidates, tmp_path / "model.keras")) == Joined()


@pytest.mark.parametrize("metric", ["accuracy", "loss", "f1_macro"])
def test_any_metric_may_choose(metric: str, tmp_path: Path) -> None:
    dataset = images(60)
    candidates = candidates_of(*TWO)
    trainer, left = left_by(dataset, candidates, tmp_path)
    found = trainer.join(joining_of(left, candidates, tmp_path / "model.keras", metric))
    assert found.error is None
    assert 1 <= sum(found.counts) <= 10


def test_a_single_split_is_looked_at_in_parts(tmp_path: Path) -> None:
    dataset = images(60)
    candidates = candidates_of(*TWO)
    trainer, left = left_by(dataset, candidates, tmp_path, cv=1)
    found = trainer.join(joining_of(left, candidates, tmp_path / "model.keras"))
    assert (found.error, len(found.counts)) == (None, 2)
    assert found.standard_error is not None


def test_without_time_the_best_stands_alone(tmp_path: Path) -> None:
    dataset = images(60)
    candidates = candidates_of(*TWO)
    trainer, left = left_by(dataset, candidates, tmp_path)
    assert trainer.join(joining_of(left, candidates, tmp_path / "model.keras", seconds=0.0)) == Joined()
