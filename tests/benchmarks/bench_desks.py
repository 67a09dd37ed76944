"""P21 and P22: the plan desk and the listings of the back office, 28,000 people.

Times in milliseconds of a page, sent whole; the floor is an empty Django view.
"""

import datetime as dt
import itertools
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace

from django.core.handlers.wsgi import WSGIHandler
from django.urls import reverse
from wagtail.snippets.models import get_snippet_models

from courses.models import Enrolment, TrainingClass
from lms.people.models import Organisation, Person, Post, User
from tests.benchmarks.bench_pages import get, sign_in
from tests.benchmarks.floors import hello
from tests.benchmarks.harness import Row, compare
from tests.benchmarks.plan_city import analyse, build

PEOPLE = 28_000
IN_CLASS = 512
FIRST_DAY = dt.date(2019, 12, 31)


def rows(only: list[str]) -> Iterator[Row]:
    """Yield the rows asked for; all when ``only`` is empty."""
    if only and not {"P21", "P22"} & set(only):
        return
    build(PEOPLE)
    training_class = _class()
    analyse()
    user = User.objects.create(username="bench", is_superuser=True, access="CITY")
    session = sign_in(user)
    site = WSGIHandler()
    if not only or "P21" in only:
        yield from _plan_desk(site, session)
    if not only or "P22" in only:
        yield from _pages(site, session, training_class)


def _plan_desk(site, session):
    address = f"{reverse('plan_admin:dashboard')}?plan=13FYP&as_of="
    days = (FIRST_DAY - dt.timedelta(days=n) for n in itertools.count())
    yield _timed(
        "P21",
        "plan desk, whole city, a day nobody asked for",
        lambda: get(site, f"{address}{next(days)}", session),
        gate=1000,
        aim=300,
        calls=1,
    )
    yield _timed(
        "P21",
        "plan desk, the same day again",
        lambda: get(site, f"{address}{FIRST_DAY}", session),
        gate=50,
        aim=5,
        calls=5,
    )


def _pages(site, session, training_class):
    inspected = [
        training_class,
        Person.objects.order_by("pk").first(),
        Organisation.objects.order_by("pk").first(),
    ]
    addresses = {
        f"list of {model._meta.label}": _address(model, "list")
        for model in get_snippet_models()
    } | {
        f"desk of {row._meta.label}": _address(type(row), "inspect", row.pk)
        for row in inspected
    }
    desk = f"desk of {TrainingClass._meta.label}"
    slowest = sorted(
        addresses, key=lambda name: _milliseconds(site, addresses[name], session)
    )
    for name in dict.fromkeys([desk, slowest[-1], slowest[-2]]):
        yield _timed(
            "P22",
            name + (f", {IN_CLASS} people" if name == desk else ""),
            lambda name=name: get(site, addresses[name], session),
            gate=300,
            aim=120,
            calls=1,
        )


def _address(model, view, *args):
    return reverse(model.snippet_viewset.get_url_name(view), args=args)


def _milliseconds(site, address, session):
    get(site, address, session)
    times = []
    for _round in range(3):
        start = time.perf_counter()
        get(site, address, session)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def _timed(code, what, product, *, gate, aim, calls):
    empty = hello.application()
    row = compare(
        code,
        what,
        product=product,
        floor=lambda: get(empty, "/"),
        gate=gate,
        aim=aim,
        calls=calls,
        rounds=9,
        by="wall",
        note="in ms",
    )
    per_ratio = row.product.wall * 1e3 / row.ratio
    return replace(
        row,
        ratio=row.product.wall * 1e3,
        low=row.low * per_ratio,
        high=row.high * per_ratio,
    )


def _class():
    """Make a class of 512 of the people, some with hours met."""
    from tests.factories.classes import TrainingClassFactory

    training_class = TrainingClassFactory(capacity=IN_CLASS)
    Enrolment.objects.bulk_create(
        Enrolment(
            training_class=training_class,
            person_id=post.person_id,
            organisation_id=post.organisation_id,
            enrolled_on=training_class.starts_on,
            hours_met_on=training_class.ends_on if number % 2 else None,
        )
        for number, post in enumerate(Post.objects.order_by("pk")[:IN_CLASS])
    )
    return training_class
