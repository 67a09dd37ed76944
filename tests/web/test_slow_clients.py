"""Clients that stop in the middle hold threads of the embedded server: not for long."""

import http.client
import io
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing

import pytest
from django.conf import settings

from lms.web import embedded
from lms.web.slow_clients import Crowded, SlowClients, Wait

THREADS = 12
HALF = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n\r\nhalf"
GUARDED, BARE = "tests.web.reading_wsgi:guarded", "tests.web.reading_wsgi:bare"


@pytest.fixture
def half_sent():
    """Open connections that send half a request and wait."""
    with ExitStack() as stack:

        def send(port, number):
            for _ in range(number):
                client = socket.create_connection(("127.0.0.1", port))
                stack.callback(client.close)
                client.sendall(HALF)
                yield client

        yield send


@pytest.fixture
def serve():
    """Start the web server as ``manage.py serve`` does, on few threads."""
    with ExitStack() as stack:

        def start(application):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            command = [sys.executable, "-m", "granian", "--interface", "wsgi"]
            command += ["--http", "1", "--log-level", "critical", "--no-ws"]
            process = subprocess.Popen(
                [*command, application],
                cwd=settings.BASE_DIR,
                env=os.environ
                | {
                    "GRANIAN_PORT": str(port),
                    "GRANIAN_BLOCKING_THREADS": str(THREADS),
                },
                start_new_session=True,
            )
            stack.callback(process.wait)
            # With its worker, which outlives a server that is killed alone.
            stack.callback(os.killpg, process.pid, signal.SIGKILL)
            end = time.monotonic() + 40
            while not _is_well(port) and time.monotonic() < end:
                time.sleep(0.1)
            return port

        yield start


def _is_well(port, timeout=2.0):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout)) as client:
        client.timeout = timeout
        try:
            client.request("GET", "/healthz")
            return client.getresponse().status == 200
        except OSError:
            return False


@pytest.mark.parametrize("number", [34, 200])
def test_health_is_answered_while_half_sent_bodies_are_open(serve, half_sent, number):
    port = serve(GUARDED)

    list(half_sent(port, number))
    time.sleep(0.5)

    assert _is_well(port)


def test_without_the_guard_half_sent_bodies_take_every_thread(serve, half_sent):
    port = serve(BARE)

    list(half_sent(port, 34))
    time.sleep(0.5)

    assert not _is_well(port)


def test_in_a_crowd_silent_clients_are_disconnected(serve, half_sent):
    port = serve(GUARDED)
    silent = list(half_sent(port, THREADS))
    time.sleep(2.5)  # CROWDED_SECONDS are over for those that were let in
    list(half_sent(port, THREADS))

    end = time.monotonic() + 10
    code = _post(port)
    while code == 503 and time.monotonic() < end:
        time.sleep(0.5)
        code = _post(port)

    for waiting in silent:
        waiting.settimeout(2)
    assert code == 200
    assert all(_is_over(waiting) for waiting in silent)


def _post(port):
    with closing(http.client.HTTPConnection("127.0.0.1", port, 5)) as client:
        client.request("POST", "/", "a=1")
        return client.getresponse().status


def _is_over(client):
    """Whether the server ended a connection, with a refusal or without."""
    try:
        return client.recv(1) in (b"", b"H")
    except ConnectionResetError:
        return True


def test_the_embedded_server_is_guarded():
    assert isinstance(embedded.application, SlowClients)
    assert embedded.application.port == settings.SERVER_PORT


def _wait(address):
    return Wait(address, since=0, until=0)


def test_one_address_leaves_room_for_the_others():
    clients = SlowClients(None, threads=32, port=0)
    for _ in range(16):
        clients.add(_wait("10.0.0.1"))

    with pytest.raises(Crowded), clients.waiting(_wait("10.0.0.1")):
        pass
    with clients.waiting(_wait("10.0.0.2")):
        assert len(clients.waits) == 17


def test_many_addresses_leave_threads_for_pages():
    clients = SlowClients(None, threads=32, port=0)
    for number in range(24):
        clients.add(_wait(f"10.0.0.{number}"))

    with pytest.raises(Crowded), clients.waiting(_wait("10.0.1.1")):
        pass


def _answer_to(body, length, application):
    clients = SlowClients(application, threads=32, port=0)
    environ = {"REMOTE_ADDR": "10.0.0.1", "CONTENT_LENGTH": str(length)}
    environ["wsgi.input"] = io.BytesIO(body)
    said = []
    answer = clients(environ, lambda status, headers: said.append(status))
    assert clients.waits == set()
    return said, answer


def test_a_body_cut_short_never_reaches_the_application():
    assert _answer_to(b"a=1&b=", 9, None)[0] == ["400 Bad Request"]


@pytest.mark.parametrize("length", [10, 64 * 1024, 64 * 1024 + 1, 200_000])
def test_a_body_arrives_whole(length):
    def application(environ, start_response):
        body = environ["wsgi.input"]
        return [body.read(7), body.read(70_000), body.read(length)]

    sent = os.urandom(length)

    assert b"".join(_answer_to(sent, length, application)[1]) == sent
