"""A date is bounded in every form, and an impossible one stored does no harm."""

import datetime as dt

import pytest
from django import forms
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from wagtail.models import Page, get_page_models
from wagtail.snippets.models import get_snippet_models

from courses.models import TrainingClass
from exams.models import Sitting
from lms.backoffice.viewsets import ReadOnlySnippetViewSet
from lms.evidence.dates import DayField, MomentField, PastDayField
from lms.people.models import User
from lms.sheets.cells import CellError, date_of
from tests.factories.classes import TrainingClassFactory
from tests.factories.pages import ArticleFactory, ColumnFactory, make_home, publish
from tests.factories.people import StaffFactory
from tests.factories.sittings import SittingFactory

pytestmark = pytest.mark.django_db

BOUNDED = (DayField, PastDayField, MomentField)
EARLY = ["0001-01-01", "1899-12-31"]
LATE = ["2101-01-01", "9999-12-31"]


def _forms():
    """Every form class of a row or a page in the back office."""
    for model in get_page_models():
        yield model, model.get_edit_handler().get_form_class()
    for model in get_snippet_models():
        viewset = model.snippet_viewset
        if not isinstance(viewset, ReadOnlySnippetViewSet):
            yield model, viewset.get_form_class(for_update=True)


def test_every_date_of_every_form_is_bounded():
    dates, unbounded = [], []
    for model, form in _forms():
        for name, field in form.base_fields.items():
            if isinstance(field, forms.DateField | forms.DateTimeField):
                dates.append((model.__name__, name))
                if not isinstance(field, BOUNDED):
                    unbounded.append((model.__name__, name))

    assert ("TrainingClass", "starts_on") in dates
    assert ("ArticlePage", "go_live_at") in dates
    assert ("Post", "first_work_on") in dates
    assert unbounded == []


@pytest.mark.parametrize("field", [DayField, PastDayField, MomentField])
@pytest.mark.parametrize("day", EARLY + LATE)
def test_a_day_out_of_range_is_no_input(field, day):
    with pytest.raises(forms.ValidationError) as refused:
        field().clean(day)

    assert refused.value.code == "out_of_range"


def test_what_somebody_did_before_2000_is_input():
    assert PastDayField().clean("1978-03-12") == dt.date(1978, 3, 12)
    with pytest.raises(forms.ValidationError):
        DayField().clean("1978-03-12")


@pytest.mark.parametrize("day", EARLY + LATE)
def test_a_cell_takes_no_day_out_of_range(day):
    with pytest.raises(CellError):
        date_of(day)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_class_is_not_saved_with_an_impossible_date(client, day):
    client.force_login(User.objects.create_superuser("root"))
    training_class = TrainingClassFactory()
    before = (training_class.starts_on, training_class.ends_on)
    address = reverse(
        TrainingClass.snippet_viewset.get_url_name("edit"), args=[training_class.pk]
    )

    response = client.post(address, {"starts_on": day, "ends_on": day})

    training_class.refresh_from_db()
    assert response.status_code == 200
    assert (training_class.starts_on, training_class.ends_on) == before
    assert "年份必须在 2000 和 2100 之间。" in response.text


@pytest.mark.parametrize(
    ("make", "names", "constraint"),
    [
        (
            TrainingClassFactory,
            ("starts_on", "ends_on"),
            "courses_trainingclass_dates_in_range",
        ),
        (
            SittingFactory,
            ("opens_at", "closes_at"),
            "exams_sitting_dates_in_range",
        ),
    ],
    ids=["class", "sitting"],
)
@pytest.mark.parametrize("day", [dt.date(1999, 1, 1), dt.date(2101, 1, 2)])
def test_database_refuses_a_date_out_of_range(make, names, constraint, day):
    row = make()
    value = day
    if isinstance(row, Sitting):
        value = dt.datetime.combine(day, dt.time(8), dt.UTC)
    later = value + dt.timedelta(days=1)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(
            **dict(zip(names, (value, later), strict=True))
        )


@pytest.mark.services
@pytest.mark.parametrize(
    "moment", ["0001-01-01 00:00:00+08:05", "0044-03-15 00:00:00+00 BC"]
)
def test_pages_open_that_list_an_impossible_moment(client, moment):
    if connection.vendor != "postgresql":
        return  # SQLite cannot be made to hold one
    client.force_login(StaffFactory(is_superuser=True))
    column = publish(make_home(), ColumnFactory())
    page = publish(column, ArticleFactory())
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE wagtailcore_page SET go_live_at = %s::timestamptz, "
            "first_published_at = %s::timestamptz WHERE id = %s",
            [moment, moment, page.pk],
        )

    for name, key in (
        ("wagtailadmin_explore", column.pk),
        ("wagtailadmin_pages:edit", page.pk),
    ):
        assert client.get(reverse(name, args=[key])).status_code == 200
    assert client.get(page.url).status_code == 200
    assert Page.objects.get(pk=page.pk).go_live_at.year == 1
