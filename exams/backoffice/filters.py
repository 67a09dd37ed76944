"""What the lists of questions, sittings and attempts are narrowed to."""

import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import BooleanRadioSelect

from exams.models import Attempt, EffectiveState, Question, Sitting
from exams.services.bank import asked_questions
from lms.backoffice.filters import KeysFilter, ScopedFilterSet
from lms.evidence import clock
from lms.people.backoffice.places import PlaceFilterSet

SITTING_STATES = [
    ("before", _("before the opening")),
    ("open", _("open")),
    ("over", _("over")),
]
RESULTS = {
    "passed": Q(result__passed=True),
    "failed": Q(result__passed=False),
    "none": Q(result=None),
}
RESULT_CHOICES = [
    ("passed", _("Passed")),
    ("failed", _("Not passed")),
    ("none", _("no result yet")),
]


def among(rows, others, is_wanted):
    """Return the rows that are among others, or those that are not."""
    return rows.filter(pk__in=others) if is_wanted else rows.exclude(pk__in=others)


class QuestionFilterSet(ScopedFilterSet):
    waiting = django_filters.BooleanFilter(
        label=_("you can approve it"),
        widget=BooleanRadioSelect,
        method="filter_waiting",
    )
    awaiting = django_filters.BooleanFilter(
        label=_("waits for a review"),
        widget=BooleanRadioSelect,
        method="filter_awaiting",
    )
    asked = django_filters.BooleanFilter(
        label=_("asked in an exam"), widget=BooleanRadioSelect, method="filter_asked"
    )

    def filter_waiting(self, rows, name, value):
        approvable = Question.objects.reviewable_by(self.request.user)
        return among(rows, approvable.values("pk"), value)

    def filter_awaiting(self, rows, name, value):
        return among(rows, Question.objects.awaiting_approval().values("pk"), value)

    def filter_asked(self, rows, name, value):
        return among(rows, asked_questions().values("pk"), value)


class SittingFilterSet(ScopedFilterSet):
    state = django_filters.ChoiceFilter(
        label=_("state"),
        choices=SITTING_STATES,
        empty_label=_("All"),
        widget=forms.RadioSelect,
        method="filter_state",
    )
    waiting = django_filters.BooleanFilter(
        label=_("results wait to be released"),
        widget=BooleanRadioSelect,
        method="filter_waiting",
    )

    def filter_state(self, rows, name, value):
        now = clock.now()
        asked = {
            "before": Q(opens_at__gt=now),
            "open": Q(opens_at__lte=now, closes_at__gt=now),
            "over": Q(closes_at__lte=now),
        }
        return rows.filter(asked[value])

    def filter_waiting(self, rows, name, value):
        attempts = Attempt.objects.visible_to(self.request.user).awaiting_release()
        return among(rows, attempts.order_by().values("sitting"), value)


class AttemptFilterSet(PlaceFilterSet):
    sitting = KeysFilter(
        label=_("exam sitting"),
        queryset=Sitting.objects.for_listing(),
        widget=forms.CheckboxSelectMultiple,
    )
    state = django_filters.MultipleChoiceFilter(
        label=_("state"),
        field_name="state_now",
        choices=EffectiveState,
        widget=forms.CheckboxSelectMultiple,
    )
    outcome = django_filters.ChoiceFilter(
        label=_("result"),
        choices=RESULT_CHOICES,
        empty_label=_("All"),
        widget=forms.RadioSelect,
        method="filter_outcome",
    )

    def filter_outcome(self, rows, name, value):
        return rows.filter(RESULTS[value])
