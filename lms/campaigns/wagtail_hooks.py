from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.models import TaskState

from lms.backoffice.hooks import TodayItem


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
