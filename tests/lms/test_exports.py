"""Sheets of the back office: whole or an error, and never a formula."""

import csv
import datetime as dt
import io
from urllib.parse import unquote

import openpyxl
import pytest
from django.test import RequestFactory
from django.urls import reverse
from python_calamine import CalamineWorkbook
from wagtail.log_actions import log
from wagtail.models import Page
from wagtail.snippets.models import get_snippet_models

from exams.models import Attempt
from lms.backoffice.exports import columns_of, without_formula
from lms.backoffice.views import ScopedIndexView
from lms.evidence import clock
from lms.people.models import User
from tests.factories.classes import TrainingClassFactory
from tests.factories.pages import ArticleFactory, ColumnFactory, make_home, publish
from tests.factories.people import OrganisationFactory
from tests.factories.sittings import make_attempt, make_sitting

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(client):
    user = User.objects.create_superuser("root")
    client.force_login(user)
    return user


def rows_of(client, address, form):
    response = client.get(address, {"export": form})
    assert response.status_code == 200
    body = response.getvalue()
    if form == "csv":
        return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    book = CalamineWorkbook.from_filelike(io.BytesIO(body))
    return book.get_sheet_by_index(0).to_python()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_attempt_without_a_result_is_a_row(client, root, form):
    attempt = make_attempt(make_sitting())
    listing = reverse(Attempt.snippet_viewset.get_url_name("list"))

    heading, row = rows_of(client, listing, form)

    assert len(heading) == len(row)
    assert attempt.person.name in row


def _views():
    for model in get_snippet_models():
        viewset = model.snippet_viewset
        view = viewset.index_view_class(
            model=model, list_export=viewset.list_export, queryset=None
        )
        view.setup(RequestFactory().get("/"))
        yield model, view


def test_a_row_without_any_of_its_relations_is_exported():
    failed = {}
    for model, view in _views():
        row = model()
        relations = [name for name in view.list_export if "." in name or "__" in name]
        for name in relations:
            if (value := view._shown(row, name)) != "":
                failed[model.__name__, name] = value

    assert failed == {}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_error_in_the_middle_is_no_short_file(client, root, form, monkeypatch):
    OrganisationFactory.create_batch(3)
    rows = iter([{}, {}])
    monkeypatch.setattr(ScopedIndexView, "to_row_dict", lambda *_: next(rows))
    client.raise_request_exception = False
    listing = reverse("wagtailsnippets_people_organisation:list")

    assert client.get(listing, {"export": form}).status_code == 500


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@A1", "\t=1", " =1", "＝1", "\r=1", "\n=1"]
)
def test_what_a_spreadsheet_takes_for_a_formula_is_text(text):
    assert without_formula(text) == f"'{text}"


@pytest.mark.parametrize("value", ["1=1", "吴川", "a@b", "", 7, None])
def test_other_values_stay(value):
    assert without_formula(value) == value


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_reports_of_wagtail_hold_no_formula(client, root, form):
    page = publish(publish(make_home(), ColumnFactory()), ArticleFactory(title="=cmd"))
    log(page, "wagtail.edit", user=root)
    Page.objects.filter(pk=page.pk).update(locked=True, locked_by=root)
    reports = ("site_history", "locked_pages", "aging_pages", "page_types_usage")

    for name in reports:
        rows = rows_of(client, reverse(f"wagtailadmin_reports:{name}"), form)
        cells = [cell for row in rows for cell in row if isinstance(cell, str)]
        if form == "csv":
            assert not [cell for cell in cells if cell.startswith("=")], name
        if name != "page_types_usage":
            assert any("=cmd" in cell for cell in cells), name


def test_a_sheet_is_named_by_what_it_lists_and_wide_enough_to_read(client, root):
    OrganisationFactory(name="吴川市示例海鲜冷冻加工厂")
    listing = reverse("wagtailsnippets_people_organisation:list")

    response = client.get(listing, {"export": "xlsx"})

    name = unquote(response["Content-Disposition"])
    assert name.endswith(f"单位-{clock.today()}.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(response.getvalue())).active
    widths = [one.width for one in sheet.column_dimensions.values()]
    assert max(widths) >= 2 * len("吴川市示例海鲜冷冻加工厂")
    assert columns_of("吴川 A1") == 7


def test_dates_of_a_listing_are_figures_on_one_line(client, root):
    training_class = TrainingClassFactory(ends_on=dt.date(2026, 12, 5))
    listing = reverse("wagtailsnippets_courses_trainingclass:list")

    page = client.get(listing).text

    assert f"<time>{training_class.starts_on}</time>" in page
    assert "2026年" not in page
