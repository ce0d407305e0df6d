"""A crew answers any requests: here numbers, by a handler of our own."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kerasgrid.errors import WorkersDieError
from kerasgrid.workers import shares
from kerasgrid.workers.crew import PROGRAMS_PER_WORKER, Crew
from kerasgrid.workers.shares import is_alone
from kerasgrid.workers.worker import Answer, Handler


@dataclass(frozen=True)
class Answered:
    pid: int
    text: str
    seconds: float = 0.0


def tired_handler(folder: Path) -> Handler:
    """Answer two requests, then ask to be replaced; die of a negative one."""
    n_answered = 0

    def answer(request: int) -> Answer:
        nonlocal n_answered
        if request < 0:
            os._exit(7)
        n_answered += 1
        return Answer(Answered(os.getpid(), (folder / "word").read_text() * request), 0.0, used_up=n_answered == 2)

    return answer


class Tired(Crew[int, Answered]):
    def _furnish(self, folder: Path) -> None:
        (folder / "word").write_text("x")

    def _program(self, request: int) -> Hashable:
        return None

    def _lost(self, request: int, words: str) -> Answered:
        return Answered(0, words)


def test_workers_that_are_used_up_are_replaced() -> None:
    with Tired(tired_handler, 1) as crew:
        answers = dict(crew.answers([1, 2, 3, 4, 5]))
    assert {request: answer.text for request, answer in answers.items()} == {n: "x" * n for n in range(1, 6)}
    pids = [answers[request].pid for request in range(1, 6)]
    assert len(set(pids)) >= 2
    assert max(pids.count(pid) for pid in pids) <= 3  # one may have been queued ahead


def building_handler(folder: Path) -> Handler:
    """Compile something for every request."""
    return lambda request: Answer(Answered(os.getpid(), ""), build_seconds=0.01)


class Building(Tired):
    def _program(self, request: int) -> Hashable:
        return request // 100


def test_what_programs_compile_counts_but_no_program_is_left_for_it() -> None:
    n_first = PROGRAMS_PER_WORKER + 2
    first, second = range(100, 100 + n_first), range(200, 202)
    with Building(building_handler, 1) as crew:
        answers = dict(crew.answers([*first, *second]))
    assert len({answers[request].pid for request in first}) == 1
    assert len({answers[request].pid for request in second}) == 1
    assert answers[first[-1]].pid != answers[second[0]].pid


def test_a_lost_request_costs_no_other() -> None:
    with Tired(tired_handler, 2) as crew:
        answers = dict(crew.answers([1, -1, 2]))
    assert answers[-1].text == "the worker process died (exit status 7)"
    assert (answers[1].text, answers[2].text) == ("x", "xx")


def test_a_crew_is_entered_again_or_never() -> None:
    crew = Tired(tired_handler, 1)
    for request in (1, 2):
        with crew:
            answers = dict(crew.answers([request]))
        assert answers[request].text == "x" * request
    Tired(tired_handler, 1)


def test_modules_are_imported_before_the_first_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "marking.py").write_text(f"open({str(tmp_path / 'mark')!r}, 'w').close()")
    monkeypatch.syspath_prepend(tmp_path)
    with Tired(tired_handler, 1, modules=["marking"]) as crew:
        assert dict(crew.answers([1]))[1].text == "x"
    assert (tmp_path / "mark").exists()


def counting_handler(folder: Path) -> Handler:
    """Answer each number of a request; die of a negative one, after what came before it."""

    def answers(request: tuple[int, ...]) -> Iterator[Answer]:
        for number in request:
            if number < 0:
                os._exit(7)
            yield Answer(Answered(os.getpid(), "x" * number))

    return answers


class Counting(Crew[tuple[int, ...], Answered]):
    def _furnish(self, folder: Path) -> None:
        pass

    def _program(self, request: tuple[int, ...]) -> Hashable:
        return None

    def _lost(self, request: tuple[int, ...], words: str) -> Answered:
        return Answered(0, words)

    def _rest(self, request: tuple[int, ...], result: Answered) -> tuple[int, ...] | None:
        return request[1:] or None


def test_a_request_may_have_several_results_which_come_one_by_one() -> None:
    asked = [(1, 2, 3), (4,), (5, 6)]
    with Counting(counting_handler, 2) as crew:
        answers = [(request, answer.text) for request, answer in crew.answers(asked)]
    rests = [request[start:] for request in asked for start in range(len(request))]
    assert sorted(answers) == sorted((rest, "x" * rest[0]) for rest in rests)


def test_of_several_results_those_that_came_are_kept_when_the_worker_dies() -> None:
    with Counting(counting_handler, 1) as crew:
        answers = [(request, answer.text) for request, answer in crew.answers([(1, 2, -1, 3), (4, 5)])]
    died = "the worker process died (exit status 7)"
    # What a worker died of is tried once more when all else is done.
    assert answers == [
        ((1, 2, -1, 3), "x"), ((2, -1, 3), "xx"), ((4, 5), "xxxx"), ((5,), "xxxxx"), ((-1, 3), died), ((3,), died),
    ]  # fmt: skip


def deadly_handler(folder: Path) -> Handler:
    """Be ready, and die of every request."""
    return lambda request: os._exit(7)


def never_ready_handler(folder: Path) -> Handler:
    os._exit(8)


class Suspecting(Tired):
    """Requests of one hundred are of one suspect."""

    def _suspect(self, request: int) -> Hashable:
        return request // 100


def test_requests_of_one_suspect_are_lost_one_by_one_however_many_they_are() -> None:
    with Suspecting(deadly_handler, 2) as crew:
        answers = dict(crew.answers(range(100, 106)))
    assert {answer.text for answer in answers.values()} == {"the worker process died (exit status 7)"}


def test_a_machine_on_which_everything_dies_is_told() -> None:
    message = r"^worker processes die before they answer, got the worker process died \(exit status 7\)$"
    with Suspecting(deadly_handler, 2) as crew, pytest.raises(WorkersDieError, match=message) as caught:
        list(crew.answers(range(100, 2000, 100)))
    assert caught.value.exit_code == 1


def test_workers_that_never_get_ready_are_told_whatever_they_are_asked() -> None:
    message = r"^worker processes die before they answer, got the worker process died \(exit status 8\)$"
    with Suspecting(never_ready_handler, 2) as crew, pytest.raises(WorkersDieError, match=message):
        list(crew.answers(range(100, 106)))


def test_a_folder_that_is_removed_meanwhile_is_told() -> None:
    with Tired(tired_handler, 1) as crew:
        answers = crew.answers([1, 2, -1])
        next(answers)
        folder = crew._folder
        assert folder is not None
        shutil.rmtree(folder)
        message = f"^{folder}: the folder for temporary files was removed while workers needed it"
        with pytest.raises(WorkersDieError, match=message):
            list(answers)


def frail_handler(folder: Path) -> Handler:
    """Say who answers; die of 13 unless alone, and of 66 always; want all the memory for 99."""

    def answer(request: int) -> Answer:
        if request == 66 or (request == 13 and not is_alone(folder)):
            os.kill(os.getpid(), signal.SIGKILL)
        if request == 99 and not is_alone(folder):
            return Answer(None, used_up=True, needs_all=True)
        return Answer(Answered(os.getpid(), f"{request} {is_alone(folder)}"))

    return answer


def test_what_a_worker_dies_of_is_tried_once_more_alone_at_the_end() -> None:
    with Tired(frail_handler, 2) as crew:
        answers = list(crew.answers([13, 1, 66, 99, 2, 3]))
        later = dict(crew.answers([4]))
    words = {request: answer.text for request, answer in answers}
    assert {request for request, _ in answers[-3:]} == {13, 66, 99}
    assert {words[request] for request in (1, 2, 3)} == {"1 False", "2 False", "3 False"}
    assert (words[13], words[99]) == ("13 True", "99 True")
    assert words[66] == (
        "the worker process died (signal 9); perhaps memory ran out, though no other worker was at work"
    )
    assert len({answer.pid for request, answer in answers if request in (13, 99)}) == 2
    assert later[4].text == "4 False"


def test_without_room_one_worker_does_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "available_memory", lambda: 0)
    with Tired(building_handler, 4) as crew:
        answers = dict(crew.answers(range(20)))
    assert len({answer.pid for answer in answers.values()}) == 1
