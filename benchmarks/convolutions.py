"""Convolutions: a training step before and after, op by op where asked for, and four fits beside ``keras.Model.fit``.

*Before* is the same program whose layers compute as Keras's do. Both are in one process with one thread and take turns;
the least CPU time of several turns counts, so that what else runs on the machine matters little. Four fits of LeNet-5
are trained by two worker processes, and by ``keras.Model.fit`` one after the other on all cores, again in turns.

    python benchmarks/convolutions.py            the steps, then the fits; ten minutes on 2 cores
    python benchmarks/convolutions.py steps      the steps alone
    python benchmarks/convolutions.py fits       the fits alone
    python benchmarks/convolutions.py profile    what each operation of a step takes, before and after
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from kerasgrid.data.dataset import Dataset

TURNS = 5
N_STEPS_IMAGES, N_FITS_IMAGES, N_HELD_OUT = 4_000, 40_000, 2_000
RATES = (0.03, 0.05, 0.1, 0.2)

LENET5 = {"model": "lenet5", "optimizer": "SGD", "epochs": 1, "learning_rate": 0.1}
CNN = {"model": "cnn", "epochs": 1}
STEPS: dict[str, dict[str, Any]] = {
    "LeNet-5, batch 40": {**LENET5, "batch_size": 40},
    "LeNet-5, batch 400": {**LENET5, "batch_size": 400},
    "LeNet-5, batch 40, average pooling": {**LENET5, "batch_size": 40, "subsampling": "average"},
    "LeNet-5, batch 40, max pooling, relu": {
        **LENET5, "batch_size": 40, "subsampling": "max", "activation": "relu",
    },
    "cnn 32-64, batch 40": {**CNN, "batch_size": 40},
    "cnn 32-64, batch 128, augmentation": {
        **CNN, "batch_size": 128, "augmentation": {"flip": "horizontal", "shift": 0.1, "rotation": 0.05},
    },
    "cnn 6-16 of 5×5, batch 40": {**CNN, "batch_size": 40, "conv_filters": (6, 16), "kernel_size": 5},
}  # fmt: skip


def images(n: int) -> Dataset:
    """Return images of bars that stand, lie or cross, with noise, 28×28: no file is needed, and they can be learnt."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, n)
    x = rng.integers(0, 60, (n, 28, 28))
    for image, label in zip(x, labels, strict=True):
        at, shift = 3 + 2 * int(label), int(rng.integers(0, 3))
        image[at + shift - 1 : at + shift + 1, 4:24] += 150
        image[4:24, 24 - at : 26 - at] += 150
    classes = tuple("abcdefghij")
    return Dataset("bars", x.astype(np.uint8), labels.astype(np.int32), None, None, "classification", classes, "bars")


def programs(params: dict[str, Any], data: Any) -> tuple[list[Any], Any]:
    """Return the program before and after, and a training for both."""
    from kerasgrid.axes.parameters import resolve
    from kerasgrid.engine.program import Program
    from kerasgrid.engine.training import Seeds, Training

    resolved = resolve(params, "classification")
    everything = np.arange(len(data.dataset.x_train), dtype=np.int32)
    training = Training(resolved, everything, everything[:0], Seeds.of(0, 0, 0))
    with patch("kerasgrid.engine.program.quicken"):
        before = Program(resolved, data)
    return [before, Program(resolved, data)], training


def compare_steps(only: Sequence[str] = tuple(STEPS)) -> None:
    from kerasgrid.engine.keras_setup import set_up_process

    set_up_process()
    from kerasgrid.engine.resident import ResidentData

    data = ResidentData(images(N_STEPS_IMAGES))
    print(f"{'CPU milliseconds a step, one thread':40}{'before':>9}{'after':>9}{'ratio':>8}{'loss, both':>26}")
    for name in only:
        both, training = programs(STEPS[name], data)
        losses = [program.run(training, data).curve["loss"][-1] for program in both]
        least = [float("inf")] * 2
        for _ in range(TURNS):
            for place, program in enumerate(both):
                started = time.process_time()
                program.run(training, data)
                least[place] = min(least[place], time.process_time() - started)
        before, after = (1e3 * seconds / -(-N_STEPS_IMAGES // training.batch_size) for seconds in least)
        both_losses = "  ".join(f"{loss:.6f}" for loss in losses)
        print(f"{name:40}{before:9.2f}{after:9.2f}{before / after:8.2f}{both_losses:>26}", flush=True)


def profile(name: str, n_shown: int = 30) -> None:
    """Print the median time of each operation of a step, times how often it runs."""
    from kerasgrid.engine.keras_setup import set_up_process

    set_up_process()
    import tensorflow as tf
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    from kerasgrid.engine.resident import ResidentData

    data = ResidentData(images(N_STEPS_IMAGES))
    both, training = programs(STEPS[name], data)
    n_steps = -(-N_STEPS_IMAGES // training.batch_size)
    for title, program in zip(("before", "after"), both, strict=True):
        program.run(training, data)
        with tempfile.TemporaryDirectory() as folder:
            tf.profiler.experimental.start(folder)
            program.run(training, data)
            tf.profiler.experimental.stop()
            space = xplane_pb2.XSpace()
            (file,) = Path(folder).rglob("*.xplane.pb")
            space.ParseFromString(file.read_bytes())
        taken: dict[str, list[float]] = defaultdict(list)
        for plane in space.planes:
            for line in plane.lines:
                for event in line.events:
                    of = plane.event_metadata[event.metadata_id].name
                    # Operations are told as name:kind; what runs them has other names.
                    if "/" in of and ":" in of and "::" not in of:
                        taken[of.replace("while/", "").replace("body/", "")].append(event.duration_ps / 1e9)
        sums = {of: float(np.median(times)) * len(times) / n_steps for of, times in taken.items()}
        print(f"\n{name}, {title}: {sum(sums.values()):.2f} ms a step in {len(sums)} operations")
        for of in sorted(sums, key=lambda of: -sums[of])[:n_shown]:
            print(f"  {sums[of]:.3f} {of}")


def our_fits() -> tuple[float, list[float]]:
    """Return the seconds of the fits by two workers, and their scores."""
    from kerasgrid.axes.candidate import Candidate
    from kerasgrid.data.folds import Fold
    from kerasgrid.fits.fit import Fit
    from kerasgrid.fits.workload import Workload
    from kerasgrid.workers.local import LocalFitter

    everything = np.arange(N_FITS_IMAGES + N_HELD_OUT, dtype=np.int32)
    fold = Fold(everything[:N_FITS_IMAGES], everything[N_FITS_IMAGES:])
    fits = [Fit(Candidate({**LENET5, "batch_size": 40, "learning_rate": rate}), 0) for rate in RATES]
    fitter = LocalFitter(2)
    fitter.prepare(Workload(images(len(everything)), [fold]))
    with fitter:
        # Workers are there and have TensorFlow, as Keras's process has it.
        list(fitter.train([Fit(Candidate({"model": "mlp", "hidden_units": (2,), "epochs": 1}), 0)]))
        started = time.perf_counter()
        results = list(fitter.train(fits))
        seconds = time.perf_counter() - started
    return seconds, [result.score("accuracy") or 0.0 for result in results]


def keras_fits() -> tuple[float, list[float]]:
    """Return the same of ``keras.Model.fit``, as TensorFlow sets its threads."""
    from kerasgrid.engine.keras_setup import before_import

    before_import()
    import keras

    from kerasgrid.axes.parameters import resolve
    from kerasgrid.models.factory import build_model

    data = images(N_FITS_IMAGES + N_HELD_OUT)
    x, y = (data.x_train / 255).astype(np.float32), data.y_train
    started, scores = time.perf_counter(), []
    for rate in RATES:
        params = resolve({**LENET5, "batch_size": 40}, "classification")
        model = build_model(params, input_shape=(28, 28), n_outputs=10, task="classification", seed=0)
        model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
        held_out = x[N_FITS_IMAGES:], y[N_FITS_IMAGES:]
        told = model.fit(
            x[:N_FITS_IMAGES], y[:N_FITS_IMAGES], batch_size=40, epochs=1, validation_data=held_out, verbose=0
        )
        scores.append(float(told.history["val_accuracy"][-1]))
    return time.perf_counter() - started, scores


SIDES: dict[str, Callable[[], tuple[float, list[float]]]] = {"ours": our_fits, "keras": keras_fits}


def compare_fits(turns: int) -> None:
    least = dict.fromkeys(SIDES, float("inf"))
    for turn in range(turns):
        for side in SIDES:
            command = [sys.executable, __file__, side]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(f"{side} ended with {done.returncode}\n{done.stderr[-2000:]}")
            seconds, *scores = map(float, done.stdout.split()[-1 - len(RATES) :])
            least[side] = min(least[side], seconds)
            told = " ".join(f"{score:.3f}" for score in sorted(scores))
            print(f"turn {turn + 1}, {side:6}{seconds:8.1f} s   accuracies {told}", flush=True)
    print(
        f"LeNet-5, {len(RATES)} fits of an epoch of {N_FITS_IMAGES:,} images, batch 40: keras.Model.fit on all cores "
        f"{least['keras']:.1f} s, two workers {least['ours']:.1f} s, {least['keras'] / least['ours']:.2f} times"
    )


def processor() -> str:
    """Return its name and whether it has AVX-512."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor()
    name = next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")), "?")
    return f"{name}, {'AVX-512' if 'avx512f' in text else 'AVX2' if 'avx2' in text else 'no AVX2'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="all", choices=["all", "steps", "fits", "profile", *SIDES])
    parser.add_argument("--case", default="LeNet-5, batch 40", choices=list(STEPS), help="what is profiled")
    parser.add_argument("--turns", type=int, default=3, help="of the four fits")
    asked = parser.parse_args()
    if asked.what in SIDES:
        seconds, scores = SIDES[asked.what]()
        print(seconds, *scores)
        return
    print(processor())
    if asked.what == "profile":
        profile(asked.case)
    if asked.what in ("all", "fits"):
        compare_fits(asked.turns)
    if asked.what in ("all", "steps"):
        compare_steps()


if __name__ == "__main__":
    main()
