"""What a process trains on: no device is touched before it must be, and none is taken for another."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
import tensorflow as tf
from support.fitter_contract import good, workload

from kerasgrid.engine import epochs, resident
from kerasgrid.engine.devices import begin_on_own_kind, is_on_cpu, is_out_of_memory, tried_out
from kerasgrid.engine.program import Program
from kerasgrid.engine.trainer import Trainer
from kerasgrid.errors import RunError
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.fits.room import NeedsAllError, Room


def trainer(room: Room) -> Trainer:
    work = workload()
    return Trainer(work.dataset, work.folds, work.n_repeats, room=lambda: room)


def trained(by: Trainer) -> FitResult:
    ((result, _),) = by.train((Fit(good(), 0),))
    return result


OOM = "OOM when allocating tensor with shape[9,9] and type float on /job:localhost/replica:0/task:0/device:GPU:0"


def test_the_fork_server_touches_no_device() -> None:
    # CUDA does not survive a fork, and a child's CUDA_VISIBLE_DEVICES counts until the first touch.
    code = """
        import kerasgrid.engine.preload
        from tensorflow.python.eager import context
        found = context._context
        print(found is None or (found._context_handle is None and found._physical_devices is None))
    """
    program = "\n".join(line.strip() for line in code.strip().splitlines())
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "True"


def with_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [SimpleNamespace(device_type="CPU"), SimpleNamespace(device_type="GPU")]

    def listed(kind: str | None = None) -> list[Any]:
        return [one for one in found if kind in (None, one.device_type)]

    monkeypatch.setattr(tf.config, "list_physical_devices", listed)


def test_the_processor_is_no_accelerator(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_on_cpu()
    with_gpu(monkeypatch)
    assert not is_on_cpu()


def test_on_a_gpu_nothing_is_made_for_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    monkeypatch.setattr(epochs, "_Compiled", lambda *_: made.append(_))
    copied: list[object] = []
    constant = tf.constant
    monkeypatch.setattr(resident.tf, "constant", lambda *args: copied.append(args[0]) or constant(*args))
    with_gpu(monkeypatch)
    assert trained(trainer(Room())).status == "ok"
    assert epochs._compiled(None, None, None) is None  # type: ignore[arg-type]
    assert made == []
    assert any(getattr(one, "shape", None) == (60, 4) for one in copied)


def test_a_worker_looks_for_its_device(monkeypatch: pytest.MonkeyPatch) -> None:
    begin_on_own_kind()
    asked: list[bool] = []
    monkeypatch.setattr(tf.config.experimental, "enable_op_determinism", lambda: asked.append(True))
    monkeypatch.setenv("KERASGRID_DEVICE", "GPU")
    with pytest.raises(RunError, match=r"^the worker was to train on a GPU, and TensorFlow sees none$"):
        begin_on_own_kind()
    assert asked == []
    with_gpu(monkeypatch)
    begin_on_own_kind()
    assert asked == [True]


def test_a_device_is_tried_out() -> None:
    assert tried_out("CPU") is None
    assert str(tried_out("GPU")).startswith("no GPU among its devices")


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> list[int]:
    calls: list[int] = []

    def read_off(*_: Any) -> Any:
        calls.append(1)
        raise error
        yield

    monkeypatch.setattr(Program, "read_off", read_off)
    return calls


def test_without_memory_on_a_device_a_fit_waits_until_it_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, tf.errors.ResourceExhaustedError(None, None, OOM))
    with pytest.raises(NeedsAllError):
        trained(trainer(Room(is_shared=True)))
    result = trained(trainer(Room()))
    assert result.status == "failed"
    assert result.error == (
        f"there was no memory left for its tensors, got {OOM} (a smaller batch_size, fewer units or filters, or fewer "
        "workers with --jobs)"
    )


def test_so_does_one_whose_library_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_out_of_memory(tf.errors.InternalError(None, None, "CUDA_ERROR_OUT_OF_MEMORY: out of memory"))
    assert is_out_of_memory(tf.errors.InternalError(None, None, "CUBLAS_STATUS_ALLOC_FAILED"))
    assert not is_out_of_memory(tf.errors.InternalError(None, None, "Blas GEMM launch failed"))
    assert not is_out_of_memory(ValueError("out of memory"))


def test_what_a_device_cannot_repeat_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    words = "A deterministic GPU implementation of SegmentSum is not currently available."
    failing(monkeypatch, tf.errors.UnimplementedError(None, None, words))
    error = trained(trainer(Room(is_shared=True))).error
    assert error == f"UnimplementedError: {words} (--device cpu trains it)"


def test_a_refit_without_memory_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    failing(monkeypatch, tf.errors.ResourceExhaustedError(None, None, OOM))
    final, _ = trainer(Room(is_shared=True)).refit(good(), 0, tmp_path / "model.keras")
    assert str(final.error).startswith("there was no memory left for its tensors, got OOM")
