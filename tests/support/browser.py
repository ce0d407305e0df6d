"""A headless Chromium for the tests of pages. Nothing is downloaded; without Chromium these tests are skipped."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kerasgrid.reports.pages.parallel import parallel_page
from kerasgrid.run.run import Run

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1400,1000",
)


class Page:
    """One opened page: its driver, and what the browser said and asked for."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self.requests: list[str] = []

    def open(self, path: Path) -> None:
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.driver.get(path.as_uri())
        self.wait(lambda: len(self.rows()) > 0 or len(self.axes()) > 0)
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
        self.requests = [url for url in sent if not url.startswith("data:")]

    def console(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def axes(self) -> list[str]:
        """The axes from left to right."""
        return self.run(
            "return [...document.querySelectorAll('.dimension')].filter(d => d.getBoundingClientRect().width > 0)"
            ".map(d => [d.getBoundingClientRect().x, d.querySelector('.label-name').textContent])"
            ".sort((a, b) => a[0] - b[0]).map(d => d[1])"
        )

    def head(self) -> list[str]:
        """The heads of the table's columns."""
        return self.run("return [...document.querySelectorAll('#table thead th')].map(c => c.textContent)")

    def rows(self) -> list[list[str]]:
        """The rows of the table, each a list of texts."""
        return self.run(
            "return [...document.querySelectorAll('#table tbody tr')].map(r => [...r.children].map(c => c.textContent))"
        )

    def sorted_by(self) -> tuple[str, str]:
        """The column that the table is sorted by, and in which direction."""
        name, direction = self.run(
            "const head = document.querySelector('#table th[aria-sort]');"
            "return [head.textContent, head.getAttribute('aria-sort')]"
        )
        return name, direction

    def brush(self, axis: str) -> None:
        """Choose the upper half of an axis in the parallel plot, as dragging along it does."""
        from selenium.webdriver import ActionChains

        place = self.run(
            "const axis = [...document.querySelectorAll('.dimension')]"
            ".find(d => d.querySelector('.label-name').textContent === arguments[0]);"
            "const overlay = axis.querySelector('.pplot-brush .overlay');"
            "overlay.scrollIntoView({block: 'center'});"
            "const box = overlay.getBoundingClientRect();"
            "return [box.x + box.width / 2, box.y, box.height]",
            axis,
        )
        x, y, height = place
        actions = ActionChains(self.driver)
        pointer = actions.w3c_actions.pointer_action
        pointer.move_to_location(int(x), int(y + height / 2))
        pointer.pointer_down()
        for share in (0.4, 0.2, -0.03):
            pointer.move_to_location(int(x), int(y + share * height))
        pointer.pointer_up()
        actions.perform()

    @contextmanager
    def preferring(self, scheme: str) -> Iterator[None]:
        """Have the user prefer a scheme of colours, light or dark; pages that are opened meanwhile are told so."""
        self._prefer(scheme)
        try:
            yield
        finally:
            self._prefer("")

    def _prefer(self, scheme: str) -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def wait(self, condition: Callable[[], Any], seconds: float = 30) -> None:
        """Wait until this is true."""
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(self.driver, seconds, poll_frequency=0.1).until(lambda _: condition())

    def wait_until(self, text: str) -> None:
        """Wait until the page says this."""
        self.wait(lambda: text in self.text())

    def text(self) -> str:
        return self.run("return document.body.innerText")


@contextmanager
def chromium() -> Iterator[Page]:
    binary = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver_binary = shutil.which("chromedriver")
    if binary is None or driver_binary is None:
        pytest.skip("needs Chromium and chromedriver")
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium")
    service = pytest.importorskip("selenium.webdriver.chrome.service", reason="needs selenium")
    with tempfile.TemporaryDirectory() as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = binary
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(options=options, service=service.Service(executable_path=driver_binary))
        try:
            yield Page(driver)
        finally:
            driver.quit()


def open_report(page: Page, folder: Path, run: Run) -> Page:
    """Open the report of a run, written into a folder."""
    path = folder / "report.html"
    path.write_text(parallel_page(run), encoding="utf-8")
    page.open(path)
    return page
