from django.core.management import call_command
from django.utils import timezone
from wagtail.models import Page, Revision

from lms.campaigns.services.site import make_site
from lms.jobs.registry import preparation, sweeper


@sweeper("campaigns.scheduled")
def publish_scheduled() -> int:
    """Publish the pages whose time has come, and take down those past theirs."""
    now = timezone.now()
    due = Revision.objects.filter(approved_go_live_at__lt=now).count()
    due += Page.objects.live().filter(expire_at__lt=now).count()
    if due:
        call_command("publish_scheduled")
    return due


@preparation("Preparing the front page", order=20)
def make_front_page() -> None:
    """Make the home page and its columns where there are none."""
    make_site()
