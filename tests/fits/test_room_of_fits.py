"""Whether there is memory for a fit."""

from __future__ import annotations

import pytest

from kerasgrid.errors import FitError
from kerasgrid.fits.room import NeedsAllError, Room

ROOM = Room(beside_others=1_000_000, alone=4_000_000)


def test_what_fits_passes() -> None:
    assert ROOM.check(1_000_000) is None
    assert Room().check(10**18) is None
    assert Room(4_000_000, 4_000_000).check(4_000_000) is None


def test_what_fits_without_others_alone_is_put_off() -> None:
    with pytest.raises(NeedsAllError):
        ROOM.check(1_000_001)


def test_what_never_fits_is_refused() -> None:
    message = (
        r"^a fit's weights and activations must fit in memory, got about 5\.0 MB, where 4\.0 MB may be taken "
        r"\(fewer units or filters, or a smaller batch_size\)$"
    )
    with pytest.raises(FitError, match=message):
        ROOM.check(5_000_000)
