"""``python -m kerasgrid``."""

from kerasgrid.cli import main

main()
