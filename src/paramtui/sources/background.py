"""Work on daemon threads: nothing that hangs can keep the program from ending."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from math import inf
from queue import Empty, SimpleQueue
from threading import Condition, Event, Thread
from time import monotonic
from typing import Any, Generic, TypeVar

from paramtui.sources.progress import Watch

Item = TypeVar("Item")
Result = TypeVar("Result")

LAST_WAIT = 2.0
"""Seconds that what should not be lost may hold up the end of the program."""
POLL = 0.05
"""Seconds between looks at the token that cancels."""


class Future(Generic[Result]):
    """What another thread comes to; Python's own brings `logging` along, a tenth of a load."""

    def __init__(self) -> None:
        self._result: Result
        self._error: BaseException | None = None
        self._done = False

    def done(self) -> bool:
        """Whether it has come to something."""
        return self._done

    def result(self) -> Result:
        """What it came to, waited for; raises the error it ended with."""
        if (error := self.exception()) is not None:
            raise error
        return self._result

    def exception(self) -> BaseException | None:
        """The error it ended with, waited for."""
        with _ENDED:
            _ENDED.wait_for(self.done)
        return self._error

    def set_result(self, result: Result) -> None:
        """End with a result."""
        self._result = result
        self._end()

    def set_exception(self, error: BaseException) -> None:
        """End with an error."""
        self._error = error
        self._end()

    def _end(self) -> None:
        with _ENDED:
            self._done = True
            _ENDED.notify_all()


_ENDED = Condition()
"""One for all, since some wait for the first of several."""


def start(work: Callable[[], Result]) -> Future[Result]:
    """Run `work` on a thread of its own."""
    future: Future[Result] = Future()
    Thread(target=_run, args=(future, work), daemon=True).start()
    return future


def _run(future: Future[Result], work: Callable[[], Result]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:
        future.set_exception(error)


def finish_before_exit(work: Callable[[], object]) -> None:
    """Run `work` on a thread of its own; the program's end waits a little for it."""
    thread = Thread(target=work, daemon=True)
    thread.start()
    atexit.register(thread.join, LAST_WAIT)


def wait(future: Future[Result], watch: Watch) -> Result:
    """The result of `future`, or its error; raises Cancelled when the load should stop."""
    first_done((future,), watch)
    return future.result()


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
        with _ENDED:
            _ENDED.wait_for(lambda: any(future.done() for future in futures), min(POLL, left))


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
            _run(future, partial(work, item))
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
