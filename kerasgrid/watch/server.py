"""The server of ``kerasgrid watch``: one run's pages, to this machine only."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from kerasgrid.errors import KerasgridError, RunError, reason
from kerasgrid.watch.live import Answer, LiveRun

HOST = "127.0.0.1"

MOST_AT_ONCE = 32
"""So many requests are answered at the same time; further ones wait."""

SECONDS_PER_CLIENT = 15.0
"""A client that takes longer to ask, or to take its answer, is let go."""

_SECONDS_TO_WAIT = 5.0
"""A request that finds all others busy for so long is refused."""

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

Answers = Mapping[str, Callable[[], Answer | None]]


class RunServer(ThreadingHTTPServer):
    """Serves the given answers by their paths on 127.0.0.1, and nothing else.

    No path reaches a file. A request must name this server as its host, so that a page elsewhere cannot read ours by
    a name that it lets point here (DNS rebinding). Use it as a context manager.

    Args:
        answers: What answers each path.
        port: The port; 0 takes a free one.

    Raises:
        RunError: The port cannot be had.
    """

    daemon_threads = True
    request_queue_size = 256
    # On Windows it would let two servers have the same port.
    allow_reuse_address = os.name != "nt"

    def __init__(self, answers: Answers, port: int) -> None:
        self.answers = answers
        self._free = threading.BoundedSemaphore(MOST_AT_ONCE)
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise RunError("is in use", where=f"port {port}", hint="choose another with --port") from None
            raise RunError("cannot be used", where=f"port {port}", got=reason(error)) from None

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    @property
    def address(self) -> str:
        """Where to find it, for a browser."""
        return f"http://{HOST}:{self.port}/"

    @property
    def hosts(self) -> frozenset[str]:
        """What a request may name as its host."""
        names = ("127.0.0.1", "localhost")
        return frozenset(names if self.port == 80 else ()) | {f"{name}:{self.port}" for name in names}

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own, if not too many are at it."""
        if not self._free.acquire(timeout=_SECONDS_TO_WAIT):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and make room for the next."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a browser that went away is no error, and whatever else went wrong was answered with a 500."""


def serve_run(name: str, find: Callable[[], Path | None], port: int, ready: Callable[[str, bool], None]) -> None:
    """Serve the pages of a run until interrupted.

    Args:
        name: What the run is called.
        find: Returns its folder; None as long as there is none.
        port: The port; 0 takes a free one.
        ready: Told the address and whether the run is there, once requests are answered.

    Raises:
        RunError: The port cannot be had.
    """
    with RunServer(LiveRun(name, find).answers(), port) as server:
        ready(server.address, find() is not None)
        server.serve_forever(poll_interval=0.2)


class _Handler(BaseHTTPRequestHandler):
    server: RunServer
    server_version = "kerasgrid"
    sys_version = ""
    timeout = SECONDS_PER_CLIENT

    def do_GET(self) -> None:
        """Answer with the content."""
        self._answer(with_content=True)

    def do_HEAD(self) -> None:
        """Answer without the content."""
        self._answer(with_content=False)

    def log_message(self, *_: Any) -> None:
        """Keep the terminal quiet."""

    def _answer(self, *, with_content: bool) -> None:
        if self.headers.get_all("Host", []) not in [[host] for host in self.server.hosts]:
            self._send(_text(HTTPStatus.MISDIRECTED_REQUEST), HTTPStatus.MISDIRECTED_REQUEST, with_content)
            return
        make = self.server.answers.get(self.path.partition("?")[0])
        try:
            found = None if make is None else make()
        except Exception as error:  # noqa: BLE001 - nobody else would hear of it
            self._send(_text(_problem(error)), HTTPStatus.INTERNAL_SERVER_ERROR, with_content)
            return
        if found is None:
            self._send(_text(HTTPStatus.NOT_FOUND), HTTPStatus.NOT_FOUND, with_content)
        else:
            self._send(found, HTTPStatus.OK, with_content)

    def _send(self, answer: Answer, status: HTTPStatus, with_content: bool) -> None:
        self.send_response(status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.content)))
        self.send_header("Content-Security-Policy", f"{answer.policy}; frame-ancestors 'none'")
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        if with_content:
            self.wfile.write(answer.content)


def _problem(error: Exception) -> str:
    if isinstance(error, KerasgridError):
        return str(error)
    said = " ".join(str(error).split())
    return f"the page cannot be made: {type(error).__name__}" + (f": {said}" if said else "")


def _text(said: HTTPStatus | str) -> Answer:
    text = f"{said.value} {said.phrase}" if isinstance(said, HTTPStatus) else said
    return Answer("text/plain; charset=utf-8", f"{text}\n".encode(errors="replace"))
