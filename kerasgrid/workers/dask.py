"""The fitter of a Dask cluster: trains fits on its machines."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.names import is_own
from kerasgrid.errors import RunError
from kerasgrid.fits.deadline import Deadline
from kerasgrid.fits.fit import FinalResult, Fit, FitResult
from kerasgrid.fits.fitter import AtWork, Tell
from kerasgrid.fits.workload import Workload
from kerasgrid.system.devices import AUTO, CPU, DEVICES, check_there
from kerasgrid.system.files import write_bytes
from kerasgrid.workers.dask_handlers import dask_handler, dask_handler_here, rest_of_fits
from kerasgrid.workers.local import FitCrew
from kerasgrid.workers.requests import FitRequest, RefitRequest
from kerasgrid.workers.site import Lost, Trade

if TYPE_CHECKING:
    from distributed import Client

    from kerasgrid.workers.dask_cluster import Cluster
    from kerasgrid.workers.dask_crew import DaskCrew
    from kerasgrid.workers.dask_data import Scattered
    from kerasgrid.workers.dask_jobs import Job, Jobs

PATIENCE = 60.0
"""Seconds that a search waits for a worker when there is none, or for the scheduler."""

_SECONDS_TO_CONNECT = 15.0


class DaskFitter:
    """Trains fits on the machines of a Dask cluster; see :class:`kerasgrid.fits.fitter.Fitter`.

    Every thread of every worker trains one fit at a time, in a process of its own beside the worker. Data and folds are
    sent once to each worker, and what comes back is kept by who searches: workers know no file of the run. Fits leave
    neither states nor weights, so that more epochs later are trained from the start, and no ensemble is made.

    Args:
        client: Connected to the cluster's scheduler; it stays the caller's, who closes it.
        n_workers: How many fits are trained at the same time at most; None for as many as the workers have threads.
        mixed: Whether workers may have other versions of TensorFlow, Keras, NumPy and kerasgrid than this machine.
        patience: Seconds to wait for a worker when there is none, or for the scheduler.
        device: The kind of device to train on; ``auto`` for whichever suits a run.
        in_place: Whether workers train themselves, one fit at a time, where no processes may be started beside them.
            What has begun there ends, whatever happens.
        trade: What training processes can do, for tests.

    Attributes:
        device: As given.

    Raises:
        RunError: Another version of a package is there.
    """

    def __init__(
        self,
        client: Client,
        n_workers: int | None = None,
        *,
        mixed: bool = False,
        patience: float = PATIENCE,
        in_place: bool = False,
        device: str = AUTO,
        trade: Trade | None = None,
    ) -> None:
        check_installed()
        from kerasgrid.workers.dask_cluster import Cluster

        self._cluster: Cluster[Job[FitRequest]] = Cluster(client, is_mixed=mixed, patience=patience)
        self._most = n_workers
        self.device = device
        self._in_place = in_place
        self._trade = trade
        self._work: Workload | None = None
        self._entered: _Entered | None = None
        self._tell: Tell | None = None
        self._data: Scattered | None = None

    @property
    def kinds(self) -> Mapping[str, int]:
        """How many devices of each kind the workers have that are there now."""
        _ = self.n_workers  # has a look
        return {CPU: self._cluster.kinds[CPU]} if self._in_place else self._cluster.kinds

    def ask(self, device: str) -> None:
        """Ask for a kind of device, or for ``auto``, from now on.

        Raises:
            RunError: No worker has one.
        """
        self._check(device)
        self.device = device

    def place(self, kind: str) -> None:
        """Train on this kind of device from now on.

        Raises:
            RunError: No worker has one.
        """
        self._check(kind)
        self._cluster.use(kind)

    def _check(self, device: str) -> None:
        # Before anybody is there, as with jobs in a queue, nobody knows what they will have.
        kinds = self.kinds
        check_there(device, kinds if kinds[CPU] or self._in_place else DEVICES)

    @property
    def n_workers(self) -> int:
        """How many fits it trains at the same time."""
        if not self._cluster.workers:
            self._cluster.look_soon()
            self._cluster.look()
        return max(1, min(self._cluster.n_slots, self._most or self._cluster.n_slots))

    @property
    def machines(self) -> Mapping[str, int]:
        """How many fits it trains at the same time on each machine."""
        return self._cluster.machines

    @property
    def n_done(self) -> Mapping[str, int]:
        """How many fits each machine has trained since this was entered."""
        return {} if self._entered is None else self._entered.crew.n_done

    def tell(self, say: Callable[[str], None]) -> None:
        """Tell from now on, as a line, what the user should know of the cluster."""
        self._cluster.say = say

    def tell_work(self, tell: Tell) -> None:
        """Tell this from now on which fits the workers are at."""
        self._tell = tell

    def prepare(self, work: Workload) -> None:
        """Take note of the data, the folds, and what is compiled; it counts from the next time this is entered."""
        self._work = work

    def __enter__(self) -> Self:
        """Wait for the first worker; data is sent when there is something to train.

        Raises:
            RunError: There is no worker, or one has other versions.
        """
        from kerasgrid.workers.dask_crew import DaskCrew
        from kerasgrid.workers.dask_data import Scattered, files_of
        from kerasgrid.workers.dask_jobs import Jobs

        if self._work is None:
            raise RuntimeError("a fitter must be prepared before it is entered")
        work = replace(self._work, states=None, fold_models=None)
        crew = FitCrew(work)
        data = Scattered(self._cluster.client, files_of(crew._furnish))
        if self._data is None or not self._data.is_same(data):
            self._data = data
        trade = self._trade or self._trade_of(crew)
        trade = trade if self._in_place else replace(trade, device=self._cluster.kind)
        jobs: Jobs[FitRequest] = Jobs(self._cluster, trade, self._data)
        jobs.take_modules(_sources_of(work.modules))
        self._entered = _Entered(crew, jobs, DaskCrew(self._cluster, crew, jobs, self._most))
        self._entered.crew.changed = self._entered.telling(self._tell)
        self._entered.crew.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        entered, self._entered = self._entered, None
        if entered is not None:
            entered.crew.__exit__(kind, error, trace)

    def train(self, fits: Sequence[Fit], deadline: Deadline | None = None) -> Generator[FitResult, None, None]:
        """Train the fits and yield each result once, in whatever order they end; stop at the deadline."""
        entered = self._now()
        requests = entered.fits.requests(fits)
        entered.take_modules({fit.candidate for fit in fits})
        answers = entered.crew.answers(requests, deadline)
        try:
            for _, result in answers:
                yield result
        finally:
            answers.close()

    def refit(self, candidate: Candidate, seed: int, model_path: Path, epochs: int | None = None) -> FinalResult:
        """Train the candidate on all training data, write the model and evaluate it on the test set."""
        entered = self._now()
        entered.take_modules([candidate])
        sizes = entered.fits.work.compiled.sizes_of_refit(candidate)
        request = RefitRequest(candidate, seed, Path(model_path.name), sizes, epochs)
        found = entered.crew.ask(request, entered.fits._structure(candidate))
        if isinstance(found, Lost):
            return FinalResult("failed", error=found.words)
        final: FinalResult = found[0]
        model: bytes | None = found[1]
        if model is None:
            return final
        write_bytes(model_path, model)
        return replace(final, model_path=str(model_path))

    def _trade_of(self, crew: FitCrew) -> Trade:
        handler = dask_handler_here if self._in_place else dask_handler
        return Trade(handler, rest_of_fits, tuple(crew._preload), crew._modules, self._in_place)

    def _now(self) -> _Entered:
        assert self._entered is not None, "a fitter is used as a context manager"
        return self._entered


@dataclass(frozen=True, slots=True)
class _Entered:
    """What a fitter has while it is entered."""

    fits: FitCrew
    jobs: Jobs[FitRequest]
    crew: DaskCrew[FitRequest, FitResult]

    def telling(self, tell: Tell | None) -> Callable[[], object]:
        """Return what tells somebody which fits the workers are at."""
        at_work = lambda: [AtWork(who, request.fits[0], since) for who, request, since in self.crew.at_work()]  # noqa: E731
        return lambda: None if tell is None else tell(at_work)

    def take_modules(self, candidates: Any) -> None:
        """Send the modules of the user's own builders along."""
        models = {str(candidate["model"]) for candidate in candidates if is_own(candidate.get("model"))}
        self.jobs.take_modules(_sources_of(model.partition(":")[0] for model in models))


def check_installed() -> None:
    """Check that the extra is installed.

    Raises:
        RunError: It is not.
    """
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        hint = "pip install 'kerasgrid[dask]'"
        raise RunError("training on a cluster needs dask.distributed", got=str(error), hint=hint) from error


def connected(
    n_workers: int | None = None,
    *,
    dask: str | None = None,
    dask_file: str | None = None,
    dask_tls_ca: str | None = None,
    dask_tls_cert: str | None = None,
    dask_tls_key: str | None = None,
    mixed: bool = False,
    in_place: bool = False,
) -> DaskFitter:
    """Return a fitter of the cluster whose scheduler is at this address, or in this scheduler file.

    Raises:
        RunError: It cannot be reached.
    """
    check_installed()
    from distributed import Client, Security

    from kerasgrid.workers.dask_bounded import bounded

    if (dask is None) == (dask_file is None):
        raise RunError("give the scheduler once: by --dask ADDRESS or by --dask-file FILE")
    if dask_file is not None and not Path(dask_file).is_file():
        raise RunError("there is no such scheduler file", where=dask_file, hint="dask scheduler --scheduler-file FILE")
    tls = {"tls_ca_file": dask_tls_ca, "tls_client_cert": dask_tls_cert, "tls_client_key": dask_tls_key}
    given = {name: path for name, path in tls.items() if path is not None}
    for path in given.values():
        if not Path(path).is_file():
            raise RunError("there is no such file", where=path)
    # What it says of connections that break is for developers; we say what it means.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    security = Security(**given, require_encryption=True) if given else None
    where = {"address": dask} if dask_file is None else {"scheduler_file": dask_file}
    try:
        connect = lambda: Client(**where, security=security, timeout=_SECONDS_TO_CONNECT, set_as_default=False)  # noqa: E731
        client = bounded(connect, 2 * _SECONDS_TO_CONNECT)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise RunError(
            "the cluster's scheduler cannot be reached",
            where=dask or dask_file,
            got=f"{type(error).__name__}: {' '.join(str(error).split())[:300]}",
            hint="an address is such as tcp://10.0.0.5:8786 or tls://10.0.0.5:8786",
        ) from error
    return DaskFitter(client, n_workers, mixed=mixed, in_place=in_place)


def _sources_of(modules: Any) -> dict[str, bytes]:
    from kerasgrid.workers.dask_data import sources_of

    return sources_of(modules)
