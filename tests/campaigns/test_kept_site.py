"""What public pages keep in the process is gone with the write, however it is made."""

import pytest
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page, PageViewRestriction, Site

from lms.campaigns.models import ArticlePage, ColumnPage, HomePage, SiteFacts, kept
from lms.evidence.data_versions import tables_of
from tests.factories.pages import ArticleFactory, CampaignFactory, publish
from tests.factories.people import WorkerFactory


@pytest.fixture
def reader(client, home):
    """A signed-in reader, for whom no whole page is kept."""
    client.force_login(WorkerFactory())
    SiteFacts.for_site(Site.objects.get(is_default_site=True))
    return client


def test_a_page_that_was_read_is_found_again_with_few_queries(
    reader, column, django_assert_max_num_queries
):
    publish(column, ArticleFactory(title="防火"))
    reader.get("/")

    # The account, the data version and the day, which is asked for twice.
    with django_assert_max_num_queries(5):
        assert "防火" in reader.get("/").text


@pytest.mark.parametrize("model", [HomePage, ColumnPage, ArticlePage])
def test_a_title_written_by_sql_alone_shows_at_once(reader, column, model):
    publish(column, ArticleFactory())
    page = model.objects.first()
    reader.get("/")
    reader.get(page.url)

    Page.objects.filter(pk=page.pk).update(title="改后的标题")

    assert "改后的标题" in reader.get(page.url).text
    assert model is ColumnPage or "改后的标题" in reader.get("/").text


def test_an_article_withdrawn_by_sql_alone_is_gone(reader, column):
    page = publish(column, ArticleFactory(title="撤下的文章"))
    assert reader.get(page.url).status_code == 200

    Page.objects.filter(pk=page.pk).update(live=False)

    assert reader.get(page.url).status_code == 404
    assert "撤下的文章" not in reader.get("/").text


def test_a_page_closed_to_the_public_asks_to_sign_in_and_is_listed_no_more(
    client, column
):
    page = publish(column, ArticleFactory(title="内部文章"))
    assert client.get(page.url + "?x=1").status_code == 200
    assert "内部文章" in client.get("/?x=1").text

    closed = PageViewRestriction.objects.create(
        page=page, restriction_type=PageViewRestriction.LOGIN
    )

    assert client.get(page.url + "?x=1").status_code == 302
    assert "内部文章" not in client.get("/?x=1").text
    closed.delete()
    assert client.get(page.url + "?x=1").status_code == 200


def test_new_facts_and_another_front_page_show_at_once(reader, column):
    page = publish(column, CampaignFactory())
    reader.get(page.url)

    SiteFacts.objects.update(agency="新的主管部门")
    assert "新的主管部门" in reader.get(page.url).text

    Site.objects.update(root_page=page)
    assert page.title in reader.get("/").text.split("<h1")[1]


def test_what_a_visitor_may_see_is_not_kept_for_another(reader, column):
    """The page of one request is the same object for the next; nothing sticks to it."""
    page = publish(column, ArticleFactory())
    mine = reader.get(page.url)
    reader.logout()

    other = reader.get(page.url + "?x=1")

    assert mine.context["page"] is other.context["page"]
    assert not other.context["user"].is_authenticated
    assert other.context["request"] is not mine.context["request"]


@pytest.mark.parametrize("model", [get_image_model(), get_document_model()])
def test_pictures_and_files_in_a_kept_page_are_among_its_sources(model):
    assert model._meta.db_table in tables_of(kept.SUBJECT)
