"""Kill -9 while a phone saves: what was acknowledged is in the database (E23, E25).

The server is a process of its own; only its acknowledgements count. The negative
control is the same test against a server that acknowledges before it commits: there
answers must be missing, or the test could not fail.
"""

import http.client
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest
from django.conf import settings
from django.db import connection

from exams.models import AnswerEntry
from exams.services.seat import issue_token, session_hash
from tests.factories.sittings import make_attempt, make_sitting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

SESSION = "k" * 32
CSRF = "c" * 32
START_S = 40
ENOUGH = 30
IN_MID_SAVE_S = 0.02


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A web server on the test database, to be killed."""

    def __init__(self, application):
        self.port = free_port()
        name = connection.settings_dict["NAME"]
        url = f"sqlite:///{name}"
        if connection.vendor == "postgresql":
            given = connection.settings_dict
            url = (
                f"postgres://{given['USER']}:{given['PASSWORD']}"
                f"@{given['HOST']}:{given['PORT'] or 5432}/{name}"
            )
        command = [sys.executable, "-m", "granian", "--interface", "wsgi"]
        command += ["--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--workers", "1", "--blocking-threads", "4", "--no-ws"]
        environment = os.environ | {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "lms.settings.test",
        }
        self.process = subprocess.Popen(
            [*command, "--log-level", "critical", application],
            env=environment,
            cwd=settings.BASE_DIR,
            start_new_session=True,
        )
        try:
            self.wait()
        except BaseException:
            self.kill()
            raise

    def wait(self):
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            try:
                with closing(self.connect()) as client:
                    client.request("GET", "/healthz")
                    if client.getresponse().status == 200:
                        return
            except OSError:
                pass
            time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def save(client, attempt, seqs):
    token = issue_token(
        str(attempt.uuid),
        person_id=attempt.person_id,
        epoch=1,
        session=attempt.seat_session,
    )
    items = [
        {"seq": seq, "slot": "4", "value": [f"answer {seq}"], "client_ms": 1}
        for seq in seqs
    ]
    headers = {
        "Content-Type": "application/json",
        "Cookie": f"{settings.SESSION_COOKIE_NAME}={SESSION}; csrftoken={CSRF}",
        "X-CSRFToken": CSRF,
        "X-Seat-Token": token,
    }
    body = json.dumps({"seat_epoch": 1, "items": items})
    client.request("POST", f"/exams/attempts/{attempt.uuid}/answers", body, headers)
    response = client.getresponse()
    return response.status, json.loads(response.read())


def saved_until_killed(application):
    """Save without pause until the server is killed; return what it acknowledged.

    It is killed a moment after ``ENOUGH`` answers, at any pace of the machine, so
    that a save is under way.
    """
    server = Server(application)
    killer = threading.Timer(IN_MID_SAVE_S, server.kill)
    try:
        return _save_until_gone(server, killer)
    finally:
        if killer.ident is not None:
            killer.join()
        server.kill()


def _save_until_gone(server, killer):
    sitting = make_sitting()
    attempts = [make_attempt(sitting, session=session_hash(SESSION)) for _ in range(8)]
    acked = set()
    with closing(server.connect()) as client:
        for seq in itertools.count(1):
            attempt = attempts[seq % len(attempts)]
            try:
                status, body = save(client, attempt, [seq])
            except (OSError, http.client.HTTPException):
                break
            if status == 429:
                time.sleep(0.05)
                continue
            assert status == 200, body
            acked |= {(attempt.pk, seq) for seq in body["acked"]}
            if len(acked) >= ENOUGH and killer.ident is None:
                killer.start()
    return acked


def stored():
    connection.close()
    return set(AnswerEntry.objects.values_list("attempt_id", "seq"))


def test_e23_e25_every_acknowledged_answer_survives_kill_9():
    acked = saved_until_killed("lms.wsgi:application")

    assert len(acked) >= ENOUGH
    assert acked <= stored()


def test_a_server_that_acknowledges_before_it_commits_loses_answers():
    acked = saved_until_killed("tests.faults.lying_wsgi:application")

    assert len(acked) >= ENOUGH
    assert acked - stored(), "the control lost nothing, so the test proves nothing"
