import pytest
from django.http import HttpResponse
from django.middleware.csrf import get_token
from wagtail.models import Site

from lms.web import page_cache
from tests.factories.pages import ArticleFactory, ColumnFactory, make_home, publish


@pytest.fixture
def front(db):
    Site.clear_site_root_paths_cache()
    return publish(make_home(), ColumnFactory(title="旧标题"))


def _kept(client, address, django_assert_num_queries, **headers):
    with django_assert_num_queries(0):
        return client.get(address, headers=headers)


def test_second_visit_asks_the_database_nothing(
    client, front, django_assert_num_queries
):
    first = client.get(front.url)

    second = _kept(client, front.url, django_assert_num_queries)

    assert second.content == first.content
    assert second.headers == first.headers
    assert second["Cache-Control"] == "no-cache"
    assert "Cookie" in second["Vary"]
    assert "default-src 'self'" in second["Content-Security-Policy"]


def test_publishing_shows_at_once(
    client, front, django_capture_on_commit_callbacks, django_assert_num_queries
):
    client.get(front.url)
    with django_capture_on_commit_callbacks(execute=True):
        front.title = "新标题"
        front.save_revision().publish()

    assert "新标题" in client.get(front.url).content.decode()


def test_withdrawing_shows_at_once(client, front, django_capture_on_commit_callbacks):
    client.get(front.url)
    with django_capture_on_commit_callbacks(execute=True):
        front.unpublish()

    assert client.get(front.url).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.example"},
        {"X-Original-URL": "/admin/"},
        {"X-HTTP-Method-Override": "POST"},
        {"Accept-Language": "en"},
        {"User-Agent": "<script>"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_unkeyed_header_changes_nothing(client, front, headers):
    poisoned = client.get(front.url, headers=headers)

    assert client.get(front.url).content == poisoned.content
    assert b"evil" not in poisoned.content


@pytest.mark.parametrize("query", ["utm_source=x", "page=2&x=<script>", "page=zz"])
def test_page_asked_for_with_other_parameters_is_never_kept(
    client, front, query, django_assert_num_queries
):
    client.get(f"{front.url}?{query}")
    publish(front, ArticleFactory(title="后来的文章"))

    assert "后来的文章" in client.get(front.url).content.decode()


@pytest.mark.parametrize("suffix", [";.css", "a.css", "%3b.js"])
def test_path_with_a_suffix_is_not_found(client, front, suffix):
    assert client.get(f"{front.url}{suffix}", follow=True).status_code == 404


def test_fat_get_changes_nothing(client, front):
    fat = client.generic("GET", front.url, b"page=9&title=evil")

    assert fat.content == client.get(front.url).content


@pytest.mark.parametrize(
    ("name", "value", "sign"),
    [
        ("django_language", "en", '<html lang="en"'),
        ("theme", "dark", 'data-theme="dark"'),
        ("comfort", "1", "data-comfort"),
    ],
)
def test_every_look_has_its_own_page(client, front, name, value, sign):
    plain = client.get(front.url).content.decode()
    client.cookies[name] = value
    chosen = client.get(front.url).content.decode()

    assert sign not in plain
    assert sign in chosen
    assert client.get(front.url).content.decode() == chosen


@pytest.mark.parametrize("cookie", ["sessionid", "messages"])
def test_visitor_with_something_personal_gets_a_fresh_page(client, front, cookie):
    client.get(front.url)
    publish(front, ArticleFactory(title="后来的文章"))
    client.cookies[cookie] = "anything"

    assert "后来的文章" in client.get(front.url).content.decode()


def test_kept_page_carries_nothing_of_one_visitor(client, front):
    response = client.get(front.url)

    assert not response.cookies
    assert b"csrfmiddlewaretoken" not in response.content


def test_unknown_host_is_refused(client, front):
    client.get(front.url)

    assert client.get(front.url, headers={"Host": "evil.example"}).status_code == 400


def _with_cookie(request):
    response = HttpResponse("page")
    response.set_cookie("poll", "of this visitor")
    return page_cache.allow(response)


def _with_token(request):
    return page_cache.allow(HttpResponse(get_token(request)))


def _plain(request):
    return page_cache.allow(HttpResponse("page"))


@pytest.mark.parametrize(
    ("view", "kept"),
    [(_plain, 1), (_with_cookie, 0), (_with_token, 0)],
    ids=["plain", "sets a cookie", "asks for a token"],
)
def test_what_is_one_visitors_own_is_never_kept(rf, view, kept):
    middleware = page_cache.PageCacheMiddleware(view)

    middleware(rf.get("/"))

    assert len(middleware.pages) == kept
