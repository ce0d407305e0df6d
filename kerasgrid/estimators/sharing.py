"""Fits of a search that differ in their epochs alone: one goes on where the one before it ended.

Who trains an estimator does not know of the others, and scikit-learn's own code stands between them. So what a fit ends
with is kept by the content of what it trains, and a later one takes it if all of that is the same; else it begins anew.
Imports no TensorFlow and no Keras.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from kerasgrid.axes.candidate import Resolved
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold

if TYPE_CHECKING:
    from kerasgrid.engine.training import State, Training

_MOST_BYTES = 2**28
"""What the states of a call may take if they are several: an ensemble leaves one of each of its members."""


class Sharing:
    """What the calls of a bundle leave for each other.

    A call sees what the one before it has left, and nothing of its own: as its time counts what it trains itself.

    Args:
        n_calls: How many they are; the last leaves nothing.

    Attributes:
        seconds: What the training of this call's fits took in calls before.
    """

    def __init__(self, n_calls: int) -> None:
        self.seconds = 0.0
        self._n_to_come = n_calls
        self._earlier: dict[Hashable, State] = {}
        self._left: dict[Hashable, State] = {}
        self._n_bytes = 0

    @contextmanager
    def next_call(self) -> Iterator[None]:
        """Have the fits of this thread be those of the next call."""
        self._n_to_come -= 1
        self._earlier, self._left = self._left, {}
        self.seconds, self._n_bytes = 0.0, 0
        token = _SHARING.set(self)
        try:
            yield
        finally:
            _SHARING.reset(token)
            self._earlier = {}

    @property
    def has_others(self) -> bool:
        """Whether a call has left something for this one, or another comes after it."""
        return bool(self._earlier) or self.wants_more

    @property
    def wants_more(self) -> bool:
        """Whether another call comes after this one."""
        return self._n_to_come > 0

    def earlier(self, content: Hashable, epochs: int) -> State | None:
        """Return where a training was that is the same up to no more than these epochs; None if there is none."""
        state = self._earlier.get(content)
        if state is None or state.told["n_done"] > epochs:
            return None
        self.seconds += state.told["seconds"]
        return state

    def leave(self, content: Hashable, state: State) -> None:
        """Leave what a training has ended with, unless there is no room."""
        n_bytes = self._n_bytes + sum(array.nbytes for array in state.arrays)
        if not self._left or n_bytes <= _MOST_BYTES:
            self._left[content], self._n_bytes = state, n_bytes


_SHARING: ContextVar[Sharing | None] = ContextVar("sharing", default=None)


@dataclass(frozen=True, slots=True)
class SharedFit:
    """What a fit has of the calls before its own, and leaves to those after it.

    Attributes:
        sharing: Of its call; None of a fit that shares nothing.
        content: All that its numbers depend on, apart from its epochs.
    """

    sharing: Sharing | None = None
    content: Hashable = None

    @classmethod
    def of(cls, training: Training, dataset: Dataset, fold: Fold, *others: Hashable) -> Self:
        """Return that of a fit of one of kerasgrid's own models.

        Args:
            training: How it would be trained by itself.
            dataset: Its data.
            fold: Which of it is trained on.
            others: What its numbers depend on beside these, its seed among them.
        """
        sharing = _SHARING.get()
        # Hashing the data takes time, which a fit by itself need not spend.
        if sharing is None or not sharing.has_others:
            return cls()
        prefix = Resolved(training.params, dataset.task).prefix
        if prefix is None:
            return cls()
        how = prefix, training.shuffles, training.compiled_for
        return cls(sharing, (how, dataset.fingerprint, fold.fingerprint, others))

    def going_on(self, training: Training) -> Training:
        """Return how it is trained: on from where an earlier one was, if there is one."""
        if self.sharing is None:
            return training
        state = self.sharing.earlier(self.content, training.n_epochs)
        return replace(training, goes_on=state, keeps_state=self.sharing.wants_more)

    def leave(self, state: State | None) -> None:
        """Leave what it ended with; None of one that kept nothing."""
        if self.sharing is not None and state is not None:
            self.sharing.leave(self.content, state)
