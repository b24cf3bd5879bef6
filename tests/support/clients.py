"""The test client, and a real server on a loopback port."""

import contextvars
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, has_app_context
from flask.testing import FlaskClient
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler, make_server
from werkzeug.test import TestResponse

from marketplace.kernel.db import db


class Client(FlaskClient):
    """A client whose requests share nothing with the test but the database.

    The test holds an application context open; Flask would let the request use it, and with it the cached user and
    the session of the test. The test's own read transaction ends with each request, so that it sees what was done.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response: TestResponse = contextvars.Context().run(super().open, *args, **kwargs)
        if has_app_context():
            db.session.rollback()
            db.session.expire_all()
        return response


def loopback_socket() -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    return listener


def _closed_for_sure(app: Flask) -> Callable[..., Iterator[bytes]]:
    """The server forgets to close an answer, and with it a picture's file, whose browser went away in the middle."""

    def serve(environ: Any, start_response: Any) -> Iterator[bytes]:
        answer = app(environ, start_response)
        try:
            yield from answer
        finally:
            getattr(answer, "close", lambda: None)()

    return serve


#: seconds until the server notices that it is to end: its own half a second is waited for by every test of a browser
_NOTICES_ITS_END = 0.02


class _Handler(WSGIRequestHandler):
    #: seconds a browser may keep a connection open without asking for anything
    timeout = 5


@contextmanager
def serving(app: Flask, listener: socket.socket) -> Iterator[str]:
    """Serve ``app`` from threads of this process, so that a frozen clock is frozen there too. Gives the address."""
    host, port = listener.getsockname()
    server = make_server(
        host, port, _closed_for_sure(app), threaded=True, fd=listener.fileno(), request_handler=_Handler
    )
    assert isinstance(server, ThreadedWSGIServer)
    # its threads are waited for when it closes: one cut off in the middle would leave its file open
    server.daemon_threads = False
    thread = threading.Thread(
        target=contextvars.Context().run, args=(server.serve_forever, _NOTICES_ITS_END), daemon=True
    )
    thread.start()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
