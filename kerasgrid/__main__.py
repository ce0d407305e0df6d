"""``python -m kerasgrid``, and the command ``kerasgrid``."""

import signal
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line; see :func:`kerasgrid.cli.app.main`."""
    # Until its handlers are there, Ctrl-C ends this process as the system does, and shows no half of an import.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from kerasgrid.cli import app

    app.main()


if __name__ == "__main__":
    main()
