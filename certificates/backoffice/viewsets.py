import django_filters
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from wagtail.admin.menu import MenuItem
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.admin.ui.tables import Column
from wagtail.admin.widgets import BooleanRadioSelect
from wagtail.snippets.views.snippets import InspectView, SnippetViewSetGroup

from certificates.backoffice.acts import ACTIONS, actions_for
from certificates.backoffice.forms import WithdrawForm
from certificates.exceptions import CertificateRefusal, WrongState
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
from certificates.pdf.lines import printed_lines
from certificates.services.batch import MAY_ISSUE
from certificates.verification.answers import OUTCOMES, Answer
from certificates.views.presentation import DISPUTED, TONES, sentence, subject_label
from lms.access.policies import STAFF, declares
from lms.backoffice.filters import ScopedFilterSet
from lms.backoffice.views import ScopedIndexView, YesNoColumn
from lms.backoffice.viewsets import BaseSnippetViewSet, ReadOnlySnippetViewSet
from lms.evidence import clock


class CertificateInspectView(InspectView):
    """One certificate: its state, its facts, its history, and what can be done."""

    template_name = "certificates/admin/certificate.html"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        row, today = self.object, clock.today()
        status = row.status_on(today)
        answer = Answer(OUTCOMES[status], status, row, today)
        may_change = self.request.user.has_perm("certificates.change_certificate")
        return context | {
            "row": row,
            "answer": answer,
            "sentence": sentence(answer),
            "tone": TONES.get(answer.outcome, "bad"),
            "subject": subject_label(row),
            "lines": printed_lines(row.facts) if row.is_issued else (),
            "events": row.events.select_related("actor").order_by("-position"),
            "actions": [
                (reverse(self.act_url, args=[row.pk, name]), ACTIONS[name].label)
                for name in (actions_for(row) if may_change else [])
            ],
            "unconfirmed": RuleSet.objects.unconfirmed() if may_change else (),
            "rules_edit": RuleSet.snippet_viewset.get_url_name("edit"),
            "disputed": Certificate.objects.in_conflict_on(today)
            .filter(pk=row.pk)
            .exists(),
        }

    @property
    def act_url(self):
        return Certificate.snippet_viewset.get_url_name("act")


class CertificateFilterSet(ScopedFilterSet):
    status = django_filters.ChoiceFilter(
        label=gettext_lazy("status"),
        choices=Status.choices,
        empty_label=gettext_lazy("All"),
        widget=forms.RadioSelect,
    )
    disputed = django_filters.BooleanFilter(
        label=gettext_lazy("old and new rules differ"), widget=BooleanRadioSelect
    )


class CertificateIndexView(ScopedIndexView):
    def to_row_dict(self, item):
        words = {"subject": subject_label(item), "status": _label(item)}
        return super().to_row_dict(item) | words


class CertificateViewSet(ReadOnlySnippetViewSet):
    model = Certificate
    icon = "certificate"
    index_view_class = CertificateIndexView
    base_filterset_class = CertificateFilterSet
    inspect_view_class = CertificateInspectView
    list_display = [
        "number",
        "holder_name",
        "kind",
        Column("subject", label=gettext_lazy("subject"), accessor=subject_label),
        Column("status", label=gettext_lazy("status"), accessor=lambda r: _label(r)),
        "valid_from",
        "valid_to",
    ]
    list_filter = [
        "kind",
        "origin",
        "suspended_reason",
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
    export_headings = {"status": gettext_lazy("status")}
    search_fields = ("number", "holder_name", "organisation__name")
    list_related = ("kind", "item", "person", "organisation")

    def get_queryset(self, request):
        today = clock.today()
        rows = super().get_queryset(request)
        return rows.with_status_on(today).with_disputed_on(today)

    def get_urlpatterns(self):
        action = "<int:pk>/act/<slug:action>/"
        return [*super().get_urlpatterns(), path(action, self.act_view, name="act")]

    @property
    def act_view(self):
        """A named action: what it will do, then its reason; the service decides."""

        @declares(STAFF)
        @require_http_methods(["GET", "HEAD", "POST"])
        def act(request, pk, action):
            if not request.user.has_perm("certificates.change_certificate"):
                raise PermissionDenied
            rows = Certificate.objects.visible_to(request.user)
            row = get_object_or_404(rows, pk=pk)
            desk = reverse(self.get_url_name("inspect"), args=[row.pk])
            if action not in actions_for(row):
                messages.error(request, str(WrongState()))
                return redirect(desk)
            chosen = ACTIONS[action]
            form = WithdrawForm(request.POST or None, reasons=chosen.reasons)
            if not form.is_valid():
                context = {
                    "row": row,
                    "action": chosen,
                    "form": form,
                    "desk": desk,
                }
                return render(request, "certificates/admin/act.html", context)
            try:
                row = chosen.service(row, actor=request.user, **form.cleaned_data)
            except CertificateRefusal as refusal:
                messages.error(request, str(refusal))
            else:
                done = _("Done: %(action)s.") % {"action": chosen.label}
                messages.success(request, done)
            return redirect(reverse(self.get_url_name("inspect"), args=[row.pk]))

        return act


class EventViewSet(ReadOnlySnippetViewSet):
    model = CertificateEvent
    icon = "history"
    list_display = ["position", "certificate", "action", "reason_class", "at", "actor"]
    list_filter = ["action", "reason_class", "at"]
    list_export = [
        "position",
        "certificate.number",
        "action",
        "reason_class",
        "at",
        "hash",
    ]
    search_fields = ("certificate__number", "hash")
    list_related = ("certificate", "actor")
    ordering = ["-position"]


class DailyHeadViewSet(ReadOnlySnippetViewSet):
    model = DailyHead
    icon = "lock"
    list_display = ["day", "entries", "hash"]
    list_export = ["day", "entries", "hash", "published_at"]


class KindViewSet(BaseSnippetViewSet):
    model = CertificateKind
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
        DailyHeadViewSet,
        ProofViewSet,
        KindViewSet,
        RuleSetViewSet,
        IssuerViewSet,
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


class IssueMenuItem(MenuItem):
    def is_shown(self, request):
        return request.user.has_perm(MAY_ISSUE)


def _label(row):
    label = str(Status(row.status).label)
    return f"{label} ⚠ {DISPUTED}" if row.disputed else label
