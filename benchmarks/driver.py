"""The load driver: a handful of kept-open connections, driven by one loop, so that it costs the servers little of the
machine's two cores. It reads whole answers and counts only those with the status asked for.
"""

import selectors
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

CONNECTIONS = 8
_BLOCK = 65536


class WrongAnswer(Exception):
    """The server answered something else than was asked for; the figure would be about nothing."""


@dataclass(frozen=True, slots=True)
class Load:
    """How many answers in how many seconds, and how large one was (bytes, head and body)."""

    answers: int
    seconds: float
    size: int

    @property
    def rate(self) -> float:
        return self.answers / self.seconds


class _Connection:
    def __init__(self, port: int, request: bytes, status: bytes) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request, self._status = request, status
        self._read = bytearray()
        self._wanted = 0
        self.size = 0

    def ask(self) -> None:
        self._read.clear()
        self._wanted = 0
        self.socket.sendall(self._request)

    def take(self) -> bool:
        """Read what is there; True when the answer is whole."""
        block = self.socket.recv(_BLOCK)
        if not block:
            raise WrongAnswer("the server closed a connection that should stay open")
        self._read += block
        if not self._wanted:
            end = self._read.find(b"\r\n\r\n")
            if end < 0:
                return False
            self._wanted = end + 4 + self._length(bytes(self._read[:end]))
        if len(self._read) < self._wanted:
            return False
        self.size = self._wanted
        return True

    def _length(self, head: bytes) -> int:
        first, *lines = head.split(b"\r\n")
        if first.split(b" ", 2)[1] != self._status:
            raise WrongAnswer(f"{first.decode()} for {self._request.splitlines()[0].decode()}")
        for line in lines:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                return int(value)
        return 0


def request_bytes(path: str, headers: Mapping[str, str] | None = None) -> bytes:
    lines = [f"GET {quote(path, safe='/?&=%')} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in {"Accept": "text/html", **(headers or {})}.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def drive(
    port: int,
    path: str,
    seconds: float,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    connections: int = CONNECTIONS,
) -> Load:
    """Ask for one page again and again over some connections. Raises WrongAnswer.

    Each is opened when the one before has had its first answer: of eight that come at once, one worker may take all
    while the other idles, and the rate would tell nothing but that.
    """
    request = request_bytes(path, headers)
    opened: list[_Connection] = []
    try:
        for _ in range(connections):
            opened.append(_Connection(port, request, str(status).encode()))
            opened[-1].ask()
            while not opened[-1].take():
                pass
        return _drive(opened, seconds)
    finally:
        for each in opened:
            each.socket.close()


def _drive(opened: list[_Connection], seconds: float) -> Load:
    with selectors.DefaultSelector() as waiting:
        for each in opened:
            waiting.register(each.socket, selectors.EVENT_READ, each)
            each.ask()
        answers, start = 0, time.perf_counter()
        end = start + seconds
        while (now := time.perf_counter()) < end:
            for key, _ in waiting.select(timeout=end - now):
                if key.data.take():
                    answers += 1
                    key.data.ask()
        return Load(answers, time.perf_counter() - start, opened[0].size)
