"""A site that reads what it is sent, with the guard and without."""

import os

from lms.web.slow_clients import SlowClients


def bare(environ, start_response):
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length:
        environ["wsgi.input"].read(length)
    start_response("200 OK", [])
    return [b"read"]


guarded = SlowClients(
    bare,
    threads=int(os.environ["GRANIAN_BLOCKING_THREADS"]),
    port=int(os.environ["GRANIAN_PORT"]),
)
