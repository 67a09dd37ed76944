"""Invariants that need crashes or crowds (C02, C04)."""

import datetime as dt
import threading
import time

import pytest
from django.db import IntegrityError, connection, connections, transaction

from certificates.exceptions import WrongState
from certificates.models import (
    Certificate,
    CertificateEvent,
    CertificateKind,
    NumberSeries,
    RegisterHead,
)
from certificates.register.checker import check_register
from certificates.services import (
    cancel_certificate,
    issue_awaiting,
    issue_certificate,
    reissue_certificate,
    revoke_certificate,
)
from certificates.services.issue import issue_many
from courses.models import Enrolment
from tests.factories.people import PersonFactory
from tests.factories.proofs import earn, issue

pytestmark = pytest.mark.usefixtures("signing_keys")


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
def test_c04_a_group_that_crashes_leaves_no_number_and_no_entry_behind():
    issue()
    crashes = whole = 0

    while not whole:
        earned = [earn() for _ in range(2)]
        before = counters()
        with connection.execute_wrapper(CrashAt(crashes)):
            try:
                whole = issue_many([(one, kind()) for one in earned])
            except Crash:
                crashes += 1
        if not whole:
            assert counters() == before
            assert issue_awaiting() == 2

    assert crashes > 10
    assert issue_awaiting() == 0
    entries, series = counters()
    assert entries == 1 + 2 * (crashes + 1)
    assert series == [(2021, "G", entries)]
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
