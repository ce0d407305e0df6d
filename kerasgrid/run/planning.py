"""How a plan is made: a space and a data set come together, and what does not suit is told."""

from __future__ import annotations

from dataclasses import replace

from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold
from kerasgrid.fits.stopping import check_monitors_of
from kerasgrid.models.layout import model_shape
from kerasgrid.models.shapes import check_data, check_shapes
from kerasgrid.run.data_facts import facts_of
from kerasgrid.run.metric_needs import check_needs
from kerasgrid.run.plan import Plan
from kerasgrid.run.space_folds import make_space_folds
from kerasgrid.run.suits import naming_what_suits
from kerasgrid.space.racing import race_of
from kerasgrid.space.spec import Space


def make_plan(space: Space, dataset: Dataset) -> tuple[Plan, tuple[Fold, ...]]:
    """Return the plan of this search, and its folds.

    Raises:
        SpaceError: if the space does not suit the data: metric, loss, or a model that cannot take its shape.
        DataError: if the samples are too few for the folds.
    """
    with naming_what_suits(space.name, dataset):
        space.check_task(dataset.task)
    folds = make_space_folds(space, dataset)
    plan = Plan(
        space=space,
        dataset=facts_of(dataset, folds, space),
        task=dataset.task,
        classes=dataset.classes or (),
        n_outputs=dataset.n_outputs,
        test_fingerprint=dataset.test_fingerprint,
        fold_fingerprints=tuple(fold.fingerprint for fold in folds),
    )
    are_shuffled = plan.n_folds == 1 or not plan.has_fixed_splits
    plan = replace(plan, race=race_of(space, len(folds), are_shuffled=are_shuffled))
    check_needs(plan.metrics, dataset, folds, space.repeats)
    with naming_what_suits(space.name, dataset):
        check_monitors_of(space.blocks, dataset.task)
        for candidate in plan.candidates:
            params = candidate.resolved(dataset.task).params
            check_data(params, dataset)
            check_shapes(params, model_shape(dataset, params))
    return plan, folds
