"""No request of any user is answered with 5xx.

``make fuzz`` sends 100,000; the ordinary suite a few hundred, others each day.
FUZZ_REQUESTS and FUZZ_SEED choose how many and which.
"""

import os
import traceback
from collections import defaultdict
from http.cookies import SimpleCookie

import pytest
from django.core.cache import cache
from django.core.signals import got_request_exception
from django.db import transaction
from django.http import QueryDict
from django.test import Client

from lms.people.models import User
from tests.lms.fuzz.hostile import Hostile

pytestmark = pytest.mark.django_db

ROLES = (None, "admin", "base", "town", "editor", "reviewer", "manager", "worker")
REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "300"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))


@pytest.mark.filterwarnings("ignore")
def test_no_request_is_answered_with_5xx(city, caplog, monkeypatch):
    caplog.set_level("CRITICAL", logger="")
    source, faults, errors = Hostile(SEED), defaultdict(list), []
    _tell_what_is_asked(monkeypatch, source.learn)

    def note(sender, **kwargs):
        errors.append(traceback.format_exc(limit=-3))

    got_request_exception.connect(note)
    try:
        clients = [_client(role) for role in ROLES]
        cookies = [client.cookies.output(header="") for client in clients]
        codes = defaultdict(int)
        for number in range(REQUESTS):
            role = number % len(ROLES)
            if role == 0:
                cache.clear()
            # What a request before this one did, signing out too, is undone.
            clients[role].cookies = SimpleCookie(cookies[role])
            request = source.next()
            errors.clear()
            code = _send(clients[role], request)
            codes[code] += 1
            if code >= 500:
                error = errors[-1] if errors else f"answered {code}"
                faults[error].append(f"{ROLES[role]}: {request}")
    finally:
        got_request_exception.disconnect(note)

    print(dict(sorted(codes.items())))  # noqa: T201 - what a long run is read for
    report = [f"{len(sent)} × {sent[0]}\n{error}" for error, sent in faults.items()]
    assert not faults, "\n\n".join(report)


def _tell_what_is_asked(monkeypatch, learn):
    """Call ``learn`` with the name of each field that a view asks a request for."""
    for method in ("__getitem__", "__contains__", "getlist"):
        told = _telling(getattr(QueryDict, method), learn)
        monkeypatch.setattr(QueryDict, method, told)


def _telling(ask, learn):
    def told(self, name, *args, **kwargs):
        if isinstance(name, str):
            learn(name)
        return ask(self, name, *args, **kwargs)

    return told


def _client(role):
    client = Client(raise_request_exception=False)
    user = User.objects.filter(username=role).first()
    if user is not None:
        client.force_login(user)
    return client


def _send(client, request):
    """Send a request and undo what it did."""
    with transaction.atomic():
        response = client.generic(
            request.method,
            request.path,
            request.body,
            content_type=request.content_type,
            QUERY_STRING=request.query,
            **request.headers,
        )
        if response.streaming:
            b"".join(response.streaming_content)
        transaction.set_rollback(True)
    return response.status_code
