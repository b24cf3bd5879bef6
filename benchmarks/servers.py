"""Servers under the shop's own gunicorn configuration, and what their workers cost. They end by their own pid."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2
READY_SECONDS = 60
TICKS = os.sysconf("SC_CLK_TCK")


class DidNotStart(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Server:
    pid: int
    port: int

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text("ascii").split()
        return [int(pid) for pid in children]

    def cpu_seconds(self) -> float:
        """User and system time of all workers together, in steps of a hundredth of a second."""
        total = 0
        for pid in self.workers():
            fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def memory_mb(self) -> list[float]:
        """Resident memory of each worker."""
        found = []
        for pid in self.workers():
            status = Path(f"/proc/{pid}/status").read_text("utf-8")
            line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
            found.append(int(line.split()[1]) / 1024)
        return found


@contextlib.contextmanager
def gunicorn(
    port: int, environment: Mapping[str, str], log: Path, *, application: str = "", ready: str = "/healthz"
) -> Iterator[Server]:
    """Serve ``application`` (default: the shop) with deploy/gunicorn.conf.py and two workers."""
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*command, *([application] if application else [])],
            cwd=ROOT,
            env={
                **os.environ,
                **environment,
                "PORT": str(port),
                "BIND": f"127.0.0.1:{port}",
                "WEB_CONCURRENCY": str(WORKERS),
                "PYTHONPATH": str(ROOT),
            },
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            _wait(process, port, ready, log)
            yield Server(process.pid, port)
        finally:
            _stop(process)


def _wait(process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise DidNotStart(f"nothing answers at port {port}; see {log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(35)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
