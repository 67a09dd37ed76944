"""What editors of courses and lessons are told before they change them."""

from django.contrib import messages
from django.utils.translation import ngettext

from courses.models import CoursePage, Enrolment, LessonPage

# Wagtail calls these two when the form is opened, the others when it is sent.
OPENED = ("edit", "delete")
SENT = ("unpublish", "move")


def when_opened(request, page):
    if request.method == "GET":
        tell_whom_it_touches(request, page)


def when_sent(request, page, *destination):
    if request.method == "POST":
        tell_whom_it_touches(request, page)


def before_many(request, action, pages, view):
    """Say it of each page that is unpublished, moved or deleted with others."""
    if action in ("unpublish", "move", "delete"):
        for page in pages:
            tell_whom_it_touches(request, page)


def tell_whom_it_touches(request, page):
    """Say how many people are learning a lesson or course that is being changed."""
    if getattr(page, "specific_class", None) not in (CoursePage, LessonPage):
        return
    course = page if page.specific_class is CoursePage else page.get_parent()
    touched = Enrolment.objects.learning(course.pk).distinct()
    people = touched.count()
    if not people:
        return
    classes = touched.order_by().values_list("training_class__number", flat=True)
    text = ngettext(
        "%(count)d person is learning this now, in class %(classes)s. Hours credited "
        "so far stay; lessons taken away need no longer be done.",
        "%(count)d people are learning this now, in class %(classes)s. Hours credited "
        "so far stay; lessons taken away need no longer be done.",
        people,
    )
    numbers = "、".join(sorted(set(classes)))
    messages.warning(request, text % {"count": people, "classes": numbers})
