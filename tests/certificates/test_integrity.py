"""Invariants that need crashes, crowds or somebody tampering (protocols 2.6)."""

import datetime as dt
import json
import threading

import pytest
from django.core.management import call_command
from django.db import connection, connections

from certificates.checker import check_register
from certificates.exceptions import CertificateRefusal
from certificates.models import (
    Certificate,
    CertificateEvent,
    CertificateKind,
    NumberSeries,
    RegisterHead,
)
from certificates.services import (
    issue_awaiting,
    issue_certificate,
    publish_heads,
    revoke_certificate,
)
from courses.models import Enrolment
from lms.evidence import open_gate
from tests.certificates.factories import PersonFactory, earn

pytestmark = pytest.mark.usefixtures("signing_keys")

EVENTS = CertificateEvent._meta.db_table


def kind():
    return CertificateKind.objects.get(code="TRAINING_PROOF")


class Crash(Exception):
    pass


class CrashAt:
    """Raises instead of running the n-th statement that writes or reads."""

    def __init__(self, number):
        self.left = number

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left < 0:
            raise Crash
        return execute(sql, params, many, context)


def state():
    """Everything an issue leaves behind, without what is random."""
    return {
        "certificates": list(
            Certificate.objects.order_by("valid_from", "pk").values_list(
                "person", "number", "valid_from", "replaced_on", "result"
            )
        ),
        "events": list(
            CertificateEvent.objects.values_list(
                "position", "action", "certificate__number"
            )
        ),
        "head": RegisterHead.objects.get().entries,
        "series": list(NumberSeries.objects.values_list("year", "letter", "last")),
    }


@pytest.mark.services
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_c04_a_crash_at_every_statement_then_the_sweep_gives_the_same_state():
    older = issue_certificate(earn(), kind=kind())
    later = dt.datetime(2027, 11, 21, 8, tzinfo=dt.UTC)
    enrolment = earn(enrolment__person=older.person, released_at=later)
    before = state()

    for number in range(200):
        with connection.execute_wrapper(CrashAt(number)):
            try:
                issue_certificate(enrolment, kind=kind())
            except Crash:
                pass
            else:
                break
        connection.close()
        assert state() == before
    uninterrupted = state()

    assert number > 10
    assert issue_awaiting() == 0
    assert state() == uninterrupted
    assert uninterrupted["head"] == 3
    assert check_register()["ok"]


@pytest.mark.services
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_c02_of_many_parallel_issuers_at_most_one_proof_is_active():
    person = PersonFactory()
    enrolments = [
        earn(
            enrolment__person=person,
            released_at=dt.datetime(2026, 11, 21 + day, 8, tzinfo=dt.UTC),
        )
        for day in range(4)
    ]
    wanted = kind()
    problems, gate = [], threading.Barrier(8)

    def issue(worker):
        gate.wait()
        try:
            for turn in range(25):
                enrolment = enrolments[(worker + turn) % len(enrolments)]
                issue_certificate(Enrolment.objects.get(pk=enrolment.pk), kind=wanted)
        except CertificateRefusal:
            pass
        except Exception as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=issue, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    assert Certificate.objects.count() == 4
    assert Certificate.objects.open().count() == 1
    assert CertificateEvent.objects.filter(action="issue").count() == 4
    assert check_register()["ok"]


@pytest.fixture
def chain(db):
    rows = [issue_certificate(earn(), kind=kind()) for _ in range(4)]
    revoke_certificate(rows[1], reason_class="FALSE_FACTS", reason="测试")
    publish_heads(now=rows[0].recorded_at + dt.timedelta(days=1))
    return list(CertificateEvent.objects.all())


def tamper(sql):
    with open_gate(reason="tests tamper"), connection.cursor() as cursor:
        cursor.execute(sql)


def test_an_untouched_register_is_whole(chain):
    assert check_register() == {
        "entries": 5,
        "head": RegisterHead.objects.get().hash,
        "ok": True,
        "first_bad": None,
    }


@pytest.mark.parametrize(
    ("sql", "first_bad"),
    [
        ("DELETE FROM {events} WHERE position = 3", 3),
        (
            "UPDATE {events} SET entry = replace(entry, 'issue', 'cancel') "
            "WHERE position = 2",
            2,
        ),
        (
            "UPDATE {events} SET action = 'cancel', reason_class = 'CLEARED' "
            "WHERE position = 1",
            1,
        ),
        ("reorder", 4),
        ("DELETE FROM {events} WHERE position = 5", 5),
        ("DELETE FROM {events}", 1),
    ],
    ids=["removed", "altered", "column", "reordered", "truncated", "emptied"],
)
def test_the_checker_finds_tampering(chain, sql, first_bad):
    if sql == "reorder":
        for old, new in ((4, 99), (5, 4), (99, 5)):
            tamper(f"UPDATE {EVENTS} SET position = {new} WHERE position = {old}")
    else:
        tamper(sql.format(events=EVENTS))

    report = check_register()

    assert not report["ok"]
    assert report["first_bad"] == first_bad


def test_truncation_with_the_head_moved_back_is_found_by_published_heads(chain):
    tamper(f"DELETE FROM {EVENTS} WHERE position > 3")
    RegisterHead.objects.update(entries=3, hash=chain[2].hash)

    report = check_register()

    assert (report["entries"], report["ok"], report["first_bad"]) == (3, False, 4)


def test_a_rewritten_register_is_found_by_heads_saved_elsewhere(
    chain, tmp_path, capsys
):
    saved = tmp_path / "heads.json"
    heads = {"heads": [{"day": "2026-11-24", "entries": 5, "hash": "0" * 64}]}
    saved.write_text(json.dumps(heads))

    with pytest.raises(SystemExit):
        call_command("verify_register", "--json", "--heads", str(saved))

    assert json.loads(capsys.readouterr().out)["first_bad"] == 5


def test_c11_the_register_names_nobody(chain):
    everything = "".join(event.entry for event in chain)

    assert "李" not in everything
    assert "440899" not in everything
