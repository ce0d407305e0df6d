"""What answers fits and refits in the training processes of a cluster, which know no file of the run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from kerasgrid.workers.local import training_handler
from kerasgrid.workers.requests import FitRequest, RefitRequest
from kerasgrid.workers.worker import Answer, Handler


def dask_handler(folder: Path) -> Handler:
    """Return what answers fits and refits in a training process; a refit's answer has the model's bytes in it."""
    return with_models(training_handler(folder), folder)


def dask_handler_here(folder: Path) -> Handler:
    """Return the same for the process of the cluster's worker itself.

    Raises:
        RunError: That one would not train on the CPU.
    """
    from kerasgrid.workers.here import handler_here

    return with_models(handler_here(folder), folder)


def with_models(handle: Handler, folder: Path) -> Handler:
    """Return a handler whose answers to refits have the model's bytes in them."""

    def answer(request: Any) -> Any:
        if not isinstance(request, RefitRequest):
            return handle(request)
        path = folder / f"refitted-{request.candidate.id}-{request.model_path.name}"
        found = handle(replace(request, model_path=path))
        assert isinstance(found, Answer)
        model = path.read_bytes() if path.exists() else None
        path.unlink(missing_ok=True)
        return replace(found, result=(replace(found.result, model_path=None), model))

    return answer


def rest_of_fits(request: FitRequest) -> FitRequest | None:
    """Return what is left of a request after its first result."""
    left = request.fits[1:]
    return replace(request, fits=left) if left else None
