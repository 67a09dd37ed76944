"""Chinese words are found inside titles, in every listing and chooser of staff."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import GroupPagePermission, Page
from wagtail.search.backends import get_search_backend

from lms.access.groups import EDITOR
from lms.access.levels import Access
from tests.factories.pages import ArticleFactory, ColumnFactory, make_home, picture_file
from tests.factories.people import UserFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.services,
    # Wagtail leaves the temporary file of a rendition to the garbage collector.
    pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

TITLES = [
    "安全生产月",
    "吴川市“安全生产月”活动启动",
    "事故报告、调查处理",
    "典型事故案例",
    "触电事故急救",
    "消防与疏散；事故案例",
]
# What is typed, and which of the titles contain it.
FOUND = {
    "生产月": {0, 1},
    "事故": {2, 3, 4, 5},
    "安全生产": {0, 1},
    "案例 事故": {3, 5},
    "事故案例": {3, 5},
    "月”活动": {1},
    "消防": {5},
    "火灾": set(),
    "%": set(),
    "事_": set(),
}


@pytest.fixture
def boss(client):
    client.force_login(UserFactory(is_superuser=True, access=Access.CITY))


@pytest.fixture
def column(db):
    column = make_home().add_child(instance=ColumnFactory.build(title="栏目"))
    for title in TITLES:
        column.add_child(instance=ArticleFactory.build(title=title))
    return column


def files(model, settings, tmp_path):
    """A file of each title."""
    settings.MEDIA_ROOT = tmp_path
    for title in TITLES:
        model.objects.create(title=title, file=picture_file())


def titles_in(rows):
    return {TITLES.index(row.title) for row in rows}


@pytest.mark.parametrize("typed", FOUND)
@pytest.mark.parametrize("listing", ["explorer", "search", "chooser"])
def test_pages_are_found_by_words_inside_their_titles(
    client, boss, column, typed, listing
):
    address = {
        "explorer": reverse("wagtailadmin_explore", args=[column.pk]),
        "search": reverse("wagtailadmin_pages:search"),
        "chooser": reverse("wagtailadmin_choose_page_search"),
    }[listing]

    page = client.get(address, {"q": typed})

    name = "results" if listing == "chooser" else "pages"
    rows = page.context.get(name) or page.context.get("pages") or []
    assert titles_in(rows) == FOUND[typed]


@pytest.mark.parametrize("typed", FOUND)
@pytest.mark.parametrize("model", [Image, Document], ids=["images", "documents"])
@pytest.mark.parametrize("place", ["listing", "chooser"])
def test_files_are_found_by_words_inside_their_titles(
    client, boss, settings, tmp_path, typed, model, place
):
    files(model, settings, tmp_path)
    app = "wagtailimages" if model is Image else "wagtaildocs"
    name = {"listing": "index_results", "chooser": "_chooser:choose_results"}[place]
    address = reverse(app + (":" if place == "listing" else "") + name)

    page = client.get(address, {"q": typed})

    rows = page.context["object_list" if place == "listing" else "results"]
    assert titles_in(rows) == FOUND[typed]


def test_the_search_over_all_pages_takes_quoted_words_together(client, boss, column):
    address = reverse("wagtailadmin_pages:search")

    together = client.get(address, {"q": '"事故案例"'}).context["pages"]
    apart = client.get(address, {"q": '"案例 事故"'}).context["pages"]

    assert titles_in(together) == FOUND["事故案例"]
    assert titles_in(apart) == set()


def test_a_file_is_found_by_a_part_of_its_tag(client, boss, settings, tmp_path):
    files(Document, settings, tmp_path)
    tagged = Document.objects.first()
    tagged.tags.add("警示教育片", "警示")

    page = client.get(reverse("wagtaildocs:index_results"), {"q": "警示"})

    assert list(page.context["object_list"]) == [tagged]


def test_a_page_is_found_by_the_title_of_its_draft(client, boss, column):
    article = column.get_children().first().specific
    article.title = "有限空间作业"
    article.save_revision()

    page = client.get(reverse("wagtailadmin_explore", args=[column.pk]), {"q": "空间"})

    assert [row.pk for row in page.context["pages"]] == [article.pk]


def test_a_page_the_user_may_not_see_is_not_found(client, column):
    other = column.get_parent().add_child(
        instance=ColumnFactory.build(title="别处", slug="other")
    )
    other.add_child(instance=ArticleFactory.build(title="机密事故通报", live=False))
    group = Group.objects.create(name="一个栏目的编辑")
    edit = Group.objects.get(name=EDITOR).permissions.get(codename="access_admin")
    group.permissions.add(edit)
    GroupPagePermission.objects.create(
        group=group,
        page=column,
        permission=GroupPagePermission._meta.get_field(
            "permission"
        ).related_model.objects.get(codename="change_page"),
    )
    user = UserFactory()
    user.groups.add(group)

    def found(who):
        client.force_login(who)
        page = client.get(reverse("wagtailadmin_pages:search"), {"q": "事故"})
        return {row.title for row in page.context["pages"]}

    assert found(user) == {TITLES[number] for number in FOUND["事故"]}
    assert "机密事故通报" in found(UserFactory(is_superuser=True, access=Access.CITY))


def test_wagtails_own_index_takes_a_run_of_chinese_as_one_word(column):
    # Should this fail, the full-text index knows Chinese and our backend can go.
    plain = get_search_backend("wagtail.search.backends.database")
    plain.get_index_for_model(Page).add_items(Page, list(Page.objects.all()))

    assert not list(plain.autocomplete("生产月", Page.objects.all()))
    assert list(get_search_backend().autocomplete("生产月", Page.objects.all()))
