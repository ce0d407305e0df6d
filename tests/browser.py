"""A headless Chromium for the tests of pages. Nothing is downloaded; without Chromium these tests are skipped."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

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
        from selenium.webdriver.support.ui import WebDriverWait

        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.driver.get(path.as_uri())
        WebDriverWait(self.driver, 30).until(lambda _: len(self.rows()) > 0)
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
        self.requests = [url for url in sent if not url.startswith("data:")]

    def console(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def run(self, script: str) -> Any:
        return self.driver.execute_script(script)

    def axes(self) -> list[str]:
        """The axes from left to right."""
        return self.run(
            "return [...document.querySelectorAll('.dimension')].filter(d => d.getBoundingClientRect().width > 0)"
            ".map(d => [d.getBoundingClientRect().x, d.querySelector('.label-name').textContent])"
            ".sort((a, b) => a[0] - b[0]).map(d => d[1])"
        )

    def head(self) -> list[str]:
        return self.run("return [...document.querySelectorAll('table.dataTable thead th')].map(c => c.textContent)")

    def rows(self) -> list[list[str]]:
        return self.run(
            "return [...document.querySelectorAll('table.dataTable tbody tr')]"
            ".map(r => [...r.children].map(c => c.textContent))"
        )

    def text(self) -> str:
        return self.run("return document.body.innerText")


@contextmanager
def chromium(*more_flags: str) -> Iterator[Page]:
    binary = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver_binary = shutil.which("chromedriver")
    if binary is None or driver_binary is None:
        pytest.skip("needs Chromium and chromedriver")
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium")
    service = pytest.importorskip("selenium.webdriver.chrome.service", reason="needs selenium")
    with tempfile.TemporaryDirectory() as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = binary
        for flag in (*FLAGS, *more_flags, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(options=options, service=service.Service(executable_path=driver_binary))
        try:
            yield Page(driver)
        finally:
            driver.quit()
