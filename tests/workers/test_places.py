"""Where workers train: each on a device of its own, which is the processor in disguise here."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.devices import PLACE, TOY, TWO, fake_gpus
from support.fitter_contract import good, workload

from kerasgrid.axes.candidate import Candidate
from kerasgrid.errors import RunError
from kerasgrid.fits.fit import Fit
from kerasgrid.fits.fitter import OnDevices
from kerasgrid.models.named import named_builder
from kerasgrid.system import nvidia
from kerasgrid.system.devices import CPU, DEVICES
from kerasgrid.workers.crew import Crew
from kerasgrid.workers.local import FitCrew, LocalFitter
from kerasgrid.workers.places import ANYWHERE, Places, n_devices
from kerasgrid.workers.ready import check_usable
from kerasgrid.workers.worker import Answer, Handler

BUILDER = """
import os

import tensorflow as tf


def net(params, input_shape, n_outputs):
    with open(os.path.join(os.path.dirname(__file__), "log"), "a") as file:
        file.write(f"{os.getpid()}\\n")
    raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor with shape[9,9]")
"""


@dataclass(frozen=True)
class Told:
    place: str | None
    seconds: float = 0.0


def telling_handler(folder: Path) -> Handler:
    """Tell where it is; die of a negative request, and ask to be replaced after any."""

    def answer(request: int) -> Answer:
        if request < 0:
            os._exit(7)
        return Answer(Told(os.environ.get(PLACE)), used_up=True)

    return answer


class Telling(Crew[int, Told]):
    def _furnish(self, folder: Path) -> None:
        pass

    def _program(self, request: int) -> Hashable:
        return request

    def _lost(self, request: int, words: str) -> Told:
        return Told(words)


@pytest.fixture
def _toy() -> Iterator[None]:
    with DEVICES.with_row(TOY):
        yield


@pytest.mark.usefixtures("_toy")
@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_every_worker_sees_one_device_and_those_that_follow_take_its_place(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERASGRID_START_METHOD", method)
    crew = Telling(telling_handler, 2)
    crew.places = Places(TOY)
    with crew:
        told = Counter(answer.place for _, answer in crew.answers(range(6)))
    assert set(told) == {"left", "right"}
    assert told["left"] >= 2
    assert told["right"] >= 2


@pytest.mark.usefixtures("_toy")
def test_one_that_is_tried_again_has_a_device_too() -> None:
    crew = Telling(telling_handler, 2)
    crew.places = Places(TOY)
    with crew:
        answers = dict(crew.answers([1, -1]))
    assert answers[1].place in ("left", "right")
    assert answers[-1].place == "the worker process died (exit status 7)"


def test_more_workers_than_devices_share_them() -> None:
    places, taken = Places(TOY), list[str]()
    for _ in range(5):
        taken.append(places.for_another(taken))
    assert taken == ["left", "right", "left", "right", "left"]
    assert places.for_another(["left", "left", "right"]) == "right"
    assert (n_devices(TOY), n_devices(TOY, 1), n_devices(TOY, 5)) == (2, 1, 2)
    assert (ANYWHERE.for_another([]), ANYWHERE.environment("")) == ("", {})


@pytest.mark.usefixtures("_toy")
def test_a_local_fitter_has_a_worker_a_device() -> None:
    fitter = LocalFitter()
    assert isinstance(fitter, OnDevices)
    n_cores = len(DEVICES[CPU].places())
    assert (fitter.device, fitter.n_workers, dict(fitter.kinds)) == ("auto", n_cores, {"cpu": n_cores, "toy": 2})
    fitter.place("toy")
    assert (fitter.device, fitter.n_workers) == ("auto", 2)
    fitter.place(CPU)
    assert fitter.n_workers == n_cores
    assert LocalFitter(3, "toy").n_workers == 3
    assert dict(LocalFitter(1, "toy").kinds) == {"cpu": 1, "toy": 1}
    fitter.ask("toy")
    assert fitter.device == "toy"


@pytest.mark.usefixtures("_toy")
def test_it_trains_there_what_it_trains_elsewhere() -> None:
    fits, numbers = [Fit(good(number), fold) for number in range(2) for fold in range(2)], []
    for device in (CPU, "toy"):
        fitter = LocalFitter(2, device)
        fitter.prepare(workload())
        with fitter:
            numbers.append({result.fit: result.curve for result in fitter.train(fits)})
    assert numbers[0] == numbers[1]
    assert len(numbers[0]) == 4


def test_what_tensorflow_cannot_use_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_gpus(tmp_path, monkeypatch, 2, TWO)
    try:
        rule = (
            r"^--device: TensorFlow cannot train on the GPU that is here, got no GPU among its devices; it must be a "
            r"TensorFlow with the libraries for one \(see docs/how_to/gpu.md, or use --device cpu\)$"
        )
        with pytest.raises(RunError, match=rule) as caught:
            LocalFitter(device="gpu")
        assert caught.value.exit_code == 2
    finally:
        nvidia._there.cache_clear()
    check_usable(DEVICES[CPU])
    check_usable(TOY)


def test_a_worker_without_its_device_trains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = DEVICES["gpu"]
    monkeypatch.setattr("kerasgrid.workers.places.environment_at", lambda *_: {"KERASGRID_DEVICE": lost.of_tensorflow})
    crew = FitCrew(workload(), 1, TOY)
    with crew:
        ((_, result),) = crew.answers(crew.requests([Fit(good(), 0)]))
    assert result.status == "failed"
    assert str(result.error).endswith("the worker was to train on a GPU, and TensorFlow sees none")


def test_a_fit_without_memory_is_trained_once_more_by_a_worker_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "of_no_memory.py").write_text(BUILDER)
    monkeypatch.syspath_prepend(tmp_path)
    crew = FitCrew(workload(), 2)
    hungry = Candidate({"model": named_builder("of_no_memory:net"), "epochs": 1})
    with crew:
        answers = crew.answers(crew.requests([Fit(hungry, 0), *(Fit(good(number), 0) for number in range(3))]))
        found = {result.fit.candidate: result for _, result in answers}
    assert str(found.pop(hungry).error).startswith("there was no memory left for its tensors, got OOM when allocating")
    assert {result.status for result in found.values()} == {"ok"}
    assert len(found) == 3
    first, second = (tmp_path / "log").read_text().split()
    assert first != second
