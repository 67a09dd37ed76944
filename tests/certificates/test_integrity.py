"""Invariants that need crashes, crowds or somebody tampering (protocols 2.6)."""

import datetime as dt
import hashlib
import json
import threading
import time
import uuid

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, connections, transaction

from certificates.checker import check_register
from certificates.exceptions import WrongState
from certificates.models import (
    Certificate,
    CertificateEvent,
    CertificateKind,
    NumberSeries,
    RegisterHead,
)
from certificates.services import (
    cancel_certificate,
    issue_awaiting,
    issue_certificate,
    publish_heads,
    reissue_certificate,
    revoke_certificate,
)
from courses.models import Enrolment
from lms.evidence import open_gate
from tests.certificates.factories import PersonFactory, earn, issue

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


def renewal():
    """A person with a proof, and the enrolment that has earned the next one."""
    older = issue()
    later = dt.datetime(2022, 11, 21, 8, tzinfo=dt.UTC)
    return earn(enrolment__person=older.person, released_at=later)


def state_of(person):
    """Everything the issues of a person leave behind, without what is random."""
    rows = Certificate.objects.filter(person=person).order_by("valid_from")
    events = CertificateEvent.objects.filter(certificate__person=person)
    return {
        "certificates": [
            (
                row.valid_from,
                row.valid_to,
                row.replaced_on,
                row.predecessor and row.predecessor.valid_from,
                row.facts["score"],
            )
            for row in rows
        ],
        "events": list(events.values_list("action", "certificate__valid_from")),
    }


def counters():
    """What all issues share: the head of the register, and the numbers used."""
    head, series = RegisterHead.objects.get(), NumberSeries.objects.order_by("year")
    return head.entries, list(series.values_list("year", "letter", "last"))


@pytest.mark.services
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_c04_a_crash_at_every_statement_then_the_sweep_gives_the_same_state():
    enrolment = renewal()
    issue_certificate(enrolment, kind=kind())
    uninterrupted = state_of(enrolment.person)
    crashes = 0

    for number in range(200):
        enrolment = renewal()
        before = counters()
        with connection.execute_wrapper(CrashAt(number)):
            try:
                issue_certificate(enrolment, kind=kind())
            except Crash:
                crashes += 1
            else:
                break
        connection.close()
        assert counters() == before
        assert issue_awaiting() == 1
        assert state_of(enrolment.person) == uninterrupted
        assert issue_awaiting() == 0

    assert crashes > 10
    entries, series = counters()
    assert entries == 3 * (crashes + 2)
    assert series == [(2021, "G", crashes + 2), (2022, "G", crashes + 2)]
    assert check_register()["ok"]


@pytest.mark.services
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_c02_of_many_parallel_issuers_at_most_one_proof_is_active():
    person = PersonFactory()
    enrolments = [
        earn(
            enrolment__person=person,
            released_at=dt.datetime(2021, 11, 21 + day, 8, tzinfo=dt.UTC),
        )
        for day in range(4)
    ]
    wanted = kind()
    done, problems, gate = [], [], threading.Barrier(8)

    def issue_all(worker):
        gate.wait()
        try:
            for turn in range(25):
                enrolment = enrolments[(worker + turn) % len(enrolments)]
                issue_certificate(Enrolment.objects.get(pk=enrolment.pk), kind=wanted)
                done.append(worker)
        except Exception as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=issue_all, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    assert len(done) == 200
    assert Certificate.objects.count() == 4
    assert Certificate.objects.open().count() == 1
    assert CertificateEvent.objects.filter(action="issue").count() == 4
    assert check_register()["ok"]


@pytest.mark.services
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_proof_cancelled_in_the_same_moment_is_not_issued_again():
    row = issue()
    why = {"reason_class": "ISSUED_IN_ERROR", "reason": "测试"}
    revoke_certificate(row, **why)
    cancelled, refused = threading.Event(), []

    def issue_again():
        cancelled.wait()
        try:
            reissue_certificate(row, **why)
        except WrongState as refusal:
            refused.append(refusal)
        finally:
            connections.close_all()

    thread = threading.Thread(target=issue_again)
    thread.start()
    with transaction.atomic():
        cancel_certificate(row, **why)
        cancelled.set()
        time.sleep(0.5)  # the other is waiting for this row by now
    thread.join()

    assert len(refused) == 1
    assert Certificate.objects.count() == 1
    assert check_register()["ok"]


def test_c01_the_database_refuses_a_second_equal_serial(db):
    first, second = issue(), issue()

    with pytest.raises(IntegrityError, match="serial"), transaction.atomic():
        Certificate.objects.filter(pk=second.pk).update(serial=first.serial)


@pytest.fixture
def chain(db):
    now = dt.datetime(2026, 1, 5, 4, tzinfo=dt.UTC)
    rows = [issue(now=now) for _ in range(4)]
    revoke_certificate(rows[1], reason_class="FALSE_FACTS", reason="测试", now=now)
    publish_heads(now=now + dt.timedelta(days=1))
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


DOCTORED = {
    "facts": {"facts": {"name": "李海生", "hours": "999"}},
    "name": {"holder_name": "张三"},
    "number": {"number": "WC2021G0009999"},
    "token": {"token": "A" * 230},
    "serial": {"serial": "0" * 17},
    "longer": {"valid_to": dt.date(2099, 1, 1)},
    "endless": {"valid_to": None},
    "unrevoked": {"revoked_on": None, "revoked_reason": ""},
}


@pytest.mark.services
@pytest.mark.django_db
@pytest.mark.parametrize("fields", DOCTORED.values(), ids=DOCTORED)
def test_the_checker_finds_a_doctored_certificate(fields):
    issue()
    row = issue(months=36)
    revoke_certificate(row, reason_class="FALSE_FACTS", reason="测试")
    assert check_register()["ok"]

    Certificate.objects.filter(pk=row.pk).update(**fields)

    report = check_register()
    assert (report["ok"], report["first_bad"]) == (
        False,
        3 if "revoked_on" in fields else 2,
    )


def test_the_checker_finds_a_certificate_that_was_never_entered(chain):
    row = Certificate.objects.last()
    row.pk, row.serial, row.number = None, "0" * 17, "WC2021G0009999"
    row.uuid, row.person = uuid.uuid4(), PersonFactory()
    row.save()

    assert check_register()["first_bad"] == 6


@pytest.mark.services
@pytest.mark.parametrize("entry", ["garbage", "[]", "null", "{}", "[" * 9000])
def test_an_entry_that_says_nothing_is_bad_though_its_hash_is_right(chain, entry):
    last = chain[-1]
    digest = hashlib.sha256((last.previous + entry).encode()).hexdigest()
    tamper(
        f"UPDATE {EVENTS} SET entry = '{entry}', hash = '{digest}' "
        f"WHERE position = {last.position}"
    )
    RegisterHead.objects.update(hash=digest)

    assert check_register()["first_bad"] == 5


def test_a_register_without_a_head_is_broken(chain):
    RegisterHead.objects.all().delete()

    assert check_register()["first_bad"] == 6


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


def test_verify_register_says_so_where_all_is_well(chain, capsys):
    call_command("verify_register", "--json")

    assert json.loads(capsys.readouterr().out) == {
        "entries": 5,
        "head": chain[-1].hash,
        "ok": True,
        "first_bad": None,
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"heads": 3}',
        '{"heads": [3]}',
        '{"heads": [{"entries": 1}]}',
        '{"heads": [{"entries": "x", "hash": "y"}]}',
        "\udcff",
    ],
)
def test_a_file_without_heads_is_an_error_in_words(chain, tmp_path, text):
    saved = tmp_path / "heads.json"
    saved.write_text(text, errors="surrogateescape")

    with pytest.raises(CommandError, match="no saved heads"):
        call_command("verify_register", "--heads", str(saved))
    with pytest.raises(CommandError, match="no saved heads"):
        call_command("verify_register", "--heads", str(tmp_path / "none"))


def test_c11_the_register_names_nobody(chain):
    everything = "".join(event.entry for event in chain)

    assert "李" not in everything
    assert "440899" not in everything
