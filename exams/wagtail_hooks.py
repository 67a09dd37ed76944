from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from courses.models import TrainingClass
from exams.backoffice.bank_desk import BankPolicy
from exams.backoffice.results import score_of
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
from lms.backoffice.desks import (
    DeskSection,
    Link,
    desk_section,
    link_to,
    links_to,
    table_of,
)
from lms.backoffice.hooks import TodayItem
from lms.backoffice.policies import KeepPolicy, ReadOnlyPolicy, ScopedPolicy
from lms.evidence import clock
from lms.people.models import Person

register_permission_policy(Attempt, ReadOnlyPolicy(Attempt))
for model in (Blueprint, KnowledgePoint, Question, Sitting):
    register_permission_policy(model, KeepPolicy(model))
register_permission_policy(QuestionBank, BankPolicy(QuestionBank))
register_permission_policy(ProgrammeExam, ScopedPolicy(ProgrammeExam))

register_snippet(ExamsViewSetGroup)


@desk_section(TrainingClass, order=-20)
def sittings_of_class(request, training_class):
    """The sittings of a class, of those the user sees."""
    if not request.user.has_perm("exams.view_sitting"):
        return None
    sittings = training_class.sittings.visible_to(request.user).for_listing()
    heading = Sitting._meta.verbose_name_plural
    if shown := links_to(heading, sittings, sitting_in_words):
        return shown
    if not may_plan_sitting(request.user, training_class):
        return None
    add = reverse(SittingViewSet().get_url_name("add"))
    context = {
        "text": _("No exam is planned yet for this class."),
        "link": Link(_("Plan an exam"), f"{add}?training_class={training_class.pk}"),
    }
    return DeskSection(heading, "exams/admin/_no_sitting.html", context)


def may_plan_sitting(user, training_class) -> bool:
    """Say whether a user may add the exam that a class will still need."""
    ends_with_exam = ProgrammeExam.objects.filter(programme=training_class.programme_id)
    return (
        not training_class.is_over
        and user.has_perm("exams.add_sitting")
        and not training_class.sittings.exists()
        and ends_with_exam.exists()
    )


def sitting_in_words(sitting):
    return f"{sitting.title} · {moment(sitting.opens_at)}"


@desk_section(Person, order=30)
def exams_of_person(request, person):
    """The attempts of a person, of those the user sees, the newest first."""
    if not request.user.has_perm("exams.view_attempt"):
        return None
    attempts = person.attempts.visible_to(request.user).for_listing()
    attempts = attempts.with_effective_state(clock.now()).order_by("-started_at")
    return table_of(
        _("Exams"),
        (
            _("started"),
            _("exam sitting"),
            _("attempt number"),
            _("state"),
            _("result"),
        ),
        [
            (
                link_to(one, f"{timezone.localtime(one.started_at):%Y-%m-%d %H:%M}"),
                link_to(one.sitting),
                str(one.number),
                one.get_state_now_display(),
                score_of(one),
            )
            for one in attempts
        ],
    )


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
        attempts, today = Attempt.objects.visible_to(user), clock.today()
        sittings = reverse(SittingViewSet().get_url_name("list"))
        items += [
            TodayItem(
                attempts.awaiting_release().count(),
                _("results wait to be released"),
                f"{sittings}?waiting=true",
                "form",
            ),
            TodayItem(
                attempts.set_aside().count(),
                _("attempts could not be closed: please check them"),
                reverse(AttemptViewSet().get_url_name("list")),
                "warning",
            ),
            TodayItem(
                Sitting.objects.filter(opens_at__date=today).count(),
                _("sittings open today"),
                f"{sittings}?opens_at_from={today}&opens_at_to={today}",
                "date",
            ),
        ]
    return items
