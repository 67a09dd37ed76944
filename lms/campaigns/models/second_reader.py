"""The second reader: rows that a user cannot publish alone.

The rule is for warning cases, exposure and the facts of the site, and for the files of
their pages. The one who publishes has not written any of what is new. Publishing
without a user (a command, a schedule approved before) is not checked again.
"""

import json
import re

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, PagePermissionTester, ReferenceIndex, Revision

# What Wagtail changes in a revision without anybody having written anything.
NOT_WRITTEN = frozenset(
    {
        "pk",
        "path",
        "depth",
        "numchild",
        "url_path",
        "draft_title",
        "live",
        "live_revision",
        "latest_revision",
        "latest_revision_created_at",
        "first_published_at",
        "last_published_at",
        "has_unpublished_changes",
        "go_live_at",
        "expire_at",
        "expired",
        "locked",
        "locked_at",
        "locked_by",
        "wagtail_admin_comments",
    }
)
# The editor numbers the paragraphs of a text when it is opened for the first time.
PARAGRAPH_NUMBER = re.compile(r' data-block-key=[\\]*"\w*[\\]*"')


def writers_of_changes(row) -> set[int]:
    """Return the keys of the users who changed a row since it was last published."""
    live = type(row)._base_manager.filter(pk=row.pk).values_list("live_revision_id")
    published = row.revisions.filter(pk__in=live).first()
    revisions = row.revisions.order_by("created_at", "pk")
    if published is not None:
        later = Q(created_at=published.created_at, pk__gt=published.pk)
        revisions = revisions.filter(later | Q(created_at__gt=published.created_at))
    before = published and _written(published.content)
    writers = set()
    for user, content in revisions.values_list("user_id", "content"):
        written = _written(content)
        if written != before and user is not None:
            writers.add(user)
        before = written
    return writers


def wrote_changes(row, user) -> bool:
    """Say whether a user wrote any of what publishing the row would make public."""
    return user.pk in writers_of_changes(row)


class SecondReaderTester(PagePermissionTester):
    """Permissions on a page that nobody publishes alone, superusers included."""

    def can_publish(self):
        if not super().can_publish():
            return False
        return not (
            self.page.needs_second_reader and wrote_changes(self.page, self.user)
        )

    def can_unschedule(self):
        return super().can_publish()

    def can_set_view_restrictions(self):
        return super().can_publish()


def pages_showing(file):
    """Return the public pages that show a picture or a document, or soon will."""
    keys = list(
        ReferenceIndex.get_references_to(file)
        .filter(base_content_type__app_label="wagtailcore")
        .filter(base_content_type__model="page")
        .values_list("object_id", flat=True)
    )
    approved = Revision.objects.page_revisions().filter(
        object_id__in=keys, approved_go_live_at__isnull=False
    )
    soon = [int(key) for key in approved.values_list("object_id", flat=True)]
    shown = Q(live=True, pk__in=[int(key) for key in keys]) | Q(pk__in=soon)
    return Page.objects.filter(shown)


def check_replacing(file) -> None:
    """Raise ``ValidationError`` where a new file would change what was read.

    ``file`` is the picture or document that is about to get another content.
    """
    if file.pk is None:
        return
    for page in pages_showing(file).specific():
        if getattr(page, "needs_second_reader", False):
            message = _(
                "“%(page)s” shows this file, and a second person has read it so. "
                "Upload the new file beside it and change the page."
            )
            raise ValidationError(
                message, code="needs_second_reader", params={"page": page.title}
            )


def _written(content) -> str:
    kept = {name: value for name, value in content.items() if name not in NOT_WRITTEN}
    return PARAGRAPH_NUMBER.sub("", json.dumps(kept, sort_keys=True))
