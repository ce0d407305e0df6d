"""Runs that are removed while they are written to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.searches import run, score

from kerasgrid.errors import RunError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit

MESSAGE = r"run: the run was removed or replaced while it was being written to \(search again\)$"


def removing(folder: Path, other: Path | None) -> FakeFitter:
    """Return a fitter during whose second fit the folder is removed, or replaced by another one."""
    n_fits = 0

    def scored(fit: Fit) -> float:
        nonlocal n_fits
        n_fits += 1
        if n_fits == 2:
            shutil.rmtree(folder)
            if other is not None:
                shutil.copytree(other, folder)
        return score(fit)

    return FakeFitter(scored)


def test_a_run_that_is_removed_is_noticed_at_the_next_fit(tmp_path: Path) -> None:
    fitter = removing(tmp_path / "run", None)
    with pytest.raises(RunError, match=MESSAGE) as caught:
        run(tmp_path / "run", fitter)
    assert caught.value.exit_code == 1
    assert len(fitter.trained) <= 3
    assert not (tmp_path / "run").exists()


def test_a_run_that_is_replaced_is_noticed_too(tmp_path: Path) -> None:
    run(tmp_path / "other", FakeFitter(score))
    with pytest.raises(RunError, match=MESSAGE):
        run(tmp_path / "run", removing(tmp_path / "run", tmp_path / "other"))
