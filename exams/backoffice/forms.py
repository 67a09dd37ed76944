import uuid

from django import forms
from django.db.models import Max
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from exams.kinds import QuestionDraft, all_kinds, draft_from, kind_of
from exams.models import Attempt, Blueprint, Question, Sitting
from exams.services.bank import create_question, problems_of, revise_question
from exams.services.extra_time import latest_deadline
from exams.views.presentation import moment
from lms.evidence.reasons import ReasonField

IDENTITY = ("bank", "code", "kind")
PLACE = ("knowledge_point", "difficulty", "rule_set")


# The fields that only some kinds need, by name.
KIND_FIELDS = {
    name: field for kind in all_kinds() for name, field in kind.form_fields().items()
}
KindFieldsForm = type("KindFieldsForm", (forms.Form,), dict(KIND_FIELDS))


class QuestionForm(KindFieldsForm, WagtailAdminModelForm):
    """A question and the words of its next revision; saving goes through the bank."""

    stem = forms.CharField(
        label=_("stem"),
        strip=False,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Fill-in questions mark each blank with ____ ."),
    )
    explanation = forms.CharField(
        label=_("explanation"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    basis = forms.CharField(label=_("legal basis"), required=False, max_length=200)

    class Meta:
        model = Question
        fields = [*IDENTITY, *PLACE]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            return
        for name in IDENTITY:
            self.fields[name].disabled = True
        kind = kind_of(self.instance.kind)
        for name in KIND_FIELDS.keys() - kind.form_fields().keys():
            del self.fields[name]
        self.before = draft_from(self.instance.revisions.for_paper().first())
        self.initial.update(
            stem=self.before.stem,
            explanation=self.before.explanation,
            basis=self.before.basis,
            **kind.form_values(self.before),
        )

    def clean(self):
        cleaned = super().clean()
        kind = cleaned.get("kind")
        if kind:
            self.draft = QuestionDraft(
                stem=cleaned.get("stem", ""),
                explanation=cleaned.get("explanation", ""),
                basis=cleaned.get("basis", ""),
                **kind_of(kind).draft_parts(cleaned),
            ).cleaned()
            for problem in problems_of(kind, self.draft):
                self.add_error(problem.field, problem.message)
        return cleaned

    def save(self, commit=True):
        if self.instance.pk is None:
            fields = {name: self.cleaned_data[name] for name in IDENTITY + PLACE}
            self.instance = create_question(
                draft=self.draft, author=self.for_user, **fields
            )
            return self.instance
        question = super().save()
        if self.draft != self.before:
            revise_question(question, draft=self.draft, author=self.for_user)
        return question


class BlueprintForm(WagtailAdminModelForm):
    """A blueprint; its bank stays from the first paper on.

    The bank of a paper's blueprint decides what may still be asked (E27).
    """

    class Meta(WagtailAdminModelForm.Meta):
        model = Blueprint
        fields = ["bank"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.papers.exists():
            self.fields["bank"].disabled = True
            self.fields["bank"].help_text = _("Papers have been made from this bank.")


class SittingForm(WagtailAdminModelForm):
    """A sitting; shows beside the closing time the latest end with extra time."""

    class Meta(WagtailAdminModelForm.Meta):
        model = Sitting
        fields = ["closes_at"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["closes_at"].help_text = closing_in_words(self.instance)


def closing_in_words(sitting: Sitting) -> str:
    """Say until when anybody can write at a sitting, extra time included."""
    end = moment(latest_deadline(sitting))
    longest = sitting.candidates.aggregate(most=Max("extra_s"))["most"]
    if not longest:
        return gettext(
            "The last candidates write until %(end)s. Extra time comes on top and is "
            "not cut."
        ) % {"end": end}
    return gettext(
        "The last candidates write until %(end)s, with extra time until %(late)s. "
        "Extra time is not cut."
    ) % {
        "end": end,
        "late": moment(latest_deadline(sitting, extra_s=longest)),
    }


class CandidateTimeForm(forms.Form):
    """Extra time for one person, before the start."""

    person = forms.ModelChoiceField(queryset=None, label=_("candidate"))
    minutes = forms.IntegerField(label=_("minutes more"), min_value=0, max_value=240)
    reason = ReasonField(label=_("reason"), max_length=200)

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people
        self.fields["person"].label_from_instance = lambda person: person.name


class ExtraTimeForm(forms.Form):
    """More time for one person, or for everybody who is writing now.

    ``batch`` names the decision: the same form sent twice gives time once.
    """

    batch = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    attempt = forms.ModelChoiceField(
        queryset=None,
        label=_("candidate"),
        required=False,
        empty_label=_("everybody who is writing now"),
    )
    minutes = forms.IntegerField(label=_("minutes more"), min_value=1, max_value=240)
    reason = ReasonField(label=_("reason"), max_length=200)

    def __init__(self, *args, attempts, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["attempt"]
        field.queryset = attempts
        field.label_from_instance = running_in_words


def running_in_words(attempt: Attempt) -> str:
    """Name a running attempt: the person, and until when they can write."""
    return gettext("%(name)s, until %(time)s") % {
        "name": attempt.person.name,
        "time": moment(attempt.deadline),
    }


class RemarkForm(forms.Form):
    """Remark of a reviewer who returns a question to its author."""

    remark = ReasonField(
        label=_("remark"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class EndForm(forms.Form):
    """Why a proctor ends an attempt."""

    reason = ReasonField(label=_("reason"), max_length=200)


class RetireForm(forms.Form):
    """Why a question is retired."""

    UNREADABLE = _("Write the reason in plain text, at most 200 characters.")

    reason = ReasonField(
        label=_("reason"),
        max_length=200,
        error_messages={
            "required": _("Retiring a question needs a reason."),
            "max_length": UNREADABLE,
            "null_characters_not_allowed": UNREADABLE,
        },
    )
