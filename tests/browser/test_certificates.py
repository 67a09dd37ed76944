import datetime as dt

import pytest
from axe_playwright_python.sync_playwright import Axe

from certificates.models import Certificate, CertificateKind
from certificates.services import (
    issue_certificate,
    publish_heads,
    revoke_certificate,
    suspend_certificate,
)
from tests.browser.conftest import SMALL
from tests.certificates.conftest import signing_keys  # noqa: F401  (a fixture)
from tests.factories.proofs import earn

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("signing_keys"),
]

WHY = {"reason_class": "UNDER_INVESTIGATION", "reason": "核查中"}


@pytest.fixture
def pages(live_server):
    """A check page for every state a guard may meet, and the pages around it."""
    kind = CertificateKind.objects.get(code="TRAINING_PROOF")
    rows = [issue_certificate(earn(months=36), kind=kind) for _ in range(4)]
    _, revoked, suspended, expired = rows
    revoke_certificate(revoked, **WHY)
    suspend_certificate(suspended, **WHY)
    Certificate.objects.filter(pk=expired.pk).update(valid_to=dt.date(2026, 11, 22))
    publish_heads()
    checks = [f"/v/{row.token}" for row in rows]
    return [*checks, "/v/NOT-OURS", "/verify/", "/register/"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_check_pages_have_no_serious_violations(page, live_server, pages, scheme):
    page.emulate_media(color_scheme=scheme)
    found = {}
    for address in pages:
        page.goto(live_server.url + address)
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                nodes = [node["html"][:120] for node in violation["nodes"][:3]]
                found[address[:20], violation["id"]] = nodes

    assert found == {}


@pytest.mark.parametrize("large", [False, True], ids=["plain", "large type"])
def test_check_pages_fit_the_smallest_phone(page, live_server, pages, large):
    page.set_viewport_size(SMALL)
    if large:
        cookie = {"name": "comfort", "value": "1", "url": live_server.url}
        page.context.add_cookies([cookie])
    wide = {}
    for address in pages:
        page.goto(live_server.url + address)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > SMALL["width"]:
            wide[address[:20]] = width

    assert wide == {}


def test_the_verdict_is_seen_without_scrolling(page, live_server, pages):
    page.set_viewport_size(SMALL)

    page.goto(live_server.url + pages[0])

    verdict = page.locator(".verdict__word").bounding_box()
    assert verdict["y"] + verdict["height"] < SMALL["height"]
