"""What answers tasks in a worker process."""

from __future__ import annotations

import contextlib
import io
import sys
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kerasgrid.estimators.planned import planned
from kerasgrid.estimators.sharing import Sharing
from kerasgrid.model_selection.task import OpenShelf, Outcome, Sent, Told
from kerasgrid.system.memory import own_memory
from kerasgrid.workers.worker import Answer, Handler

_MOST_GROWTH = 500 * 2**20
"""Bytes of its own by which a worker may grow before it is replaced. TensorFlow never gives back what it compiled."""


def task_handler(folder: Path) -> Handler:
    """Return what answers bundles of tasks in this process: single-threaded, with random numbers of its own."""
    import joblib
    import numpy as np
    import threadpoolctl

    if "tensorflow" in sys.modules:
        from kerasgrid.engine.keras_setup import set_up_process

        set_up_process()
    threadpoolctl.threadpool_limits(1)
    # All workers are forked from one process and would draw the same numbers where an estimator has no seed.
    np.random.seed()
    shelf = OpenShelf(folder)
    least = own_memory()

    def handle(request: Sequence[Sent]) -> Iterator[Answer]:
        sharing = Sharing(len(request))
        for one in request:
            # Whatever an estimator runs in parallel by itself: the cores are taken.
            parallel = joblib.parallel_config(backend="sequential")
            with parallel, planned(one.compiled_samples) as fit, sharing.next_call():
                outcome = perform(one, shelf)
            # What building took says nothing of how long the next fit of the program takes; what was trained before
            # counts, as if this one had trained it.
            seconds = max(0.0, outcome.seconds - fit.build_seconds) + sharing.seconds
            outcome = replace(outcome, value=with_time_before(outcome.value, sharing.seconds), seconds=seconds)
            # What a bundle keeps between its tasks is not there for good.
            is_used_up = not sharing.wants_more and own_memory() - least > _MOST_GROWTH
            yield Answer(outcome, fit.build_seconds, used_up=is_used_up)

    return handle


def with_time_before(value: Any, seconds: float) -> Any:
    """Return what a call returned, with seconds in its ``fit_time`` that its fit was trained in calls before.

    scikit-learn times the call of ``fit`` alone, which goes on from there.
    """
    if not seconds or not isinstance(value, dict) or "fit_time" not in value:
        return value
    return {**value, "fit_time": value["fit_time"] + seconds}


def perform(request: Sent, shelf: OpenShelf) -> Outcome:
    """Make the call; whatever it prints, warns of and raises becomes part of the outcome."""
    started = time.perf_counter()
    output = io.StringIO()
    told: list[Told] = []

    def tell(message: Any, category: type[Warning], filename: str, lineno: int, *rest: Any, **more: Any) -> None:
        told.append(Told(str(message), category, filename, lineno))

    value: Any = None
    error: BaseException | None = None
    with contextlib.redirect_stdout(output), warnings.catch_warnings():
        warnings.showwarning = tell
        try:
            function, args, kwargs = request.opened(shelf)
            value = function(*args, **kwargs)
        except Exception as raised:  # noqa: BLE001 - it is raised where the search was started
            traceback.print_exception(raised)
            error = raised.with_traceback(None)
    seconds = time.perf_counter() - started
    return Outcome(value, error, None, output.getvalue(), tuple(told), seconds)
