from django.urls import reverse
from django.utils.translation import gettext_lazy
from wagtail.admin.menu import MenuItem
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.admin.ui.tables import Column
from wagtail.snippets.views.snippets import SnippetViewSetGroup

from certificates.backoffice.desk import CertificateDesk
from certificates.backoffice.filters import CertificateFilterSet
from certificates.models import (
    Certificate,
    CertificateEvent,
    CertificateKind,
    DailyHead,
    Issuer,
    ProgrammeProof,
    RuleSet,
)
from certificates.models.status import Status
from certificates.services.batch import MAY_ISSUE
from certificates.views.presentation import DISPUTED, subject_label
from lms.backoffice.views import YesNoColumn
from lms.backoffice.viewsets import BaseSnippetViewSet, ReadOnlySnippetViewSet
from lms.evidence import clock
from lms.people.backoffice.places import (
    PLACE_COLUMNS,
    PLACE_HEADINGS,
    PLACES,
    ExportsPlaces,
    PersonColumn,
    with_posts_today,
)


class CertificateIndexView(ExportsPlaces):
    def to_row_dict(self, item):
        words = {"subject": subject_label(item), "status": _label(item)}
        return super().to_row_dict(item) | words


class CertificateViewSet(ReadOnlySnippetViewSet):
    model = Certificate
    icon = "certificate"
    index_view_class = CertificateIndexView
    base_filterset_class = CertificateFilterSet
    inspect_view_class = CertificateDesk
    list_display = [
        "number",
        PersonColumn("holder_name", label=gettext_lazy("name then")),
        *PLACE_COLUMNS,
        "kind",
        Column("subject", label=gettext_lazy("subject"), accessor=subject_label),
        Column(
            "status",
            label=gettext_lazy("status"),
            accessor=lambda row: _label(row),
            classname="whole",
        ),
        "valid_from",
        "valid_to",
    ]
    list_filter = [
        "kind",
        "origin",
        "suspended_reason",
        "first_issued_on",
        "valid_from",
        "valid_to",
        "review_due_on",
    ]
    list_export = [
        "number",
        "holder_name",
        "id_masked",
        "kind",
        "subject",
        "status",
        *PLACES,
        "organisation.name",
        "first_issued_on",
        "valid_from",
        "valid_to",
        "review_due_on",
        "review_passed_on",
        "suspended_from",
        "suspended_to",
        "revoked_on",
        "cancelled_on",
        "replaced_on",
        "issuing_authority",
    ]
    export_headings = {"status": gettext_lazy("status"), **PLACE_HEADINGS}
    search_fields = ("number", "holder_name", "organisation__name")
    list_related = ("kind", "item", "person", "organisation")

    def get_queryset(self, request):
        today = clock.today()
        rows = super().get_queryset(request)
        rows = rows.with_status_on(today).with_disputed_on(today)
        return with_posts_today(rows, request.user, day=today)


class EventViewSet(ReadOnlySnippetViewSet):
    model = CertificateEvent
    icon = "history"
    list_display = [
        "position",
        "certificate",
        "action",
        "reason_class",
        "reason",
        "at",
        "actor",
    ]
    list_filter = ["action", "reason_class", "at"]
    list_export = [
        "position",
        "certificate.number",
        "action",
        "reason_class",
        "reason",
        "at",
        "actor",
        "hash",
    ]
    search_fields = ("certificate__number", "hash")
    list_related = ("certificate", "actor")
    ordering = ["-position"]


class DailyHeadViewSet(ReadOnlySnippetViewSet):
    model = DailyHead
    add_to_settings_menu = True
    icon = "lock"
    list_display = ["day", "entries", "hash"]
    list_filter = ["day"]
    list_export = ["day", "entries", "hash", "published_at"]


class KindViewSet(BaseSnippetViewSet):
    model = CertificateKind
    add_to_settings_menu = True
    icon = "tag"
    list_display = [
        "name",
        "code",
        YesNoColumn("issued_by_base", label=gettext_lazy("issued by the base")),
        "authority",
    ]
    list_export = ["code", "name", "name_en", "issued_by_base", "authority"]
    search_fields = ("name", "code")
    panels = [
        FieldRowPanel([FieldPanel("code"), FieldPanel("position")]),
        FieldPanel("name"),
        FieldPanel("name_en"),
        FieldRowPanel([FieldPanel("issued_by_base"), FieldPanel("needs_pass")]),
        FieldPanel("reviewed"),
        FieldRowPanel([FieldPanel("authority"), FieldPanel("query_url")]),
    ]


class ProofViewSet(BaseSnippetViewSet):
    model = ProgrammeProof
    icon = "link"
    list_display = ["programme", "kind", "valid_months"]
    list_filter = ["kind"]
    list_export = ["programme.title", "kind", "valid_months"]
    search_fields = ("programme__title",)
    list_related = ("programme", "kind")
    panels = [FieldPanel("programme"), FieldPanel("kind"), FieldPanel("valid_months")]


class RuleSetViewSet(BaseSnippetViewSet):
    model = RuleSet
    add_to_settings_menu = True
    icon = "list-ul"
    list_display = [
        "code",
        "name",
        "valid_from",
        YesNoColumn("enabled", label=gettext_lazy("in use")),
        YesNoColumn("confirmed", label=gettext_lazy("confirmed")),
    ]
    list_export = ["code", "name", "valid_from", "valid_to", "enabled", "confirmed"]
    panels = [
        FieldPanel("code", read_only=True),
        FieldPanel("name"),
        FieldPanel("basis"),
        FieldRowPanel([FieldPanel("valid_from"), FieldPanel("valid_to")]),
        FieldRowPanel([FieldPanel("validity_years"), FieldPanel("review_years")]),
        FieldRowPanel([FieldPanel("enabled"), FieldPanel("confirmed")]),
    ]


class IssuerViewSet(BaseSnippetViewSet):
    model = Issuer
    add_to_settings_menu = True
    icon = "home"
    list_display = ["name", "signatory", "valid_from"]
    list_export = ["name", "signatory", "valid_from"]
    panels = [
        FieldPanel("name"),
        FieldRowPanel([FieldPanel("signatory"), FieldPanel("valid_from")]),
    ]


class CertificateGroup(SnippetViewSetGroup):
    menu_label = gettext_lazy("Certificates")
    menu_icon = "certificate"
    menu_name = "certificates"
    menu_order = 400
    items = (
        CertificateViewSet,
        EventViewSet,
        ProofViewSet,
    )

    def get_submenu_items(self):
        """The listings, and the page that issues the proofs of a class."""
        issue = IssueMenuItem(
            gettext_lazy("Issue the proofs of a class"),
            reverse("issue:choose"),
            name="issue-proofs",
            icon_name="plus",
            order=0,
        )
        return [issue, *super().get_submenu_items()]


# Tables only administrators need: below 设置.
SETTINGS = (DailyHeadViewSet, KindViewSet, RuleSetViewSet, IssuerViewSet)


class IssueMenuItem(MenuItem):
    def is_shown(self, request):
        return request.user.has_perm(MAY_ISSUE)


def _label(row):
    label = str(Status(row.status).label)
    return f"{label} ⚠ {DISPUTED}" if row.disputed else label
