"""Protection of the embedded server against slow clients.

The server has one thread for each request it works on. A client that sends half a
body, or stops reading a film, holds its thread. Here such waits are counted, bounded
for each address and altogether, and ended after a time. In production nginx does
this (deploy/nginx.conf), and this module is not used.
"""

import io
import os
import socket
import struct
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from django.core.exceptions import BadRequest

# Threads kept free of waiting clients, for pages and health checks.
SPARE_THREADS = 8
BODY_SECONDS = 15
BODY_BYTES_PER_SECOND = 16 * 1024
READ_SECONDS = 30
READ_AHEAD = 64 * 1024
# Above the bound, a client that is silent for so long is disconnected.
CROWDED_SECONDS = 1.0
# Position of tcpi_last_data_sent, in milliseconds, in Linux's struct tcp_info.
LAST_DATA_SENT = 44


class Crowded(BadRequest):
    """Too many requests wait for their clients."""


@dataclass(eq=False)
class Wait:
    """One thread that waits for the client at ``address``; times are monotonic."""

    address: str
    since: float
    until: float


class SlowClients:
    """Serve a WSGI application with bounds on what waits for slow clients.

    ``threads`` is the number of threads of the server, ``port`` the one it listens on.
    A request with a body is answered 503, unread, while too many wait already.
    """

    def __init__(self, application, *, threads: int, port: int):
        self.application = application
        self.port = port
        self.most = max(1, threads - SPARE_THREADS)
        self.most_of_address = max(1, threads // 2)
        self.waits: set[Wait] = set()
        self.lock = threading.Lock()
        self.crowded = threading.Event()
        self.monitor = None

    def __call__(self, environ, start_response):
        address, length = environ["REMOTE_ADDR"], _announced(environ)
        if length:
            seconds = BODY_SECONDS + length / BODY_BYTES_PER_SECOND
            body = Body(environ["wsgi.input"], length, self, address, seconds)
            try:
                body.read_ahead()
            except Crowded:
                headers = [("Content-Type", "text/plain"), ("Retry-After", "2")]
                start_response("503 Service Unavailable", headers)
                return [b"busy"]
            except BadRequest:
                start_response("400 Bad Request", [("Content-Type", "text/plain")])
                return [b"incomplete"]
            environ["wsgi.input"] = body
        response = self.application(environ, start_response)
        if getattr(response, "streaming", False):
            return Stream(response, self, address)
        return response

    @contextmanager
    def waiting(self, wait: Wait):
        """Count a wait while the context lasts; raises ``Crowded`` at the bound."""
        self.add(wait, bounded=True)
        try:
            yield
        finally:
            self.discard(wait)

    def add(self, wait: Wait, *, bounded: bool = False) -> None:
        """Count a wait; a bounded one only below the bound of its address."""
        with self.lock:
            theirs = sum(other.address == wait.address for other in self.waits)
            if bounded and (
                len(self.waits) >= self.most or theirs >= self.most_of_address
            ):
                self.crowded.set()
                raise Crowded("Too many requests wait for their body.")
            self.waits.add(wait)
            if self.monitor is None:
                self.monitor = threading.Thread(target=self._monitor, daemon=True)
                self.monitor.start()

    def discard(self, wait: Wait) -> None:
        with self.lock:
            self.waits.discard(wait)

    def _monitor(self):
        while True:
            crowded = self.crowded.wait(timeout=1.0)
            self.crowded.clear()
            self.end_overdue(crowded)
            time.sleep(0.2)

    def end_overdue(self, crowded: bool = False) -> None:
        """Disconnect the addresses whose waits are too long; sooner above the bound."""
        now = time.monotonic()
        overdue: dict[str, float] = {}
        with self.lock:
            for wait in self.waits:
                age = now - wait.since
                if now > wait.until or (crowded and age > CROWDED_SECONDS):
                    overdue[wait.address] = min(age, overdue.get(wait.address, age))
        for address, seconds in overdue.items():
            disconnect(address, self.port, silent_for=seconds)


class Body:
    """The body of a request, under a time limit; one cut short is a bad request.

    Its beginning is read before the application is called, so that a refusal costs
    nothing. An exam's save is never longer than that.
    """

    def __init__(self, stream, length, clients, address, seconds):
        self.stream, self.missing, self.clients = stream, length, clients
        now = time.monotonic()
        self.wait = Wait(address, now, now + seconds)
        self.ahead = io.BytesIO()

    def read_ahead(self):
        self.ahead = io.BytesIO(self._receive(min(self.missing, READ_AHEAD)))

    def read(self, size=-1):
        data = self.ahead.read(size)
        if not self.missing or 0 <= size <= len(data):
            return data
        rest = self.missing if size < 0 else min(size - len(data), self.missing)
        return data + self._receive(rest)

    def readline(self, size=-1):
        raise io.UnsupportedOperation("Django reads its requests by size.")

    def _receive(self, size):
        with self.clients.waiting(self.wait):
            data = self.stream.read(size)
        if len(data) < size:
            raise BadRequest("The body of this request did not arrive.")
        self.missing -= size
        return data


class Stream:
    """A streamed response; the time between two chunks is a wait for the client."""

    def __init__(self, response, clients, address):
        self.response, self.clients, self.address = response, clients, address
        self.chunks = iter(response)
        self.wait = None

    def __iter__(self):
        return self

    def __next__(self):
        self._end_wait()
        chunk = next(self.chunks)
        now = time.monotonic()
        self.wait = Wait(self.address, now, now + READ_SECONDS)
        self.clients.add(self.wait)
        return chunk

    def close(self):
        self._end_wait()
        self.response.close()

    def _end_wait(self):
        if self.wait is not None:
            self.clients.discard(self.wait)
            self.wait = None


def disconnect(address: str, port: int, *, silent_for: float) -> None:
    """Close the connections with an address to which nothing was sent for so long.

    The server does not tell which connection a request came by. One that waits for
    its client has been sent nothing since the wait began; idle ones end too.
    """
    for name in os.listdir("/dev/fd"):
        with suppress(OSError):
            copy = os.dup(int(name))
            try:
                connection = socket.socket(fileno=copy)
            except OSError:
                os.close(copy)
                continue
            with connection:
                # Other kinds of socket have names of another shape.
                peer, own = connection.getpeername(), connection.getsockname()
                ours = peer[:1] == (address,) and own[1:2] == (port,)
                if ours and _seconds_since_sent(connection) >= silent_for:
                    connection.shutdown(socket.SHUT_RDWR)


def _seconds_since_sent(connection) -> float:
    """Return how long nothing was sent; infinity where the system does not say."""
    if not hasattr(socket, "TCP_INFO"):
        return float("inf")
    size = LAST_DATA_SENT + 4
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, size)
    # A tick of the kernel's clock is up to 10 ms long.
    return struct.unpack_from("I", info, LAST_DATA_SENT)[0] / 1000 + 0.02


def _announced(environ) -> int:
    """Return the bytes of the body a request announces; Django reads no other."""
    length = environ.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdecimal() and len(length) < 20 else 0
