"""One worker, end to end, against the real server: lesson, exam, proof, QR, figure.

The product as `make run` starts it: granian, the job runner, SQLite, its own
folder of data. Nothing of it is replaced.
"""

import datetime as dt
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pypdfium2
import pytest
import zxingcpp
from django.conf import settings
from playwright.sync_api import expect

from lms.demo.accounts import PASSWORD
from lms.evidence.clock import SHANGHAI
from tests import database
from tests.browser.conftest import DESKTOP, kill

pytestmark = pytest.mark.browser

NETWORK_AWAY = 60  # seconds, in the middle of the exam

KEY_OF_ATTEMPT = """
import json
from exams.models import Attempt, PaperKey
attempt = Attempt.objects.select_related("paper").latest("started_at")
key = PaperKey.objects.of_paper(attempt.paper).first().key
slots = {
    slot["slot"]: slot
    for section in json.loads(attempt.paper.content)["sections"]
    for slot in section["slots"]
}
answers = {}
for name, slot in slots.items():
    right = key[name]["answer"]
    if slot["type"] == "fill":
        answers[name] = [accepted[0] for accepted in right]
    else:
        texts = {option["id"]: option["text"] for option in slot["options"]}
        answers[name] = [texts[option] for option in right]
print(json.dumps(answers))
"""


class Site:
    """The running product, and its command line."""

    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.port = port
        kept = ("PATH", "HOME", "LANG", "VIRTUAL_ENV")
        self.environment = {k: os.environ[k] for k in kept if k in os.environ} | {
            "DATA_DIR": str(folder),
            "BASE_URL": self.address,
            "DJANGO_SETTINGS_MODULE": "lms.settings.dev",
        }
        self.process = None

    def manage(self, *words) -> str:
        """Run a management command and return what it printed."""
        run = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=settings.BASE_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stderr[-2000:]
        return run.stdout

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(self.port)],
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"{self.address}/healthz", timeout=2):
                    return
            except OSError:
                time.sleep(0.3)
        pytest.fail("the server did not answer within a minute")

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)

    def trained(self) -> dict:
        """IND-01 of the plan that contains today."""
        code = self.manage(
            "shell",
            "-v0",
            "-c",
            "from lms.evidence import clock; from lms.plan.models import Plan;"
            "print(Plan.objects.for_day(clock.today()).code)",
        ).strip()
        today = dt.datetime.now(SHANGHAI).date().isoformat()
        report = self.manage("plan_report", "--plan", code, "--as-of", today, "--json")
        first = json.loads(report)["indicators"][0]
        assert first["code"] == "IND-01"
        return {
            "persons": first["numerator"],
            "times": first["variants"]["person_times"]["numerator"],
            "passed": first["variants"]["passed_persons"]["numerator"],
        }


@pytest.fixture(scope="module")
def site(tmp_path_factory, django_db_setup):
    folder = tmp_path_factory.mktemp("site")
    if database.is_sqlite():
        shutil.copyfile(database.image(), folder / "db.sqlite3")
    site = Site(folder)
    site.manage("prepare")
    site.manage("seed_demo", "--people", "60", "-v0")
    site.start()
    yield site
    site.stop()


def sign_in(page, site, name, after):
    page.goto(f"{site.address}/accounts/login/")
    page.fill("[name=login]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("main form [type=submit]")
    page.wait_for_url(re.compile(after))


def learn_to_the_end(page):
    """Play the last lesson from where the worker stopped."""
    page.locator("[data-action-bar] .button--primary, .button--primary").first.click()
    page.wait_for_url(re.compile("/lessons/"))
    page.evaluate("document.querySelector('video').play()")
    expect(page.locator("[data-say=complete]")).to_be_visible(timeout=150_000)


QUESTION = ".exam-question:not([hidden])"


def answer(page, answers):
    """Answer the question on the screen."""
    question = page.locator(QUESTION)
    field = question.locator("input").first
    right = answers[field.get_attribute("name").removeprefix("slot-")]
    if field.get_attribute("type") == "text":
        for blank, text in enumerate(right):
            question.locator("input").nth(blank).fill(text)
    else:
        options = question.locator(".exam-option")
        for text in right:
            words = page.get_by_text(text, exact=True)
            options.filter(has=words).locator("input").check()


def withdraw(office, site, number):
    """Find the proof in the back office and revoke it, with a reason."""
    office.goto(f"{site.address}/admin/snippets/certificates/certificate/?q={number}")
    office.locator("table.listing tbody a").first.click()
    office.locator("a[href*='/inspect/']").first.click() if (
        "/inspect/" not in office.url
    ) else None
    office.locator("a[href*='/act/revoke/']").click()
    office.select_option("[name=reason_class]", "ISSUED_IN_ERROR")
    office.fill("[name=reason]", "名册填报有误，按规定作废")
    office.locator("form[method=post] button.no").click()
    expect(office.locator(".messages")).to_contain_text("作废")


def test_worker_from_lesson_to_a_proof_that_is_withdrawn(site, browser, page, tmp_path):
    page.set_default_timeout(20_000)
    before = site.trained()

    # Learn.
    sign_in(page, site, "worker", "/learn/")
    learn_to_the_end(page)
    after_lesson = site.trained()
    assert after_lesson["persons"] == before["persons"] + 1
    assert after_lesson["times"] == before["times"] + 1
    assert after_lesson["passed"] == before["passed"]

    # Sit the exam.
    page.goto(f"{site.address}/exams/")
    page.locator("main a[href*='/exams/sittings/']").first.click()
    page.get_by_role("button", name="开始考试").click()
    page.wait_for_url(re.compile("/run/"))
    run = page.url
    answers = json.loads(site.manage("shell", "-v0", "-c", KEY_OF_ATTEMPT))
    context = page.context
    next_question = "[data-part=next]"
    done = 0
    half = len(answers) // 2
    while done < half:
        answer(page, answers)
        done += 1
        page.locator(next_question).click()

    # The network goes away for a minute; the worker goes on.
    context.set_offline(True)
    away = time.monotonic()
    while done < half + 4:
        answer(page, answers)
        done += 1
        page.locator(next_question).click()
    expect(page.locator("[data-banner]")).to_be_visible()
    page.wait_for_timeout(max(0, NETWORK_AWAY - (time.monotonic() - away)) * 1000)
    context.set_offline(False)
    expect(page.locator("[data-banner]")).to_be_hidden()
    expect(page.locator("[data-line]")).to_contain_text("全部已保存", timeout=10_000)

    # The tab is killed; another one takes up where it was.
    kill(page)
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(run)
    expect(page.locator("[data-part=progress]")).to_contain_text(str(done))
    while done < len(answers):
        answer(page, answers)
        done += 1
        if done < len(answers):
            page.locator(next_question).click()
    page.locator("[data-part=to-review]").click()
    page.locator("[data-part=hand-in]").click()
    page.locator("[data-part=really] button").click()
    expect(page.locator("[data-view-part=receipt]")).to_be_visible()
    page.goto(run.replace("/run/", "/result/"))
    expect(page.locator("h1")).to_contain_text("合格")

    # The proof: its PDF, the QR on it, the page behind the QR.
    page.goto(f"{site.address}/certificates/")
    page.locator("main a[href*='/certificates/']").first.click()
    with page.expect_download() as download:
        page.locator("a[href$='/pdf']").first.click()
    path = tmp_path / "proof.pdf"
    download.value.save_as(path)
    sheet = pypdfium2.PdfDocument(str(path))[0]
    printed = sheet.get_textpage().get_text_bounded()
    codes = zxingcpp.read_barcodes(sheet.render(scale=200 / 72).to_pil())
    assert len(codes) == 1
    token_url = codes[0].text
    assert token_url.upper().startswith(site.address.upper() + "/V/")

    gate = browser.new_page(viewport=DESKTOP, locale="zh-CN")
    gate.goto(token_url)
    expect(gate.locator("h1")).to_contain_text("有效")
    body = gate.locator("main").inner_text()
    number = re.search(r"WC\d{4}[A-Z]\d{7}", printed)[0]
    for fact in (number, "有限空间作业专项培训", "李**", "8"):
        assert fact in body
    assert "李海生" not in body

    # The figures moved by exactly one person.
    assert site.trained() == {
        "persons": before["persons"] + 1,
        "times": before["times"] + 1,
        "passed": before["passed"] + 1,
    }

    # An administrator withdraws it; the same page says so, with day and reason.
    office = browser.new_page(viewport=DESKTOP, locale="zh-CN")
    office.set_default_timeout(20_000)
    sign_in(office, site, "base", "/admin/")
    withdraw(office, site, number)
    gate.reload()
    expect(gate.locator("h1")).not_to_contain_text("有效")
    text = gate.locator("main").inner_text()
    today = dt.datetime.now(SHANGHAI).date()
    assert f"{today.year}年{today.month}月{today.day}日" in text
    assert "出具有误" in text
