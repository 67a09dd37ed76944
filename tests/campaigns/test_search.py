import time

import pytest

from lms.campaigns.services.search import find
from lms.web.search_terms import MAX_TERMS, terms_of
from tests.factories.pages import ArticleFactory, publish


@pytest.fixture
def article(column):
    body = [("paragraph", "<p>必须持证上岗，100%检测气体_浓度</p>")]
    return publish(column, ArticleFactory(title="有限空间作业安全", body=body))


@pytest.mark.parametrize(
    "query",
    ["有限空间", "空间作业", "持证", "检测 空间", "１００％", "气体_浓度"],
    ids=["start", "middle", "body", "two words", "full width", "underscore"],
)
def test_search_finds_a_term_anywhere(article, query):
    assert [entry.page_id for entry in find(terms_of(query))] == [article.pk]


@pytest.mark.parametrize("query", ["%", "_", "有%空", "消防", ""], ids=repr)
def test_search_takes_wildcards_literally(column, query):
    publish(column, ArticleFactory(title="有限空间作业安全"))

    assert not find(terms_of(query)).exists()


def test_search_forgets_a_page_that_was_withdrawn(article):
    article.unpublish()

    assert not find(terms_of("有限空间")).exists()


def test_search_puts_titles_before_texts(column):
    body = [("paragraph", "<p>通风</p>")]
    in_text = publish(column, ArticleFactory(body=body))
    in_title = publish(column, ArticleFactory(title="先通风"))

    found = [entry.page_id for entry in find(["通风"])]

    assert found == [in_title.pk, in_text.pk]


def test_search_cuts_what_is_typed(client, article):
    start = time.process_time()
    response = client.get("/search/", {"q": "限" * 10_000 + "\0%_[(*"})

    assert response.status_code == 200
    assert "没有找到" in response.content.decode()
    assert time.process_time() - start < 5
    assert len(terms_of("a b c d e f g h")) == MAX_TERMS


def test_search_page_costs_the_same_for_one_and_three_hits(
    client, column, django_assert_max_num_queries
):
    for number in (1, 2):
        publish(column, ArticleFactory(title="有限空间"))
        client.get("/search/", {"q": "有限"})
        # count, hits with their pages, site roots
        with django_assert_max_num_queries(4):
            client.get("/search/", {"q": "有限"})
        assert find(["有限"]).count() == number
