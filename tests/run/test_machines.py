"""The machines of a search: noted in its store, so that a page that looks on can tell of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from support.plans import dataset, space

from kerasgrid.api.searching import carry_out, prepare
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit
from kerasgrid.reports.ahead.illustrator import NoIllustrator
from kerasgrid.reports.pages.glance import glance_html
from kerasgrid.run import loop
from kerasgrid.run.machines import Machine, Roll, known_machines
from kerasgrid.run.making import read_run
from kerasgrid.run.run import Run
from kerasgrid.run.store import Store
from kerasgrid.run.watcher import Silence


class OnTwo(FakeFitter):
    """Trains on two machines, of which one goes."""

    def __init__(self, on_fit: Callable[[Fit], None] = lambda fit: None) -> None:
        super().__init__(lambda fit: 0.5, on_fit=on_fit)
        self.is_left = False

    @property
    def machines(self) -> Mapping[str, int]:
        return {"north <b>": 3} if len(self.trained) > 2 else {"north <b>": 3, "south": 1}

    @property
    def n_done(self) -> Mapping[str, int]:
        return {} if self.is_left else {"north <b>": len(self.trained), "south": 1}

    def __exit__(self, *exception: object) -> None:
        self.is_left = True

    def tell(self, say: Callable[[str], None]) -> None:
        pass


def searched(folder: Path, by: FakeFitter) -> None:
    prepared = prepare(space(), folder, dataset())
    carry_out(prepared, by, Silence(), illustrator=NoIllustrator(), publishes=False)


def known(folder: Path) -> Run:
    with Store.open_readonly(folder) as store:
        return read_run(store)


def test_they_are_noted_as_the_search_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "_SECONDS_PER_NOTE", 0.0)
    seen: list[Run] = []
    by = OnTwo(lambda fit: seen.append(known(tmp_path)) if fit.fold >= 0 else None)
    searched(tmp_path, by)
    assert seen[0].machines == ()
    assert seen[1].machines == (Machine("north <b>", 3, 1), Machine("south", 1, 1))
    assert seen[4].machines == (Machine("north <b>", 3, 4), Machine("south", 0, 1))
    html = glance_html(seen[1], live=True)
    assert "4 workers on 2 machines: north &lt;b&gt; 3 (1 fit), south 1 (1 fit)" in html
    # What a search has come to is no matter of who trained it.
    assert "workers on" not in glance_html(seen[1])
    # The fitter that was left knows nothing any more.
    assert known(tmp_path).machines == (Machine("north <b>", 3, 6), Machine("south", 0, 1))
    assert "workers on" not in glance_html(known(tmp_path), live=True)


def test_of_this_machine_alone_nothing_is_noted_and_what_was_is_taken_back(tmp_path: Path) -> None:
    searched(tmp_path / "alone", FakeFitter(lambda fit: 0.5))
    with Store.open_readonly(tmp_path / "alone") as store:
        assert "machines" not in store.meta()
    searched(tmp_path / "both", OnTwo())
    assert len(known(tmp_path / "both").machines) == 2
    searched(tmp_path / "both", FakeFitter(lambda fit: 0.5))
    assert known(tmp_path / "both").machines == ()


def test_what_is_none_is_left_out() -> None:
    assert known_machines({}) == ()
    assert known_machines({"machines": 3}) == ()
    assert known_machines({"machines": {"a": [1, 2], "b": [1], "c": 4, "d": ["x", 1]}}) == (Machine("a", 1, 2),)
    assert Roll(None, {}).told() == ""
