"""kerasgrid watch: what is served, to whom, and how the page renews itself."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.browser import chromium
from support.plans import plan_of, space
from support.searches import searched

from kerasgrid.api.finding import run_there
from kerasgrid.errors import RunError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit
from kerasgrid.run.beginning import begin
from kerasgrid.run.growing import grown
from kerasgrid.run.making import read_run
from kerasgrid.run.run import Run
from kerasgrid.run.store import FILE, Store
from kerasgrid.watch import live
from kerasgrid.watch.live import Answer, LiveRun
from kerasgrid.watch.server import MOST_AT_ONCE, RunServer, _Handler

RATES = [0.001, 0.003, 0.01, 0.03, 0.1]
PARAMS = {"learning_rate": RATES, "activation": ["relu", "tanh"]}


def score(fit: Fit) -> float:
    return 0.9 - float(str(fit.candidate["learning_rate"])) + 0.01 * (fit.candidate["activation"] == "tanh")


@contextmanager
def serving(folder: Path) -> Iterator[RunServer]:
    with RunServer(LiveRun("tiny", lambda: run_there(str(folder))).answers(), 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def get(server: RunServer, path: str, host: str | None = None, method: str = "GET") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.putrequest(method, path, skip_host=True)
        if host != "":
            connection.putheader("Host", f"127.0.0.1:{server.port}" if host is None else host)
        connection.endheaders()
        answer = connection.getresponse()
        answer.text = answer.read().decode()  # type: ignore[attr-defined]
        return answer
    finally:
        connection.close()


def json_of(server: RunServer, path: str) -> Any:
    answer = get(server, path)
    assert answer.status == 200
    return json.loads(answer.text)  # type: ignore[attr-defined]


class Search:
    """A search in a thread of its own that stops before a fit until it is told to go on."""

    def __init__(self, folder: Path) -> None:
        self.allowed = threading.Semaphore(0)
        self.folder = folder
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        fitter = FakeFitter(score, on_fit=lambda fit: bool(self.allowed.acquire(timeout=60)))  # type: ignore[arg-type]
        searched(plan_of(space(PARAMS)), self.folder, fitter)

    def start(self) -> None:
        self._thread.start()

    def go_on(self, n: int) -> None:
        self.allowed.release(n)

    def finish(self) -> None:
        self.allowed.release(1000)
        self._thread.join(timeout=60)
        assert not self._thread.is_alive()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run."""
    folder = tmp_path_factory.mktemp("run")
    searched(plan_of(space(PARAMS)), folder, FakeFitter(score))
    return folder


@pytest.fixture(scope="module")
def server(run: Path) -> Iterator[RunServer]:
    with serving(run) as found:
        yield found


def test_it_serves_the_pages_and_the_data(server: RunServer) -> None:
    page = get(server, "/")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<title>tiny on made</title>" in page.text  # type: ignore[attr-defined]
    content = json_of(server, "/report.json")
    assert content["title"] == "tiny on made"
    assert [row[2][0] for row in content["table"]["rows"]] == [str(rank) for rank in range(1, 11)]
    assert re.findall(r"\((\w+\.png)\)", content["html"]["pictures"]) == ["curves.png", "effects.png"]
    assert [axis["importance"] is not None for axis in content["views"]["axes"]] == [True, True]
    now = '<section class="now" id="now" hidden></section>'
    assert json_of(server, "/state.json") == {"version": content["live"]["version"], "now": now}
    assert "learning curves" in get(server, "/curves.html").text  # type: ignore[attr-defined]
    assert get(server, "/?x=1").status == 200


def test_every_answer_has_a_policy_and_is_not_kept(server: RunServer) -> None:
    for path, allowed in (("/", "connect-src 'self'"), ("/curves.html", "script-src 'sha256-"), ("/state.json", "")):
        headers = get(server, path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
        assert allowed in headers["Content-Security-Policy"]
        assert "unsafe-eval" not in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Python" not in headers["Server"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (RunError("the run is damaged"), "the run is damaged"),
        (TypeError("no such\nthing"), "the page cannot be made: TypeError: no such thing"),
        (ZeroDivisionError(), "the page cannot be made: ZeroDivisionError"),
        (OSError(5, "Input/output error"), "the page cannot be made: OSError: [Errno 5] Input/output error"),
    ],
)
def test_whatever_goes_wrong_is_answered(error: Exception, told: str) -> None:
    def broken() -> Answer:
        raise error

    with RunServer({"/": broken, "/fine": lambda: Answer("text/plain", b"fine")}, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            answer = get(server, "/")
            assert (answer.status, answer.text) == (500, f"{told}\n")  # type: ignore[attr-defined]
            assert get(server, "/", method="HEAD").status == 500
            assert get(server, "/fine").status == 200
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    "path",
    [
        f"/{FILE}", "/results.csv", "/space.json", "/best_params.json", "/curves.png", "/model.keras", "/run.lock",
        "/../run.sqlite", "/..%2frun.sqlite", "//etc/passwd", "/%2e%2e/", "/report.html/../run.sqlite", "/nothing",
    ],
)  # fmt: skip
def test_it_serves_no_file(server: RunServer, path: str) -> None:
    answer = get(server, path)
    assert (answer.status, answer.text) == (404, "404 Not Found\n")  # type: ignore[attr-defined]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", "[::1]:80", ""])
def test_it_answers_nobody_who_names_another_host(server: RunServer, host: str) -> None:
    answer = get(server, "/state.json", host)
    assert answer.status == 421
    assert "version" not in answer.text  # type: ignore[attr-defined]


def test_localhost_is_a_name_of_ours(server: RunServer) -> None:
    assert get(server, "/state.json", f"localhost:{server.port}").status == 200
    assert server.address == f"http://127.0.0.1:{server.port}/"
    assert server.server_address[0] == "127.0.0.1"


def test_head_has_no_content_and_posts_are_refused(server: RunServer) -> None:
    head = get(server, "/", method="HEAD")
    assert (head.status, head.text) == (200, "")  # type: ignore[attr-defined]
    assert get(server, "/", method="POST").status == 501


def test_a_port_in_use_is_one_message(server: RunServer) -> None:
    with pytest.raises(RunError, match=rf"^port {server.port}: is in use \(choose another with --port\)$"):
        RunServer({}, server.port)


def test_it_waits_for_a_run(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        assert json_of(server, "/state.json")["version"] is None
        assert "Waiting for tiny" in get(server, "/").text  # type: ignore[attr-defined]
        assert get(server, "/report.json").status == 404
        assert get(server, "/curves.html").status == 404
        # A file that is there but not yet a run, and a run that has not begun.
        (tmp_path / FILE).touch()
        assert json_of(server, "/state.json")["version"] is None
        with Store.create_or_open(tmp_path) as store:
            assert json_of(server, "/state.json")["version"] is None
            plan = plan_of(space(PARAMS))
            begin(grown(plan, {}), store)
            assert json_of(server, "/state.json")["version"] is not None
            assert json_of(server, "/report.json")["experiment"] is None
            assert get(server, "/curves.html").status == 404


def test_a_state_is_read_once_and_shown_to_all(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[object] = []

    def counting(store: Store) -> Run:
        reads.append(store)
        return read_run(store)

    monkeypatch.setattr(live, "read_run", counting)
    shown = LiveRun("tiny", lambda: run)
    answers: list[Answer | None] = []
    threads = [
        threading.Thread(target=lambda make=make: answers.append(make()))  # type: ignore[misc]
        for make in (shown.page, shown.content, shown.curves, shown.page, shown.state)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reads) == 1
    assert len(answers) == 5
    assert shown.page() is shown.page()


def test_asking_for_the_state_changes_nothing(run: Path, tmp_path: Path) -> None:
    """What is wrong is told to the one who asked, and to nobody else."""
    (tmp_path / FILE).write_bytes((run / FILE).read_bytes()[:9000])
    places = iter([run, tmp_path, run])
    shown = LiveRun("tiny", lambda: next(places))
    before = shown.page()
    assert json.loads(shown.state().content)["version"] is None
    assert shown.page() is before


def test_a_damaged_run_is_told_of(run: Path, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes((run / FILE).read_bytes()[:9000])
    with serving(tmp_path) as server:
        assert json_of(server, "/state.json")["version"] is None
        assert "the file of the run is damaged" in get(server, "/").text  # type: ignore[attr-defined]


def test_it_reads_while_a_search_writes(tmp_path: Path) -> None:
    search = Search(tmp_path)
    with serving(tmp_path) as server:
        search.start()
        versions = []
        for n, more in ((0, 3), (3, 5), (8, 12)):
            content = wait_for_fits(server, n)
            versions.append(content["live"]["version"])
            assert "<img" not in content["html"]["pictures"]
            assert f'<progress value="{n}" max="20" aria-label="{n} of 20 fits">' in content["html"]["glance"]
            assert {axis["importance"] for axis in content["views"]["axes"]} <= {None}
            search.go_on(more)
        search.finish()
        content = json_of(server, "/report.json")
        assert "Incomplete" not in content["html"]["glance"]
        assert "<progress" not in content["html"]["glance"]
        assert content["live"]["version"] not in versions
        assert len(set(versions)) == 3


def test_two_hundred_at_once_are_answered_by_a_few_threads_from_one_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = Search(tmp_path)
    search.start()
    search.go_on(8)
    made: list[None] = []
    real = live.read_run
    monkeypatch.setattr(live, "read_run", lambda store: made.append(None) or real(store))
    busiest = 0
    with serving(tmp_path) as server:
        wait_for_fits(server, 8)
        made.clear()
        with ThreadPoolExecutor(200) as pool:
            answers = [pool.submit(get, server, "/") for _ in range(200)]
            while not all(answer.done() for answer in answers):
                busiest = max(busiest, sum("process_request_thread" in one.name for one in threading.enumerate()))
        assert {answer.result().status for answer in answers} == {200}
        assert len({answer.result().text for answer in answers}) == 1  # type: ignore[attr-defined]
    search.go_on(12)
    search.finish()
    assert len(made) <= 1
    assert 0 < busiest <= MOST_AT_ONCE


def test_slow_clients_are_let_go_and_others_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Handler, "timeout", 0.5)
    with serving(tmp_path) as server, ExitStack() as stack:
        slow = [stack.enter_context(socket.create_connection(("127.0.0.1", server.port))) for _ in range(MOST_AT_ONCE)]
        for one in slow:
            one.sendall(b"GET / HTTP/1.1\r\n")
        assert get(server, "/state.json").status == 200  # once they have had their time
        for one in slow:
            one.settimeout(5)
            assert one.recv(100) == b""


def wait_for_fits(server: RunServer, n: int) -> Any:
    for _ in range(400):
        answer = get(server, "/report.json")
        if answer.status == 200:
            content = json.loads(answer.text)  # type: ignore[attr-defined]
            if f" {n} of 20 fits are done" in content["html"]["glance"]:
                return content
        threading.Event().wait(0.02)
    raise AssertionError(f"never saw {n} fits")


@pytest.mark.browser
@pytest.mark.usefixtures("drawn")
def test_the_page_renews_itself_and_keeps_a_selection(tmp_path: Path) -> None:
    search = Search(tmp_path)
    with chromium() as page, serving(tmp_path) as server:
        page.driver.get(server.address)
        assert "Waiting for tiny" in page.text()
        search.start()
        search.go_on(8)
        page.wait_until("Incomplete: 8 of 20 fits are done.")
        page.wait(lambda: len(page.axes()) > 1)
        assert [row[0] for row in page.rows()] == [str(rank) for rank in range(1, 11)]
        page.wait_until("Being trained now")
        at = page.run("return [...document.querySelectorAll('#now td')].map(c => c.textContent)")
        assert (at[0], at[3]) == ("1", "fold 1 of 2")
        page.driver.find_elements("css selector", "#table thead button")[1].click()
        assert page.sorted_by() == ("val_accuracy", "ascending")
        # Sorted as before, with the new fits.
        search.go_on(4)
        page.wait_until("Incomplete: 12 of 20 fits are done.")
        assert page.sorted_by() == ("val_accuracy", "ascending")
        page.brush("learning_rate")
        page.wait(lambda: 0 < len(page.rows()) < 10)
        chosen = page.rows()
        search.go_on(4)
        page.wait_until("Incomplete: 16 of 20 fits are done.")
        page.wait_until("wait for your selection")
        assert page.rows() == chosen
        page.driver.find_element("css selector", ".update").click()
        page.wait(lambda: len(page.rows()) == 10)
        search.finish()
        page.wait(lambda: "Incomplete" not in page.text())
        page.wait(lambda: page.run("return document.getElementById('now').hidden"))
        page.wait(lambda: page.run("return document.querySelectorAll('.pictures img').length") == 2)
        assert page.run("return document.querySelector('.pictures img').naturalWidth") > 500
        assert page.console() == []
        server.shutdown()
        server.server_close()
        page.wait(lambda: "no longer renews itself" in page.text())
