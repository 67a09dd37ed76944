"""An attempt as an examiner reads it."""

import uuid

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from exams.backoffice.viewsets import AttemptViewSet, SittingViewSet
from exams.models import AttemptState, Result, TimeAdjustment
from exams.services.finalise import close_attempt
from lms.access.levels import Access
from lms.evidence.models import AuditEvent
from lms.people.models import Town, User
from tests.exams.phone import answer_all, right_answers, save, token
from tests.factories.people import WorkerFactory
from tests.factories.sittings import CandidateFactory, make_attempt, make_sitting

pytestmark = pytest.mark.django_db


def act(sitting, name):
    return url(SittingViewSet, "act", sitting.pk, name)


def rows_of(page, template):
    """Return what a section of a desk shows; none where the section is not there."""
    parts = {one.template: one.context for one in page.context["sections"]}
    return parts.get(f"exams/admin/{template}.html", {}).get("rows")


@pytest.fixture
def boss(client):
    user = User.objects.create_superuser("boss", password="x")
    client.force_login(user)
    return user


def url(viewset, name, *args):
    return reverse(viewset().get_url_name(name), args=args)


def test_answers_are_read_in_words_and_hashes_come_last(client, boss):
    attempt = make_attempt()
    answer_all(attempt)
    close_attempt(attempt, by=boss, reason="ill")

    response = client.get(url(AttemptViewSet, "inspect", attempt.pk))

    words = {
        slot["slot"]: said
        for slot, said, _score in rows_of(response, "_attempt_answered")
    }
    assert words["1"][3:] == "option 2"
    assert sorted(one[3:] for one in words["2"].split("；")) == ["option 1", "option 3"]
    assert words["4"] == right_answers(attempt)["4"][0]
    assert token(attempt, "1-2") not in response.text
    assert response.context["page_title"] == attempt.person.name
    assert response.context["page_subtitle"] == f"{attempt.sitting} · 第 1 次"
    fingerprint = response.text.index(attempt.paper.content_sha256)
    assert fingerprint > response.text.index("答题流水")


def test_a_cleared_answer_is_a_line_of_the_journal(client, boss):
    attempt = make_attempt()
    save(attempt, (1, "5", token(attempt, "5-4")), (2, "5", None))

    response = client.get(url(AttemptViewSet, "inspect", attempt.pk))

    said = [words for _entry, words in rows_of(response, "_attempt_journal")]
    assert (said[0][3:], said[1]) == ("option 4", "–")
    assert [
        words for _slot, words, _score in rows_of(response, "_attempt_answered")
    ] == ["–"] * 5


@pytest.fixture
def officer(client):
    """One who sees the people of another town, and sits the same exam as they."""
    town = Town.objects.create(code="440883999", name="无人镇")
    officer = WorkerFactory(access=Access.TOWN, town=town)
    officer.user_permissions.set(
        Permission.objects.filter(
            codename__in=["access_admin", "view_sitting", "change_sitting"]
        )
    )
    client.force_login(officer)
    return officer


def test_the_desk_shows_an_officer_who_sits_too_no_other_candidate(client, officer):
    other = make_attempt()
    CandidateFactory(sitting=other.sitting, person=officer.person)

    page = client.get(url(SittingViewSet, "inspect", other.sitting.pk))

    assert page.status_code == 200
    (section,) = [one for one in page.context["sections"] if one.anchor == "people"]
    assert section.table.objects == []
    assert dict(page.context["facts"])["正在作答"] == 0
    assert other.person.name not in page.text


@pytest.mark.parametrize("whom", ["one", "everybody"])
def test_an_officer_gives_time_to_nobody_unseen(client, officer, whom):
    other = make_attempt()
    CandidateFactory(sitting=other.sitting, person=officer.person)
    form = {"batch": uuid.uuid4(), "minutes": 9, "reason": "x"}
    form["attempt"] = other.pk if whom == "one" else ""

    client.post(act(other.sitting, "extra-time"), form)

    assert not TimeAdjustment.objects.exists()


def test_an_officer_releases_no_result_unseen(client, officer):
    other = make_attempt(make_sitting(release="staff"))
    CandidateFactory(sitting=other.sitting, person=officer.person)
    close_attempt(other, by=None, reason="ill")

    page = client.get(url(SittingViewSet, "inspect", other.sitting.pk))
    client.post(act(other.sitting, "release"))

    assert act(other.sitting, "release") not in page.text
    assert not Result.objects.exists()


def test_rows_of_sittings_open_the_desk(client, boss):
    sitting = make_attempt().sitting

    listing = client.get(url(SittingViewSet, "list")).text

    assert url(SittingViewSet, "inspect", sitting.pk) in listing
    assert url(SittingViewSet, "edit", sitting.pk) not in listing


def test_a_proctor_ends_an_attempt_with_a_reason(client, boss):
    attempt = make_attempt()
    address = url(AttemptViewSet, "act", attempt.pk, "end")
    desk = url(AttemptViewSet, "inspect", attempt.pk)

    assert address in client.get(desk).text
    nothing = client.post(address, {"reason": " "})
    attempt.refresh_from_db()
    assert (nothing.status_code, attempt.state) == (200, AttemptState.OPEN)
    done = client.post(address, {"reason": "突发疾病"})

    attempt.refresh_from_db()
    assert (done.url, attempt.state) == (desk, AttemptState.FINISHED)
    event = AuditEvent.objects.get(action="exams.close_attempt")
    assert (event.actor, event.reason) == (boss, "突发疾病")
    assert address not in client.get(desk).text
