"""On which kind of device a run is trained: one for all of its fits, since each rounds in its own way.

The rule where nobody says which: the mean training step of a search, over all steps of its candidates, is held against
what a core does in the time that a GPU takes to begin. A step on a GPU takes half a millisecond to a millisecond,
however small it is, for its hundred or so operations are begun one after the other: that is taken for granted here, and
was not measured. A core makes 10 to 30 thousand million multiply-adds a second (measured: 9 to 29, AVX-512). So a step
of under :data:`LEAST_PER_CORE` multiply-adds ends on a core before a GPU would be through, and where there are more
cores than GPUs each of these has to do as well as several of those.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from kerasgrid.data.dataset import Dataset
from kerasgrid.errors import RunError
from kerasgrid.fits.fitter import Fitter, OnDevices
from kerasgrid.models.costs import products_of
from kerasgrid.models.layout import model_shape
from kerasgrid.run.beginning import held_another
from kerasgrid.run.plan import Plan
from kerasgrid.run.store import Store
from kerasgrid.system.devices import AUTO, CPU, DEVICES, OPTION
from kerasgrid.system.words import counted

LEAST_PER_CORE = 10e6
"""Multiply-adds of a training step from which on another device gains on one core."""

_PER_PRODUCT = 3
"""A step's for each of the forward pass: gradients by inputs and by weights take as many each."""

Say = Callable[[str], None]


def begun_on(plan: Plan, store: Store) -> str | None:
    """Return the kind of device that this search began on in a folder; None if it has not begun there."""
    meta = store.meta()
    if "plan" not in meta or store.is_empty or held_another(plan, store):
        return None
    return Plan.from_meta(meta, where=str(store.folder)).device


def on_device(plan: Plan, dataset: Dataset | None, fitter: Fitter, before: str | None, say: Say) -> Plan:
    """Return the plan with the kind of device that all of its fits are trained on, and have the fitter train there.

    Args:
        plan: What is to be trained.
        dataset: The data; None where there is none.
        fitter: Who trains.
        before: The kind that the search began on; None if it has not begun.
        say: Is told what was decided, where there was something to decide.

    Raises:
        RunError: There is no such device, it cannot be used, or it is another than that of the search to confirm.
    """
    asked = fitter.device if isinstance(fitter, OnDevices) else CPU
    if plan.confirmed and asked not in (AUTO, before):
        rule = "new repeats must be trained on the kind of device that the search was trained on"
        raise RunError(rule, where=OPTION, got=asked, hint=f"it was the {DEVICES[before or CPU].label}")
    if not isinstance(fitter, OnDevices) or asked != AUTO:
        kind = asked
    elif before is not None:
        kind = before
    else:
        return replace(plan, device=_chosen(plan, dataset, fitter, say))
    if isinstance(fitter, OnDevices):
        if asked == AUTO and kind not in fitter.kinds:
            label = DEVICES[kind].label
            rule = f"the search began on a {label}, and there is none here"
            hint = f"go on where there is one, or train it anew with {OPTION} {CPU}"
            raise RunError(rule, where=OPTION, got=AUTO, hint=hint)
        fitter.place(kind)
    if before not in (None, kind):
        say(f"the search began on the {DEVICES[before or CPU].label}: those fits are kept, and none of them counts now")
    if kind != CPU:
        say(f"training on {_devices(kind, fitter)}")
    return replace(plan, device=kind)


def _chosen(plan: Plan, dataset: Dataset | None, fitter: OnDevices, say: Say) -> str:
    """Return the kind of device that suits a new run, and have the fitter train there."""
    kinds = fitter.kinds
    other = next((kind for kind in kinds if kind != CPU), None)
    if other is None or dataset is None:
        fitter.place(CPU)
        return CPU
    step, label = mean_step(plan, dataset), DEVICES[other].label
    least = LEAST_PER_CORE * kinds[CPU] / kinds[other]
    if step < least:
        gains = f"{_devices(other, fitter)} would gain on {counted(kinds[CPU], 'core')} from {_text(least)} on"
        say(f"training on the CPU: a step takes {_text(step)} multiply-adds, and {gains} ({OPTION} {other} takes it)")
        fitter.place(CPU)
        return CPU
    try:
        fitter.place(other)
    except RunError as error:
        say(f"training on the CPU: {error.rule}{'' if error.got is None else f', got {error.got}'}")
        fitter.place(CPU)
        return CPU
    why = f"a step takes {_text(step)} multiply-adds, from {_text(least)} on it gains on the {label}"
    if math.isinf(step):
        why = f"how large models of your own are is not known before ({OPTION} {CPU} takes the CPU)"
    say(f"training on {_devices(other, fitter)}, not on {counted(kinds[CPU], 'core')}: {why}")
    return other


def mean_step(plan: Plan, dataset: Dataset) -> float:
    """Return the multiply-adds of a training step, in the mean over all steps of a plan's candidates.

    Infinite if one of them is a model whose size nobody knows before it is built.
    """
    total = n_steps = 0
    for candidate in plan.candidates:
        params = candidate.resolved(plan.task).params
        per_sample = products_of(params, model_shape(dataset, params), dataset.n_outputs)
        if per_sample is None:
            return math.inf
        steps = int(str(params["epochs"])) * math.ceil(plan.n_fit_samples / _batch(params, plan.n_fit_samples))
        total += steps * _PER_PRODUCT * _batch(params, plan.n_fit_samples) * per_sample
        n_steps += steps
    return total / max(1, n_steps)


def _batch(params: Mapping[str, object], n_samples: int) -> int:
    return min(int(str(params["batch_size"])), n_samples)


def _devices(kind: str, fitter: OnDevices | Fitter) -> str:
    n = fitter.kinds.get(kind, 1) if isinstance(fitter, OnDevices) else 1
    return f"the {DEVICES[kind].label}" if n == 1 else counted(n, DEVICES[kind].label)


def _text(products: float) -> str:
    return f"{products / 1e6:,.1f} million" if products < 1e9 else f"{products / 1e9:,.1f} thousand million"
