"""Building every structure of a plan without training any: what ``kerasgrid check`` does. Imports Keras."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kerasgrid.axes.candidate import Candidate
from kerasgrid.data.dataset import Dataset
from kerasgrid.engine.devices import only_cpu
from kerasgrid.errors import KerasgridError, SpaceError
from kerasgrid.models.factory import build_model_for


@dataclass(frozen=True, slots=True)
class StructureCount:
    """A structure that some candidates share.

    Attributes:
        example: One of these candidates.
        n_candidates: How many they are.
        n_parameters: Number of the model's weights, trainable or not.
        n_bytes: About how much memory a fit of them takes at most, beside the data; 0 if that is not known.
    """

    example: Candidate
    n_candidates: int
    n_parameters: int
    n_bytes: int = 0


def count_structures(candidates: Iterable[Candidate], dataset: Dataset) -> list[StructureCount]:
    """Build the model of every structure once for this data, and return them in the order of their first candidate.

    Raises:
        SpaceError: if a model cannot be built.
    """
    only_cpu()
    groups: dict[object, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.resolved(dataset.task).structure, []).append(candidate)
    return [_counted(same, dataset) for same in groups.values()]


def _counted(same: Sequence[Candidate], dataset: Dataset) -> StructureCount:
    from kerasgrid.engine.needs import bytes_of_training

    candidate = same[0]
    try:
        model = build_model_for(candidate, dataset)
        n_parameters = int(model.count_params())
    except KerasgridError:
        raise
    except Exception as error:  # a builder's own, or no memory for the weights
        what = ", ".join(f"{name} {value}" for name, value in candidate.items())
        got = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise SpaceError("a model cannot be built", where=f"params: {what}"[:200], got=got) from error
    batch = max(int(str(one.resolved(dataset.task).params["batch_size"])) for one in same)
    # Most optimizers keep two numbers for each weight; no other keeps more.
    n_bytes = bytes_of_training(model, [*model.trainable_variables] * 2, min(batch, len(dataset.x_train)))
    return StructureCount(candidate, len(same), n_parameters, n_bytes)
