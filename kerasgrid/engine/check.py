"""Building every structure of a plan without training any: what ``kerasgrid check`` does. Imports Keras."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kerasgrid.axes.candidate import Candidate
from kerasgrid.data.dataset import Dataset
from kerasgrid.errors import KerasgridError, SpaceError
from kerasgrid.models.factory import build_model_for


@dataclass(frozen=True, slots=True)
class StructureCount:
    """A structure that some candidates share.

    Attributes:
        example: One of these candidates.
        n_candidates: How many they are.
        n_parameters: Number of the model's weights, trainable or not.
    """

    example: Candidate
    n_candidates: int
    n_parameters: int


def count_structures(candidates: Iterable[Candidate], dataset: Dataset) -> list[StructureCount]:
    """Build the model of every structure once for this data, and return them in the order of their first candidate.

    Raises:
        SpaceError: if a model cannot be built.
    """
    groups: dict[object, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.resolved(dataset.task).structure, []).append(candidate)
    return [StructureCount(same[0], len(same), _n_parameters(same[0], dataset)) for same in groups.values()]


def _n_parameters(candidate: Candidate, dataset: Dataset) -> int:
    try:
        return int(build_model_for(candidate, dataset).count_params())
    except KerasgridError:
        raise
    except Exception as error:  # a builder's own, or no memory for the weights
        what = ", ".join(f"{name} {value}" for name, value in candidate.items())
        got = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise SpaceError("a model cannot be built", where=f"params: {what}"[:200], got=got) from error
