import datetime as dt
import json
import random
import re

import pytest
from django.core.cache import cache
from django.db import IntegrityError, OperationalError, connection
from wagtail.blocks import StreamBlockValidationError
from wagtail.models import Site, Workflow

from courses.models import CourseIndexPage
from lms.campaigns.models import ArticlePage, CampaignPage, HomePage, SiteFacts
from lms.campaigns.models.pages import of_the_season
from lms.campaigns.services.site import HOTLINE, hotline
from lms.demo.campaigns import seed_campaigns
from lms.evidence import clock
from tests.factories.classes import course
from tests.factories.pages import ArticleFactory, CampaignFactory, publish
from tests.lang import chinese_unmarked


def test_article_shows_its_text(client, column):
    text = "<p>先通风，再检测</p>"
    page = publish(column, ArticleFactory(body=[("paragraph", text)]))

    assert "先通风，再检测" in client.get(page.url).content.decode()


def test_rich_text_keeps_only_what_is_allowed():
    stream = ArticlePage._meta.get_field("body").stream_block
    widget = stream.child_blocks["paragraph"].field.widget
    entity = {"type": "LINK", "mutability": "MUTABLE"}
    typed = {
        "blocks": [
            {
                "key": "a",
                "text": "<script>bad()</script>先通风",
                "type": "unstyled",
                "depth": 0,
                "inlineStyleRanges": [],
                "entityRanges": [{"offset": 0, "length": 3, "key": 0}],
            }
        ],
        "entityMap": {"0": {**entity, "data": {"url": "javascript:alert(1)"}}},
    }

    kept = widget.value_from_datadict({"x": json.dumps(typed)}, {}, "x")

    assert "先通风" in kept
    assert "javascript:" not in kept
    assert "<script" not in kept


@pytest.mark.parametrize("name", ["html", "raw", "embed", "unknown"])
def test_article_drops_blocks_that_are_not_allowed(column, name):
    raw = [{"type": name, "value": "<script>bad()</script>"}]
    field = ArticlePage._meta.get_field("body")

    value = field.to_python(raw)

    assert list(value) == []


def test_article_refuses_ten_thousand_blocks(column):
    block = ArticlePage._meta.get_field("body").stream_block
    value = block.to_python([{"type": "heading", "value": "x"}] * 10_000)

    with pytest.raises(StreamBlockValidationError):
        block.clean(value)


def test_campaign_cannot_end_before_it_starts(column):
    page = publish(column, CampaignFactory())
    rows = CampaignPage.objects.filter(pk=page.pk)

    with pytest.raises(IntegrityError, match="ends_after_start"):
        rows.update(ends_on=dt.date(2026, 5, 1))


def test_campaign_shows_timetable_and_five_enters(client, column):
    row = {"when": "第一周", "what": "讲安全", "where": "", "who": ""}
    page = publish(
        column,
        CampaignFactory(
            timetable=[("row", row)],
            five_enters=[("row", {"target": "grassroots", "text": "培训巡查员"})],
        ),
    )

    shown = client.get(page.url).content.decode()

    assert all(word in shown for word in ("第一周", "讲安全", "基层", "培训巡查员"))


def test_campaign_of_the_season_is_the_one_that_runs(column):
    today = clock.today()
    day = dt.timedelta(days=1)
    publish(column, CampaignFactory(starts_on=today - 9 * day, ends_on=today - day))
    running = publish(column, CampaignFactory(starts_on=today, ends_on=today))
    publish(column, CampaignFactory(starts_on=today + day, ends_on=today + day))

    assert of_the_season(CampaignPage.objects.live()) == running


@pytest.mark.parametrize(("days_ago", "over"), [(1, True), (0, False)])
def test_a_campaign_says_that_it_is_over(client, column, days_ago, over):
    last = clock.today() - dt.timedelta(days=days_ago)
    page = publish(column, CampaignFactory(starts_on=last, ends_on=last))

    assert ("<span>已结束</span>" in client.get(page.url).text) is over


def test_every_footer_gives_the_hotline_of_the_site(
    client, home, django_capture_on_commit_callbacks
):
    facts = SiteFacts.for_site(Site.objects.get(is_default_site=True))
    facts.hotline = "12345"
    with django_capture_on_commit_callbacks(execute=True):
        facts.save()

    assert 'href="tel:12345"' in client.get("/verify/").content.decode()


def test_error_page_gives_a_hotline_when_the_database_is_away(db):
    cache.delete(HOTLINE)

    with connection.execute_wrapper(_away):
        assert hotline() == "12350"


def _away(*args):
    raise OperationalError("away")


def test_demo_pages_are_made_once_and_all_open(client, db):
    first = seed_campaigns(random.Random(1))
    second = seed_campaigns(random.Random(1))

    assert first["pages"] == 12
    assert second["pages"] == 0
    for page in HomePage.objects.get().get_descendants(inclusive=True).live():
        assert client.get(page.specific.url).status_code == 200
    assert Workflow.objects.get(name="发布前审稿").tasks.count() == 1


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("/feed/", "application/rss+xml"),
        ("/sitemap.xml", "application/xml"),
        ("/robots.txt", "text/plain"),
        ("/manifest.webmanifest", "application/manifest+json"),
    ],
    ids=["feed", "sitemap", "robots", "manifest"],
)
def test_machine_readable_page_answers(client, column, address, kind):
    publish(column, ArticleFactory(title="有限空间"))

    response = client.get(address)

    assert response.status_code == 200
    assert response["Content-Type"].startswith(kind)


@pytest.fixture
def courses(home):
    """An open course and a closed one, each with a lesson, below the home page."""
    home.add_child(instance=CourseIndexPage(title="课程", slug="courses"))
    return [
        course({}, code=code, open_to_all=code == "open") for code in ("open", "shut")
    ]


@pytest.mark.services
def test_the_site_map_leads_to_what_anybody_may_open(client, home, courses, settings):
    settings.ALLOWED_HOSTS = ["safety.example"]
    text = client.get("/sitemap.xml", headers={"host": "safety.example"}).text

    found = re.findall(r"<loc>(.*?)</loc>", text)
    site = "http://safety.example"
    paths = ["/", "/courses/", "/courses/open/", "/courses/open/l0/"]
    assert found == [f"{site}{path}" for path in paths]
    for address in found:
        path = address.removeprefix(site)
        assert client.get(path, headers={"host": "safety.example"}).status_code == 200


def test_the_front_page_leads_to_the_open_courses(client, home, courses):
    assert 'href="/courses/"' in client.get("/").text


@pytest.mark.parametrize(
    "address",
    ["/.git/config", "/metrics", "/backup.zip", "/static/../manage.py", "/index.php"],
)
def test_address_that_is_not_ours_says_so_in_plain_words(client, home, address):
    response = client.get(address, follow=True)

    assert response.status_code == 404
    assert "这个地址没有内容" in response.content.decode()


def test_chinese_on_english_pages_says_that_it_is_chinese(client, home):
    seed_campaigns(random.Random(1))
    client.cookies["django_language"] = "en"
    pages = [*home.get_descendants(inclusive=True)]
    addresses = [page.url for page in pages] + ["/search/", "/search/?q=空间"]

    unmarked = {url: chinese_unmarked(client.get(url).text) for url in addresses}

    assert len(pages) > 10
    assert {url: texts for url, texts in unmarked.items() if texts} == {}
