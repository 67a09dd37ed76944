"""The generator keeps its plan whatever the server does, and reads what it says."""

import asyncio
import gzip
import time

import pytest

from tests.load.http_client import BROKEN, Connections, encode
from tests.load.installation import ROOT, Installation
from tests.load.pace import Step, at, quantile, spread

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
STALL_S = 0.3


class Server:
    """Answers each request with given bytes; None closes the connection instead."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.connections = 0
        self.serving = set()

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self.server.close()
        await asyncio.gather(*self.serving)

    async def serve(self, reader, writer):
        self.connections += 1
        self.serving.add(asyncio.current_task())
        try:
            while await self.receive(reader):
                answer = self.answers.pop(0) if self.answers else OK
                if answer is None:
                    break
                if answer is STALL_S:
                    await asyncio.sleep(STALL_S)
                    answer = OK
                writer.write(answer)
                if b"Connection: close" in answer:
                    break
        finally:
            writer.close()

    async def receive(self, reader):
        try:
            await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return False
        return True


async def ask(server, times=1, **options):
    connections = Connections(server.port, **options)
    answers = [await connections.send(encode("GET", "/", {})) for _ in range(times)]
    connections.close()
    return answers


def test_requests_leave_on_time_while_the_server_stalls():
    async def play():
        step = Step("page")
        async with Server(STALL_S, STALL_S) as server:
            connections = Connections(server.port)

            async def visit(planned):
                step.leave(planned)
                answer = await connections.send(encode("GET", "/", {}))
                step.answered(planned, answer.status)

            begin = time.monotonic()
            await asyncio.gather(
                *(at(moment, visit) for moment in spread(begin, 0.1, 10))
            )
            connections.close()
        return step

    step = asyncio.run(play())
    assert step.done == 10
    assert max(step.delays) < STALL_S / 2
    # Only the two that the server let wait are slow; those behind them are not.
    assert sum(latency >= STALL_S for latency in step.latencies) == 2


def test_latency_counts_from_the_planned_time():
    step = Step("page")
    planned = time.monotonic() - 5
    step.leave(planned)
    step.answered(planned, 200)
    assert step.latencies[0] >= 5
    assert step.delays[0] >= 5


def test_a_quick_refusal_is_no_speed():
    step, planned = Step("save"), time.monotonic()
    for status in (200, 429, 503, 504):
        step.leave(planned)
        step.answered(planned, status)
    assert (step.done, step.broken, len(step.latencies)) == (1, 2, 2)


def test_quantiles_are_of_the_values_themselves():
    values = range(1, 101)
    assert [quantile(values, share) for share in (0.5, 0.99, 1.0)] == [50, 99, 100]


def test_connections_are_kept_and_replaced_when_the_server_closes_them():
    async def play():
        async with Server(OK, OK, None, OK) as server:
            answers = await ask(server, times=3)
            return [answer.status for answer in answers], server.connections

    # The third request met a closed connection and went out again on another.
    assert asyncio.run(play()) == ([200, 200, 200], 2)


def test_no_answer_at_all_is_a_failure():
    async def play():
        async with Server(None) as server:
            return await ask(server)

    (answer,) = asyncio.run(play())
    assert answer.status == BROKEN


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (b"Transfer-Encoding: chunked", b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
        (b"Connection: close", b"abcde"),
        (b"Content-Encoding: gzip\r\nConnection: close", gzip.compress(b"abcde")),
    ],
    # Not by their bytes: gzip writes the time into them.
    ids=["chunked", "closed", "gzip"],
)
def test_bodies_of_any_length(headers, body):
    head = b"HTTP/1.1 201 Created\r\nSet-Cookie: a=b; Path=/\r\n" + headers

    async def play():
        async with Server(head + b"\r\n\r\n" + body) as server:
            return await ask(server)

    (answer,) = asyncio.run(play())
    assert (answer.status, answer.body, answer.cookies) == (201, b"abcde", {"a": "b"})


def test_the_web_server_runs_as_the_unit_says():
    installation = Installation(production=True, workers=3, port=8701)
    web, environment = installation._commands()["web"]
    unit = (ROOT / "deploy" / "lms-web.service").read_text()
    assert web[0].endswith("/granian")
    assert web[web.index("--workers") + 1] == "3"
    assert web[web.index("--port") + 1] == "8701"
    threads = web[web.index("--blocking-threads") + 1]
    assert f"--blocking-threads {threads} " in unit
    assert web[-1] == "lms.wsgi:application"
    assert environment["MALLOC_MMAP_THRESHOLD_"] == "262144"
