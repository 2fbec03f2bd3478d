from threading import Event, Lock

import pytest

from paramtui.sources.background import each, start, wait
from paramtui.sources.errors import Cancelled
from paramtui.sources.progress import Watch


def test_results_come_with_their_items() -> None:
    assert dict(each(str, range(100), 8, Watch())) == {n: str(n) for n in range(100)}
    assert list(each(str, [], 8, Watch())) == []


def test_no_more_threads_than_asked_for() -> None:
    running, most, lock = 0, 0, Lock()

    def work(_: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        with lock:
            running -= 1

    list(each(work, range(50), 3, Watch()))
    assert most <= 3


def test_an_error_ends_the_rest() -> None:
    def work(number: int) -> int:
        if number == 0:
            raise ValueError("first")
        return number

    with pytest.raises(ValueError, match="first"):
        list(each(work, range(10), 1, Watch()))


def test_waiting_ends_when_the_load_is_cancelled() -> None:
    stop, release = Event(), Event()
    watch = Watch(cancelled=stop)
    hanging = start(release.wait)
    stop.set()
    with pytest.raises(Cancelled):
        wait(hanging, watch)
    with pytest.raises(Cancelled):
        list(each(lambda _: release.wait(), [1], 1, watch))
    release.set()


def test_errors_of_a_thread_reach_the_one_who_waits() -> None:
    with pytest.raises(ZeroDivisionError):
        wait(start(lambda: 1 // 0), Watch())

    def late() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        wait(start(late), Watch())
