"""The WSGI entry point gunicorn and ``flask`` use."""

from marketplace.app import create_app

app = create_app()
