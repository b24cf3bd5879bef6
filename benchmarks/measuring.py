"""Pages in turns, then purchases in turn with the floor's table, then reports: rates, CPU time, memory."""

import time
from dataclasses import dataclass, field

from benchmarks.browsing import Browser, over_http
from benchmarks.driver import drive
from benchmarks.rows import Measured
from benchmarks.servers import Server
from benchmarks.subjects import Subjects, anew
from benchmarks.walks import buy, look, sign_in

HELLO, TABLE = "/hello", "/table/3"
WARM_UP = 0.4


@dataclass(slots=True)
class Target:
    """A page of one server. ``status`` 304 asks with the ETag of a first answer."""

    server: Server
    path: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    rates: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    size: int = 0

    def warm(self) -> None:
        drive(self.server.port, self.path, WARM_UP, status=self.status, headers=self.headers)

    def go(self, seconds: float, connections: int = 8) -> None:
        before = self.server.cpu_seconds()
        load = drive(
            self.server.port,
            self.path,
            seconds,
            status=self.status,
            headers=self.headers,
            connections=connections,
        )
        self.rates.append(load.rate)
        self.cpu_ms.append((self.server.cpu_seconds() - before) * 1000 / max(1, load.answers))
        self.size = load.size

    def measured(self) -> Measured:
        return Measured(self.rates, self.cpu_ms, self.size)


@dataclass(slots=True)
class Purchases:
    """One connection and one buyer after the other, so that nothing waits and all time is work. A round's figure is the
    mean of its purchases: now and then one has to wait for SQLite to tidy up, and that belongs to it."""

    server: Server
    product: str
    requests: int = 0
    cpu_ms: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)

    def go(self, times: int) -> None:
        """All have opened the product's page before: a purchase is counted from putting it into the cart on."""
        send = over_http(self.server.port)
        ready = [(browser, look(browser, self.product)) for browser in [Browser(send) for _ in range(times)]]
        before, start = self.server.cpu_seconds(), time.perf_counter()
        for browser, add in ready:
            self.requests = max(self.requests, buy(browser, add))
        spent, took = self.server.cpu_seconds() - before, time.perf_counter() - start
        self.cpu_ms.append(spent * 1000 / times)
        self.rates.append(times / took)

    def warm(self) -> None:
        browser = Browser(over_http(self.server.port))
        buy(browser, look(browser, self.product))


@dataclass(frozen=True, slots=True)
class Targets:
    pages: dict[str, Measured]
    purchases: Purchases
    reports: dict[str, Measured]
    memory_mb: list[float]


def measure(
    floor: Server, shop: Server, subjects: Subjects, *, rounds: int, seconds: float, purchases: int
) -> Targets:
    targets = {"hello": Target(floor, HELLO), "table": Target(floor, TABLE)}
    for name, path in subjects.pages.items():
        targets[name] = Target(shop, anew(path))
        targets[f"{name} kept"] = Target(shop, path)
        if again := _repeat(shop, path):
            targets[f"{name} 304"] = Target(shop, path, 304, again)
    for target in targets.values():
        target.warm()
    for _ in range(rounds):
        for target in targets.values():
            target.go(seconds)
    bought = Purchases(shop, subjects.buyable)
    bought.warm()
    beside = Target(floor, TABLE)
    for _ in range(rounds):
        beside.go(seconds)
        bought.go(max(1, purchases // rounds))
    targets["table beside purchases"] = beside
    reports = _reports(shop, subjects.reports, rounds)
    return Targets(
        {name: target.measured() for name, target in targets.items()}, bought, reports, shop.memory_mb()
    )


def _repeat(server: Server, path: str) -> dict[str, str]:
    """What a browser that has been here sends the next time; empty where the page does not answer 304 to it."""
    browser = Browser(over_http(server.port))
    browser.get(path)
    browser.get(path)  # with the cookies of the first answer
    headers = {"Accept": "text/html", "Cookie": browser.cookie_header()}
    headers["If-None-Match"] = browser.header("etag")
    if not headers["If-None-Match"]:
        return {}
    status, _, _ = browser.transport("GET", path, headers, None)
    return headers if status == 304 else {}


def _reports(server: Server, paths: dict[str, str], rounds: int) -> dict[str, Measured]:
    """One reader: the rate's inverse is how long an answer takes."""
    browser = Browser(over_http(server.port))
    sign_in(browser, "city")
    found = {}
    for name, path in paths.items():
        target = Target(server, path, headers={"Cookie": browser.cookie_header()})
        drive(server.port, path, WARM_UP, headers=target.headers, connections=1)
        for _ in range(rounds):
            target.go(2.0, connections=1)
        found[name] = target.measured()
    return found
