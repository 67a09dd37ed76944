import re

from django import forms
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from courses.hours.progress import out_of_reach
from courses.models import Enrolment, TrainingClass
from lms.evidence import clock
from lms.evidence.reasons import ReasonField
from lms.people.backoffice.places import unit_of, with_posts_today
from lms.people.identity.numbers import (
    IdentityError,
    IdType,
    mask_number,
    normalise_id,
    normalise_name,
    person_key,
    same_name,
)
from lms.people.models import Organisation, Person
from lms.sheets.cells import half_width

MOST_LINES = 300
# How many people of one name are told apart in a message.
MOST_NAMESAKES = 5
NUMBER = re.compile(r"(?<![0-9A-Z()])(?=(?:[A-Z()]*[0-9]){3})[0-9A-Z()]{4,}", re.I)
TAIL = re.compile(r"[0-9]{3}[0-9X]")
RESIDENT = re.compile(r"[0-9]{14,}[0-9X]")


class NameLine:
    """One line of a list: a name, a document number, or both.

    Four characters are the end of a number. ``fault`` says why a number is refused.
    """

    def __init__(self, number: int, text: str):
        self.number, self.text, self.fault = number, text, ""
        match = NUMBER.search(text)
        digits = match[0].upper() if match else ""
        name = text.replace(match[0], " ", 1) if match else text
        self.name = normalise_name(name.strip(" ,、:;"))
        self.tail = digits if TAIL.fullmatch(digits) else ""
        try:
            self.keys = set() if self.tail or not digits else keys_of(digits)
        except IdentityError as error:
            self.keys, self.fault = set(), str(error)

    def __str__(self):
        """The line as it may be shown: of a number only its ends."""
        shown = NUMBER.sub(
            lambda match: match[0] if len(match[0]) == 4 else mask_number(match[0]),
            self.text,
        )
        return Truncator(shown).chars(40)

    def means(self, person: Person) -> bool:
        if self.keys:
            return person.id_key in self.keys
        return same_name(person.name, self.name) and person.id_masked.endswith(
            self.tail
        )

    def fault_with(self, found: list[Person]) -> str:
        """Say why these people are not the one who is meant; empty when they are."""
        if self.fault:
            return self.fault
        if not found:
            return _("not found; check the name, or add the person to the people first")
        if len(found) > 1:
            return _("%(count)d people of that name; add the last four: %(people)s") % {
                "count": len(found),
                "people": "、".join(map(told_apart, found[:MOST_NAMESAKES])),
            }
        if self.name and not same_name(found[0].name, self.name):
            return _("This number is on record with another name.")
        return ""


def told_apart(person: Person) -> str:
    """Return what tells a person from another of the same name."""
    return f"{person.id_masked[-4:]}（{unit_of(person) or '—'}）"


def keys_of(number: str) -> set[str]:
    """Return the identity keys that a number may have, for each kind of document.

    Raises ``IdentityError`` for a number in the form of a resident's that is wrong.
    """
    keys = {person_key(kind, number) for kind in IdType if kind != IdType.RESIDENT}
    if RESIDENT.fullmatch(number):
        number = normalise_id(IdType.RESIDENT, number, today=clock.today())
        keys.add(person_key(IdType.RESIDENT, number))
    return keys


class EnrolForm(forms.Form):
    """People the user may see, one a line; each line must mean one person.

    That is a name, a document number, or a name and the number or its last four
    characters. ``cleaned_data["people"]`` holds the persons.
    """

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        required=False,
        label=_("Employer"),
    )
    people = forms.CharField(
        label=_("People"),
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_(
            "One person a line: the name, or the document number, or both. Where names "
            "are alike the last four digits are enough."
        ),
    )

    in_spite = ReasonField(
        required=False,
        max_length=200,
        label=_("Enrol all the same, because"),
        help_text=_(
            "Only where the list above says that somebody has not the role of the "
            "programme, or is in another class meanwhile."
        ),
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.seen = Person.objects.visible_to(user)
        self.fields["organisation"].queryset = Organisation.objects.visible_to(user)
        self.fields["organisation"].empty_label = _("Each person's present employer")

    def clean(self):
        cleaned = super().clean()
        texts = map(half_width, cleaned.get("people", "").splitlines())
        lines = [NameLine(number, text) for number, text in enumerate(texts, 1) if text]
        if len(lines) > MOST_LINES:
            raise forms.ValidationError(_("Too many lines at once."))
        candidates = self._candidates(lines, cleaned.get("organisation"))
        people, faults = {}, []
        for line in lines:
            found = [person for person in candidates if line.means(person)]
            if fault := line.fault_with(found):
                faults.append(
                    _("Line %(number)d, %(line)s: %(fault)s")
                    % {"number": line.number, "line": line, "fault": fault}
                )
            else:
                people[found[0].pk] = found[0]
        if faults:
            raise forms.ValidationError(faults)
        return cleaned | {"people": list(people.values())}

    def _candidates(self, lines, organisation):
        keys = {key for line in lines for key in line.keys}
        names = {line.name for line in lines if not line.keys}
        people = self.seen.named(names) | self.seen.filter(id_key__in=keys)
        if organisation:
            people = people.filter(posts__organisation=organisation).distinct()
        return list(with_posts_today(people, self.user, person=""))


class TrainingClassForm(WagtailAdminModelForm):
    """A class in which time counts never plans more hours than its lessons give.

    Nor has it fewer places than people. Title and hours that are left empty are those
    of the programme.
    """

    FROM_PROGRAMME = ("title", "planned_hours")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in self.FROM_PROGRAMME:
            self.fields[name].required = False
            self.fields[name].help_text = _("Empty: as the programme says.")

    def clean_capacity(self):
        """Locks the class, as enrolling does: ask inside the transaction that saves."""
        capacity = self.cleaned_data["capacity"]
        if self.instance.pk is None:
            return capacity
        TrainingClass.objects.select_for_update().get(pk=self.instance.pk)
        count = self.instance.enrolments.admitted().count()
        if capacity < count:
            message = _("There are %(count)d people in the class already.")
            raise forms.ValidationError(
                message, code="people_in_it", params={"count": count}
            )
        return capacity

    def clean_in_person_hours(self):
        return self.cleaned_data["in_person_hours"] or 0

    def clean(self):
        cleaned = super().clean()
        programme = cleaned.get("programme")
        for name in self.FROM_PROGRAMME:
            if programme and name in cleaned and cleaned[name] in (None, ""):
                cleaned[name] = getattr(programme, name)
        asked = {name: cleaned.get(name) for name in ("programme", "planned_hours")}
        if self.instance.counts_study and all(asked.values()):
            in_person = cleaned.get("in_person_hours", 0)
            asked = TrainingClass(in_person_hours=in_person, **asked)
            for refusal in out_of_reach([asked]):
                self.add_error("planned_hours", str(refusal))
        return cleaned


class WithdrawPersonForm(forms.Form):
    """Withdraw one of the enrolments that the user may see, with a reason."""

    enrolment = forms.ModelChoiceField(
        Enrolment.objects.none(),
        label=_("person"),
        error_messages={"invalid_choice": _("This person is not in the class.")},
    )
    reason = ReasonField(label=_("Reason"), max_length=200)

    def __init__(self, *args, seen, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["enrolment"]
        field.queryset = seen.order_by("person__name", "pk")
        field.label_from_instance = enrolled_in_words


def enrolled_in_words(enrolment: Enrolment) -> str:
    """Name a person of a class, told apart from others of the same name."""
    person = enrolment.person
    employer = enrolment.organisation or "—"
    return f"{person.name} · {person.id_masked} · {employer}"


class CancelForm(forms.Form):
    """Why a class does not take place."""

    reason = ReasonField(label=_("why cancelled"), max_length=200)
