"""Work on daemon threads: nothing that hangs can keep the program from ending."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures import wait as wait_for_any
from math import inf
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic

from paramtui.sources.progress import Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    Item = TypeVar("Item")
    Result = TypeVar("Result")

LAST_WAIT = 2.0
"""Seconds that what should not be lost may hold up the end of the program."""
POLL = 0.05
"""Seconds between looks at the token that cancels."""


def start(work: Callable[[], Result]) -> Future[Result]:
    """Run `work` on a thread of its own."""
    future: Future[Result] = Future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)

    Thread(target=run, daemon=True).start()
    return future


def finish_before_exit(work: Callable[[], object]) -> None:
    """Run `work` on a thread of its own; the program's end waits a little for it."""
    thread = Thread(target=work, daemon=True)
    thread.start()
    atexit.register(thread.join, LAST_WAIT)


def wait(future: Future[Result], watch: Watch) -> Result:
    """The result of `future`, or its error; raises Cancelled when the load should stop."""
    while True:
        watch.check()
        try:
            return future.result(timeout=POLL)
        except FutureTimeout:
            if future.done():
                raise


def first_done(futures: Sequence[Future[Any]], watch: Watch, patience: float = inf) -> int | None:
    """The index of a future that has ended; None when none has after `patience` seconds."""
    end = monotonic() + patience
    while True:
        watch.check()
        for index, future in enumerate(futures):
            if future.done():
                return index
        left = end - monotonic()
        if left <= 0:
            return None
        wait_for_any(futures, min(POLL, left), FIRST_COMPLETED)


def each(
    work: Callable[[Item], Result], items: Iterable[Item], threads: int, watch: Watch
) -> Iterator[tuple[Item, Result]]:
    """`work` on every item by several threads; yields as results come, raises their first error."""
    waiting: SimpleQueue[Item] = SimpleQueue()
    count = 0
    for item in items:
        waiting.put(item)
        count += 1
    done: SimpleQueue[tuple[Item, Future[Result]]] = SimpleQueue()
    over = Event()

    def run() -> None:
        while not over.is_set():
            try:
                item = waiting.get_nowait()
            except Empty:
                return
            future: Future[Result] = Future()
            try:
                future.set_result(work(item))
            except BaseException as error:
                future.set_exception(error)
            done.put((item, future))

    for _ in range(min(threads, count)):
        Thread(target=run, daemon=True).start()
    try:
        while count:
            watch.check()
            try:
                item, future = done.get(timeout=POLL)
            except Empty:
                continue
            count -= 1
            yield item, future.result()
    finally:
        over.set()
