"""What the rules of examinations refuse. ``str()`` is fit for the person."""

from django.utils.translation import gettext_lazy as _

from lms.access.refusals import Refusal


class ExamRefusal(Refusal):
    """Refusal by a rule. ``code`` is stable, ``str()`` can be shown to the person."""

    message = _("This is not possible now.")


class QuestionRefused(ExamRefusal):
    """A question is not well formed; ``problems`` lists each reason."""

    code = "question_refused"

    def __init__(self, problems):
        super().__init__()
        self.problems = problems

    def __str__(self):
        return " ".join(str(problem.message) for problem in self.problems)


class OwnReview(ExamRefusal):
    code = "own_review"
    message = _("Nobody reviews a question of their own. Ask a colleague.")


class NothingToReview(ExamRefusal):
    code = "nothing_to_review"
    message = _("The newest revision of this question has been reviewed already.")


class NotExaminable(ExamRefusal):
    code = "not_examinable"
    message = _("Questions of this kind cannot be asked yet; keep it as a draft.")


class QuestionRetired(ExamRefusal):
    code = "question_retired"
    message = _("This question is retired and is no longer edited.")


class BlueprintNotFeasible(ExamRefusal):
    """The bank has too few ready questions; ``shortages`` says where."""

    code = "blueprint_not_feasible"

    def __init__(self, shortages):
        super().__init__()
        self.shortages = shortages

    def __str__(self):
        return " ".join(str(shortage) for shortage in self.shortages)


class NoPaper(ExamRefusal):
    code = "no_paper"
    message = _("No paper can be put together for you now. Ask the training base.")


class SittingNotOpen(ExamRefusal):
    code = "not_open_yet"
    message = _("This exam has not opened yet.")


class SittingOver(ExamRefusal):
    code = "sitting_closed"
    message = _("This exam can no longer be started. Ask the training base.")


class NotACandidate(ExamRefusal):
    code = "not_a_candidate"
    message = _("You are not on the list of this exam. Ask the training base.")


class IdentityNotConfirmed(ExamRefusal):
    code = "identity_not_confirmed"
    message = _(
        "Before your first exam the proctor or the training base compares you with "
        "your identity document. Show it to them; after that you can begin."
    )


class UnknownAttempt(ExamRefusal):
    """There is no attempt of this name, or it is another person's."""

    code = "unknown"
    message = _("There is no such exam here.")


class WrongAccessCode(ExamRefusal):
    code = "access_code"
    message = _("The access code is not right. Ask the proctor.")


class ComeBackLater(ExamRefusal):
    """Too many requests; ``seconds`` is how long to wait."""

    def __init__(self, seconds: int):
        super().__init__()
        self.seconds = seconds


class TooManyCodes(ComeBackLater):
    code = "too_many_codes"
    message = _("Too many wrong access codes. Ask the proctor and wait ten minutes.")


class TooFast(ComeBackLater):
    """More requests than a phone makes."""

    code = "too_fast"
    message = _("Too many requests. Your answers stay on this phone.")


class ClassHoursIncomplete(ExamRefusal):
    code = "hours_missing"
    message = _("Finish your class hours first, then come back to this exam.")


class AttemptsUsed(ExamRefusal):
    code = "attempts_used"
    message = _("You have used every attempt at this exam. Ask the training base.")


class ResultPending(ExamRefusal):
    code = "result_pending"
    message = _("Your last attempt has no result yet. Wait for it before you go on.")


class AlreadyPassed(ExamRefusal):
    code = "already_passed"
    message = _("You have passed this exam already.")


class MakeUpOver(ExamRefusal):
    code = "makeup_over"
    message = _("The time for the make-up exam is over. Ask the training base.")


class SeatTaken(ExamRefusal):
    code = "seat_taken"
    message = _("This exam was continued on another device.")


class AttemptClosed(ExamRefusal):
    code = "closed"
    message = _("This exam is closed. What arrived in time counts.")


class AnswersMissing(ExamRefusal):
    """Some answers up to ``final_seq`` have not arrived; ``seqs`` says which."""

    code = "missing"
    message = _("Some answers are still on the phone. They must arrive first.")

    def __init__(self, seqs):
        super().__init__()
        self.seqs = seqs


class DigestDiffers(ExamRefusal):
    """The phone has other answers; ``answers`` are those the server has."""

    code = "digest"
    message = _("The answers here differ from those on the phone. Check them.")

    def __init__(self, answers, digest):
        super().__init__()
        self.answers = answers
        self.digest = digest


class AnswerRefused(ExamRefusal):
    """One answer is not well formed; ``reason`` is a stable word."""

    code = "bad_answer"
    message = _("This answer could not be read.")

    def __init__(self, reason):
        super().__init__()
        self.reason = reason


class AdjustmentRefused(ExamRefusal):
    code = "bad_adjustment"
    message = _("Give between 1 second and 4 hours, and a reason.")


class ExtraTimeRefused(ExamRefusal):
    code = "bad_extra_time"
    message = _("Give at most 4 hours, a reason, and a person who may sit this exam.")


class AlreadyStarted(ExamRefusal):
    code = "already_started"
    message = _("This person is writing now. Give more time to the running attempt.")


class NotMarked(ExamRefusal):
    code = "not_marked"
    message = _("This attempt has not been marked yet.")


class NotTold(ExamRefusal):
    """The sitting does not disclose this, or its questions may be asked again."""

    code = "not_told"
    message = _("This is not shown for this exam.")


class NotForPersons(ExamRefusal):
    code = "not_for_persons"
    message = _("The key marks this question. Correct the key and mark again.")


class ShareOutOfRange(ExamRefusal):
    code = "share_out_of_range"
    message = _("Give no less than 0 and no more than all marks of the question.")
