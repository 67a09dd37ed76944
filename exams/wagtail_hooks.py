from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from courses.models import TrainingClass
from exams.backoffice.viewsets import (
    AttemptViewSet,
    ExamsViewSetGroup,
    QuestionViewSet,
    SittingViewSet,
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
from exams.views.presentation import moment
from lms.backoffice.desks import desk_section
from lms.backoffice.desks import links_to as desk_links
from lms.backoffice.hooks import RelatedRows, TodayItem, links_to
from lms.backoffice.policies import KeepPolicy, ReadOnlyPolicy, ScopedPolicy
from lms.evidence import clock
from lms.people.models import Person

register_permission_policy(Attempt, ReadOnlyPolicy(Attempt))
for model in (Blueprint, KnowledgePoint, Question, QuestionBank, Sitting):
    register_permission_policy(model, KeepPolicy(model))
register_permission_policy(ProgrammeExam, ScopedPolicy(ProgrammeExam))

register_snippet(ExamsViewSetGroup)


@desk_section(TrainingClass, order=-20)
def sittings_of_class(request, training_class):
    """The sittings of a class, of those the user sees."""
    if not request.user.has_perm("exams.view_sitting"):
        return None
    sittings = training_class.sittings.visible_to(request.user).for_listing()
    return desk_links(Sitting._meta.verbose_name_plural, sittings, sitting_in_words)


def sitting_in_words(sitting):
    return f"{sitting.title} · {moment(sitting.opens_at)}"


@hooks.register("register_related_rows")
def exams_of_person(request, row):
    """The attempts of a person."""
    user = request.user
    if isinstance(row, Person) and user.has_perm("exams.view_attempt"):
        attempts = row.attempts.visible_to(user).select_related(
            "sitting__training_class"
        )
        links = links_to(attempts, attempt_in_words)
        yield RelatedRows(Attempt._meta.verbose_name_plural, links)


def attempt_in_words(attempt):
    go = _("attempt %(n)s") % {"n": attempt.number}
    return f"{attempt.sitting} · {go}"


@hooks.register("register_today_items")
def exams_today(request):
    """What waits: questions to review, results to release, sittings of the day."""
    user = request.user
    items = []
    if user.has_perm("exams.add_questionreview"):
        items.append(
            TodayItem(
                Question.objects.reviewable_by(user).count(),
                _("questions wait for a review"),
                f"{reverse(QuestionViewSet().get_url_name('list'))}?waiting=true",
                "help",
            )
        )
    if user.has_perm("exams.change_sitting"):
        attempts = Attempt.objects.visible_to(user)
        items += [
            TodayItem(
                attempts.awaiting_release().count(),
                _("results wait to be released"),
                f"{reverse(SittingViewSet().get_url_name('list'))}?waiting=true",
                "form",
            ),
            TodayItem(
                attempts.set_aside().count(),
                _("attempts could not be closed: somebody must look"),
                reverse(AttemptViewSet().get_url_name("list")),
                "warning",
            ),
            TodayItem(
                Sitting.objects.filter(opens_at__date=clock.today()).count(),
                _("sittings open today"),
                reverse(SittingViewSet().get_url_name("list")),
                "date",
            ),
        ]
    return items
