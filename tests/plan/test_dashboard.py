import io

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from python_calamine import CalamineWorkbook

from lms.access.groups import OFFICER
from lms.people.models import Town
from tests.plan.city import enterprise, person, post
from tests.plan.test_members import ASKED, account, small_city

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    """The officer of the town the station of the small city is in."""
    _works, station = small_city()
    user = account("town", "TOWN", town=station.town)
    user.groups.add(Group.objects.get(name=OFFICER))
    client.force_login(user)
    return user


def sheets(response):
    """Each sheet of a workbook that was sent, by its name, as rows of cells."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(response)))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_the_workbook_of_a_town_says_so_and_has_no_row_of_another(client, officer):
    response = client.get(reverse("plan_admin:export"), ASKED)

    first, *others = sheets(response).values()
    assert first[1][0].startswith(f"{officer.town.name} · ")
    assert others == []
    assert "2017-12-31-%E" in response.headers["Content-Disposition"]


def test_the_workbook_of_the_city_has_a_sheet_by_town(client):
    small_city()
    client.force_login(account("bureau", "CITY", is_superuser=True))

    found = sheets(client.get(reverse("plan_admin:export"), ASKED))

    first = next(iter(found.values()))
    assert first[1][0].startswith("全市 · ")
    assert "IND-01" in found


def test_the_workbook_of_an_enterprise_names_it_and_leaves_supervisors_out(client):
    works, _station = small_city()
    client.force_login(account("works", "ORGANISATION", organisation=works))

    first, *others = sheets(client.get(reverse("plan_office:export"), ASKED)).values()

    codes = [row[0] for row in first]
    assert first[1][0].startswith(f"{works.name} · ")
    assert others == []
    assert "IND-01" in codes
    assert "IND-02" not in codes


def test_another_town_is_not_there_for_an_officer_and_the_own_one_is(client, officer):
    other = Town.objects.exclude(pk=officer.town_id).first()
    address = reverse("plan_admin:dashboard")

    strange = client.get(address, ASKED | {"town": other.code})
    own = client.get(address, ASKED | {"town": officer.town.code})

    assert (strange.status_code, own.status_code) == (404, 200)


def test_before_the_plan_begins_there_is_no_pace(client, officer):
    client.force_login(account("bureau", "CITY", is_superuser=True))
    address = reverse("plan_admin:dashboard")

    before = client.get(address, ASKED | {"as_of": "2015-12-31"})
    after = client.get(address, ASKED)

    assert before.context["pace"] is None
    assert after.context["pace"] is not None


def test_a_workbook_says_which_figure_is_a_data_error_and_why(client):
    office = enterprise(kind="AUTHORITY", name="博铺街道安监办", established_posts=1)
    for _number in range(2):
        post(person(), office, "SUPERVISOR")
    client.force_login(account("bureau", "CITY", is_superuser=True))

    first, *_others = sheets(client.get(reverse("plan_admin:export"), ASKED)).values()

    rows = {row[1]: row[3:] for row in first if len(row) > 3}
    fault = "博铺街道安监办：在岗 2 人，编制 1 名"
    assert rows["编制到岗"][:5] == [2, 1, "200.0%", "", "数据有误"]
    assert rows[fault][4] == "数据有误"
    assert "仅镇街岗位" not in rows
