"""One person's posts in one organisation, role and item never share a day."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lms.access.refusals import Refusal
from lms.evidence.audit import changes_between, record, stored_values
from lms.people.models import OrganisationKind, Person, Post, Role


class PostRefusal(Refusal):
    """A post is not possible. ``str()`` can be shown to the user."""

    message = _("This post is not possible.")


class OverlappingPost(PostRefusal):
    message = _("The dates overlap another post of the same kind.")


class NoSupervisorsHere(PostRefusal):
    message = _("Only a supervising authority can have supervisors.")


class EndsBeforeStart(PostRefusal):
    message = _("The post ends before it begins.")


@transaction.atomic
def end_post(post: Post, *, ends_on: dt.date, reason: str, by) -> Post:
    """End a post on a day, the last on which it counts.

    Raises ``EndsBeforeStart``.
    """
    post = Post.objects.select_for_update().get(pk=post.pk)
    if ends_on < post.starts_on:
        raise EndsBeforeStart
    before = stored_values(post)
    post.ends_on = ends_on
    post.save(update_fields=["ends_on"])
    record(
        "people.post.change",
        actor=by,
        subject=post,
        reason=reason.strip(),
        changes=changes_between(before, stored_values(post)),
    )
    return post


def refuse_role(role: str, *, kind: str) -> None:
    """Raise ``NoSupervisorsHere`` for a supervisor outside an authority."""
    if role == Role.SUPERVISOR and kind != OrganisationKind.AUTHORITY:
        raise NoSupervisorsHere


def overlap(one, other) -> bool:
    """Whether two posts share a day: both ends are inclusive, no end is for ever."""
    first, second = sorted((one, other), key=lambda post: post.starts_on)
    return second.starts_on <= (first.ends_on or dt.date.max)


def refuse_overlap(post: Post) -> None:
    """Raise ``OverlappingPost`` where the post shares a day with one on record.

    Locks the person: ask inside the transaction that saves.
    """
    Person.objects.select_for_update(no_key=True).get(pk=post.person_id)
    same = Post.objects.filter(
        person=post.person_id,
        organisation=post.organisation_id,
        role=post.role,
        item=post.item_id,
    )
    if any(overlap(post, other) for other in same.exclude(pk=post.pk)):
        raise OverlappingPost


def overlapping(standing: Iterable, wanted: Iterable) -> list:
    """Return the wanted posts that overlap others; their order does not matter.

    A post on record goes before a wanted one, of two wanted ones the earlier start.
    A wanted change that is refused leaves its ``post`` as it is on record.
    """
    standing, wanted, refused = list(standing), list(wanted), []
    while True:
        lost = _lost(standing, wanted)
        refused += lost
        still = [one.post for one in lost if one.post is not None]
        if not still:
            return refused
        standing += still
        wanted = [one for one in wanted if one not in lost]


def _lost(standing, wanted) -> list:
    wishes = set(map(id, wanted))
    kept, lost = [], []
    for post in sorted([*standing, *wanted], key=lambda post: post.starts_on):
        if id(post) not in wishes:
            while kept and id(kept[-1]) in wishes and overlap(kept[-1], post):
                lost.append(kept.pop())
        elif kept and overlap(kept[-1], post):
            lost.append(post)
            continue
        kept.append(post)
    return lost
