from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from courses.backoffice import files, pages  # noqa: F401 - parts of desks
from courses.backoffice.viewsets import SETTINGS, TrainingGroup
from courses.hours.progress import out_of_reach
from courses.models import (
    ClassState,
    Enrolment,
    HourEntry,
    HourRule,
    Programme,
    StudyEntry,
    StudyRule,
    TrainingClass,
    TrainingRecord,
)
from courses.services.training_import import COLUMNS, import_training
from lms.backoffice.hooks import TodayItem
from lms.backoffice.policies import KeepPolicy, ReadOnlyPolicy
from lms.evidence import clock
from lms.sheets.imports import SheetImport, register_import

for evidence in (Enrolment, TrainingRecord, HourEntry, StudyEntry):
    register_permission_policy(evidence, ReadOnlyPolicy(evidence))
for kept in (Programme, TrainingClass, HourRule, StudyRule):
    register_permission_policy(kept, KeepPolicy(kept))

register_snippet(TrainingGroup)
for table in SETTINGS:
    register_snippet(table)


for act in pages.OPENED:
    hooks.register(f"before_{act}_page", pages.when_opened)
for act in pages.SENT:
    hooks.register(f"before_{act}_page", pages.when_sent)
hooks.register("before_bulk_action", pages.before_many)


@hooks.register("register_today_items")
def training_today(request):
    """What waits: classes to confirm, to close when over, and to make possible."""
    if not request.user.has_perm("courses.change_trainingclass"):
        return []
    today = clock.today()
    listing = reverse(TrainingClass.snippet_viewset.get_url_name("list"))
    running = TrainingClass.objects.filter(
        state=ClassState.RUNNING, starts_on__lte=today, ends_on__gte=today
    )
    return [
        TodayItem(
            running.count(),
            _("classes are running today"),
            f"{listing}?state=RUNNING&starts_on_to={today}&ends_on_from={today}",
            "date",
        ),
        TodayItem(
            TrainingClass.objects.unconfirmed(today, within=7).count(),
            _("classes begin within a week and are not confirmed"),
            f"{listing}?state=ENROLLING",
            "group",
        ),
        TodayItem(
            TrainingClass.objects.over(today).count(),
            _("classes are over and wait to be closed"),
            f"{listing}?state=RUNNING&state=EXAMINING",
            "group",
        ),
        TodayItem(
            len(out_of_reach(TrainingClass.objects.open_for_study())),
            _("classes plan more hours than their lessons give"),
            f"{listing}?state=CONFIRMED&state=RUNNING&state=EXAMINING",
            "warning",
        ),
    ]


register_import(
    SheetImport(
        slug="training",
        title=_("Training history"),
        columns=COLUMNS,
        importer=import_training,
        permission="courses.add_trainingrecord",
        order=30,
    )
)
