"""Take docs/screens anew: every page that matters, as the people who use it see it, at 390 and 1440 px.

Starts a demo of its own in a folder that is thrown away, so that the pictures show what ``make run`` gives. The whole
document is taken at once with a window of its height: bars fixed to the bottom then lie below the page, as when read.
"""

import contextlib
import http.client
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from deploy.shot_acts import follow  # noqa: E402 - need the path above
from deploy.shots import SHOTS, Shot  # noqa: E402 - need the path above
from tests.support.browsers import launch  # noqa: E402

SCREENS = ROOT / "docs" / "screens"
SIZES = ((390, 844), (1440, 900))
PASSWORD = "fupin-demo"  # noqa: S105 - printed on the demo's login page
PREPARE_SECONDS = 180
#: taller pages are cut here: a list goes on in the same way
TALLEST = 3600
COLOURS = 160


def take(page: Page, shot: Shot, size: tuple[int, int]) -> bytes:
    """The whole page as PNG, with the pictures that would load only when scrolled to."""
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    page.goto(shot.path)
    if shot.link:
        follow(page, shot.link)
    if shot.act:
        shot.act(page)
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    page.wait_for_load_state("networkidle")
    tall = int(page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": width, "height": min(max(tall, height), TALLEST)})
    page.wait_for_function("[...document.images].every(image => image.complete)")
    return page.screenshot()


def keep(name: str, png: bytes) -> None:
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(SCREENS / f"{name}.png", optimize=True)


def take_all(browser: Browser, address: str, only: set[str]) -> list[str]:
    """Every shot at both sizes, one browser context a person. Returns what could not be taken."""
    wrong = []
    for login, shots in SHOTS.items():
        wanted = [shot for shot in shots if not only or shot.name in only]
        if not wanted:
            continue
        context = browser.new_context(
            base_url=address, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce"
        )
        context.set_default_timeout(10_000)
        page = context.new_page()
        if login:
            page.goto("/login")
            page.fill("#identifier", login)
            page.fill("#password", PASSWORD)
            page.locator("form button", has_text="登录").last.click()
            page.wait_for_load_state()
        for shot in wanted:
            for size in SIZES:
                try:
                    keep(f"{shot.name}-{size[0]}", take(page, shot, size))
                except PlaywrightError as error:  # one page must not cost the others
                    wrong.append(f"{shot.name}-{size[0]}: {str(error).splitlines()[0]}")
        context.close()
    return wrong


@contextlib.contextmanager
def demo(folder: Path) -> Iterator[str]:
    """A shop with the demo data on a free port; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "INSTANCE": str(folder), "PORT": str(port)}
    environment.pop("DATABASE_URL", None)
    process = subprocess.Popen([sys.executable, str(ROOT / "deploy" / "run.py")], env=environment)
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(PREPARE_SECONDS * 2):
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        time.sleep(0.5)
    raise RuntimeError("the demo did not start")


def main() -> int:
    """``screens.py [name …]``: all, or only these."""
    only = set(sys.argv[1:])
    folder = Path(tempfile.mkdtemp(prefix="shop-screens-"))
    if not only:
        shutil.rmtree(SCREENS, ignore_errors=True)
    SCREENS.mkdir(parents=True, exist_ok=True)
    try:
        with demo(folder) as address, sync_playwright() as playwright:
            browser = launch(playwright)
            wrong = take_all(browser, address, only)
            browser.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(
        f"{sum(f.stat().st_size for f in SCREENS.glob('*.png')) / 1e6:.1f} MB in {SCREENS.relative_to(ROOT)}"
    )
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
