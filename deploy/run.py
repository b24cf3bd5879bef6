"""Start the shop and stay with it: prepare the instance, then gunicorn and the job worker as children.

Either child ending ends both, so that a supervisor above (a terminal, systemd, a container) sees one program. Signals
go to the children by their own ids; they sit in sessions of their own, so that Ctrl-C reaches them once, through here.
"""

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
HOST = "127.0.0.1"
READY_WITHIN = 60
STOP_WITHIN = 40
PR_SET_PDEATHSIG = 1
LOGINS = {
    "buyer buyer2": "买家",
    "coop coop2": "供货主体(合作社)",
    "household": "帮扶户",
    "village town county county2 city": "村、镇、区县、市审核员",
    "unit unit-approver unit-finance": "包扶单位的采购员、审批人、财务",
    "outlet": "网点负责人",
    "finance finance2 auditor admin": "财务（两人互批）、审计、管理员",
}


class CannotStart(Exception):
    """The message says what to do about it."""


def port_from(environment: Mapping[str, str]) -> int:
    text = environment.get("PORT", "8000")
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise CannotStart(f"PORT={text} is not a port number")
    return int(text)


def check_port(port: int) -> None:
    """Raise CannotStart when somebody listens there already: better now than after the installing."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} on {HOST} cannot be used ({error.strerror}). "
                f"Stop what uses it, or choose another: make run PORT={port + 1 if port < 65535 else 8001}"
            ) from None


def _die_with_parent() -> None:
    """On Linux a child is asked to stop even when this process is killed without a chance to pass it on."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Shop:
    """The children, and what is to become of them."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.environment = {"SHOP_PUBLIC_URL": f"http://{HOST}:{port}", **os.environ, "PORT": str(port)}
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.stopping = False

    def prepare(self) -> None:
        """Migrate, load the demo into an empty database, build a missing search index: what of it is not there yet."""
        if self._run("deploy/prepared.py") and self._run("deploy/prepare.py"):
            raise CannotStart("the instance could not be prepared; see above")

    def _run(self, script: str) -> int:
        return subprocess.run(
            [sys.executable, script], cwd=ROOT, env=self.environment, check=False
        ).returncode

    def start_web(self) -> None:
        self._start("web", BIN / "gunicorn", "--config", "deploy/gunicorn.conf.py")

    def start_worker(self) -> None:
        """Once pages are served: until then it would take half of the machine from them."""
        self._start("worker", BIN / "flask", "--app", "wsgi", "jobs", "worker")

    def _start(self, name: str, *command: str | Path) -> None:
        self.children[name] = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.environment,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - this process has one thread
        )

    def receive(self, number: int, _frame: FrameType | None) -> None:
        """SIGHUP reloads the web workers one by one; anything else stops everything, politely."""
        if number == signal.SIGHUP:
            self.children["web"].send_signal(signal.SIGHUP)
            return
        self.stopping = True
        self.terminate()

    def terminate(self) -> None:
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()

    def ended(self) -> str | None:
        """The first child found to have ended."""
        return next((name for name, child in self.children.items() if child.poll() is not None), None)

    def ready(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while not self.stopping and self.ended() is None:
            if self.ready():
                self.start_worker()
                self._announce()
                return
            if time.monotonic() > deadline:
                print(f"not ready after {READY_WITHIN} s", file=sys.stderr)
                self.terminate()
                return
            time.sleep(0.05)

    def _announce(self) -> None:
        print(f"\n西安扶贫超市  http://{HOST}:{self.port}\n")
        if self.environment.get("SHOP_ENVIRONMENT", "demo") == "demo":
            print("演示账号, 密码都是 fupin-demo:")
            for names, meaning in LOGINS.items():
                print(f"  {names:34}{meaning}")
        print("\nCtrl-C 停止\n", flush=True)

    def stay(self) -> int:
        """Wait for the end of a child, then end the other. 0 when we were asked to stop."""
        while (first := self.ended()) is None:
            time.sleep(0.2)
        code = self.children[first].returncode
        if not self.stopping:
            print(f"{first} ended by itself with {code}; stopping the rest", file=sys.stderr)
        self.terminate()
        deadline = time.monotonic() + STOP_WITHIN
        for name, child in self.children.items():
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                print(f"{name} does not stop; killed", file=sys.stderr)
                child.kill()
                child.wait()
        return 0 if self.stopping else code or 1


def main() -> int:
    try:
        port = port_from(os.environ)
        check_port(port)
        shop = Shop(port)
        shop.prepare()
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, shop.receive)
    shop.start_web()
    shop.wait_until_ready()
    return shop.stay()


if __name__ == "__main__":
    sys.exit(main())
