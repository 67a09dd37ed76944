"""Who may be enrolled: the role the programme is for, and no other class meanwhile."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q

from courses.exceptions import EnrolmentDoubt, InAnotherClass, RoleMissing
from courses.models import Audience, CoursePage, Enrolment, TrainingClass
from lms.people.models import Person, Post, Role

# Which posts make somebody one of these; of the other audiences the role itself.
POSTS_OF = {
    Audience.OH_HEAD: Q(role__in=[Role.PRINCIPAL, Role.SAFETY_MANAGER]),
    Audience.OH_WORKER: Q(exposed=True),
}


def doubts_about(
    training_class: TrainingClass, persons: Iterable[Person], *, day: dt.date
) -> list[EnrolmentDoubt]:
    """Return what speaks against enrolling people, each with the name.

    Somebody who has no post of the programme's role until the class ends, who is in a
    class of the same programme already, or who would have to sit in two classes on
    the same days (R4.2). Staff may enrol all the same, with a reason.
    """
    people = {person.pk: person for person in persons}
    return [
        *_without_role(training_class, people, day),
        *_in_two_classes(training_class, people),
    ]


def _without_role(training_class, people, day):
    audience = training_class.programme.audience
    if audience == Audience.OTHER:
        return []
    posts = Post.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=day),
        person__in=people,
        starts_on__lte=max(day, training_class.ends_on),
    )
    wanted = POSTS_OF.get(audience, Q(role=audience))
    having = set(posts.filter(wanted).values_list("person", flat=True))
    roles = defaultdict(list)
    for person, role in posts.order_by("role").values_list("person", "role").distinct():
        roles[person].append(Role(role).label)
    return [
        RoleMissing(person, wanted=Audience(audience).label, roles=roles[pk])
        for pk, person in people.items()
        if pk not in having
    ]


def _in_two_classes(training_class, people):
    others = (
        Enrolment.objects.admitted()
        .filter(
            person__in=people,
            hours_met_on=None,
            training_class__in=TrainingClass.objects.open_for_people(),
            training_class__starts_on__lte=training_class.ends_on,
            training_class__ends_on__gte=training_class.starts_on,
        )
        .exclude(training_class=training_class)
        .annotate(has_lessons=_has_lessons(OuterRef("training_class__programme")))
        .select_related("training_class")
        .order_by("pk")
    )
    here = meets_in_person(training_class)
    for other in others:
        there = other.training_class
        same = there.programme_id == training_class.programme_id
        in_person = there.in_person_hours > 0 or not other.has_lessons
        if same or (here and in_person):
            yield InAnotherClass(people[other.person_id], other=there)


def meets_in_person(training_class: TrainingClass) -> bool:
    """Say whether people of a class have to be somewhere on its days."""
    programme = training_class.programme_id
    lessons = CoursePage.programmes.through.objects.filter(programme=programme)
    return training_class.in_person_hours > 0 or not lessons.exists()


def _has_lessons(programme):
    return Exists(CoursePage.programmes.through.objects.filter(programme=programme))
