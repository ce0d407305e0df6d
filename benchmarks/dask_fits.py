"""What a fit on a Dask cluster costs beside its training: 2,000 that train nothing, on two workers of this machine.

python benchmarks/dask_fits.py
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.dask_clusters import Processes
from support.dask_fits import FAKE, fake, small_work

from kerasgrid.fits.fit import Fit
from kerasgrid.workers.dask import DaskFitter

N = 2000


def main() -> None:
    """Print it."""
    with tempfile.TemporaryDirectory() as folder, Processes(Path(folder)) as started:
        for number in range(2):
            started.start_worker(number)
        with started.client() as client:
            client.wait_for_workers(2, timeout=60)
            fitter = DaskFitter(client, trade=FAKE)
            fitter.prepare(small_work())
            with fitter:
                list(fitter.train([Fit(fake(number, width=5 + number), 0) for number in range(4)]))
                begun = time.perf_counter()
                n = len(list(fitter.train([Fit(fake(number), 0) for number in range(N)])))
                seconds = time.perf_counter() - begun
    print(f"{n:,} fits, {1000 * seconds / n:.2f} ms each")


if __name__ == "__main__":
    main()
