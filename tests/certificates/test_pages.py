"""The badge of unconfirmed rules on every page that shows a certificate."""

import datetime as dt

import pytest
from django.urls import reverse

from certificates.models import Certificate, RuleSet
from lms.evidence import clock
from lms.people.models import OperationItem, User
from tests.factories.proofs import RecordedFactory, issue
from tests.lang import chinese_unmarked

pytestmark = pytest.mark.django_db

BADGE = "按2026新规判定，待核对官方文本"


@pytest.fixture
def disputed():
    """Its review was due by the old rules, and is not asked for by the new."""
    today = clock.today()
    return RecordedFactory(
        valid_from=today - dt.timedelta(days=1000),
        valid_to=today + dt.timedelta(days=1000),
        review_due_on=max(today, dt.date(2026, 6, 1)),
    )


def addresses(row):
    viewset = Certificate.snippet_viewset
    return {
        "detail": row.get_absolute_url(),
        "mine": reverse("certificates:mine"),
        "listing": reverse(viewset.get_url_name("list")),
        "inspect": reverse(viewset.get_url_name("inspect"), args=[row.pk]),
    }


@pytest.mark.parametrize("place", ["detail", "mine", "listing", "inspect"])
def test_a_certificate_on_which_the_rules_differ_wears_a_badge(client, disputed, place):
    client.force_login(
        User.objects.create(
            username="b", is_superuser=True, access="CITY", person=disputed.person
        )
    )
    address = addresses(disputed)[place]

    assert BADGE in client.get(address).text
    RuleSet.objects.update(confirmed=True)
    assert BADGE not in client.get(address).text


def test_the_home_page_leads_to_exactly_the_disputed_certificates(client, disputed):
    client.force_login(User.objects.create_superuser("boss", password="x"))
    RecordedFactory()
    listing = addresses(disputed)["listing"]

    home = client.get(reverse("wagtailadmin_home"))
    shown = client.get(f"{listing}?disputed=true").context["object_list"]

    assert f'href="{listing}?disputed=true"' in home.text
    assert list(shown) == [disputed]


def test_certificates_are_filtered_and_exported_by_their_status(client, disputed):
    client.force_login(User.objects.create_superuser("boss", password="x"))
    RecordedFactory(revoked_on=clock.today(), revoked_reason="AUTHORITY")
    listing = addresses(disputed)["listing"]

    shown = client.get(f"{listing}?status=REVOKED&export=csv").getvalue().decode()

    assert [line.split(",")[5] for line in shown.splitlines()] == ["状态", "作废"]


def test_an_official_certificate_has_no_buttons(client, disputed):
    client.force_login(
        User.objects.create(username="b", is_superuser=True, access="CITY")
    )

    assert "/act/" not in client.get(addresses(disputed)["inspect"]).text


@pytest.mark.parametrize("make", [issue, RecordedFactory], ids=["issued", "recorded"])
def test_chinese_on_english_pages_says_that_it_is_chinese(client, signing_keys, make):
    row = make()
    Certificate.objects.update(
        item=OperationItem.objects.get(code="1.2"), issuing_authority="湛江市应急管理局"
    )
    client.force_login(User.objects.create(username="h", person=row.person))
    client.cookies["django_language"] = "en"
    addresses = [row.get_absolute_url(), reverse("certificates:mine"), "/verify/"]
    if row.token:
        addresses.append(f"/v/{row.token}")

    unmarked = {url: chinese_unmarked(client.get(url).text) for url in addresses}

    assert {url: texts for url, texts in unmarked.items() if texts} == {}
