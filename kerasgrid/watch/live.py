"""A run that is going on, as a page that renews itself: what :mod:`kerasgrid.watch.server` serves."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from kerasgrid.errors import RunError
from kerasgrid.reports.files import CURVES_PAGE, REPORTS, pictures_in, pictures_version
from kerasgrid.reports.pages.curves_page import curves_page
from kerasgrid.reports.pages.glance import glance_html
from kerasgrid.reports.pages.header import Header
from kerasgrid.reports.pages.now import now_html
from kerasgrid.reports.pages.page import hiplot_bundle, page, pictures_html, policy, resource
from kerasgrid.reports.pages.parallel import MAIN, SCRIPTS, page_content
from kerasgrid.reports.text.sentences import title
from kerasgrid.run.making import read_run
from kerasgrid.run.notebook import PAGE
from kerasgrid.run.now import working
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
        self._shown: _Shown | None = None

    def answers(self) -> dict[str, Callable[[], Answer | None]]:
        """Return every path that is served and what answers it; None where there is nothing to serve yet."""
        return {
            "/": self.page,
            f"/{PAGE}": self.page,
            "/report.json": self.content,
            "/state.json": self.state,
            f"/{CURVES_PAGE}": self.curves,
        }

    def state(self) -> Answer:
        """Return the version of what the store knows; null if there is no run, or one that has not begun."""
        folder = self._find()
        version, _ = _looked(folder)
        return _json({"version": version, "now": self._now(folder)})

    def content(self) -> Answer | None:
        """Return what the page shows, as data; None if there is no run yet."""
        with self._lock:
            shown, _ = self._current()
            return None if shown is None else shown.content

    def page(self) -> Answer:
        """Return the page, or one that waits for the run."""
        with self._lock:
            shown, problem = self._current()
            return _waiting_page(self._name, problem) if shown is None else shown.report

    def curves(self) -> Answer | None:
        """Return the page of the learning curves; None if no trial has a score yet."""
        with self._lock:
            shown, _ = self._current()
            return None if shown is None else shown.curves

    def _now(self, folder: Path | None) -> str:
        """Return what the search is at, as HTML; without the lock, since to make a page may take long."""
        shown = self._shown
        return now_html(None if folder is None else working(folder), None if shown is None else shown.run)

    def _current(self) -> tuple[_Shown | None, str]:
        """Return what there is to see now, or None and what keeps it from being read; call it with the lock."""
        folder = self._find()
        version, problem = _looked(folder)
        if folder is None or version is None:
            return None, problem
        if self._shown is None or self._shown.version != version:
            self._shown = _Shown(folder, version)
        return self._shown, ""


class _Shown:
    """What there is to see of a run at one moment; each answer is made once, when it is first asked for.

    Args:
        folder: The run's folder.
        version: Of its store and its pictures.
    """

    def __init__(self, folder: Path, version: str) -> None:
        self.version = version
        started = time.monotonic()
        with Store.open_readonly(folder) as store:
            self.run = read_run(store)
        links = [(CURVES_PAGE, REPORTS[CURVES_PAGE].caption)] if self.run.best is not None else []
        self._glance = glance_html(self.run, links, live=True)
        # While the search goes on they are those of an earlier one.
        self._pictures = pictures_in(folder) if self.run.complete else []
        # What each axis is worth takes longest, and is told of all trials.
        self._data = page_content(self.run, with_effects=self.run.complete)
        self._live = {"version": version, "seconds": round(time.monotonic() - started, 3)}

    @cached_property
    def content(self) -> Answer:
        """What the page shows, as data, with which an open page renews itself."""
        html = {"glance": self._glance, "pictures": pictures_html(self._pictures)}
        return _json({**self._data, "title": title(self.run), "html": html, "live": self._live})

    @cached_property
    def report(self) -> Answer:
        """The page; what the search is at it asks for itself."""
        scripts = [hiplot_bundle(), *map(resource, SCRIPTS), _script()]
        main, data = (
            _LOST + now_html(None, None) + MAIN + pictures_html(self._pictures),
            {**self._data, "live": self._live},
        )
        return _html(page(title(self.run), self._glance, main, data, scripts, live=True), scripts)

    @cached_property
    def curves(self) -> Answer | None:
        """The page of the learning curves; None if no trial has a score."""
        html = curves_page(self.run)
        return None if html is None else _html(html, [hiplot_bundle(), resource("plot.js")], live=False)


def _looked(folder: Path | None) -> tuple[str | None, str]:
    """Return the version of what is in this folder; None without a run that has begun, and what is wrong with it."""
    if folder is None:
        return None, ""
    try:
        with Store.open_readonly(folder) as store:
            if "plan" not in store.meta():
                return None, ""
            # Pictures are drawn after the last write to the store.
            return f"{store.version()} {pictures_version(folder)}", ""
    except RunError as error:
        # A file that is just being made is no run yet; nothing was wrong with what was read of it.
        return None, "" if error.got is None else str(error)


def _waiting_page(name: str, problem: str) -> Answer:
    header = Header(f"Waiting for {name}", problem, [("plain", "The page appears as soon as the search has begun.")])
    scripts = [*map(resource, ("selection.js", "plot.js")), _script()]
    data = {"experiment": None, "table": None, "live": {"version": None, "seconds": 0}}
    html = page(header.title, header.to_html(), _LOST + '<div id="plot"></div>', data, scripts, live=True)
    return _html(html, scripts)


def _html(html: str, scripts: Sequence[str], *, live: bool = True) -> Answer:
    return Answer("text/html; charset=utf-8", html.encode(errors="replace"), policy(scripts, live=live))


def _script() -> str:
    return resource("live.js", "kerasgrid.watch")


def _json(value: Any) -> Answer:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return Answer("application/json; charset=utf-8", text.encode(errors="replace"))
