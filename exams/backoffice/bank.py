"""The bank in the back office: the desk of a question, its acts, and blueprints."""

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams.backoffice.forms import RemarkForm, RetireForm
from exams.exceptions import NotExaminable
from exams.kinds import draft_from, kind_of
from exams.models import KnowledgePoint, Question, QuestionBank, ReviewVerdict
from exams.services.bank import retire_question, review_question
from exams.services.papers import outlook
from lms.backoffice.desks import DeskSection, DeskView, Note
from lms.backoffice.row_actions import RowAction, register_row_actions
from lms.backoffice.rows import with_keys
from lms.backoffice.views import AuditedCreateView, AuditedEditView

MAY_REVIEW = "exams.add_questionreview"


class QuestionDesk(DeskView):
    """The question as a candidate sees it, its history, and the review."""

    def get_facts(self):
        row = self.object
        return [
            (_("kind"), row.get_kind_display()),
            (_("knowledge point"), row.knowledge_point),
            (_("difficulty"), row.get_difficulty_display()),
            (_("state"), row.get_state_display()),
        ]

    def get_notes(self):
        newest, user = newest_revision(self.object), self.request.user
        waits = not hasattr(newest, "review") and self.object.is_in_use
        if not kind_of(self.object.kind).examinable:
            return [Note(str(NotExaminable.message), "info")]
        if waits and newest.author_id == user.pk and user.has_perm(MAY_REVIEW):
            text = _("You wrote this revision; a colleague has to review it.")
            return [Note(text)]
        return []

    def get_sections(self):
        revisions = list(
            self.object.revisions.for_paper().select_related("author", "review")
        )
        newest = revisions[0]
        remarks = kind_of(self.object.kind).remarks(draft_from(newest))
        return [
            DeskSection(
                _("question"),
                "exams/admin/_question.html",
                {"newest": newest, "remarks": remarks},
            ),
            DeskSection(
                _("Revisions"),
                "exams/admin/_revisions.html",
                {"revisions": revisions, "ready": self.object.ready_revision_id},
            ),
        ]


class QuestionSaveMixin:
    """Tell the author of a saved question what its kind makes of the words."""

    def save_instance(self):
        question = super().save_instance()
        for remark in kind_of(question.kind).remarks(self.form.draft):
            messages.info(self.request, remark)
        return question


class QuestionCreateView(QuestionSaveMixin, AuditedCreateView):
    """The form of a new question; the address may name its bank and its point."""

    def get_initial(self):
        known = super().get_initial()
        for name, model in (
            ("bank", QuestionBank),
            ("knowledge_point", KnowledgePoint),
        ):
            if key := self.request.GET.get(name):
                known[name] = get_object_or_404(with_keys(model.objects.all(), [key]))
        return known


class QuestionEditView(QuestionSaveMixin, AuditedEditView):
    pass


class WarnsWhenUndrawable:
    """Says after saving why no paper can be drawn from a blueprint."""

    def form_valid(self, form):
        response = super().form_valid(form)
        for refusal in outlook(self.object).refusals:
            messages.warning(self.request, refusal)
        return response


class BlueprintCreateView(WarnsWhenUndrawable, AuditedCreateView):
    pass


class BlueprintEditView(WarnsWhenUndrawable, AuditedEditView):
    """The blueprint, and beside it whether the bank can fill it."""

    def get_context_data(self, **kwargs):
        return super().get_context_data(outlook=outlook(self.object), **kwargs)


def newest_revision(question):
    return question.revisions.select_related("review").first()


def waits_for(question, user) -> bool:
    """Whether the newest revision waits for a review, and a user did not write it."""
    newest = newest_revision(question)
    return not hasattr(newest, "review") and newest.author_id != user.pk


def is_in_use(question) -> bool:
    return question.is_in_use


def may_be_ready(question) -> bool:
    return question.is_in_use and kind_of(question.kind).examinable


def approve(question, *, by):
    review_question(question, reviewer=by, verdict=ReviewVerdict.APPROVED)
    return _("Your review is recorded.")


def send_back(question, *, by, remark):
    review_question(
        question, reviewer=by, verdict=ReviewVerdict.RETURNED, remark=remark
    )
    return _("Your review is recorded.")


def retire(question, *, by, reason):
    retire_question(question, actor=by, reason=reason)
    return _("The question is retired.")


register_row_actions(
    Question,
    RowAction(
        name="approve",
        label=gettext_lazy("Approve"),
        permission=MAY_REVIEW,
        service=approve,
        offered=may_be_ready,
        offered_to=waits_for,
        is_primary=True,
    ),
    RowAction(
        name="send-back",
        label=gettext_lazy("Send back"),
        permission=MAY_REVIEW,
        service=send_back,
        form_class=RemarkForm,
        offered=is_in_use,
        offered_to=waits_for,
        icon="undo",
    ),
    RowAction(
        name="retire",
        label=gettext_lazy("Retire"),
        permission="exams.change_question",
        service=retire,
        form_class=RetireForm,
        consequence=gettext_lazy(
            "The question is taken out of all future papers; papers made before keep "
            "it."
        ),
        offered=is_in_use,
        is_final=True,
        icon="bin",
    ),
)
