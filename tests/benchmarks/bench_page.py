"""P8: the public home page, kept, against the least Django."""

import random
from collections.abc import Iterator
from io import BytesIO

from django.core.handlers.wsgi import WSGIHandler

from lms.demo.campaigns import seed_campaigns
from lms.web import page_cache
from tests.benchmarks.floors import hello
from tests.benchmarks.harness import Row, compare


def rows(only: list[str]) -> Iterator[Row]:
    """Yield the rows asked for; all when ``only`` is empty."""
    if only and "P8" not in only:
        return
    seed_campaigns(random.Random(0))
    site, floor = WSGIHandler(), hello.application()
    page_cache.purge()
    get(site)
    yield compare(
        "P8",
        "anonymous home page, kept",
        product=lambda: get(site),
        floor=lambda: get(floor),
        gate=0.6,
        aim=0.8,
        calls=200,
        at_least=True,
    )


def get(application) -> bytes:
    """Send one plain GET through a WSGI application and return the body."""
    statuses = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "wsgi.input": BytesIO(),
        "wsgi.url_scheme": "http",
    }
    response = application(environ, lambda status, headers: statuses.append(status))
    body = b"".join(response)
    response.close()
    if statuses != ["200 OK"]:
        raise RuntimeError(f"expected a page, got {statuses}")
    return body
