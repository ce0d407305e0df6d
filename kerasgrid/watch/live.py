"""A run that is going on, as a page that renews itself: what :mod:`kerasgrid.watch.server` serves."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerasgrid.errors import RunError
from kerasgrid.insight.curves import learning_curves
from kerasgrid.reports.pages import curves_page
from kerasgrid.reports.pages.header import Header, run_header
from kerasgrid.reports.pages.page import (
    hiplot_bundle,
    page,
    pictures_html,
    pictures_in,
    pictures_version,
    policy,
    resource,
)
from kerasgrid.reports.pages.parallel import MAIN, page_content
from kerasgrid.run.making import read_run as read
from kerasgrid.run.run import Run
from kerasgrid.run.store import Store

_LOST = """<p class="lost" id="lost" role="status" hidden>
kerasgrid watch has ended: this page no longer renews itself.</p>
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back.

    Attributes:
        kind: Its media type.
        content: The bytes.
        policy: Its Content-Security-Policy.
    """

    kind: str
    content: bytes
    policy: str = "default-src 'none'"


class LiveRun:
    """The page of one run, made anew when there is more in its store, and not otherwise.

    Every method may be called from any thread. The store is opened for reading and closed again each time, so a search
    that writes to it is not held up.

    Args:
        name: What the run is called, for the page that waits for it.
        find: Returns the run's folder; None as long as there is none.
    """

    def __init__(self, name: str, find: Callable[[], Path | None]) -> None:
        self._name = name
        self._find = find
        self._lock = threading.Lock()
        self._problem = ""
        self._version: str | None = None
        self._seconds = 0.0
        self._content: dict[str, Any] = {}
        self._run: Run | None = None

    def answers(self) -> dict[str, Callable[[], Answer | None]]:
        """Return every path that is served and what answers it; None where there is nothing to serve yet."""
        return {
            "/": self.page,
            "/report.html": self.page,
            "/report.json": self.content,
            "/state.json": self.state,
            f"/{curves_page.FILE}": self.curves,
        }

    def state(self) -> Answer:
        """Return the version of what the store knows; null if there is no run, or one that has not begun."""
        return _json({"version": self._current()})

    def content(self) -> Answer | None:
        """Return what the page shows, as data; None if there is no run yet."""
        with self._lock:
            return _json(self._content) if self._refresh() else None

    def page(self) -> Answer:
        """Return the page, or one that waits for the run."""
        scripts = [hiplot_bundle(), *map(resource, ("table.js", "plot.js")), _script()]
        with self._lock:
            if not self._refresh() or self._run is None:
                return self._waiting_page()
            content, run = self._content, self._run
        header = run_header(run, run.trials, run.final, content["header"]["links"])
        data = {name: value for name, value in content.items() if name not in ("header", "pictures")}
        folder = self._find()
        main = _LOST + MAIN + pictures_html([] if folder is None else _pictures(folder, run))
        html = page(header.title, header.to_html(), main, data, scripts, live=True)
        return Answer("text/html; charset=utf-8", html.encode(errors="replace"), policy(scripts, live=True))

    def curves(self) -> Answer | None:
        """Return the page of the learning curves; None if no trial has a score yet."""
        with self._lock:
            if not self._refresh() or self._run is None:
                return None
            run = self._run
        found = learning_curves(run.trials, run.results, run.metric)
        if not found:
            return None
        html = curves_page.curves_page(run, found)
        scripts = [hiplot_bundle(), resource("plot.js")]
        return Answer("text/html; charset=utf-8", html.encode(errors="replace"), policy(scripts))

    def _waiting_page(self) -> Answer:
        header = Header(
            f"Waiting for {self._name}",
            self._problem,
            [("plain", "The page appears as soon as the search has begun.")],
        )
        scripts = [*map(resource, ("table.js", "plot.js")), _script()]
        data = {"experiment": None, "table": None, "live": {"version": None, "seconds": 0}}
        html = page(header.title, header.to_html(), _LOST + '<div id="plot"></div>', data, scripts, live=True)
        return Answer("text/html; charset=utf-8", html.encode(errors="replace"), policy(scripts, live=True))

    def _current(self) -> str | None:
        folder = self._find()
        if folder is None:
            return None
        try:
            with Store.open_readonly(folder) as store:
                if "plan" not in store.meta():
                    return None
                # Pictures are drawn after the last write to the store.
                return f"{store.version()} {pictures_version(folder)}"
        except RunError as error:
            # A file that is just being made is no run yet; nothing was wrong with what was read of it.
            self._problem = "" if error.got is None else str(error)
            return None

    def _refresh(self) -> bool:
        """Read the store if it has changed, and return whether there is something to show."""
        folder = self._find()
        version = self._current()
        if folder is None or version is None:
            return False
        if version != self._version:
            started = time.monotonic()
            with Store.open_readonly(folder) as store:
                run = read(store)
            links = [(curves_page.FILE, "Learning curves")] if any(t.mean is not None for t in run.trials) else []
            header = run_header(run, run.trials, run.final, links)
            pictures = [
                {"file": picture.file, "title": picture.title, "source": picture.source}
                for picture in _pictures(folder, run)
            ]
            self._content = {**page_content(run, run.trials), "header": header.to_dict(),
                             "pictures": pictures}  # fmt: skip
            self._seconds = time.monotonic() - started
            self._version, self._run = version, run
            self._content["live"] = {"version": version, "seconds": round(self._seconds, 3)}
        return True


def _pictures(folder: Path, run: Run) -> list[Any]:
    # While the search goes on they are those of an earlier one.
    return pictures_in(folder) if run.complete else []


def _script() -> str:
    return resource("live.js", "kerasgrid.watch")


def _json(value: Any) -> Answer:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return Answer("application/json; charset=utf-8", text.encode(errors="replace"))
