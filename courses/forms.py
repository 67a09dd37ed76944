import re

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from courses.models import ClassState, Enrolment, TrainingClass
from courses.progress import out_of_reach
from lms.people.models import Organisation, Person

MOST_LINES = 300
LINE = re.compile(r"^(?P<name>\S+?)(?:[\s,，、]+(?P<tail>\d{3}[\dXx]))?$")


class EnrolForm(forms.Form):
    """Names, one a line, of people the user may see; each must mean one person.

    Where a name is not enough, the last four characters of the document number
    follow it. ``cleaned_data["people"]`` holds the persons.
    """

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        required=False,
        label=_("Employer"),
        help_text=_("Empty: each person's present employer."),
    )
    people = forms.CharField(
        label=_("People"),
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("One name a line; where names are alike add the last four digits."),
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.seen = Person.objects.visible_to(user)
        self.fields["organisation"].queryset = Organisation.objects.visible_to(user)

    def clean(self):
        cleaned = super().clean()
        lines = [line.strip() for line in cleaned.get("people", "").splitlines()]
        lines = list(dict.fromkeys(filter(None, lines)))
        if len(lines) > MOST_LINES:
            raise forms.ValidationError({"people": _("Too many lines at once.")})
        matches = [LINE.match(line) for line in lines]
        names = {match["name"] for match in matches if match}
        candidates = self._candidates(names, cleaned.get("organisation"))
        people, wrong = [], []
        for line, match in zip(lines, matches, strict=True):
            found = [
                person
                for person in candidates
                if match
                and person.name == match["name"]
                and person.id_masked.endswith((match["tail"] or "").upper())
            ]
            if len(found) == 1:
                people += found
            else:
                wrong.append(line)
        if wrong:
            message = _("Not found, or several of that name: %(names)s")
            raise forms.ValidationError(
                {"people": message % {"names": "、".join(wrong)}}
            )
        cleaned["people"] = people
        return cleaned

    def _candidates(self, names, organisation):
        people = self.seen.filter(name__in=names)
        if organisation:
            people = people.filter(posts__organisation=organisation).distinct()
        return list(people)


class TrainingClassForm(WagtailAdminModelForm):
    """A class in which time counts never plans more hours than its lessons give."""

    def clean(self):
        cleaned = super().clean()
        asked = {name: cleaned.get(name) for name in ("programme", "planned_hours")}
        if self.instance.counts_study and all(asked.values()):
            for refusal in out_of_reach([TrainingClass(**asked)]):
                self.add_error("planned_hours", str(refusal))
        return cleaned


class WithdrawForm(forms.Form):
    """Who leaves a class: one of its enrolments that the user may see."""

    enrolment = forms.ModelChoiceField(Enrolment.objects.none(), to_field_name="uuid")

    def __init__(self, *args, seen, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["enrolment"].queryset = seen


class MoveForm(forms.Form):
    """The state a class goes to, and why where it is cancelled."""

    to = forms.ChoiceField(choices=ClassState)
    reason = forms.CharField(required=False, max_length=200)
