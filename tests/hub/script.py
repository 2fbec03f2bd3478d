"""A server that sends what a test has written down, byte by byte if it wants."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Thread

HEAD_END = b"\r\n\r\n"


class Script:
    """What is said by turns on connections to 127.0.0.1; None only hangs up."""

    def __init__(self, answers: Sequence[bytes | None], pause: float, at_once: int) -> None:
        self.heard: list[str] = []
        """The heads of the requests."""
        self.connections = 0
        self._answers = iter(answers)
        self._pause = pause
        self._at_once = at_once
        self._over = Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"

    def run(self) -> None:
        """Serve one connection after the other until the socket is closed."""
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            with line:
                line.settimeout(10)
                self._talk(line)

    def _talk(self, line: socket.socket) -> None:
        with suppress(OSError):
            while head := self._hear(line):
                self.heard.append(head)
                answer = next(self._answers, None)
                if answer is None:
                    return
                self._say(line, answer)
                if b"Connection: close" in answer:
                    return

    def _hear(self, line: socket.socket) -> str:
        """The head of one request; empty when there is no other."""
        head = b""
        while HEAD_END not in head:
            part = line.recv(65536)
            if not part:
                return ""
            head += part
        return head.decode()

    def _say(self, line: socket.socket, answer: bytes) -> None:
        if not self._pause:
            line.sendall(answer)
            return
        line.sendall(answer[: self._at_once])
        for byte in answer[self._at_once :]:
            if self._over.wait(self._pause):
                return
            line.sendall(bytes([byte]))

    def close(self) -> None:
        """Take no more calls."""
        self._over.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@contextmanager
def script(*answers: bytes | None, pause: float = 0.0, at_once: int = 0) -> Iterator[Script]:
    """A server that says these answers to the requests it gets.

    With a pause, one comes before each byte but the first few, which are said at once.
    """
    found = Script(answers, pause, at_once)
    thread = Thread(target=found.run, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.close()
        thread.join(5)


def ok(body: bytes = b"ok", *headers: str, status: str = "200 OK") -> bytes:
    """An answer with its length, and whatever else is to be said."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + HEAD_END + body
