"""The register and its checker: every change is found (S2.5)."""

import datetime as dt
import hashlib
import json
import uuid

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from certificates.models import (
    Certificate,
    CertificateEvent,
    CertificateKind,
    RegisterHead,
)
from certificates.register.checker import check_register
from certificates.services import (
    publish_heads,
    reinstate_certificate,
    revoke_certificate,
    suspend_certificate,
)
from lms.evidence.triggers import open_gate
from tests.factories.people import PersonFactory
from tests.factories.proofs import issue

pytestmark = pytest.mark.usefixtures("signing_keys")

EVENTS = CertificateEvent._meta.db_table


def a_kind_of_hours():
    return CertificateKind.objects.get(code="HOURS_PROOF")


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
    "revoked later": {"revoked_on": dt.date(2099, 1, 1)},
    "revoked for less": {"revoked_reason": "CLEARED"},
    "cancelled": {
        "cancelled_on": dt.date(2026, 1, 1),
        "cancelled_reason": "HOLDER_REQUEST",
    },
    "replaced": {"replaced_on": dt.date(2026, 1, 1)},
    "suspended": {"suspended_from": dt.date(2026, 1, 1)},
    "role": {"role": "PRINCIPAL"},
    "subject": {"subject": "1.2"},
    "first issued": {"first_issued_on": dt.date(2001, 1, 1)},
    "document": {"id_masked": "540899********0002"},
}


# What an entry after the first has done, or not done.
ENDED = {
    "revoked_on",
    "revoked_reason",
    "cancelled_on",
    "replaced_on",
    "suspended_from",
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
        3 if ENDED & {*fields} else 2,
    )


@pytest.mark.services
@pytest.mark.django_db
@pytest.mark.parametrize("other", ["person", "kind"])
def test_the_checker_finds_a_certificate_given_to_another(other):
    row = issue()
    now = {"person": PersonFactory, "kind": a_kind_of_hours}[other]()
    assert check_register()["ok"]

    Certificate.objects.filter(pk=row.pk).update(**{other: now})

    assert check_register()["first_bad"] == 1


@pytest.mark.services
@pytest.mark.django_db
def test_the_checker_follows_suspensions_to_the_day():
    start = dt.datetime(2026, 1, 5, 4, tzinfo=dt.UTC)
    row, why = issue(now=start), {"reason": "测试"}
    for day, act in enumerate(
        [
            suspend_certificate,
            reinstate_certificate,
            suspend_certificate,
            reinstate_certificate,
            suspend_certificate,
        ]
    ):
        about = (
            {"reason_class": "UNDER_INVESTIGATION"}
            if act is suspend_certificate
            else {}
        )
        act(row, now=start + dt.timedelta(days=2 * day), **why, **about)
        assert check_register()["ok"]

    tamper("UPDATE certificates_earliersuspension SET reason_class = 'CLEARED'")
    assert check_register()["first_bad"] == 6


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
