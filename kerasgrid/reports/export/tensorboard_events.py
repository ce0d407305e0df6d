"""A run as event files for TensorBoard: a curve for each trial and metric, and the table of its HParams plugin.

Each trial is a folder, ``t001-<id>``, with ``train`` and ``validation`` in it, as Keras's own callback names them; the
scalars are ``epoch_<metric>``, means over the trial's fits. Only TensorBoard's own package is needed, not TensorFlow.
"""

from __future__ import annotations

import math
import re
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasgrid.axes.candidate import Candidate, Value, value_text
from kerasgrid.errors import RunError
from kerasgrid.fits.fit import FitResult
from kerasgrid.fits.metric import metrics_for
from kerasgrid.insight.curves import mean_line, more_metrics
from kerasgrid.insight.ranking import Trial
from kerasgrid.run.parameters import varying_params
from kerasgrid.run.run import Run

if TYPE_CHECKING:
    from tensorboard.compat.proto.summary_pb2 import Summary

HParams = Mapping[str, bool | float | str]

_NAME = "name"
_PREFIX = "events.out.tfevents."
_ENDING = ".kerasgrid"

_OURS = re.compile(rf"(?:t\d{{3,}}-\w+/(?:train/|validation/)?)?{re.escape(_PREFIX)}\d+{re.escape(_ENDING)}")
"""The files of an export. Whatever else TensorBoard shows, such as what Keras logged, is not ours to remove."""

_VERSION = "brain.Event:2"
"""What the first event of a file says: the version of the format."""


def write_events(run: Run, folder: Path) -> None:
    """Write the events of every trial that has a fit into this folder, in place of those of an earlier export.

    Values that are not finite, of diverged fits, are left out. Trials without any curve have only their parameters and
    status.

    Raises:
        RunError: The folder holds other files than those of an export.
        OSError: The folder or the disk does not take them.
    """
    _clear(folder)
    names = varying_params(run.trials) or sorted({name for trial in run.trials for name in trial.candidate})
    hparams = [_hparams(trial, names) for trial in run.trials]
    started = _seconds(run.created)
    metrics = (*metrics_for(run.task), *more_metrics(run.results, run.task))
    _write(folder, [(0, _config(hparams, metrics, run.metric, started))], started)
    by_candidate: dict[Candidate, list[FitResult]] = {}
    for result in run.results:
        by_candidate.setdefault(result.fit.candidate, []).append(result)
    width = max(3, len(str(len(run.trials))))
    for trial, values in zip(run.trials, hparams, strict=True):
        results = by_candidate.get(trial.candidate, [])
        if not results:
            continue
        place = folder / f"t{trial.rank:0{width}d}-{trial.candidate.id}"
        spent = sum(result.seconds for result in results)
        _write(place, [(0, _start(values, place.name, started)), (0, _end(trial, started + spent))], started)
        for part, prefix in (("train", ""), ("validation", "val_")):
            curves = {f"epoch_{name}": _mean(results, f"{prefix}{name}") for name in metrics}
            _write(place / part, _scalars(curves), started)


def _clear(folder: Path) -> None:
    """Remove the events of an earlier export, which would be shown beside ours."""
    if not folder.is_dir():
        return
    found = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_symlink() or not p.is_dir()]
    others = sorted(name for name in found if not _OURS.fullmatch(name))
    if others:
        raise RunError(
            "the folder holds other files than those of an earlier export", where=str(folder), got=others[0],
            hint="choose another with --out",
        )  # fmt: skip
    shutil.rmtree(folder)


def _mean(results: Sequence[FitResult], name: str) -> tuple[float, ...]:
    return mean_line([result.curve[name] for result in results if result.curve.get(name)])


def _scalars(curves: Mapping[str, Sequence[float]]) -> Iterable[tuple[int, Summary]]:
    from tensorboard.compat.proto.summary_pb2 import Summary

    n_epochs = max(map(len, curves.values()), default=0)
    for name, values in curves.items():
        # What has one value alone is of the last epoch. From 0, as Keras counts epochs there.
        for epoch, value in enumerate(values, start=n_epochs - len(values)):
            if math.isfinite(value):
                yield epoch, Summary(value=[Summary.Value(tag=name, simple_value=value)])


def _config(hparams: Sequence[HParams], metrics: Sequence[str], ranked_by: str, started: float) -> Summary:
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

    infos = []
    for name in dict.fromkeys(name for values in hparams for name in values):
        found = {values[name] for values in hparams if name in values}
        info = api_pb2.HParamInfo(name=name, type=_type_of(found, api_pb2))
        if info.type == api_pb2.DATA_TYPE_FLOAT64:
            info.domain_interval.min_value = min(map(float, found))
            info.domain_interval.max_value = max(map(float, found))
        else:
            info.domain_discrete.extend(sorted(found, key=repr))
        infos.append(info)
    # What the trials are ranked by comes first.
    ordered = sorted(metrics, key=lambda metric: metric != ranked_by)
    metric_infos = [
        api_pb2.MetricInfo(name=api_pb2.MetricName(group=part, tag=f"epoch_{metric}"), display_name=f"{prefix}{metric}")
        for part, prefix in (("validation", "val_"), ("train", ""))
        for metric in ordered
    ]
    experiment = api_pb2.Experiment(hparam_infos=infos, metric_infos=metric_infos, time_created_secs=started)
    return _plugin(metadata.EXPERIMENT_TAG, plugin_data_pb2.HParamsPluginData(experiment=experiment))


def _start(hparams: HParams, group: str, started: float) -> Summary:
    from tensorboard.plugins.hparams import metadata, plugin_data_pb2

    info = plugin_data_pb2.SessionStartInfo(group_name=group, start_time_secs=started)
    for name, value in hparams.items():
        if isinstance(value, bool):
            info.hparams[name].bool_value = value
        elif isinstance(value, float):
            info.hparams[name].number_value = value
        else:
            info.hparams[name].string_value = value
    return _plugin(metadata.SESSION_START_INFO_TAG, plugin_data_pb2.HParamsPluginData(session_start_info=info))


def _end(trial: Trial, ended: float) -> Summary:
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

    done = api_pb2.STATUS_SUCCESS
    statuses = {"ok": done, "dropped": done, "incomplete": api_pb2.STATUS_UNKNOWN}
    info = plugin_data_pb2.SessionEndInfo(
        status=statuses.get(trial.status, api_pb2.STATUS_FAILURE), end_time_secs=ended
    )
    return _plugin(metadata.SESSION_END_INFO_TAG, plugin_data_pb2.HParamsPluginData(session_end_info=info))


def _plugin(tag: str, content: Any) -> Summary:
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams import metadata

    value = Summary.Value(tag=tag, metadata=metadata.create_summary_metadata(content), tensor=metadata.NULL_TENSOR)
    return Summary(value=[value])


def _hparams(trial: Trial, names: Sequence[str]) -> HParams:
    """Return what the table of a trial's hyperparameters says: its name, if it has one, is the last column."""
    found = {name: _hparam(trial.candidate[name]) for name in names if name in trial.candidate}
    return found | ({_NAME: trial.name} if trial.name and _NAME not in names else {})


def _hparam(value: Value) -> bool | float | str:
    if isinstance(value, bool):
        return value
    return float(value) if isinstance(value, int | float) else value_text(value)


def _type_of(values: Iterable[bool | float | str], api: Any) -> Any:
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return api.DATA_TYPE_BOOL
    return api.DATA_TYPE_FLOAT64 if kinds == {float} else api.DATA_TYPE_STRING


def _write(folder: Path, summaries: Iterable[tuple[int, Summary]], started: float) -> None:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.record_writer import RecordWriter

    folder.mkdir(parents=True, exist_ok=True)
    # The name is what TensorBoard looks for; the number only tells files of one folder apart.
    with open(folder / f"{_PREFIX}{int(started)}{_ENDING}", "wb") as file:
        records = RecordWriter(file)
        records.write(Event(wall_time=started, file_version=_VERSION).SerializeToString())
        for step, summary in summaries:
            records.write(Event(wall_time=started + step, step=step, summary=summary).SerializeToString())


def _seconds(created: str) -> float:
    try:
        return datetime.fromisoformat(created).timestamp()
    except ValueError:
        return time.time()
