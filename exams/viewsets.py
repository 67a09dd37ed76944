import json
from decimal import Decimal

import django_filters
from django.urls import path
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
)
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.widgets import BooleanRadioSelect
from wagtail.snippets.views.snippets import (
    CreateView,
    EditView,
    InspectView,
    SnippetViewSetGroup,
)

from exams.admin_views import question_actions, sitting_actions
from exams.forms import ExtraTimeForm, QuestionForm
from exams.models import (
    AnswerEntry,
    Attempt,
    AttemptState,
    Blueprint,
    KnowledgePoint,
    ProgrammeExam,
    Question,
    QuestionBank,
    QuestionKind,
    QuestionState,
    Sitting,
)
from exams.presentation import LETTERS, plain, slots_of
from exams.services.admission import is_final
from exams.services.answers import current_answers
from exams.services.finalise import finalise_due
from exams.services.papers import outlook
from lms import clock
from lms.backoffice.filters import ScopedFilterSet
from lms.backoffice.views import DeskIndexView, LandsOnDesk
from lms.backoffice.viewsets import BaseSnippetViewSet, ReadOnlySnippetViewSet


class KnowledgePointViewSet(BaseSnippetViewSet):
    model = KnowledgePoint
    icon = "tag"
    menu_order = 60
    list_display = ["name"]
    list_export = ["name"]
    search_fields = ["name"]
    panels = [FieldPanel("name")]


class QuestionBankViewSet(BaseSnippetViewSet):
    model = QuestionBank
    icon = "folder-open-inverse"
    menu_order = 50
    list_display = ["name", "code", "purpose"]
    list_export = ["name", "code", "purpose"]
    search_fields = ["name", "code"]
    panels = [FieldPanel("name"), FieldPanel("code"), FieldPanel("purpose")]


class QuestionInspectView(InspectView):
    """The question as a candidate sees it, its history, and the review."""

    template_name = "exams/admin/question.html"

    def get_context_data(self, **kwargs):
        revisions = list(
            self.object.revisions.for_paper().select_related("author", "review")
        )
        waiting = not hasattr(revisions[0], "review")
        mine = revisions[0].author_id == self.request.user.pk
        return super().get_context_data(
            revisions=revisions,
            newest=revisions[0],
            may_review=waiting and not mine and self._may("add_questionreview"),
            waits_for_other=waiting and mine,
            may_retire=self.object.state != QuestionState.RETIRED
            and self._may("change_question"),
            **kwargs,
        )

    def _may(self, codename):
        return self.request.user.has_perm(f"exams.{codename}")


def short_stem(question):
    """Return the first words of a question."""
    return Truncator(question.stem).chars(40)


class WaitingFilterSet(ScopedFilterSet):
    """Tells rows that wait for the user, ``waiting_for``, from the others."""

    def filter_waiting(self, rows, name, value):
        waiting = self.waiting_for(self.request.user)
        return rows.filter(pk__in=waiting) if value else rows.exclude(pk__in=waiting)


class QuestionFilterSet(WaitingFilterSet):
    waiting = django_filters.BooleanFilter(
        label=_("you can approve it"),
        widget=BooleanRadioSelect,
        method="filter_waiting",
    )

    def waiting_for(self, user):
        return Question.objects.reviewable_by(user).values("pk")


class QuestionViewSet(BaseSnippetViewSet):
    model = Question
    icon = "help"
    menu_order = 40
    base_filterset_class = QuestionFilterSet
    inspect_view_class = QuestionInspectView
    list_display = [
        "code",
        Column("stem", label=_("stem"), accessor=short_stem),
        Column("kind", label=_("kind"), accessor="get_kind_display"),
        "knowledge_point",
        Column("difficulty", label=_("difficulty"), accessor="get_difficulty_display"),
        Column("state", label=_("state"), accessor="get_state_display"),
        Column("revision_number", label=_("revision")),
    ]
    list_filter = ["bank", "kind", "state", "knowledge_point", "difficulty"]
    list_export = ["code", "bank__name", "kind", "stem", "difficulty", "state"]
    export_headings = {"stem": _("stem")}
    search_fields = ["code", "revisions__stem"]
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("bank"), FieldPanel("code")]),
                    FieldRowPanel([FieldPanel("kind"), FieldPanel("difficulty")]),
                    FieldRowPanel(
                        [FieldPanel("knowledge_point"), FieldPanel("rule_set")]
                    ),
                ],
                heading=_("Where it belongs"),
            ),
            MultiFieldPanel(
                [FieldPanel("stem"), FieldPanel("options"), FieldPanel("blanks")],
                heading=_("Question and answers"),
            ),
            MultiFieldPanel(
                [FieldPanel("explanation"), FieldPanel("basis")],
                heading=_("Explanation and legal basis"),
            ),
        ],
        base_form_class=QuestionForm,
    )

    def get_queryset(self, request):
        return Question.objects.for_listing()

    def get_urlpatterns(self):
        actions = question_actions(self)
        return super().get_urlpatterns() + [
            path(f"{name}/<int:pk>/", view, name=name) for name, view in actions.items()
        ]


class BlueprintEditView(EditView):
    """The blueprint, and beside it whether the bank can fill it."""

    def get_context_data(self, **kwargs):
        return super().get_context_data(outlook=outlook(self.object), **kwargs)


class BlueprintViewSet(BaseSnippetViewSet):
    model = Blueprint
    icon = "list-ol"
    menu_order = 30
    edit_view_class = BlueprintEditView
    edit_template_name = "exams/admin/blueprint.html"
    list_display = ["title", "bank", "duration_min", "pass_mark"]
    list_export = ["title", "code", "bank.name", "duration_min", "pass_mark"]
    list_related = ["bank"]
    search_fields = ["title", "code"]
    panels = [
        FieldPanel("title"),
        FieldRowPanel([FieldPanel("code"), FieldPanel("bank")]),
        FieldRowPanel([FieldPanel("duration_min"), FieldPanel("pass_mark")]),
        FieldPanel("shuffle_questions"),
        InlinePanel(
            "sections",
            heading=_("Sections"),
            label=_("Section"),
            panels=[
                FieldPanel("title"),
                FieldRowPanel([FieldPanel("kind"), FieldPanel("scoring")]),
                FieldRowPanel(
                    [FieldPanel("knowledge_point"), FieldPanel("difficulty")]
                ),
                FieldRowPanel([FieldPanel("count"), FieldPanel("marks")]),
            ],
        ),
    ]


class ProgrammeExamViewSet(BaseSnippetViewSet):
    model = ProgrammeExam
    icon = "link"
    menu_order = 35
    list_display = ["programme", "blueprint", "max_attempts", "makeup_days"]
    list_export = ["programme.title", "blueprint.title", "max_attempts", "makeup_days"]
    list_related = ["programme", "blueprint"]
    search_fields = ["programme__title", "blueprint__title"]
    panels = [
        FieldPanel("programme"),
        FieldPanel("blueprint"),
        FieldRowPanel([FieldPanel("max_attempts"), FieldPanel("makeup_days")]),
    ]


class SittingFilterSet(WaitingFilterSet):
    waiting = django_filters.BooleanFilter(
        label=_("results wait to be released"),
        widget=BooleanRadioSelect,
        method="filter_waiting",
    )

    def waiting_for(self, user):
        seen = Attempt.objects.visible_to(user)
        return seen.awaiting_release().order_by().values("sitting")


class SittingCreateView(LandsOnDesk, CreateView):
    pass


class SittingEditView(LandsOnDesk, EditView):
    pass


class SittingInspectView(InspectView):
    """Who writes, who has handed in, and what the desk may do."""

    template_name = "exams/admin/sitting.html"

    def get_context_data(self, **kwargs):
        now = clock.now()
        finalise_due(sitting=self.object, now=now)
        seen = self.object.attempts.visible_to(self.request.user)
        attempts = list(seen.for_listing().order_by("person__name"))
        running = seen.running(now)
        return super().get_context_data(
            rows=[(one, one.effective_state(now).label) for one in attempts],
            waiting=sum(
                one.state == AttemptState.FINISHED and not hasattr(one, "result")
                for one in attempts
            ),
            running=sum(one.effective_state(now) != "closed" for one in attempts),
            time_form=ExtraTimeForm(attempts=running.select_related("person")),
            is_final=is_final(self.object),
            may_change=self.request.user.has_perm("exams.change_sitting"),
            **kwargs,
        )


class SittingViewSet(BaseSnippetViewSet):
    model = Sitting
    icon = "date"
    menu_order = 10
    index_view_class = DeskIndexView
    base_filterset_class = SittingFilterSet
    add_view_class = SittingCreateView
    edit_view_class = SittingEditView
    inspect_view_class = SittingInspectView
    list_display = ["title", "training_class", "opens_at", "closes_at", "release"]
    list_related = ["blueprint", "training_class"]
    list_filter = ["release", "blueprint"]
    list_export = ["title", "training_class__number", "opens_at", "closes_at"]
    search_fields = ["title", "training_class__number", "training_class__title"]
    panels = [
        FieldPanel("title"),
        FieldRowPanel([FieldPanel("blueprint"), FieldPanel("training_class")]),
        FieldRowPanel([FieldPanel("opens_at"), FieldPanel("closes_at")]),
        FieldRowPanel([FieldPanel("room"), FieldPanel("access_code")]),
        FieldRowPanel([FieldPanel("max_attempts"), FieldPanel("release")]),
        FieldRowPanel([FieldPanel("needs_hours"), FieldPanel("closing_cuts")]),
        FieldRowPanel([FieldPanel("grace_s"), FieldPanel("variants")]),
    ]

    def get_urlpatterns(self):
        actions = sitting_actions(self)
        return super().get_urlpatterns() + [
            path(f"{name}/<int:pk>/", view, name=name) for name, view in actions.items()
        ]


class AttemptInspectView(InspectView):
    """Everything that arrived, for an appeal: answers, marks, journal, time given."""

    template_name = "exams/admin/attempt.html"

    def get_page_subtitle(self):
        go = gettext("attempt %(n)s") % {"n": self.object.number}
        return f"{self.object.person} · {self.object.sitting} · {go}"

    def get_context_data(self, **kwargs):
        attempt = self.object
        slots = {slot["slot"]: slot for slot in slots_of(attempt)}
        answers = current_answers(attempt)
        marks = list(attempt.marks.select_related("made_by"))
        scores = marks[0].per_slot if marks else {}
        entries = AnswerEntry.objects.filter(attempt=attempt)
        return super().get_context_data(
            questions=[
                (slot, in_words(slot, answers.get(number)), points(scores.get(number)))
                for number, slot in slots.items()
            ],
            journal=[
                (entry, in_words(slots[entry.slot], json.loads(entry.value)))
                for entry in entries.order_by("received_at", "seat_epoch", "seq")
            ],
            marks=marks,
            adjustments=attempt.adjustments.select_related("made_by"),
            submission=getattr(attempt, "submission", None),
            **kwargs,
        )


def points(score):
    """Return the marks of one question as a person writes them; – while unmarked."""
    return "–" if score is None else plain(Decimal(score))


def in_words(slot, value):
    """Return an answer as the candidate saw it: options by letter, not by token."""
    if value is None:
        return "–"
    if slot["type"] == QuestionKind.FILL:
        return "；".join(value)
    chosen = value if isinstance(value, list) else [value]
    return "；".join(
        f"{letter}. {option['text']}"
        for letter, option in zip(LETTERS, slot["options"], strict=False)
        if option["id"] in chosen
    )


def score_of(attempt):
    """Return the released score of an attempt in a word."""
    result = getattr(attempt, "result", None)
    if result is None:
        return "–"
    word = _("Passed") if result.passed else _("Not passed")
    return f"{plain(result.score)} · {word}"


class AttemptViewSet(ReadOnlySnippetViewSet):
    """Attempts are evidence: the back office reads them, only services write."""

    model = Attempt
    icon = "history"
    menu_order = 20
    inspect_view_class = AttemptInspectView
    list_display = [
        "person",
        "sitting",
        "number",
        DateColumn("started_at", label=_("started")),
        Column("state", label=_("state"), accessor="get_state_now_display"),
        Column("result", label=_("result"), accessor=score_of),
    ]
    list_related = ["person", "sitting", "result"]
    list_filter = ["sitting"]
    list_export = [
        "person__name",
        "sitting__title",
        "number",
        "started_at",
        "state_now",
        "result__score",
    ]
    export_headings = {"state_now": _("state")}
    search_fields = ["person__name", "sitting__title"]

    def get_queryset(self, request):
        return super().get_queryset(request).with_effective_state(clock.now())


class ExamsViewSetGroup(SnippetViewSetGroup):
    menu_label = _("Exams")
    menu_icon = "form"
    menu_order = 220
    items = (
        SittingViewSet,
        AttemptViewSet,
        BlueprintViewSet,
        ProgrammeExamViewSet,
        QuestionViewSet,
        QuestionBankViewSet,
        KnowledgePointViewSet,
    )
