from django.db.models import Count
from django.urls import include, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from certificates.backoffice import class_proofs, files, recorded  # noqa: F401 - desks, row acts
from certificates.backoffice import views as backoffice
from certificates.backoffice.acts import ACTS
from certificates.backoffice.viewsets import SETTINGS, CertificateGroup
from certificates.models import (
    Certificate,
    CertificateEvent,
    CertificateKind,
    DailyHead,
    Issuer,
    ProgrammeProof,
    ReasonClass,
    RuleSet,
)
from certificates.models.status import Status
from certificates.services import enrolments_awaiting_proof
from certificates.services.batch import MAY_ISSUE
from certificates.services.recorded import COLUMNS, import_certificates
from lms.backoffice.hooks import TodayItem
from lms.backoffice.policies import KeepPolicy, ReadOnlyPolicy, ScopedPolicy
from lms.backoffice.row_actions import register_row_actions
from lms.evidence import clock
from lms.evidence.models import AuditEvent
from lms.sheets.imports import SheetImport, register_import

for evidence in (Certificate, CertificateEvent, DailyHead):
    register_permission_policy(evidence, ReadOnlyPolicy(evidence))
for kept in (CertificateKind, Issuer, RuleSet):
    register_permission_policy(kept, KeepPolicy(kept))
register_permission_policy(ProgrammeProof, ScopedPolicy(ProgrammeProof))

register_snippet(CertificateGroup)
for table in SETTINGS:
    register_snippet(table)
register_row_actions(Certificate, *ACTS)

register_import(
    SheetImport(
        slug="certificates",
        title=gettext_lazy("Recorded certificates"),
        columns=COLUMNS,
        importer=import_certificates,
        permission=MAY_ISSUE,
        order=40,
    )
)


@hooks.register("register_admin_urls")
def register_issue_urls():
    pages = [
        path("", backoffice.issue, name="choose"),
        path("class/<int:pk>/print/", backoffice.print_class, name="print"),
    ]
    return [path("certificates/issue/", include((pages, "issue")))]


@hooks.register("register_icons")
def register_icons(icons):
    return [*icons, "certificates/icons/certificate.svg"]


@hooks.register("find_people_by_number")
def holders_of(number):
    """The holders of the certificates that carry a number or a serial."""
    return Certificate.objects.with_number(number).values("person")


@hooks.register("register_today_items")
def waiting_certificates(request):
    """What waits for the base's staff: proofs to issue, to decide on, and alarms."""
    if not request.user.has_perm("certificates.change_certificate"):
        return []
    listing = reverse(Certificate.snippet_viewset.get_url_name("list"))
    seen = Certificate.objects.visible_to(request.user)
    suspended = seen.open().filter(
        suspended_reason=ReasonClass.RESULT_CHANGED, suspended_to=None
    )
    forged = AuditEvent.objects.filter(
        action="certificate.forgery", at__date=clock.today()
    )
    return [
        TodayItem(
            enrolments_awaiting_proof().visible_to(request.user).count(),
            _("Earned proofs that could not be issued yet"),
            reverse("issue:choose"),
        ),
        TodayItem(
            suspended.count(),
            _("Proofs suspended because the result was changed"),
            f"{listing}?status=SUSPENDED&suspended_reason=RESULT_CHANGED",
            "warning",
        ),
        TodayItem(
            seen.in_conflict_on(clock.today()).count(),
            _("certificates judged by the 2026 rules, official text to be checked"),
            f"{listing}?disputed=true",
            "warning",
        ),
        TodayItem(forged.count(), _("Forged proofs shown today"), listing, "warning"),
    ]


@hooks.register("register_today_items")
def certificates_running_out(request):
    """What has lapsed or soon will, of the holders the user sees, replaced ones not."""
    if not request.user.has_perm("certificates.view_certificate"):
        return []
    listing = reverse(Certificate.snippet_viewset.get_url_name("list"))
    today = clock.today()
    seen = Certificate.objects.visible_to(request.user)
    lapsed = (
        seen.with_status_on(today)
        .filter(status__in=(Status.EXPIRED, Status.REVIEW_OVERDUE))
        .order_by()
        .values_list("status")
        .annotate(rows=Count("pk"))
    )
    counts = dict(lapsed)
    return [
        TodayItem(
            counts.get(Status.EXPIRED, 0),
            _("Certificates have expired"),
            f"{listing}?status={Status.EXPIRED}",
            "warning",
        ),
        TodayItem(
            counts.get(Status.REVIEW_OVERDUE, 0),
            _("Certificates whose review is overdue"),
            f"{listing}?status={Status.REVIEW_OVERDUE}",
            "warning",
        ),
        TodayItem(
            seen.runs_out_within(today, days=60).count(),
            _("Certificates run out within 60 days"),
            f"{listing}?runs_out=60",
            "certificate",
        ),
    ]
