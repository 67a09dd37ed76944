import json
from decimal import Decimal
from urllib.parse import unquote

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.core.files.base import ContentFile
from django.http import Http404
from django.urls import reverse

from courses.models import LessonProgress, StudyEntry, StudySession
from courses.views import panels
from lms.access.groups import EDITOR
from lms.evidence import clock
from tests.factories.classes import course, enrolled_in
from tests.factories.people import PersonFactory, UserFactory

pytestmark = pytest.mark.django_db

VIDEO = {"kind": "video", "duration_seconds": 60, "nominal_hours": Decimal("0.02")}
ARTICLE = {"nominal_hours": Decimal(1), "minimum_seconds": 60}


@pytest.fixture
def learner(client):
    user = UserFactory(person=PersonFactory())
    client.force_login(user)
    return user.person


@pytest.fixture
def enrolment(learner):
    return enrolled_in(course(ARTICLE, VIDEO), hours=1, person=learner)


def lessons(enrolment):
    return list(enrolment.training_class.programme.courses.get().lessons())


def post(client, url, body=None):
    return client.post(url, json.dumps(body or {}), content_type="application/json")


def begin(client, enrolment, lesson):
    return post(
        client, reverse("courses:start", args=[enrolment.uuid, lesson.pk])
    ).json()


@pytest.mark.parametrize("count", [1, 3])
def test_my_training_costs_the_same_for_any_number_of_programmes(
    client, learner, django_assert_num_queries, monkeypatch, count
):
    monkeypatch.setattr(panels, "_enrolment_panels", [])
    for number in range(count):
        page = course(ARTICLE, VIDEO, code=f"C{number}")
        enrolled_in(page, hours=1, person=learner)
    foreign = enrolled_in(course(ARTICLE, code="X"), hours=1)
    client.get(reverse("courses:home"))

    # user, now, enrolments, version of what is taught, progress, hours entered,
    # slips, unfinished attempts; certificates and their day
    with django_assert_num_queries(10):
        response = client.get(reverse("courses:home"))

    assert len(response.context["cards"]) == count
    assert foreign.training_class.programme.title not in response.text


def test_my_training_of_an_account_without_person_says_so(client):
    client.force_login(UserFactory(access="CITY"))

    response = client.get(reverse("courses:home"))

    assert response.status_code == 200
    assert response.context["cards"] == []


def test_a_programme_says_what_is_missing(client, enrolment):
    response = client.get(reverse("courses:enrolment", args=[enrolment.uuid]))

    assert response.context["state"] == "studying"
    assert response.context["progress"].missing_lessons == 2


def test_somebody_elses_training_is_not_there(client, learner):
    foreign = enrolled_in(course(ARTICLE), hours=1)
    lesson = lessons(foreign)[0]

    answers = [
        client.get(reverse("courses:enrolment", args=[foreign.uuid])),
        client.get(reverse("courses:lesson", args=[foreign.uuid, lesson.pk])),
        post(client, reverse("courses:start", args=[foreign.uuid, lesson.pk])),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_a_lesson_is_learnt_over_the_wire(client, enrolment):
    session = begin(client, enrolment, lessons(enrolment)[1])

    body = {"seq": 1, "position": 0, "visible": True, "playing": True}
    response = post(client, session["beat"], body)

    assert response.status_code == 200
    assert response.json()["state"] == "active"


def test_a_paused_session_is_told_so(client, enrolment):
    session = begin(client, enrolment, lessons(enrolment)[1])
    begin(client, enrolment, lessons(enrolment)[0])

    response = post(client, session["beat"], {"seq": 1, "position": 0})

    assert (response.status_code, response.json()["reason"]) == (409, "elsewhere")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], "not_json"),
        ({"position": 1}, "bad_seq"),
        ({"seq": 0, "position": 1}, "bad_seq"),
        ({"seq": True, "position": 1}, "bad_seq"),
        ({"seq": 1, "position": -1}, "bad_position"),
        ({"seq": 1, "position": 1.5}, "bad_position"),
        ({"seq": 1, "position": 10**12}, "bad_position"),
        ({"seq": 1, "position": 1, "visible": "yes"}, "bad_flag"),
    ],
    ids=str,
)
def test_a_bad_heartbeat_is_refused_with_its_code(client, enrolment, body, code):
    session = begin(client, enrolment, lessons(enrolment)[1])

    response = client.post(
        session["beat"], json.dumps(body), content_type="application/json"
    )

    assert (response.status_code, response.json()) == (400, {"code": code})
    assert StudyEntry.objects.count() == 0


def test_the_heartbeat_refuses_other_bodies_and_strangers(client, enrolment):
    session = begin(client, enrolment, lessons(enrolment)[1])
    deep = "[" * 2000
    big = json.dumps({"seq": 1, "position": 1, "x": "x" * 5000})

    answers = [
        client.post(session["beat"], {"seq": 1}),
        client.post(session["beat"], "a=1", content_type="text/plain"),
        client.post(session["beat"], "{", content_type="application/json"),
        client.post(session["beat"], deep, content_type="application/json"),
        *(
            client.post(
                session["beat"], "{}", content_type="application/json", **length
            )
            for length in ({"CONTENT_LENGTH": "abc"}, {"CONTENT_LENGTH": "9" * 5000})
        ),
        client.post(session["beat"], big, content_type="application/json"),
        client.get(session["beat"]),
    ]
    client.force_login(UserFactory(person=PersonFactory()))
    answers.append(post(client, session["beat"], {"seq": 1, "position": 1}))
    client.logout()
    answers.append(post(client, session["beat"], {"seq": 1, "position": 1}))

    found = [answer.status_code for answer in answers]
    assert found == [415, 415, 400, 400, 413, 413, 413, 405, 404, 401]


def test_an_article_is_read_without_javascript(client, enrolment):
    lesson = lessons(enrolment)[0]
    url = reverse("courses:read", args=[enrolment.uuid, lesson.pk])

    client.post(url)
    response = client.post(url, follow=True)

    assert response.status_code == 200
    assert StudySession.objects.get().last_seq == 1
    assert LessonProgress.objects.get().end_reached is True


def test_a_lesson_done_early_goes_on_counting_while_hours_are_missing(
    client, enrolment
):
    article, video = lessons(enrolment)
    done = {"credited_ms": 60_000, "end_reached": True, "completed_at": clock.now()}
    enrolment.progress.create(lesson=article, **done)
    enrolment.progress.create(lesson=video, **{**done, "furthest_ms": 60_000})
    page = reverse("courses:lesson", args=[enrolment.uuid, article.pk])

    learning = client.get(page)
    programme = client.get(reverse("courses:enrolment", args=[enrolment.uuid]))
    session = begin(client, enrolment, article)
    answer = post(client, session["beat"], {"seq": 1, "position": 0}).json()

    assert "data-start" in learning.text
    assert programme.context["progress"].next_lesson.lesson == article
    assert [counts for _state, counts in programme.context["rows"]] == [True, False]
    assert (answer["done"], answer["counts"], answer["missing"]) == (True, True, 2640)
    assert answer["next"] is None


def test_lessons_that_cannot_give_the_hours_are_no_way_on(client, enrolment):
    training_class = enrolment.training_class
    training_class.planned_hours = 9
    training_class.save()
    for lesson in lessons(enrolment):
        enrolment.progress.create(
            lesson=lesson,
            credited_ms=2_700_000,
            furthest_ms=60_000,
            completed_at=clock.now(),
        )

    programme = client.get(reverse("courses:enrolment", args=[enrolment.uuid]))
    home = client.get(reverse("courses:home"))

    assert programme.context["state"] == "out_of_reach"
    assert "请告诉培训基地" in programme.text
    assert home.context["going_on"] is None


def test_a_video_has_no_reading_form(client, enrolment):
    lesson = lessons(enrolment)[1]

    response = client.post(reverse("courses:read", args=[enrolment.uuid, lesson.pk]))

    assert response.status_code == 404


@pytest.mark.parametrize(
    ("asked", "status", "body", "content_range"),
    [
        ("", 200, b"0123456789", None),
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=0-99", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=4-4", 200, b"0123456789", None),
        ("bytes=9-", 200, b"0123456789", None),
        ("bytes=5-2", 200, b"0123456789", None),
        ("bytes=0-1,3-4", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_film_is_sent_whole_or_in_part(
    client, enrolment, asked, status, body, content_range
):
    url = reverse("courses:file", args=[lessons(enrolment)[1].pk, "video"])

    response = client.get(url, headers={"Range": asked} if asked else {})

    assert response.status_code == status
    assert response.getvalue() == body
    assert response.headers.get("Content-Range") == content_range
    assert response.headers.get("Cache-Control", "private").startswith("private")


def test_the_head_of_a_film_tells_its_length_and_sends_nothing(client, enrolment):
    url = reverse("courses:file", args=[lessons(enrolment)[1].pk, "video"])

    whole = client.head(url)
    part = client.head(url, headers={"Range": "bytes=2-4"})

    assert (whole.status_code, whole.getvalue()) == (200, b"")
    assert (whole.headers["Content-Length"], whole.headers["Accept-Ranges"]) == (
        "10",
        "bytes",
    )
    assert whole.headers["Content-Type"] == "video/mp4"
    assert (part.status_code, part.getvalue()) == (206, b"")
    assert part.headers["Content-Length"] == "3"


def test_a_film_that_was_sent_is_not_sent_again(client, enrolment):
    url = reverse("courses:file", args=[lessons(enrolment)[1].pk, "video"])
    first = client.get(url)
    assert first.getvalue() == b"0123456789"

    seen = {"If-None-Match": first.headers["ETag"]}
    since = {"If-Modified-Since": first.headers["Last-Modified"]}

    assert [client.get(url, headers=told).status_code for told in (seen, since)] == [
        304,
        304,
    ]


def test_a_film_whose_file_is_gone_is_no_page(client, enrolment):
    lesson = lessons(enrolment)[1]
    lesson.video.storage.delete(lesson.video.name)

    response = client.get(reverse("courses:file", args=[lesson.pk, "video"]))

    assert response.status_code == 404


@pytest.mark.parametrize("name", ["video", "poster", "body", "slug"], ids=str)
def test_lesson_files_are_private(client, name):
    foreign = lessons(enrolled_in(course(ARTICLE, VIDEO), hours=1))[1]
    url = reverse("courses:file", args=[foreign.pk, name])
    signed_out = client.get(url).status_code
    client.force_login(UserFactory(person=PersonFactory()))

    assert (signed_out, client.get(url).status_code) == (404, 404)


def test_a_number_no_database_holds_is_no_page(client, enrolment):
    answers = [
        client.get(f"/learn/files/{2**63}/video"),
        client.get(f"/learn/files/{2**63 - 1}/video"),
        client.get(f"/learn/{enrolment.uuid}/lessons/{2**63}/"),
        post(client, f"/learn/{enrolment.uuid}/lessons/{2**63}/start"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert answers[-1].json() == {"code": "unknown"}


def test_nginx_is_given_an_address_for_a_film_with_a_chinese_name(client, settings):
    settings.MEDIA_ACCEL_PREFIX = "/protected/"
    film = ContentFile(b"0123456789", name="粉尘 防爆%.mp4")
    lesson = course({**VIDEO, "video": film}, open_to_all=True).lessons().get()

    response = client.get(reverse("courses:file", args=[lesson.pk, "video"]))

    address = response.headers["X-Accel-Redirect"]
    assert address.isascii()
    assert unquote(address) == f"/protected/{lesson.video.name}"
    assert "粉尘" in lesson.video.name


def test_files_of_open_courses_are_for_everybody(client):
    page = course(VIDEO, open_to_all=True)

    response = client.get(
        reverse("courses:file", args=[page.lessons().get().pk, "video"])
    )

    assert response.getvalue() == b"0123456789"


@pytest.mark.parametrize("level", ["course", "lesson"])
def test_a_closed_course_is_a_page_for_its_editors_only(rf, level):
    page = course(ARTICLE)
    page = page if level == "course" else page.lessons().get()
    editor = UserFactory()
    editor.groups.add(Group.objects.get(name=EDITOR))
    request = rf.get("/")

    for stranger in (AnonymousUser(), UserFactory(person=PersonFactory())):
        request.user = stranger
        with pytest.raises(Http404):
            page.serve(request)
    request.user = editor
    assert page.serve(request).status_code == 200


def test_a_class_taught_in_person_asks_for_no_lesson(client, learner):
    enrolment = enrolled_in(course(ARTICLE, VIDEO), hours=1, person=learner)
    lesson = reverse("courses:lesson", args=[enrolment.uuid, lessons(enrolment)[0].pk])
    online = client.get(reverse("courses:home")).text
    enrolment.training_class.in_person_hours = 1
    enrolment.training_class.save()

    in_person = client.get(reverse("courses:home")).text

    assert "还有 2 课没学完" in online
    assert lesson in online
    assert (
        "本班面授：培训基地按签到表记入学时，记满 1 学时就不用学这里的课。" in in_person
    )
    assert "没学完" not in in_person
    assert lesson not in in_person
