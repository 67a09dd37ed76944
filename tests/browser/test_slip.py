"""From the enterprise's roster to the worker's own account, by the slip's QR code."""

import io

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from lms.access.levels import Access
from lms.people.models import User
from tests.browser.conftest import PHONE
from tests.factories.people import PostFactory, StaffFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MANAGERS, WORKERS = "Guanli-2026!", "Kaihu-2026!"


def test_a_worker_scans_the_slip_and_makes_an_account(page, browser, live_server):
    post = PostFactory()
    manager = StaffFactory(access=Access.ORGANISATION, organisation=post.organisation)
    manager.set_password(MANAGERS)
    manager.save()
    page.goto(f"{live_server.url}/accounts/login/")
    page.fill("input[name=login]", manager.username)
    page.fill("input[name=password]", MANAGERS)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{live_server.url}/office/")
    page.goto(f"{live_server.url}/office/roster/")

    page.get_by_role("button", name="登录纸条").click()
    code = page.locator(".slip__code").inner_text()
    picture = Image.open(io.BytesIO(page.locator(".slip__qr").screenshot()))
    page.evaluate("window.print = () => (window.printed = true)")
    page.get_by_role("button", name="打印").click()

    assert page.evaluate("window.printed")
    addresses = [found.text for found in zxingcpp.read_barcodes(picture)]
    assert addresses == [f"{live_server.url}/accounts/activate/"]
    phone = browser.new_context(viewport=PHONE, locale="zh-CN").new_page()
    phone.goto(addresses[0])
    phone.fill("input[name=code]", code)
    phone.fill("input[name=phone]", "19900000012")
    phone.fill("input[name=password]", WORKERS)
    phone.press("input[name=password]", "Enter")
    expect(phone).to_have_url(f"{live_server.url}/learn/")
    assert User.objects.get(person=post.person).access == Access.SELF
    phone.context.close()
