"""Nobody publishes a warning case, an exposure or a hotline alone."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from wagtail.documents.models import Document
from wagtail.models import Page, ReferenceIndex, Site
from wagtail.test.utils.form_data import nested_form_data, streamfield

from lms.access.groups import EDITOR, REVIEWER
from lms.campaigns.models import ArticleKind, ArticlePage, SiteFacts
from lms.campaigns.models.second_reader import writers_of_changes
from lms.campaigns.services.site import make_site
from lms.people.models import User
from tests.factories.pages import ArticleFactory, ColumnFactory, publish
from tests.factories.people import StaffFactory

pytestmark = [
    pytest.mark.django_db,
    # Wagtail leaves the file of a replaced document to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

BLOCK = "7d5a3c53-3d62-4a53-8f0c-8a2a7f5a2c11"
GUARDED = [ArticleKind.WARNING, ArticleKind.EXPOSURE]


def staff(name):
    user = StaffFactory()
    user.groups.add(Group.objects.get(name=name))
    return user


@pytest.fixture
def editor():
    return staff(EDITOR)


@pytest.fixture
def reviewer():
    return staff(REVIEWER)


@pytest.fixture
def site_column():
    return publish(make_site(), ColumnFactory())


def draft(column, writer, kind=ArticleKind.EXPOSURE, **fields):
    """A page that one person wrote and nobody has published."""
    page = ArticleFactory(kind=kind, live=False, **fields)
    Page.objects.get(pk=column.pk).add_child(instance=page)
    page.save_revision(user=writer)
    page.refresh_from_db()
    return page


def form_of(page, **changes):
    """What the editor sends for a page, with some fields changed."""
    blocks = streamfield([("heading", "经过")]) | {"0-id": BLOCK}
    data = {
        "title": page.title,
        "slug": page.slug,
        "kind": page.kind,
        "intro": page.intro,
        "published_on": "2026-06-01",
        "source": "",
        "art": page.art,
        "body": blocks,
        "comments-TOTAL_FORMS": 0,
        "comments-INITIAL_FORMS": 0,
        "comments-MIN_NUM_FORMS": 0,
        "comments-MAX_NUM_FORMS": 0,
        "seo_title": "",
        "search_description": "",
        "go_live_at": "",
        "expire_at": "",
    }
    return nested_form_data(data | changes)


def is_live(page):
    return ArticlePage.objects.get(pk=page.pk).live


@pytest.mark.parametrize("kind", GUARDED)
@pytest.mark.parametrize("root", [False, True], ids=["reviewer", "superuser"])
def test_a_new_page_of_one_person_stays_a_draft(
    client, site_column, reviewer, kind, root
):
    client.force_login(User.objects.create_superuser("root") if root else reviewer)
    address = reverse(
        "wagtailadmin_pages:add", args=["campaigns", "articlepage", site_column.pk]
    )
    form = form_of(ArticleFactory.build(kind=kind, slug="ours"))

    response = client.post(
        address, form | {"action-publish": "action-publish"}, follow=True
    )

    page = ArticlePage.objects.get(slug="ours")
    assert not page.live
    assert page.first_published_at is None
    assert "须由另一人审读后发布" in response.text


def test_news_of_one_person_are_published(client, site_column, reviewer):
    client.force_login(reviewer)
    address = reverse(
        "wagtailadmin_pages:add", args=["campaigns", "articlepage", site_column.pk]
    )

    form = form_of(ArticleFactory.build(kind=ArticleKind.NEWS, slug="ours"))
    client.post(address, form | {"action-publish": "action-publish"})

    assert ArticlePage.objects.get(slug="ours").live


def test_a_second_person_publishes_what_the_first_wrote(
    client, site_column, editor, reviewer
):
    page = draft(site_column, editor)
    client.force_login(editor)
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    client.post(edit, form_of(page, title="改过的标题"))
    page.refresh_from_db()
    page = page.get_latest_revision_as_object()
    client.force_login(reviewer)

    client.post(edit, form_of(page) | {"action-publish": "action-publish"})

    assert is_live(page)
    assert writers_of_changes(page) == set()


def test_whoever_changes_a_word_while_publishing_becomes_a_writer(
    client, site_column, editor, reviewer
):
    page = draft(site_column, editor)
    client.force_login(reviewer)
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])

    form = form_of(page, title="另一个标题") | {"action-publish": "action-publish"}
    response = client.post(edit, form, follow=True)

    page.refresh_from_db()
    assert not page.live
    assert page.get_latest_revision_as_object().title == "另一个标题"
    assert "须由另一人审读后发布" in response.text
    assert writers_of_changes(page) == {editor.pk, reviewer.pk}


def test_a_published_exposure_is_not_turned_into_news_alone(
    client, site_column, reviewer
):
    page = publish(site_column, ArticleFactory(kind=ArticleKind.EXPOSURE))
    client.force_login(reviewer)

    form = form_of(page, kind=ArticleKind.NEWS, title="洗白")
    client.post(
        reverse("wagtailadmin_pages:edit", args=[page.pk]),
        form | {"action-publish": "action-publish"},
    )

    assert ArticlePage.objects.get(pk=page.pk).title == page.title


def test_bulk_publishing_leaves_out_ones_own(client, site_column, editor, reviewer):
    own, other = draft(site_column, reviewer), draft(site_column, editor)
    client.force_login(reviewer)
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])

    client.post(f"{address}?id={own.pk}&id={other.pk}", {"include_descendants": ""})

    assert (is_live(own), is_live(other)) == (False, True)


def test_publishing_a_column_with_its_drafts_leaves_out_ones_own(
    client, site_column, editor, reviewer
):
    own, other = draft(site_column, reviewer), draft(site_column, editor)
    client.force_login(reviewer)
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])

    client.post(f"{address}?id={site_column.pk}", {"include_descendants": "on"})

    assert (is_live(own), is_live(other)) == (False, True)


def test_own_page_is_not_scheduled_alone(client, site_column, reviewer):
    page = draft(site_column, reviewer)
    client.force_login(reviewer)

    form = form_of(page, go_live_at="2090-01-01 08:00")
    client.post(
        reverse("wagtailadmin_pages:edit", args=[page.pk]),
        form | {"action-publish": "action-publish"},
    )

    assert not page.revisions.filter(approved_go_live_at__isnull=False).exists()


def test_own_page_is_not_approved_alone(client, site_column, editor, reviewer):
    page = draft(site_column, reviewer)
    page.get_workflow().start(page, editor)
    task = page.current_workflow_task_state
    client.force_login(reviewer)
    address = reverse(
        "wagtailadmin_pages:workflow_action", args=[page.pk, "approve", task.pk]
    )

    menu = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).text
    client.post(address)

    assert not is_live(page)
    assert 'data-workflow-action-name="approve"' not in menu


def test_second_reader_approves_in_the_workflow(client, site_column, editor, reviewer):
    page = draft(site_column, editor)
    page.get_workflow().start(page, editor)
    task = page.current_workflow_task_state
    client.force_login(reviewer)

    menu = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).text
    client.post(
        reverse(
            "wagtailadmin_pages:workflow_action", args=[page.pk, "approve", task.pk]
        )
    )

    assert 'data-workflow-action-name="approve"' in menu
    assert is_live(page)


def test_the_action_itself_refuses(site_column, reviewer):
    page = draft(site_column, reviewer)

    with pytest.raises(PermissionDenied):
        page.get_latest_revision().publish(user=reviewer)


# --- The facts of the site


@pytest.fixture
def facts(site_column):
    return SiteFacts.for_site(Site.objects.get(is_default_site=True))


def change_hotline(client, facts, number, **buttons):
    address = reverse(SiteFacts.snippet_viewset.get_url_name("edit"), args=[facts.pk])
    fields = {"agency": "局", "theme_year": 2026, "theme": "", "hotline": number}
    return client.post(address, fields | buttons, follow=True)


PUBLISH = {"action-publish": "action-publish"}


def test_a_hotline_takes_two_people(client, facts, editor, reviewer):
    client.force_login(editor)
    change_hotline(client, facts, "12345")
    facts.refresh_from_db()
    proposed = facts.hotline
    client.force_login(reviewer)
    waiting = client.get(reverse("wagtailadmin_home")).text
    change_hotline(client, facts, "12345", **PUBLISH)
    facts.refresh_from_db()

    assert proposed == "12350"
    assert "等待发布" in waiting
    assert facts.hotline == "12345"


@pytest.mark.parametrize("root", [False, True], ids=["reviewer", "superuser"])
def test_a_hotline_is_not_changed_by_one(client, facts, reviewer, root):
    client.force_login(User.objects.create_superuser("root") if root else reviewer)

    response = change_hotline(client, facts, "95555", **PUBLISH)

    facts.refresh_from_db()
    assert facts.hotline == "12350"
    assert "须由另一人审读后发布" in response.text


def test_an_editor_cannot_publish_a_hotline(client, facts, editor, reviewer):
    client.force_login(reviewer)
    change_hotline(client, facts, "95555")
    client.force_login(editor)

    change_hotline(client, facts, "95555", **PUBLISH)

    facts.refresh_from_db()
    assert facts.hotline == "12350"


def test_the_settings_page_of_wagtail_is_closed(client, facts):
    client.force_login(User.objects.create_superuser("root"))

    address = f"/admin/settings/campaigns/sitefacts/{facts.site_id}/"

    assert client.get(address).status_code == 404


# --- Files


@pytest.fixture
def document():
    file = ContentFile(b"%PDF-1.4 one", name="one.pdf")
    return Document.objects.create(title="通知", file=file)


def show(column, document, **fields):
    page = ArticleFactory(body=[("document", document)], **fields)
    page = publish(column, page)
    ReferenceIndex.create_or_update_for_object(page)
    return page


def test_a_document_is_private_until_a_published_page_shows_it(
    client, site_column, document, editor
):
    before = client.get(document.url).status_code
    page = show(site_column, document)
    shown = client.get(document.url)
    page.unpublish()
    after = client.get(document.url).status_code
    client.force_login(editor)

    assert (before, shown.status_code, after) == (404, 200, 404)
    assert shown["Content-Disposition"].startswith("attachment")
    assert client.get(document.url).status_code == 200


def replace_file(client, document, name, data):
    return client.post(
        reverse("wagtaildocs:edit", args=[document.pk]),
        {
            "title": "通知",
            "collection": document.collection_id,
            "file": SimpleUploadedFile(name, data),
        },
    )


def test_a_replaced_file_is_found_at_the_old_address(
    client, site_column, document, editor
):
    old = document.url
    show(site_column, document)
    client.force_login(editor)
    replace_file(client, document, "two.pdf", b"%PDF-1.4 two")
    client.logout()

    response = client.get(old, follow=True)

    assert response.redirect_chain[-1][0] == Document.objects.get().url != old
    assert b"".join(response) == b"%PDF-1.4 two"


def test_an_address_of_an_earlier_file_opens_nothing_private(client, document):
    assert client.get(f"/documents/{document.pk}/old.pdf").status_code == 404


@pytest.mark.parametrize("kind", GUARDED)
def test_the_file_of_an_exposure_is_not_replaced_alone(
    client, site_column, document, reviewer, kind
):
    show(site_column, document, kind=kind)
    client.force_login(reviewer)

    response = replace_file(client, document, "two.pdf", b"%PDF-1.4 two")

    assert response.status_code == 200
    assert "另外上传新文件" in response.text
    assert Document.objects.get().file == document.file


def test_the_file_of_a_scheduled_exposure_is_not_replaced(
    client, site_column, document, reviewer
):
    page = show(site_column, document, kind=ArticleKind.EXPOSURE)
    page.unpublish()
    page.go_live_at = timezone.now() + dt.timedelta(days=1)
    page.save_revision().publish()
    client.force_login(reviewer)

    replace_file(client, document, "two.pdf", b"%PDF-1.4 two")

    assert Document.objects.get().file == document.file
