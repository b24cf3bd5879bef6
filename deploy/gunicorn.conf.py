"""Gunicorn for the shop. Every number can be set from the environment; the defaults fit two cores."""

import ctypes
import gc
import os
from pathlib import Path
from typing import Any

from werkzeug.test import Client

bind = os.environ.get("BIND", f"127.0.0.1:{os.environ.get('PORT', '8000')}")
# The program without its commands, which would be 12 MB of every worker.
wsgi_app = "marketplace.app:create_app()"

workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
# Off: each worker opens its own database connections and search index, and HUP loads new code.
preload_app = False

# A restart lets running requests finish; a worker that hangs is replaced.
graceful_timeout = 30
timeout = 60
keepalive = 5

# One pool of memory for all threads, of which one runs at a time anyway: with a pool each, what one has given back
# the others can't use (M_ARENA_MAX, glibc).
_mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
if _mallopt is not None:
    _mallopt(-8, 1)

# The heartbeat file must not wait for a busy disk.
_memory = Path("/dev/shm")  # noqa: S108 - only gunicorn's own unlinked file goes there
worker_tmp_dir = str(_memory) if os.access(_memory, os.W_OK) else None
control_socket_disable = True

errorlog = "-"
loglevel = os.environ.get("LOG_LEVEL", "warning")
accesslog = os.environ.get("ACCESS_LOG")


def post_fork(_server: Any, _worker: Any) -> None:
    """What is imported stays: looking for garbage among it takes a fifth of the importing."""
    gc.disable()


def post_worker_init(worker: Any) -> None:
    """Ask for two pages before anybody does: templates and statements are compiled, and what all visitors see alike is
    read, by one thread and once. What the program is made of then stays: looking through it for garbage at every third
    page costs a seventh of all time."""
    first = Client(worker.wsgi)
    for path in ("/", "/search?q=qqqqqq"):  # a word that no list of what people look for counts
        first.get(path).close()
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    gc.enable()
