"""Printed pages: every page whole, first row to last."""

import pypdfium2
import pytest

from lms.people.models import Town, User
from tests.browser.conftest import DESKTOP
from tests.factories.people import OrganisationFactory, PostFactory, StaffFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PEOPLE = 45


def printed(page) -> list[str]:
    """Return the text of each printed sheet, without its spaces."""
    document = pypdfium2.PdfDocument(page.pdf(format="A4"))
    texts = [sheet.get_textpage().get_text_bounded() for sheet in document]
    return ["".join(text.split()) for text in texts]


@pytest.fixture
def staffed():
    """An organisation with more people than a sheet has lines."""
    organisation = OrganisationFactory()
    for number in range(PEOPLE):
        PostFactory(
            organisation=organisation,
            person__name=f"张{number:03}号",
            person__id_masked="440899********0000",
        )
    return organisation


def names(sheets):
    return [n for n in range(PEOPLE) if not any(f"张{n:03}号" in s for s in sheets)]


def test_the_progress_page_prints_its_first_figure_and_its_last_town(page, live_server):
    page.goto(f"{live_server.url}/progress/")

    sheets = printed(page)

    assert "培训人数" in sheets[0]
    assert Town.objects.order_by("code").last().name in "".join(sheets)
    assert all(len(sheet) > 60 for sheet in sheets)


def test_a_roster_of_an_enterprise_prints_every_person(phones, staffed, live_server):
    manager = StaffFactory(access="ORGANISATION", organisation=staffed)
    page = phones(manager).new_page()
    page.goto(f"{live_server.url}/office/roster/")

    assert names(printed(page)) == []


def test_a_listing_of_the_back_office_prints_every_row_and_no_menu(
    phones, staffed, live_server
):
    boss = User.objects.create_superuser("boss", password="x")
    page = phones(boss, viewport=DESKTOP).new_page()
    page.goto(f"{live_server.url}/admin/snippets/people/person/")
    page.wait_for_selector("#wagtail-sidebar nav")

    sheets = printed(page)

    assert names(sheets) == []
    assert len(sheets) > 1
    assert "规划进度" not in "".join(sheets)


def test_a_listing_longer_than_a_page_is_printed_whole(phones, staffed, live_server):
    boss = User.objects.create_superuser("boss", password="x")
    for number in range(20):
        PostFactory(person__name=f"李{number:03}号")
    page = phones(boss, viewport=DESKTOP).new_page()
    page.goto(f"{live_server.url}/admin/snippets/people/post/?whole=1")

    sheets = printed(page)

    assert names(sheets) == []
    assert all(f"李{n:03}号" in "".join(sheets) for n in range(20))
    assert "岗位" in sheets[0]
    assert "打印人：boss" in sheets[0]


def test_a_desk_is_printed_with_every_row_and_without_acts(
    phones, staffed, live_server
):
    boss = User.objects.create_superuser("boss", password="x")
    page = phones(boss, viewport=DESKTOP).new_page()
    page.goto(
        f"{live_server.url}/admin/snippets/people/organisation/inspect/{staffed.pk}/"
    )
    page.wait_for_selector("#wagtail-sidebar nav")
    button = page.get_by_role("button", name="打印")

    sheets = printed(page)

    assert button.is_visible()
    assert names(sheets) == []
    assert staffed.name in sheets[0]
    text = "".join(sheets)
    for word in ("规划进度", "导出此表", "编辑"):
        assert word not in text
