"""On which kind of device a run is trained: one for all of its fits, by a rule or as the user says."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.plans import dataset, plan_of, space

from kerasgrid.api.confirming import confirm_run
from kerasgrid.api.searching import Outcome, carry_out, prepare
from kerasgrid.data.dataset import Dataset
from kerasgrid.errors import RunError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit
from kerasgrid.fits.workload import NothingCompiled
from kerasgrid.reports.ahead.illustrator import NoIllustrator
from kerasgrid.run.devices import LEAST_PER_CORE, mean_step, on_device
from kerasgrid.run.making import read_run
from kerasgrid.run.plan import Plan
from kerasgrid.run.store import Store
from kerasgrid.run.watcher import Silence
from kerasgrid.workers.fitters import asked_for

BOTH = {"cpu": 4, "gpu": 1}


class Saying(Silence):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


def fitter(kinds: dict[str, int] | None = None, device: str = "auto") -> FakeFitter:
    made = FakeFitter(lambda fit: 0.5 + 0.1 * fit.fold, kinds=BOTH if kinds is None else kinds)
    made.ask(device)
    return made


def decided(
    plan: Plan, by: FakeFitter, before: str | None = None, data: Dataset | None = None
) -> tuple[str, list[str]]:
    said: list[str] = []
    found = on_device(plan, data or dataset(), by, before, said.append)
    assert by.placed == found.device
    return found.device, said


def searched(folder: Path, by: FakeFitter, **changes: Any) -> tuple[Outcome, list[str]]:
    watcher = Saying()
    prepared = prepare(space(**changes), folder, dataset())
    return carry_out(prepared, by, watcher, illustrator=NoIllustrator()), watcher.said


def large() -> Plan:
    return plan_of(space({"hidden_units": [[4], [3000, 3000]]}))


def test_the_mean_step_is_told_from_the_models() -> None:
    # 15 samples a fold, in one batch: 4 inputs, 4 units, 3 classes.
    assert mean_step(plan_of(), dataset()) == 3 * 15 * (4 * 4 + 4 * 3)
    assert mean_step(plan_of(space({"batch_size": 5})), dataset()) == 3 * 5 * 28
    # A candidate of more steps counts more.
    mixed = plan_of(space({"batch_size": [15, 5], "learning_rate": 0.01}))
    assert mean_step(mixed, dataset()) == pytest.approx((3 * 15 * 28 + 3 * 3 * 5 * 28) / 4)


def test_without_another_device_it_is_the_cpu_and_nothing_is_said() -> None:
    assert decided(large(), fitter({"cpu": 4})) == ("cpu", [])


def test_what_is_small_is_trained_on_the_cpu() -> None:
    device, said = decided(plan_of(), fitter())
    assert device == "cpu"
    assert said == [
        "training on the CPU: a step takes 0.0 million multiply-adds, and the GPU would gain on 4 cores from 40.0 "
        "million on (--device gpu takes it)"
    ]


def test_what_is_large_is_trained_on_the_gpu() -> None:
    device, said = decided(large(), fitter())
    assert device == "gpu"
    assert said == [
        "training on the GPU, not on 4 cores: a step takes 203.0 million multiply-adds, from 40.0 million on it gains "
        "on the GPU"
    ]
    device, said = decided(large(), fitter({"cpu": 4, "gpu": 2}))
    assert said[0].startswith("training on 2 GPUs, not on 4 cores: ")


def test_the_more_cores_there_are_the_larger_it_must_be() -> None:
    step = mean_step(large(), dataset())
    for n_cores, n_gpus in ((20, 1), (21, 1), (41, 2), (40, 2)):
        expected = "gpu" if step >= LEAST_PER_CORE * n_cores / n_gpus else "cpu"
        assert decided(large(), fitter({"cpu": n_cores, "gpu": n_gpus}))[0] == expected


def test_models_of_unknown_size_are_trained_on_the_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kerasgrid.run.devices.products_of", lambda *_: None)
    assert mean_step(plan_of(), dataset()) == math.inf
    device, said = decided(plan_of(), fitter())
    assert device == "gpu"
    assert said == [
        "training on the GPU, not on 4 cores: how large models of your own are is not known before (--device cpu takes "
        "the CPU)"
    ]


def test_what_tensorflow_cannot_use_is_told_and_the_cpu_trains() -> None:
    class Broken(FakeFitter):
        def place(self, kind: str) -> None:
            if kind != "cpu":
                raise RunError("TensorFlow cannot train on the GPU that is here")
            super().place(kind)

    made = Broken(lambda fit: 0.5, kinds=BOTH)
    said: list[str] = []
    assert on_device(large(), dataset(), made, None, said.append).device == "cpu"
    assert said == ["training on the CPU: TensorFlow cannot train on the GPU that is here"]
    made.ask("gpu")
    with pytest.raises(RunError, match="TensorFlow cannot train on the GPU that is here"):
        on_device(large(), dataset(), made, None, said.append)


def test_a_run_keeps_the_kind_that_it_began_with(tmp_path: Path) -> None:
    outcome, said = searched(tmp_path, fitter(device="gpu"))
    assert "training on the GPU" in said
    assert outcome.run.device == "gpu"
    with Store.open_readonly(tmp_path) as store:
        run, plan = read_run(store), Plan.from_meta(store.meta(), "here")
    assert (run.device, plan.device, run.complete) == ("gpu", "gpu", True)
    assert {fit.device for fit in plan.fits.values()} == {"gpu"}
    again = fitter()
    outcome, said = searched(tmp_path, again)
    assert (again.placed, len(again.trained), again.refitted, outcome.run.device) == ("gpu", 0, [], "gpu")
    best = json.loads((tmp_path / "best_params.json").read_text())
    assert best["device"] == "gpu"
    assert "trained on the GPU" in (tmp_path / "summary.md").read_text()
    assert "trained on the GPU" in (tmp_path / "report.html").read_text()


def test_it_does_not_go_on_without_that(tmp_path: Path) -> None:
    searched(tmp_path, fitter(device="gpu"))
    rule = (
        r"^--device: the search began on a GPU, and there is none here, got auto \(go on where there is one, or train "
        r"it anew with --device cpu\)$"
    )
    with pytest.raises(RunError, match=rule) as caught:
        searched(tmp_path, fitter({"cpu": 4}))
    assert caught.value.exit_code == 2
    by = fitter({"cpu": 4}, "cpu")
    outcome, said = searched(tmp_path, by)
    assert len(by.trained) == 6
    assert said[0] == "the search began on the GPU: those fits are kept, and none of them counts now"
    assert outcome.run.device == "cpu"


def test_another_search_in_the_folder_may_be_trained_elsewhere(tmp_path: Path) -> None:
    searched(tmp_path, fitter(device="gpu"))
    by = fitter({"cpu": 4})
    searched(tmp_path, by, seed=5)
    assert by.placed == "cpu"


def test_new_repeats_are_trained_where_the_search_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kerasgrid.api.confirming.dataset_for", lambda *_, **__: dataset())
    searched(tmp_path, fitter(device="gpu"))
    rule = (
        r"^--device: new repeats must be trained on the kind of device that the search was trained on, got cpu "
        r"\(it was the GPU\)$"
    )
    with pytest.raises(RunError, match=rule) as caught:
        confirm_run(str(tmp_path), lambda: fitter(device="cpu"), Silence(), top=1, repeats=2)
    assert caught.value.exit_code == 2
    by = fitter()
    outcome = confirm_run(str(tmp_path), lambda: by, Silence(), top=1, repeats=2)
    assert (by.placed, outcome.run.device, len(by.trained)) == ("gpu", "gpu", 4)
    assert {fit.device for fit in by.trained} == {"gpu"}


def test_nothing_is_compiled_there_and_what_was_for_the_cpu_stays(tmp_path: Path) -> None:
    by = fitter(device="gpu")
    searched(tmp_path, by)
    assert by.work is not None
    assert isinstance(by.work.compiled, NothingCompiled)
    by = fitter(device="cpu")
    searched(tmp_path, by)
    assert by.work is not None
    assert not isinstance(by.work.compiled, NothingCompiled)


def test_a_kind_is_part_of_a_key_unless_it_is_the_cpu() -> None:
    fit = next(iter(plan_of().fits.values()))
    assert fit.device == "cpu"
    told = "classification", "data", "fold"
    assert fit.key(*told) == Fit(fit.candidate, fit.fold).key(*told)
    assert replace(fit, device="gpu").key(*told) != fit.key(*told)
    # As it was before there were kinds.
    assert Fit(fit.candidate, 1, 2, 3).key("classification", "data", "fold") == "f1238a5abf7ad10e0740bc4e737e595a"
    plan = plan_of()
    assert replace(plan, device="gpu").final_key(fit.candidate) != plan.final_key(fit.candidate)


def test_a_fitter_that_knows_no_devices_is_told_of_none() -> None:
    class Plain:
        n_workers = 1

    plain: Any = Plain()
    assert asked_for(plain, "auto") is plain
    assert asked_for(plain, "cpu") is plain
    rule = r"^--device: this fitter cannot be told on what to train, got gpu \(leave it out\)$"
    with pytest.raises(RunError, match=rule):
        asked_for(plain, "gpu")
    assert on_device(large(), dataset(), plain, None, str).device == "cpu"
    with pytest.raises(RunError, match="there is no GPU here"):
        asked_for(fitter({"cpu": 1}), "gpu")
    assert asked_for(fitter(device="gpu"), "auto").device == "gpu"  # type: ignore[attr-defined]
