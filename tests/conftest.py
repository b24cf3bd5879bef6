"""What all tests share: databases, the application, clients, a server, a browser, a clock.

A test under ``tests/integration`` that touches the database runs on SQLite and on PostgreSQL; any other on SQLite,
unless it is marked ``@pytest.mark.both_databases``. ``@pytest.mark.template("demo")`` gives it the loaded demo data.
"""

import gc
import os
import socket
import tempfile
from collections.abc import Callable, Generator, Iterator
from datetime import datetime
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright

from marketplace import cli
from marketplace.app import create_app
from marketplace.kernel.clock import BUSINESS_ZONE
from marketplace.kernel.settings import Settings
from tests.support.browsers import CHROMIUM, DESK, PHONE, Problems, launch, open_page
from tests.support.clients import Client, loopback_socket, serving
from tests.support.compiled import compile_once
from tests.support.databases import Databases, closing, settings_for, shared_folder

BROWSER_FIXTURES = {"browser", "page", "phone"}
SKIPPED_LOUDLY = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    compile_once(shared_folder() / "compiled")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        Databases(shared_folder()).stop()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None]:
    """What all tests stand on stays to the end of the run: looking through it for garbage again and again, as every new
    application of 450 addresses has it done, takes a tenth of all time. What a test leaves behind is still looked for."""
    gc.disable()
    yield
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_engine" in metafunc.fixturenames:
        both = "integration" in metafunc.definition.path.parts or metafunc.definition.get_closest_marker(
            "both_databases"
        )
        metafunc.parametrize("database_engine", ["sqlite", "postgresql"] if both else ["sqlite"])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # the long ones first: a minute of every form of the demo's shop, begun last, is a minute of the others waiting
    items.sort(key=lambda item: template_of(item) != "demo")
    browser_tests = [item for item in items if BROWSER_FIXTURES & set(getattr(item, "fixturenames", ()))]
    for item in browser_tests:
        item.add_marker(pytest.mark.browser)
    if CHROMIUM is None and os.environ.get("CI") != "true":
        config.stash[SKIPPED_LOUDLY] = len(browser_tests)
        config.hook.pytest_deselected(items=browser_tests)
        items[:] = [item for item in items if item not in browser_tests]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if CHROMIUM is None and os.environ.get("CI") != "true":
        terminalreporter.section("THE BROWSER TESTS DID NOT RUN: no Chromium on this machine", red=True)


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    made = Databases(shared_folder())
    yield made
    made.close()


@pytest.fixture
def instance() -> Iterator[Path]:
    """The folder of files of this test's shop."""
    with tempfile.TemporaryDirectory(
        prefix="instance-", dir=shared_folder(), ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


def template_of(item: pytest.Item) -> str:
    marker = item.get_closest_marker("template")
    return str(marker.args[0]) if marker else "regions"


@pytest.fixture
def database_template(request: pytest.FixtureRequest) -> str:
    return template_of(request.node)


@pytest.fixture
def database_url(
    database_engine: str, database_template: str, databases: Databases, instance: Path
) -> Iterator[str]:
    """A database of this test's own, migrated and with all places in it."""
    url = databases.create(database_engine, database_template, instance)
    yield url
    databases.drop(url)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with loopback_socket() as bound:
        yield bound


@pytest.fixture
def settings(request: pytest.FixtureRequest, database_url: str, instance: Path) -> Settings:
    if "live_server" in request.fixturenames:
        host, port = request.getfixturevalue("listener").getsockname()
        return settings_for(database_url, instance, f"http://{host}:{port}")
    return settings_for(database_url, instance)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The shop on this test's database, its application context open: commands and queries can be called."""
    application = create_app(settings)
    cli.install(application)
    application.test_client_class = Client
    with closing(application):
        yield application


@pytest.fixture
def client(app: Flask) -> Client:
    """Each request has a context of its own. More clients: ``app.test_client()``."""
    made = app.test_client()
    assert isinstance(made, Client)
    return made


@pytest.fixture
def live_server(app: Flask, listener: socket.socket) -> Iterator[str]:
    """The address of this test's shop, served by threads of this process."""
    with serving(app, listener) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = launch(playwright)
        yield running
        running.close()


@pytest.fixture
def page_problems() -> Iterator[Problems]:
    """What the pages of this test did wrong; the test fails unless it empties this."""
    problems = Problems()
    yield problems
    assert not problems, "\n".join(problems)


@pytest.fixture
def page(browser: Browser, live_server: str, page_problems: Problems) -> Iterator[Page]:
    """A desk-sized page; relative addresses lead to this test's shop."""
    with open_page(browser, live_server, DESK, page_problems) as opened:
        yield opened


@pytest.fixture
def phone(browser: Browser, live_server: str, page_problems: Problems) -> Iterator[Page]:
    """A phone-sized page with cookies of its own."""
    with open_page(browser, live_server, PHONE, page_problems) as opened:
        yield opened


@pytest.fixture
def freeze() -> Iterator[Callable[[str], time_machine.Traveller]]:
    """``freeze("2026-11-24 15:30")`` stops the clock at that moment in Xi'an; the result moves it on."""
    travellers: list[time_machine.travel] = []

    def stop(moment: str) -> time_machine.Traveller:
        traveller = time_machine.travel(
            datetime.fromisoformat(moment).replace(tzinfo=BUSINESS_ZONE), tick=False
        )
        travellers.append(traveller)
        return traveller.start()

    yield stop
    for traveller in reversed(travellers):
        traveller.stop()
