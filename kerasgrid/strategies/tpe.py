"""The strategy ``tpe``: Optuna's tree-structured Parzen estimator, asked in rounds."""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from kerasgrid.axes.axis import Axis, Choices, Distribution, rounded
from kerasgrid.axes.blocks import Block
from kerasgrid.axes.candidate import Candidate
from kerasgrid.errors import SpaceError
from kerasgrid.insight.factors import identity
from kerasgrid.insight.parts import makes
from kerasgrid.strategies.learning import Known, Learning
from kerasgrid.strategies.moves import block_of

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution

_BLOCK = "block"
_ATTEMPTS = 10


class TPE(Learning):
    """Tree-structured Parzen estimators (Bergstra et al. 2011), as the package Optuna has them.

    Optuna's sampler holds random state; here it is made anew for each round, from a seed of its own, and told all
    trials so far. So the same results lead to the same candidates under one version of Optuna.
    """

    name: ClassVar[str] = "tpe"
    description: ClassVar[str] = "Optuna's tree-structured Parzen estimator (needs the extra optuna)"

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The axes of each object of ``params`` for each model.

        Raises:
            SpaceError: Everything that is wrong with them, or Optuna is not installed.
        """
        if importlib.util.find_spec("optuna") is None:
            rule, hint = "the strategy tpe needs Optuna", "pip install 'kerasgrid[optuna]', or the strategy bayes"
            raise SpaceError(rule, where="strategy", hint=hint)
        return super().blocks

    def chosen(self, known: Known) -> Sequence[Candidate]:
        """Return what the sampler says, some of which may have been tried."""
        study, asked = self._study(known), []
        for number in range(_ATTEMPTS * known.n):
            trial = study.ask()
            choices = _numbers(len(self.blocks))
            block = self.blocks[int(trial.suggest_categorical(_BLOCK, choices)) if len(choices) > 1 else 0]
            rng = random.Random(f"{self.seed}:{known.number}:{number}")
            values = {name: _asked(trial, self._name(block, name), axis, rng) for name, axis in block.axes.items()}
            asked.append(Candidate({"model": block.model, **values}))
        return asked

    def _study(self, known: Known) -> Study:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        seed = random.Random(f"{self.seed}:tpe {known.number}").randrange(2**32)
        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=1, constant_liar=True)
        study = optuna.create_study(sampler=sampler, direction="maximize")
        for trial, value in zip(known.trials, known.values, strict=True):
            block = block_of(trial.candidate, self.blocks)
            # A start may be beyond its axes, and so is what was tried before they shrank: Optuna would refuse it.
            if block is not None and not any(_is_beyond(axis, trial.candidate[n]) for n, axis in block.axes.items()):
                study.add_trial(self._told(trial.candidate, block, value))
        return study

    def _told(self, candidate: Candidate, block: Block, value: float) -> Any:
        from optuna.distributions import CategoricalDistribution
        from optuna.trial import create_trial

        params: dict[str, Any] = {}
        known: dict[str, BaseDistribution] = {}
        if len(self.blocks) > 1:
            params[_BLOCK] = self.blocks.index(block)
            known[_BLOCK] = CategoricalDistribution(_numbers(len(self.blocks)))
        for name, axis in block.axes.items():
            said = _told(axis, candidate[name])
            if said is not None:
                params[self._name(block, name)], known[self._name(block, name)] = said
        return create_trial(params=params, distributions=known, value=value)

    def _name(self, block: Block, name: str) -> str:
        return f"{self.blocks.index(block)}:{name}"


def _numbers(n: int) -> list[int]:
    return list(range(n))


def _is_beyond(axis: Axis, value: Any) -> bool:
    """Return whether an axis that Optuna is told of does not make a value."""
    if isinstance(axis, Choices):
        return axis.size > 1 and identity(value) not in map(identity, axis.values)
    return isinstance(axis, Distribution) and not makes(axis, value)


def _told(axis: Axis, value: Any) -> tuple[Any, BaseDistribution] | None:
    """Return a value and its axis in Optuna's terms; None of an axis that it has nothing to say of."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(axis, Choices):
        if axis.size == 1:
            return None
        places = {identity(choice): place for place, choice in enumerate(axis.values)}
        return places[identity(value)], CategoricalDistribution(_numbers(axis.size))
    if not isinstance(axis, Distribution):
        return None
    if "int" in axis.kind:
        return int(value), IntDistribution(int(axis.low), int(axis.high), log=axis.log)
    return value, FloatDistribution(axis.low, axis.high, log=axis.log)


def _asked(trial: Any, name: str, axis: Axis, rng: random.Random) -> Any:
    if isinstance(axis, Choices):
        return axis.values[trial.suggest_categorical(name, _numbers(axis.size)) if axis.size > 1 else 0]
    if not isinstance(axis, Distribution):
        return axis.draw(rng)
    if "int" in axis.kind:
        number = trial.suggest_int(name, int(axis.low), int(axis.high), log=axis.log)
        return float(number) if axis.as_float else number
    return min(max(rounded(trial.suggest_float(name, axis.low, axis.high, log=axis.log)), axis.low), axis.high)
