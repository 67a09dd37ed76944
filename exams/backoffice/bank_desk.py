"""Desk of a question bank: how many questions of each state a knowledge point has.

It shows numbers and no words of a question: those stand in the list a number opens.
"""

from urllib.parse import urlencode

from django.db.models import Count, Q
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from exams.models import Blueprint, Question, QuestionBank, QuestionState
from exams.services.bank import asked_questions
from lms.access.policies import STAFF, declares
from lms.access.scopes import rows_for
from lms.backoffice.desk_tables import Cell, DeskTable, Group
from lms.backoffice.desks import DeskView, Link, Note, links_to, section_of
from lms.backoffice.policies import KeepPolicy

RIGHTS = ("view", "add", "change")
# What is counted, and how the list of questions is narrowed to exactly those.
COUNTS = {
    "every": {},
    "ready": {"state": QuestionState.READY},
    "awaiting": {"awaiting": "true"},
    "draft": {"state": QuestionState.DRAFT},
    "retired": {"state": QuestionState.RETIRED},
    "asked": {"asked": "true"},
}


class BankPolicy(KeepPolicy):
    """Banks are for users with a right on questions: a desk counts them."""

    def user_has_permission(self, user, action):
        may = any(user.has_perm(f"exams.{one}_question") for one in RIGHTS)
        return may and super().user_has_permission(user, action)

    def user_has_any_permission(self, user, actions):
        return any(self.user_has_permission(user, action) for action in actions)


def counts_by_point(bank: QuestionBank) -> list[dict]:
    """Return the numbers of each knowledge point of a bank, in one query."""
    return list(
        bank.questions.order_by("knowledge_point__name")
        .values("knowledge_point", "knowledge_point__name")
        .annotate(
            every=Count("pk"),
            ready=Count("pk", Q(state=QuestionState.READY)),
            awaiting=Count("pk", Q(pk__in=Question.objects.awaiting_approval())),
            draft=Count("pk", Q(state=QuestionState.DRAFT)),
            retired=Count("pk", Q(state=QuestionState.RETIRED)),
            asked=Count("pk", Q(pk__in=asked_questions())),
        )
    )


class BankDesk(DeskView):
    """The desk of one bank."""

    @cached_property
    def counts(self):
        return counts_by_point(self.object)

    def get_page_subtitle(self):
        return self.object.get_purpose_display()

    def get_facts(self):
        headings = dict(zip(COUNTS, self.headings, strict=True))
        return [
            (_("code"), self.object.code),
            (_("purpose"), self.object.get_purpose_display()),
            *(
                (headings[name], self._number(name, sum(p[name] for p in self.counts)))
                for name in COUNTS
            ),
        ]

    @property
    def headings(self):
        return (
            _("Questions"),
            _("ready"),
            _("Waiting for review"),
            _("draft"),
            _("retired"),
            _("Asked in an exam"),
        )

    def get_notes(self):
        without = [one for one in self.counts if not one["ready"]]
        if not without:
            return []
        names = "、".join(one["knowledge_point__name"] for one in without)
        text = _("No question is ready on: %(names)s.")
        return [Note(text % {"names": names})]

    def get_sections(self):
        return [
            section_of(_("Questions by knowledge point"), self._table()),
            *self._blueprints(),
        ]

    def _table(self):
        return DeskTable(
            "points",
            (_("knowledge point"), *self.headings, ""),
            self.counts,
            self._cells,
            groups=(
                Group("none-ready", _("None ready"), lambda one: not one["ready"]),
            ),
            empty=_("The bank has no questions yet."),
        )

    def _cells(self, one):
        point = one["knowledge_point"]
        name = one["knowledge_point__name"]
        write = self._write_url(point)
        return (
            name,
            *(self._number(count, one[count], point) for count in COUNTS),
            write and Cell(_("Write a question"), write, note=name),
        )

    def _number(self, name, count, point=None):
        """Return a number; it leads to the questions behind it."""
        if not count:
            return "0"
        asked = {"bank": self.object.pk} | COUNTS[name]
        if point:
            asked["knowledge_point"] = point
        listing = reverse(Question.snippet_viewset.get_url_name("list"))
        return Link(str(count), f"{listing}?{urlencode(asked)}")

    def _write_url(self, point=None):
        """Return the form of a new question of the bank, where the user may write."""
        if not self.request.user.has_perm("exams.add_question"):
            return ""
        known = {"bank": self.object.pk}
        if point:
            known["knowledge_point"] = point
        form = reverse(Question.snippet_viewset.get_url_name("add"))
        return f"{form}?{urlencode(known)}"

    def _blueprints(self):
        if not self.request.user.has_perm("exams.view_blueprint"):
            return []
        rows = Blueprint.objects.filter(bank=self.object)
        section = links_to(Blueprint._meta.verbose_name_plural, rows)
        return [section] if section else []

    def get_links(self):
        write = self._write_url()
        first = [Link(_("Write a question"), write, is_primary=True)] if write else []
        return [*first, *super().get_links()]


@declares(STAFF)
@require_safe
def open_bank(request):
    """Open the desk of the only bank, or the list of them."""
    viewset = QuestionBank.snippet_viewset
    banks = rows_for(QuestionBank, request.user).values_list("pk", flat=True)[:2]
    if len(banks) == 1:
        return redirect(viewset.get_url_name("inspect"), banks[0])
    return redirect(viewset.get_url_name("list"))
