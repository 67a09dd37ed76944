from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
)
from wagtail.admin.ui.tables import Column
from wagtail.snippets.views.snippets import SnippetViewSetGroup

from exams.backoffice.attempt import AttemptDesk
from exams.backoffice.bank import (
    BlueprintCreateView,
    BlueprintEditView,
    QuestionCreateView,
    QuestionDesk,
    QuestionEditView,
)
from exams.backoffice.bank_desk import BankDesk, open_bank
from exams.backoffice.filters import (
    AttemptFilterSet,
    QuestionFilterSet,
    SittingFilterSet,
)
from exams.backoffice.forms import KIND_FIELDS, BlueprintForm, QuestionForm, SittingForm
from exams.backoffice.results import score_of
from exams.backoffice.sitting import (
    SittingCreateView,
    SittingDesk,
    SittingEditView,
)
from exams.models import (
    Attempt,
    Blueprint,
    KnowledgePoint,
    ProgrammeExam,
    Question,
    QuestionBank,
    Sitting,
)
from lms.backoffice.views import DeskIndexView, RowColumn, TimeColumn
from lms.backoffice.viewsets import BaseSnippetViewSet, ReadOnlySnippetViewSet
from lms.evidence import clock
from lms.people.backoffice.places import (
    PLACE_COLUMNS,
    PLACE_HEADINGS,
    PLACES,
    PeopleIndexView,
    with_posts_today,
)


class KnowledgePointViewSet(BaseSnippetViewSet):
    model = KnowledgePoint
    icon = "tag"
    menu_order = 60
    list_display = ["name"]
    list_export = ["name"]
    search_fields = ["name"]
    panels = [
        FieldPanel("name"),
        InlinePanel(
            "lessons",
            heading=_("Lessons that teach it"),
            label=_("lesson"),
            help_text=_("A candidate who was weak here is sent back to them."),
            panels=[FieldPanel("lesson")],
        ),
    ]


class QuestionBankViewSet(BaseSnippetViewSet):
    """Banks; the menu opens the desk of the only one at once."""

    model = QuestionBank
    icon = "folder-open-inverse"
    menu_order = 40
    index_view_class = DeskIndexView
    inspect_view_class = BankDesk
    list_display = ["name", "code", "purpose"]
    list_export = ["name", "code", "purpose"]
    search_fields = ["name", "code"]
    panels = [FieldPanel("name"), FieldPanel("code"), FieldPanel("purpose")]

    @cached_property
    def menu_url(self):
        return reverse(self.get_url_name("open"))

    def get_urlpatterns(self):
        return [*super().get_urlpatterns(), path("open/", open_bank, name="open")]


def short_stem(question):
    """Return the first words of a question."""
    return Truncator(question.stem).chars(40)


class QuestionViewSet(BaseSnippetViewSet):
    model = Question
    icon = "help"
    menu_order = 50
    base_filterset_class = QuestionFilterSet
    add_view_class = QuestionCreateView
    edit_view_class = QuestionEditView
    inspect_view_class = QuestionDesk
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
                [FieldPanel("stem"), *(FieldPanel(name) for name in KIND_FIELDS)],
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


class BlueprintViewSet(BaseSnippetViewSet):
    model = Blueprint
    icon = "list-ol"
    menu_order = 30
    add_view_class = BlueprintCreateView
    edit_view_class = BlueprintEditView
    edit_template_name = "exams/admin/blueprint.html"
    list_display = ["title", "bank", "duration_min", "pass_mark"]
    list_export = ["title", "code", "bank.name", "duration_min", "pass_mark"]
    list_related = ["bank"]
    search_fields = ["title", "code"]
    edit_handler = ObjectList(
        [
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
        ],
        base_form_class=BlueprintForm,
    )


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


class SittingViewSet(BaseSnippetViewSet):
    model = Sitting
    icon = "date"
    menu_order = 10
    index_view_class = DeskIndexView
    base_filterset_class = SittingFilterSet
    add_view_class = SittingCreateView
    edit_view_class = SittingEditView
    inspect_view_class = SittingDesk
    list_display = ["title", "training_class", "opens_at", "closes_at", "release"]
    list_related = ["blueprint", "training_class"]
    list_filter = ["release", "blueprint", "opens_at", "closes_at"]
    list_export = ["title", "training_class__number", "opens_at", "closes_at"]
    search_fields = ["title", "training_class__number", "training_class__title"]
    edit_handler = ObjectList(
        [
            FieldPanel("title"),
            FieldRowPanel([FieldPanel("blueprint"), FieldPanel("training_class")]),
            FieldRowPanel([FieldPanel("opens_at"), FieldPanel("closes_at")]),
            FieldRowPanel([FieldPanel("room"), FieldPanel("access_code")]),
            FieldRowPanel([FieldPanel("release"), FieldPanel("review_policy")]),
            FieldRowPanel([FieldPanel("max_attempts"), FieldPanel("variants")]),
            FieldRowPanel([FieldPanel("needs_hours"), FieldPanel("closing_cuts")]),
            FieldPanel("grace_s"),
        ],
        base_form_class=SittingForm,
    )


class AttemptViewSet(ReadOnlySnippetViewSet):
    """Attempts are evidence: the back office reads them, only services write."""

    model = Attempt
    icon = "history"
    menu_order = 20
    index_view_class = PeopleIndexView
    base_filterset_class = AttemptFilterSet
    inspect_view_class = AttemptDesk
    list_display = [
        "person",
        *PLACE_COLUMNS,
        "sitting",
        RowColumn("number", label=_("attempt number")),
        TimeColumn("started_at", label=_("started")),
        Column("state", label=_("state"), accessor="get_state_now_display"),
        Column("result", label=_("result"), accessor=score_of),
    ]
    list_related = ["person", "sitting__training_class", "result"]
    list_filter = ["started_at"]
    list_export = [
        "person__name",
        *PLACES,
        "sitting__title",
        "sitting__training_class__number",
        "number",
        "started_at",
        "state_now",
        "result__score",
    ]
    export_headings = {"state_now": _("state"), **PLACE_HEADINGS}
    search_fields = ["person__name", "sitting__title"]

    def get_queryset(self, request):
        rows = super().get_queryset(request).with_effective_state(clock.now())
        return with_posts_today(rows, request.user)


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
