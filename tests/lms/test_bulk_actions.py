"""Acts on "all in listing": what is confirmed, and done, is what the listing shows."""

import pytest
from django.urls import reverse
from wagtail.documents.models import Document
from wagtail.documents.views.bulk_actions import DeleteBulkAction as DeleteDocuments
from wagtail.images.models import Image
from wagtail.images.views.bulk_actions import DeleteBulkAction as DeleteImages
from wagtail.models import Collection, Page

from lms.access.levels import Access
from tests.factories.pages import ArticleFactory, ColumnFactory, make_home, picture_file
from tests.factories.people import UserFactory

pytestmark = [
    pytest.mark.django_db,
    # Wagtail leaves the temporary file of a rendition to the garbage collector.
    pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

ALL, TAGGED, COLLECTED, NAMED = 41, 34, 12, 5
LISTINGS = {Image: "wagtailimages:index", Document: "wagtaildocs:index"}
PLAIN = {Image: DeleteImages, Document: DeleteDocuments}
ACTS = ("delete", "add_tags", "add_to_collection")


@pytest.fixture
def boss(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    user = UserFactory(is_superuser=True, access=Access.CITY)
    client.force_login(user)
    return user


@pytest.fixture(params=[Image, Document], ids=["images", "documents"])
def files(request, boss):
    """Forty-one files: tagged, in a collection and named in different numbers."""
    model = request.param
    collection = Collection.get_first_root_node().add_child(name="安全月")
    first = model.objects.create(title="0", file=picture_file())
    size = {"width": 2, "height": 2} if model is Image else {}
    rows = [
        model(
            title=f"消防演练{n}" if n < NAMED else f"照片{n}",
            file=first.file.name,
            collection=collection if n < COLLECTED else first.collection,
            **size,
        )
        for n in range(1, ALL)
    ]
    for row in rows:
        row.save()
    for row in [first, *rows][:TAGGED]:
        row.tags.add("旧的")
    first.tags.add("别的")
    return model, collection


def address_of(model, act):
    where = [model._meta.app_label, model._meta.model_name, act]
    return reverse("wagtail_bulk_action", args=where)


def shown(client, listing, query):
    """The keys on every page of a listing, as a reader would count them."""
    keys, page = [], 1
    while True:
        context = client.get(listing, query | {"p": page}).context
        keys += [row.pk for row in context["object_list"]]
        if not context["page_obj"].has_next():
            return sorted(keys)
        page += 1


def confirmed(client, address, query):
    """What the page that asks for confirmation names, and where it sends it."""
    page = client.get(address, query | {"id": "all"})
    return sorted(one["item"].pk for one in page.context["items"]), page


QUERIES = {
    "nothing": (lambda c: {}, ALL),
    "tag": (lambda c: {"tag": "旧的"}, TAGGED),
    "collection": (lambda c: {"collection_id": c.pk}, COLLECTED - 1),
    "search": (lambda c: {"q": "消防演练"}, NAMED - 1),
    "tag-and-collection": (
        lambda c: {"tag": "旧的", "collection_id": c.pk},
        COLLECTED - 1,
    ),
    "search-and-tag": (lambda c: {"q": "照片", "tag": "旧的"}, TAGGED - NAMED),
    "usage": (lambda c: {"usage_count_min": 1}, 0),
    "a-tag-that-is-none": (lambda c: {"tag": "没有"}, ALL),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("query", QUERIES)
def test_what_is_confirmed_is_what_the_listing_shows(client, files, act, query):
    model, collection = files
    asked, number = QUERIES[query]
    asked = asked(collection)
    listed = shown(client, reverse(LISTINGS[model]), asked)
    assert len(listed) == number

    if number:
        assert confirmed(client, address_of(model, act), asked)[0] == listed
    else:
        nothing = client.get(address_of(model, act), asked | {"id": "all"})
        assert nothing.status_code == 404


def test_what_was_confirmed_is_deleted_and_nothing_else(client, files):
    model, _collection = files
    listed, page = confirmed(client, address_of(model, "delete"), {"tag": "旧的"})

    done = client.post(page.context["submit_url"], follow=True)

    assert len(listed) == TAGGED
    assert f"共选中 {TAGGED} 项。" in page.text
    assert not model.objects.filter(pk__in=listed).exists()
    assert model.objects.count() == ALL - TAGGED
    assert str(TAGGED) in str(*done.context["messages"])


def test_a_listing_that_changed_is_confirmed_anew(client, files):
    model, _collection = files
    listed, page = confirmed(client, address_of(model, "delete"), {"tag": "旧的"})
    model.objects.exclude(pk__in=listed).first().tags.add("旧的")

    again = client.post(page.context["submit_url"])

    assert model.objects.count() == ALL
    assert "列表的内容刚才有变化" in again.text
    client.post(again.context["submit_url"])
    assert model.objects.count() == ALL - TAGGED - 1


@pytest.mark.parametrize("stale", [True, False])
def test_the_collection_that_was_chosen_before_narrows_nothing(client, files, stale):
    model, collection = files
    asked = {"childOf": collection.pk} | ({"next": "/admin/"} if stale else {})

    named, _page = confirmed(client, address_of(model, "delete"), asked)

    assert len(named) == (ALL if stale else COLLECTED - 1)


def test_wagtails_own_act_confirms_what_is_not_listed(rf, boss, files):
    # Should this fail, Wagtail is mended and lms.backoffice.bulk_actions can go.
    model, _collection = files
    request = rf.get("/", {"id": "all", "tag": "旧的"})
    request.user = boss
    plain = PLAIN[model](request, model)

    assert len(plain.get_all_objects_in_listing_query(None)) == ALL > TAGGED


@pytest.fixture
def column(boss):
    """A column with two articles, and an article below one of another column."""
    home = make_home()
    column = home.add_child(instance=ColumnFactory.build(title="警示", slug="a"))
    for number, live in enumerate((True, False)):
        column.add_child(
            instance=ArticleFactory.build(title=f"事故{number}", live=live)
        )
    other = home.add_child(instance=ColumnFactory.build(title="生产月", slug="b"))
    other.add_child(instance=ArticleFactory.build(title="别处事故"))
    return column


@pytest.mark.parametrize("act", ["delete", "publish", "unpublish", "move"])
@pytest.mark.parametrize(
    ("query", "number"),
    [
        ({}, 2),
        ({"has_child_pages": "true"}, 0),
        ({"has_child_pages": "false"}, 2),
        ({"q": "事故1"}, 1),
        ({"has_child_pages": "false", "search_all": "1"}, 4),
    ],
    ids=["children", "parents", "leaves", "search", "whole-tree"],
)
def test_pages_that_are_confirmed_are_those_listed(client, column, act, query, number):
    listing = reverse("wagtailadmin_explore", args=[column.pk])
    listed = shown(client, listing, query)
    assert len(listed) == number

    asked = query | {"childOf": column.pk, "id": "all"}
    page = client.get(address_of(Page, act), asked)

    if number:
        # Pages that no one parent may hold are named, but not moved together.
        apart = page.context.get("pages_without_common_parent_page") or []
        rows = [*page.context["items"], *page.context["items_with_no_access"], *apart]
        assert sorted(row["item"].pk for row in rows) == listed
    else:
        assert page.status_code == 404


def test_pages_found_by_the_search_over_all_are_those_confirmed(client, column):
    query = {"q": "事故", "content_type": "campaigns.articlepage"}
    listed = shown(client, reverse("wagtailadmin_pages:search"), query)

    named, _page = confirmed(client, address_of(Page, "delete"), query)

    assert named == listed
