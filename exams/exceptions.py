"""What the rules of examinations refuse. ``str()`` is fit for the person."""

from django.utils.translation import gettext_lazy as _


class ExamRefusal(Exception):
    """A rule said no. ``code`` is stable, ``str()`` a sentence fit to show."""

    code = "refused"
    message = _("This is not possible now.")

    def __str__(self):
        return str(self.message)


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
