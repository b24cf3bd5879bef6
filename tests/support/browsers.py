"""A headless Chromium that reaches this machine only, and a record of everything a page did wrong."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request

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
        def asked(request: Request) -> None:
            # only watched: intercepting would switch the cache off, and other hosts have no address here anyway
            if urlsplit(request.url).scheme not in {"data", "blob"} and not request.url.startswith(home):
                self.append(f"request to another host: {request.url}")

        context.on("request", asked)
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
def open_page(
    browser: Browser, home: str, size: tuple[int, int], problems: Problems, *, javascript: bool = True
) -> Iterator[Page]:
    width, height = size
    context = browser.new_context(
        base_url=home,
        viewport={"width": width, "height": height},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
        service_workers="block",
        java_script_enabled=javascript,
    )
    context.set_default_timeout(10_000)
    problems.watch(context, home)
    try:
        yield context.new_page()
    finally:
        context.close()
