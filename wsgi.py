"""The shop with its commands: what ``flask`` uses, and a server may. deploy/gunicorn.conf.py serves it without them."""

from marketplace import cli
from marketplace.app import create_app

app = create_app()
cli.install(app)
