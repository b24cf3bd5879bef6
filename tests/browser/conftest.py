"""What the walks through the demo's shop share."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.browser.walking import Windows, visiting
from tests.support.browsers import Problems


@pytest.fixture
def shop(app: Flask, browser: Browser, live_server: str, page_problems: Problems) -> Iterator[Windows]:
    """The demo's shop with everybody's windows; the test stands on the template ``demo``."""
    with visiting(app, browser, live_server, page_problems) as windows:
        yield windows
