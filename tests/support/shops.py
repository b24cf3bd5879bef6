"""The shop as it is served: gunicorn with several worker processes on a loopback port of its own."""

import contextlib
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from threading import Event

from marketplace.kernel.settings import Settings
from tests.support.clients import loopback_socket
from tests.support.sources import ROOT

START_SECONDS = 60


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment that gives a process these settings."""
    return {
        **os.environ,
        "SHOP_ENVIRONMENT": settings.environment,
        "INSTANCE": str(settings.instance),
        "DATABASE_URL": str(settings.database_url).replace("postgresql+psycopg://", "postgresql://"),
        "SHOP_PUBLIC_URL": settings.public_url,
        "SHOP_SECRET_KEY": str(settings.secret_key),
        "SHOP_ENCRYPTION_KEYS": f'["{settings.encryption_keys[0]}"]',
        "SHOP_LOOKUP_KEY": str(settings.lookup_key),
        "SHOP_WEBHOOK_SECRET": str(settings.webhook_secret),
    }


@contextlib.contextmanager
def gunicorn(settings: Settings, application: str, workers: int, threads: int, log: Path) -> Iterator[str]:
    """Serve ``application`` ("module:name") from ``workers`` processes; gives the address, stops them all."""
    with loopback_socket() as free:
        port = free.getsockname()[1]
    # loaded once and forked: the workers are as separate as ever, and start in a quarter of the time
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "--preload", application]
    environment = {
        **environment_of(settings),
        "BIND": f"127.0.0.1:{port}",
        "WEB_CONCURRENCY": str(workers),
        "WEB_THREADS": str(threads),
        "PYTHONPATH": str(ROOT),
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address, process, log)
            yield address
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(START_SECONDS * 10):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            Event().wait(0.1)
    raise RuntimeError(f"the shop did not start:\n{log.read_text()}")
