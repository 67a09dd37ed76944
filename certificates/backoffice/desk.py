"""The desk of one certificate: its state, its facts, its history, its papers."""

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from certificates.models import Certificate, RuleSet
from certificates.models.status import Status
from certificates.pdf.lines import printed_lines
from certificates.services.cycles import next_cycle, previous_cycle
from certificates.verification.answers import OUTCOMES, Answer
from certificates.views.presentation import DISPUTED, TONES, sentence, subject_label
from lms.backoffice.desks import (
    DeskSection,
    DeskView,
    Link,
    Note,
    link_to,
    table_of,
)
from lms.evidence import clock

# A certificate's tone, as the notes of a desk name them.
NOTE_TONES = {"ok": "success", "info": "info"}


class CertificateDesk(DeskView):
    def get_page_title(self):
        return f"{self.object.holder_name} · {self.object.kind}"

    def get_page_subtitle(self):
        return self.object.number

    def get_notes(self):
        row, today = self.object, clock.today()
        status = row.status_on(today)
        answer = Answer(OUTCOMES[status], status, row, today)
        tone = NOTE_TONES.get(TONES.get(answer.outcome), "warning")
        notes = [
            Note(
                f"{answer.outcome.label} — {sentence(answer)}",
                tone,
                tuple(self._neighbours()),
            )
        ]
        if Certificate.objects.in_conflict_on(today).filter(pk=row.pk).exists():
            notes.append(Note(DISPUTED, links=self._to_confirm()))
        return notes

    def _to_confirm(self):
        if not self.request.user.has_perm("certificates.change_certificate"):
            return ()
        edit = RuleSet.snippet_viewset.get_url_name("edit")
        words = _("Check %(name)s and confirm it")
        return tuple(
            Link(words % {"name": rules.name}, reverse(edit, args=[rules.pk]))
            for rules in RuleSet.objects.unconfirmed()
        )

    def get_facts(self):
        row = self.object
        facts = [
            (_("Number"), row.number or "—"),
            (_("Name"), row.holder_name),
            (_("Document number"), row.id_masked),
            (_("status"), Status(row.status_on(clock.today())).label),
            (_("Subject"), f"{row.kind} · {subject_label(row)}"),
            (_("Employer"), row.organisation or "—"),
            (_("First issued on"), row.first_issued_on),
            (_("Valid from"), row.valid_from),
            (_("Valid to"), row.valid_to or _("without end")),
        ]
        rarer = [
            (_("Issued on"), row.issued_on if row.is_issued else None),
            (_("Review due by"), row.review_due_on),
            (_("Review passed on"), row.review_passed_on),
            (_("Issuing authority"), row.issuing_authority),
        ]
        return facts + [(label, value) for label, value in rarer if value]

    def get_papers(self):
        row = self.object
        if not row.is_issued:
            return []
        return [
            Link(_("Download the PDF"), reverse("certificates:pdf", args=[row.uuid])),
            Link(_("Public page"), reverse("certificates:verify", args=[row.token])),
        ]

    def get_sections(self):
        sections = [
            self._belonging(),
            self._printed(),
            self._history(),
            self._other_cycles(),
        ]
        return [section for section in sections if section]

    def _belonging(self):
        """The holder and the employer, of what the user sees."""
        row, user = self.object, self.request.user
        return table_of(
            _("Whose it is"),
            (_("holder"), _("unit"), _("town")),
            [
                (
                    link_to(row.person)
                    if user.has_perm("people.view_person")
                    else row.person,
                    link_to(row.organisation)
                    if row.organisation and user.has_perm("people.view_organisation")
                    else row.organisation,
                    row.organisation and row.organisation.town,
                )
            ],
        )

    def _printed(self):
        if not self.object.is_issued:
            return None
        lines = {"lines": printed_lines(self.object.facts)}
        template = "certificates/admin/_printed.html"
        return DeskSection(_("What is printed"), template, lines)

    def _history(self):
        events = self.object.events.select_related("actor").order_by("-position")
        return table_of(
            _("History"),
            (_("Entry"), _("At"), _("Action"), _("Reason"), _("By")),
            [
                (
                    one.position,
                    one.at,
                    one.get_action_display(),
                    _reason_of(one),
                    one.actor,
                )
                for one in events
            ],
        )

    @cached_property
    def _cycles(self):
        """All certificates of the same person, kind and subject, the oldest first."""
        today = clock.today()
        seen = Certificate.objects.visible_to(self.request.user)
        return list(seen.cycles_of(self.object).with_status_on(today))

    def _neighbours(self):
        """Links to the certificate before this one, and to the one after it."""
        before = previous_cycle(self.object, self._cycles)
        after = next_cycle(self.object, self._cycles)
        if before:
            yield link_to(before, _("In place of %(number)s") % {"number": before})
        if after:
            yield link_to(after, _("Replaced by %(number)s") % {"number": after})

    def _other_cycles(self):
        labels = (_("Number"), _("Valid from"), _("Valid to"), _("status"))
        return table_of(
            _("The certificates before and after"),
            labels,
            [
                (
                    link_to(one),
                    one.valid_from,
                    one.valid_to or _("without end"),
                    Status(one.status).label,
                )
                for one in self._cycles
                if one != self.object
            ],
        )


def _reason_of(event) -> str:
    """Return the class of the reason, and what was written for the file."""
    parts = (event.get_reason_class_display(), event.reason)
    return "：".join(filter(None, parts))
