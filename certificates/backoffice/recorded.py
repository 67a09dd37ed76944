"""Recording an official certificate, and what its authority decides later."""

from dataclasses import replace

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.widgets import AdminDateInput

from certificates.models import Certificate, CertificateKind
from certificates.services import record_certificate
from certificates.services.official_facts import LONGEST, OfficialFacts, facts_of
from certificates.views.presentation import subject_label
from courses.models import Audience
from lms.backoffice.row_actions import RowAction, register_row_actions
from lms.evidence.dates import PastDayField
from lms.evidence.reasons import ReasonField
from lms.people.models import OperationItem, Organisation, Person

MAY_RECORD = "certificates.add_certificate"
MAY_CHANGE = "certificates.change_certificate"
DECISION = "record-decision"


def _label(name):
    return Certificate._meta.get_field(name).verbose_name


def _day(name, *, required=False):
    return PastDayField(label=_label(name), required=required, widget=AdminDateInput)


def _text(name):
    return forms.CharField(
        label=_label(name),
        required=False,
        max_length=LONGEST[name],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _source():
    return ReasonField(
        label=gettext_lazy("Source or reason (for the file)"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class RecordForm(forms.Form):
    """What is printed on an official certificate."""

    kind = forms.ModelChoiceField(
        CertificateKind.objects.all(), label=CertificateKind._meta.verbose_name
    )
    item = forms.ModelChoiceField(
        OperationItem.objects.all(), label=_label("item"), required=False
    )
    role = forms.ChoiceField(
        label=_label("role"), choices=[("", "—"), *Audience.choices], required=False
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=_label("organisation"), required=False
    )
    number = _text("number")
    issuing_authority = _text("issuing_authority")
    first_issued_on = _day("first_issued_on", required=True)
    valid_from = _day("valid_from", required=True)
    valid_to = _day("valid_to")
    review_due_on = _day("review_due_on")
    review_passed_on = _day("review_passed_on")
    reason = _source()

    def __init__(self, *args, person, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = _employers(person, user)


class DecisionForm(forms.Form):
    """What an authority may decide anew about a certificate on record."""

    number = _text("number")
    issuing_authority = _text("issuing_authority")
    first_issued_on = _day("first_issued_on", required=True)
    valid_to = _day("valid_to")
    review_due_on = _day("review_due_on")
    review_passed_on = _day("review_passed_on")
    suspended_from = _day("suspended_from")
    suspended_to = _day("suspended_to")
    revoked_on = _day("revoked_on")
    cancelled_on = _day("cancelled_on")
    reason = _source()

    def __init__(self, *args, row, initial=None, **kwargs):
        known = {
            name: getattr(row, name) for name in self.base_fields if name != "reason"
        }
        # It may hold the document number: what is on record is not shown again.
        known.pop("number")
        super().__init__(*args, initial={**known, **(initial or {})}, **kwargs)
        self.fields["number"].help_text = _("Empty: stays %(number)s.") % {
            "number": row.number or "—"
        }


def _employers(person, user):
    """Where the person has or had a post, of what the user sees."""
    posts = person.posts.visible_to(user)
    return Organisation.objects.filter(pk__in=posts.values("organisation"))


def record_new(person: Person, *, by, reason: str, **told) -> str:
    """Record the certificate of the form; return what was done, in words."""
    facts = OfficialFacts(holder_name=person.name, **told)
    row = record_certificate(person, facts, is_new=True, reason=reason, by=by)
    what = {"kind": row.kind, "subject": subject_label(row)}
    return _("Recorded: %(kind)s, %(subject)s.") % what


def record_decision(row: Certificate, *, by, reason: str, number: str, **told):
    """Record what the form says anew; an empty number leaves the one on record."""
    facts = facts_of(row)
    facts = replace(facts, number=number or facts.number, **told)
    return record_certificate(row.person, facts, reason=reason, by=by)


register_row_actions(
    Person,
    RowAction(
        name="record-certificate",
        label=gettext_lazy("Record an official certificate"),
        permission=MAY_RECORD,
        service=record_new,
        form_class=RecordForm,
        form_arguments=lambda person, user: {"person": person, "user": user},
        consequence=gettext_lazy(
            "It counts in the figures of the plan from its first day on. It is a "
            "record of what an authority issued, and is never printed here."
        ),
        icon="certificate",
    ),
)

register_row_actions(
    Certificate,
    RowAction(
        name=DECISION,
        label=gettext_lazy("Record a decision of the authority"),
        permission=MAY_CHANGE,
        service=record_decision,
        form_class=DecisionForm,
        form_arguments=lambda row, user: {"row": row},
        consequence=gettext_lazy(
            "The record says from now on what is entered here. The audit trail keeps "
            "the old and the new values."
        ),
        offered=lambda row: row.is_recorded,
        is_listed=False,  # on the page of the holder, beside the certificate
        overwrites=True,
        icon="certificate",
    ),
)
