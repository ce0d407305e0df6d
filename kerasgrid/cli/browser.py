"""Opening a page in the user's browser."""

from __future__ import annotations

import sys
import webbrowser


def show_page(address: str) -> None:
    """Open the page of this address; where there is no browser, say so."""
    if not webbrowser.open(address):
        print(f"kerasgrid: there is no browser to open {address}", file=sys.stderr)
