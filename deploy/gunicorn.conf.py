"""Gunicorn for the shop. Every number can be set from the environment; the defaults fit two cores."""

import os
from pathlib import Path

bind = os.environ.get("BIND", f"127.0.0.1:{os.environ.get('PORT', '8000')}")
wsgi_app = "wsgi:app"

workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
# Off: each worker opens its own database connections and search index, and HUP loads new code.
preload_app = False

# A restart lets running requests finish; a worker that hangs is replaced.
graceful_timeout = 30
timeout = 60
keepalive = 5

# The heartbeat file must not wait for a busy disk.
_memory = Path("/dev/shm")  # noqa: S108 - only gunicorn's own unlinked file goes there
worker_tmp_dir = str(_memory) if os.access(_memory, os.W_OK) else None
control_socket_disable = True

errorlog = "-"
loglevel = os.environ.get("LOG_LEVEL", "warning")
accesslog = os.environ.get("ACCESS_LOG")
