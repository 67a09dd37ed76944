"""What editors of courses and lessons are told before they change them."""

from django.contrib import messages
from django.utils.translation import ngettext

from courses.models import CoursePage, Enrolment, LessonPage


def tell_whom_it_touches(request, page, *destination):
    """Say how many people are learning a lesson or course that is being changed."""
    if request.method != "GET" or page.specific_class not in (CoursePage, LessonPage):
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
