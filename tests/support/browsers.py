"""A headless Chromium that reaches this machine only, and a record of everything a page did wrong."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request, Route

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PHONE = (390, 844)
DESK = (1440, 900)


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(
        executable_path=CHROMIUM,
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ],
    )


class Problems(list[str]):
    """What pages did that they must not: reach another host, break the content policy, throw, answer 5xx."""

    def watch(self, context: BrowserContext, home: str) -> None:
        def route(route: Route, request: Request) -> None:
            url = urlsplit(request.url)
            if url.scheme in {"data", "blob"} or request.url.startswith(home):
                route.continue_()
            else:
                self.append(f"request to another host: {request.url}")
                route.abort()

        context.route("**/*", route)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.append(f"script error: {error.error}"))
        context.on(
            "response",
            lambda response: (
                self.append(f"{response.status} {response.url}") if response.status >= 500 else None
            ),
        )

    def _console(self, message: ConsoleMessage) -> None:
        # a refused form answers 4xx on purpose, which Chromium reports as an error
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.append(f"console: {message.text}")


@contextmanager
def open_page(browser: Browser, home: str, size: tuple[int, int], problems: Problems) -> Iterator[Page]:
    width, height = size
    context = browser.new_context(
        base_url=home,
        viewport={"width": width, "height": height},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
        service_workers="block",
    )
    context.set_default_timeout(10_000)
    problems.watch(context, home)
    try:
        yield context.new_page()
    finally:
        context.close()


def take_screens(page: Page, name: str, folder: Path) -> None:
    """The whole page at both widths; kept when SHOP_SCREENS names a folder (``make screens``)."""
    folder = Path(os.environ.get("SHOP_SCREENS", folder))
    folder.mkdir(parents=True, exist_ok=True)
    before = page.viewport_size
    for width, height in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)
    if before:
        page.set_viewport_size(before)
