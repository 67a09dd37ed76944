"""The sheet on which staff enter class hours for a whole class."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.hours.sheet import Claim
from courses.models import HalfDay, HourSource
from lms.evidence import clock
from lms.evidence.reasons import ReasonField
from lms.sheets.cells import half_width

ENTERED = tuple(source for source in HourSource if source != HourSource.ONLINE)
USUAL_REASON = {
    HourSource.ATTENDANCE: gettext_lazy("sign-in sheet"),
    HourSource.PRACTICAL: gettext_lazy("sign-in sheet of the practical training"),
}


class HoursField(forms.DecimalField):
    """Class hours with two decimals at most; full-width digits are understood."""

    def __init__(self, **kwargs):
        attrs = {"inputmode": "decimal", "class": "hours-input", "autocomplete": "off"}
        widget = forms.TextInput(attrs=attrs)
        facts = {"max_digits": 5, "decimal_places": 2, "required": False}
        super().__init__(widget=widget, **facts | kwargs)

    def to_python(self, value):
        text = half_width(value) if isinstance(value, str) else value
        return super().to_python(text)


class HoursForm(forms.Form):
    """Hours of a day for everybody, and for some people other hours or none.

    ``claims`` are what the sheet asks for. Of a correction each person has hours of
    their own, added or taken away; of other sources an empty cell means the hours of
    everybody, and 0 means absent.
    """

    day = forms.DateField(
        label=gettext_lazy("Day"),
        # A date input takes this form only, in any language.
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    reason = ReasonField(
        label=gettext_lazy("Reason, or the paper it is taken from"), max_length=200
    )

    def __init__(self, *args, source, enrolments, **kwargs):
        today = clock.today()
        initial = {"day": today, "reason": USUAL_REASON.get(source, "")}
        super().__init__(*args, **{"initial": initial} | kwargs)
        self.source, self.enrolments = source, list(enrolments)
        self.halves = [] if source == HourSource.CORRECTION else list(HalfDay)
        self.fields["day"].widget.attrs["max"] = today.isoformat()
        for half in self.halves:
            label = _("Class hours in the morning")
            if half == HalfDay.AFTERNOON:
                label = _("Class hours in the afternoon")
            self.fields[half.value] = HoursField(label=label, min_value=0)
        least = 0 if self.halves else None
        for enrolment in self.enrolments:
            if enrolment.hours_met_on:
                continue
            for half in self.halves or [""]:
                label = f"{enrolment.person.name} {half and half.label}"
                self.fields[_name(enrolment, half)] = HoursField(
                    label=label, min_value=least
                )

    def cells(self, enrolment):
        """Return the bound fields of one person; none once the hours are met."""
        names = (_name(enrolment, half) for half in self.halves or [""])
        return [self[name] for name in names if name in self.fields]

    def shared(self):
        """Return the bound fields that say the hours of everybody."""
        return [self[half.value] for half in self.halves]

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not self.claims():
            self.add_error(None, _("No hours are given for anybody."))
        return cleaned

    def claims(self):
        """Return the hours asked for, person by person, without empty ones."""
        claims = [
            Claim(enrolment.pk, half and half.value, self._hours(enrolment, half))
            for enrolment in self.enrolments
            if not enrolment.hours_met_on
            for half in self.halves or [""]
        ]
        return [claim for claim in claims if claim.hours]

    def _hours(self, enrolment, half):
        own = self.cleaned_data.get(_name(enrolment, half))
        if own is None and half:
            own = self.cleaned_data.get(half.value)
        return own or Decimal(0)


def _name(enrolment, half):
    return f"{half.value if half else 'change'}-{enrolment.uuid}"
