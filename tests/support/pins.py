"""What the stored runs of ``tests/pinned`` are compared by: the one place of theirs that knows the package's modules.

Everything else about them, searching, confirming, reporting and showing, goes through the command line.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from kerasgrid.api.opening import narrow_run, open_run
from kerasgrid.cli.app import app
from kerasgrid.insight.effects import AxisEffect, Effects
from kerasgrid.insight.factors import ABSENT
from kerasgrid.insight.ranges import axis_ranges
from kerasgrid.insight.ranking import Trial
from kerasgrid.run.making import known_plan
from kerasgrid.run.plan import Plan
from kerasgrid.run.store import Store


def observed(folder: Path) -> dict[str, Any]:
    """Return all that is told of the run in this folder, from its store alone, in types of JSON."""
    run, ties = open_run(folder), open_run(folder).tie_set
    with Store.open_readonly(folder) as store:
        plan = known_plan(Plan.from_meta(store.meta(), str(folder)), store)
    best = run.best
    assert run.space is not None
    told = {
        "keys": list(plan.fits),
        "fits": [[fit.candidate.id, fit.repeat, fit.fold, fit.seed, fit.curve_every] for fit in plan.fits.values()],
        "candidates": [[candidate.id, candidate.canonical] for candidate in plan.candidates],
        "structures": _structures(plan),
        "n_fits": run.n_fits_asked,
        "final_key": None if best is None else plan.final_key(best.candidate),
        "final": None if run.final is None else [run.final.status, run.final.test],
        "trials": [_trial(trial) for trial in run.trials],
        "ties": {
            "candidates": [trial.candidate.id for trial in ties.trials],
            "n_compared": ties.n_compared,
            "reason": ties.reason,
            "cheapest": None if ties.cheapest is None else ties.cheapest.candidate.id,
        },
        "effects": _effects(run.effects()),
        "ranges": [
            [found.name, found.low, found.high, found.best, found.edge, found.exact]
            for found in axis_ranges(run.trials, run.blocks)
        ],
        "narrowed": narrow_run(str(folder), 5).to_dict() if run.space.tried.is_drawn else None,
        "show": called("show", folder).stdout,
        "show_effects": called("show", folder, "--effects").stdout,
    }
    return as_json(told)  # type: ignore[no-any-return]


def called(*arguments: str | Path) -> Result:
    """Call the command line in this process, on a terminal of 100 letters; return what came of it."""
    ended = CliRunner().invoke(app, list(map(str, arguments)), env={"COLUMNS": "100"}, catch_exceptions=False)
    assert ended.exit_code == 0, ended.output
    return ended


def as_json(value: Any) -> Any:
    """Return the value as it comes back from JSON, with a text for each number that is not finite: NaN equals NaN."""
    return json.loads(json.dumps(value, default=_plain), parse_constant=str)


def _plain(value: Any) -> str:
    if value is ABSENT:
        return "absent"
    raise TypeError(f"not of JSON: {value!r}")


def _structures(plan: Plan) -> list[str]:
    """Return what tells the structure of each candidate from others: what ``kerasgrid check`` counts."""
    texts = (json.dumps(candidate.resolved(plan.task).structure) for candidate in plan.candidates)
    return [hashlib.sha256(text.encode()).hexdigest()[:10] for text in texts]


def _trial(trial: Trial) -> dict[str, Any]:
    names = (
        "rank", "scores", "mean", "std", "standard_error", "train_score_mean", "generalization_gap", "mean_seconds",
        "n_parameters", "status", "error", "fits_done", "diagnosis", "round", "name", "note", "position", "steps",
    )  # fmt: skip
    return {"candidate": trial.candidate.id} | {name: getattr(trial, name) for name in names}


def _effects(found: Effects) -> dict[str, Any]:
    return {
        "method": found.method,
        "reason": found.reason,
        "axes": [_axis(axis) for axis in found.axes],
        "interactions": [[*pair.names, pair.share] for pair in found.interactions],
        "noise": found.noise,
        "explained": found.explained,
        "n_scored": found.n_scored,
        "n_left_out": found.n_left_out,
        "follows": found.follows,
    }


def _axis(axis: AxisEffect) -> dict[str, Any]:
    names = (
        "value", "end", "n_trials", "n_scored", "mean", "standard_error", "marginal", "n_diverged", "n_failed",
    )  # fmt: skip
    return {
        "name": axis.factor.name,
        "importance": axis.importance,
        "levels": [{name: getattr(level, name) for name in names} for level in axis.levels],
        "points": axis.points,
        "lost": axis.lost,
        "curve": axis.curve,
    }
