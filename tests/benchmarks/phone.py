"""The requests of a phone, as a WSGI server would hand them over."""

import contextlib
import io
import json

from django.conf import settings

CSRF = "c" * 32


def environ(path: str, *, session: str, body=None, token: str = "") -> dict:
    """Return a request: a POST of JSON where there is a body, else a GET."""
    data = b"" if body is None else json.dumps(body).encode()
    return {
        "REQUEST_METHOD": "GET" if body is None else "POST",
        "PATH_INFO": path,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "HTTP_HOST": "testserver",
        "HTTP_ORIGIN": "http://testserver",
        "HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={CSRF}",
        "HTTP_X_CSRFTOKEN": CSRF,
        "HTTP_X_SEAT_TOKEN": token,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(data)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(data),
    }


def send(application, request: dict) -> bytes:
    """Send a request and return the body of its answer, which must be 200."""
    with contextlib.closing(application(request, _started)) as response:
        return b"".join(response)


def _started(status, headers):
    if not status.startswith("200"):
        raise AssertionError(status)
