"""``python -m kerasgrid``."""

from kerasgrid.cli.app import main

main()
