"""Keeping back what TensorFlow's libraries write to standard error."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from kerasgrid.errors import KerasgridError


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Keep back what is written to file descriptor 2, and show it only if the block raises what is no error of ours.

    TensorFlow announces itself there while its libraries load, and the lack of a GPU when they start, whatever the log
    level.
    """
    with tempfile.TemporaryFile() as chatter:
        sys.stderr.flush()
        stderr = os.dup(2)
        os.dup2(chatter.fileno(), 2)
        try:
            yield
        except KerasgridError:  # says it all
            raise
        except BaseException:
            sys.stderr.flush()
            chatter.seek(0)
            os.write(stderr, chatter.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)
