"""Every export holds exactly the rows that the screen shows, filtered and searched."""

import csv
import datetime as dt
import io

import pytest
from django.test import RequestFactory
from django.urls import resolve, reverse
from wagtail.snippets.models import get_snippet_models

from certificates.models import DailyHead
from lms.backoffice.views import ScopedIndexView
from lms.people.models import User
from tests.factories.classes import EnrolmentFactory, meet_hours
from tests.factories.proofs import issue
from tests.factories.sittings import make_attempt

pytestmark = pytest.mark.django_db

# Listings of a handful of rows: nothing can be asked of them.
UNASKED = {"Issuer", "RuleSet", "SiteFacts", "StudyRule"}


def asked_of(form):
    """Something to ask of each filter of a listing: what its field offers."""
    for name, field in form.fields.items():
        if hasattr(field, "fields"):  # a range of days
            yield {f"{name}_from": "2026-01-01", f"{name}_to": "2100-01-01"}
        elif choices := [key for key, _label in getattr(field, "choices", ()) if key]:
            yield {name: str(choices[0])}
        else:
            yield {name: "示例"}


# Made by hand: the demo city has none of them.
@pytest.fixture
def full_city(city):
    meet_hours(EnrolmentFactory())
    issue()
    make_attempt()
    for year in (2025, 2026):
        day = dt.date(year, 5, 4)
        DailyHead.objects.create(day=day, entries=year, hash="0" * 64)


LISTED = sorted(get_snippet_models(), key=lambda model: model.__name__)


def sheet_on(client, listing, asked):
    body = client.get(listing, asked | {"export": "csv"}).getvalue()
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


@pytest.fixture
def root(client, full_city):
    user = User.objects.create_superuser("root", access="CITY")
    client.force_login(user)
    return user


def screen_of(user, listing, asked):
    """What a listing hands to its template, which takes most of the time."""
    request = RequestFactory().get(listing, asked)
    request.user = user
    view, args, kwargs = resolve(listing)
    return view(request, *args, **kwargs).context_data


@pytest.mark.parametrize("model", LISTED, ids=lambda model: model.__name__)
def test_an_export_holds_the_rows_that_the_screen_shows(
    client, root, monkeypatch, model
):
    monkeypatch.setattr(ScopedIndexView, "get_paginate_by", lambda *_: 10_000)
    listing, results = (
        reverse(model.snippet_viewset.get_url_name(name))
        for name in ("list", "list_results")
    )
    view = screen_of(root, listing, {})["view"]
    whole = sheet_on(client, listing, {})
    words = (whole[1][0], "不存在") if view.is_searchable else ()
    asked = [{"q": one} for one in words]
    if view.filters:
        asked += asked_of(view.filters.form)

    narrowed = False
    for one in asked:
        shown = screen_of(root, listing, one)
        rows = sheet_on(client, listing, one)
        screen = [
            [str(cell) for cell in shown["view"].to_row_dict(item).values()]
            for item in shown["object_list"]
        ]
        assert rows[1:] == screen, one
        # Scripts put the rows of this address into the page, and its export link.
        assert sheet_on(client, results, one) == rows, one
        narrowed |= len(rows) < len(whole)
    assert len(whole) > 1
    assert narrowed == (model.__name__ not in UNASKED)
