"""A small HTTP/1.1 client over asyncio streams, with keep-alive connections.

In front of the production set-up it stands where nginx does: connections are shared
by all phones, idle ones are kept, and an answer is waited for as long as nginx waits.
Without a proxy each phone has one connection of its own, from an address of its own.
"""

import asyncio
import gzip
from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

ANSWER_S = 60  # proxy_read_timeout of deploy/proxy.conf
IDLE = 64  # keepalive of deploy/nginx.conf
MOST_OPEN = 4000
NO_ANSWER, BROKEN = 504, 502  # what nginx would say to the phone


class Answer(NamedTuple):
    """What came back; ``cookies`` are those that the answer sets."""

    status: int
    headers: dict[str, str]
    cookies: dict[str, str]
    raw: bytes

    @property
    def body(self) -> bytes:
        """The body as it was before it was compressed."""
        if self.headers.get("content-encoding") == "gzip":
            return gzip.decompress(self.raw)
        return self.raw


class Connections:
    """Keep-alive connections to one server."""

    def __init__(self, port: int, *, idle: int = IDLE, local: str | None = None):
        self.port = port
        self.most_idle = idle
        self.local = (local, 0) if local else None
        self.idle = deque()
        self.open = asyncio.Semaphore(MOST_OPEN)

    async def send(self, request: bytes) -> Answer:
        """Send one request; a failure is an answer with nginx's status."""
        try:
            async with self.open, asyncio.timeout(ANSWER_S):
                return await self._send(request)
        except TimeoutError:
            return Answer(NO_ANSWER, {}, {}, b"")
        except (OSError, EOFError, ValueError):
            return Answer(BROKEN, {}, {}, b"")

    async def _send(self, request):
        while self.idle:
            # The server may have closed it meanwhile: then another one is tried.
            reader, writer = self.idle.pop()
            try:
                return await self._exchange(reader, writer, request)
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                if getattr(error, "partial", b""):
                    raise
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.port, local_addr=self.local
        )
        return await self._exchange(reader, writer, request)

    async def _exchange(self, reader, writer, request):
        try:
            writer.write(request)
            answer, stays = await _read(reader)
        except BaseException:
            writer.close()
            raise
        if stays and len(self.idle) < self.most_idle:
            self.idle.append((reader, writer))
        else:
            writer.close()
        return answer

    def close(self) -> None:
        """Close the idle connections."""
        while self.idle:
            self.idle.pop()[1].close()


def encode(method: str, path: str, headers: Mapping[str, str], body=b"") -> bytes:
    """Return the bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _read(reader) -> tuple[Answer, bool]:
    """Read one answer; also say whether the connection can be used again."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head[:-4].split("\r\n")
    headers, cookies = {}, {}
    for line in lines:
        name, _, value = line.partition(":")
        name, value = name.lower(), value.strip()
        if name == "set-cookie":
            cookie, _, text = value.partition(";")[0].partition("=")
            cookies[cookie] = text
        else:
            headers[name] = value
    status = int(first.split(" ", 2)[1])
    stays = headers.get("connection", "").lower() != "close"
    if headers.get("transfer-encoding", "").lower() == "chunked":
        raw = await _read_chunks(reader)
    elif "content-length" in headers:
        raw = await reader.readexactly(int(headers["content-length"]))
    elif status in (204, 304):
        raw = b""
    else:
        raw, stays = await reader.read(), False
    return Answer(status, headers, cookies, raw), stays


async def _read_chunks(reader) -> bytes:
    parts = []
    while True:
        size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
        chunk = await reader.readexactly(size + 2)
        if size == 0:
            return b"".join(parts)
        parts.append(chunk[:-2])
