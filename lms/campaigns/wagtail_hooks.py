from django.contrib import messages
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.models import TaskState
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from lms.backoffice.hooks import TodayItem
from lms.backoffice.policies import ChangeOnlyPolicy
from lms.campaigns.models import NEEDS_SECOND_READER, ArticlePage, SiteFacts
from lms.campaigns.models.second_reader import wrote_changes
from lms.campaigns.published_files.documents import check_readable

register_permission_policy(SiteFacts, ChangeOnlyPolicy(SiteFacts))

from lms.campaigns.backoffice.viewsets import SiteFactsViewSet  # noqa: E402 - policies first

register_snippet(SiteFactsViewSet)

SECOND_READER = gettext_lazy(
    "You wrote some of what is new here. It is kept as a draft: "
    "somebody else reads it and publishes it."
)


@hooks.register("insert_global_admin_css")
def admin_colours():
    return format_html('<link rel="stylesheet" href="{}">', static("css/admin.css"))


@hooks.register("register_today_items")
def pages_to_read(request):
    """Pages somebody wrote and this user, as the second reader, may approve."""
    waiting = TaskState.objects.reviewable_by(request.user)
    return [
        TodayItem(
            waiting.count(),
            _("pages wait for your review"),
            f"{reverse('wagtailadmin_home')}#awaiting-review",
            "doc-full",
        )
    ]


@hooks.register("register_today_items")
def facts_to_read(request):
    """New facts of the site that somebody else wrote and this user may publish."""
    if not request.user.has_perm("campaigns.publish_sitefacts"):
        return []
    waiting = [
        facts
        for facts in SiteFacts.objects.filter(has_unpublished_changes=True)
        if not wrote_changes(facts, request.user)
    ]
    listing = reverse(SiteFacts.snippet_viewset.get_url_name("list"))
    label = _("new names, hotlines or themes wait to be published")
    return [TodayItem(len(waiting), label, listing, "site")]


hooks.register("before_serve_document", check_readable)


@hooks.register("before_create_page")
def keep_new_page_as_draft(request, parent, page_class):
    """Save a page as a draft that its writer asked to publish alone."""
    if not issubclass(page_class, ArticlePage) or "action-publish" not in request.POST:
        return
    if request.POST.get("kind") in NEEDS_SECOND_READER:
        request.POST = request.POST.copy()
        del request.POST["action-publish"]
        messages.warning(request, SECOND_READER)


@hooks.register("before_edit_page")
def say_who_publishes(request, page):
    if request.method == "GET" and _is_writers_own(request, page):
        messages.info(request, SECOND_READER)


@hooks.register("before_publish_page")
def refuse_to_publish_alone(request, page):
    """Keep what was saved as a draft where its writer asked to publish it."""
    if _is_writers_own(request, page):
        messages.warning(request, SECOND_READER)
        return redirect("wagtailadmin_pages:edit", page.pk)


@hooks.register("before_publish")
def refuse_facts_alone(request, row):
    if isinstance(row, SiteFacts) and wrote_changes(row, request.user):
        messages.warning(request, SECOND_READER)
        name = SiteFacts.snippet_viewset.get_url_name("edit")
        return redirect(name, row.pk)


@hooks.register("construct_page_action_menu")
def hide_approving_alone(items, request, context):
    page = context.get("page")
    if page and page.pk and _is_writers_own(request, page.specific):
        items[:] = [item for item in items if item.name != "approve"]


def _is_writers_own(request, page):
    guarded = getattr(page, "needs_second_reader", False)
    return guarded and wrote_changes(page, request.user)
