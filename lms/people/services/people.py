from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lms.evidence import clock
from lms.evidence.audit import changes_between, record, stored_values, values_of
from lms.people.identity.numbers import (
    IdentityError,
    checked_name,
    mask_number,
    normalise_id,
    person_key,
    seal,
)
from lms.people.models import Person, Post, User
from lms.people.services.lookup import phone_fields

SHORTEST_REASON = 4


@transaction.atomic
def create_person(
    *,
    name: str,
    id_type: str,
    number: str,
    phone: str = "",
    post: Post | None = None,
    actor: User,
    now=None,
) -> Person:
    """Put one person on record, with the first post where there is one.

    Raises ``IdentityError``, also for a known number.
    """
    now = now or clock.now()
    number = normalise_id(id_type, number, today=clock.day_of(now))
    key = person_key(id_type, number)
    if Person.objects.filter(id_key=key).exists():
        raise IdentityError("already_there", _("Somebody has this number already."))
    person = Person.objects.create(
        name=checked_name(name),
        recorded_at=now,
        **identity_fields(id_type, number),
        **(phone_fields(phone) if phone else {}),
    )
    if post is not None:
        post.person, post.recorded_at = person, now
        post.save()
    record("person.create", actor=actor, subject=person)
    return person


@transaction.atomic
def change_person(person: Person, *, name: str, phone: str = "", actor: User) -> Person:
    """Correct a name, or change the phone where one is given."""
    before = stored_values(person)
    person.name = checked_name(name)
    changed = ["name"]
    if phone:
        for field, value in phone_fields(phone).items():
            setattr(person, field, value)
            changed.append(field)
    person.save(update_fields=changed)
    changes = changes_between(before, values_of(person))
    if changes:
        record("person.change", actor=actor, subject=person, changes=changes)
    return person


@transaction.atomic
def correct_identity(
    person: Person, *, id_type: str, number: str, reason: str, actor: User, now=None
) -> Person:
    """Correct a document number that was recorded wrongly.

    Posts, training and certificates stay with the person. Raises ``IdentityError``
    for a number that is not well formed, belongs to somebody else or is the same,
    and without a reason worth reading.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise IdentityError("no_reason", _("Say in a few words why."))
    number = normalise_id(id_type, number, today=clock.day_of(now or clock.now()))
    key = person_key(id_type, number)
    person = Person.objects.select_for_update().get(pk=person.pk)
    if key == person.id_key:
        raise IdentityError("unchanged", _("This number is on record already."))
    if Person.objects.filter(id_key=key).exists():
        raise IdentityError("already_there", _("Somebody has this number already."))
    before = stored_values(person)
    fields = identity_fields(id_type, number)
    for field, value in fields.items():
        setattr(person, field, value)
    person.save(update_fields=list(fields))
    record(
        "person.correct_identity",
        actor=actor,
        subject=person,
        reason=reason,
        changes=changes_between(before, values_of(person)),
    )
    return person


def identity_fields(id_type: str, number: str) -> dict:
    """Return the four fields a checked document number is kept in."""
    return {
        "id_type": id_type,
        "id_key": person_key(id_type, number),
        "id_sealed": seal(number, context="person.id"),
        "id_masked": mask_number(number),
    }


@transaction.atomic
def reveal_number(person: Person, *, actor: User, reason: str) -> str:
    """Return the number in full, after recording who asked and why.

    Raises ``ValueError`` without a reason worth reading.
    """
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise ValueError("A reason is needed.")
    record("person.reveal_number", actor=actor, subject=person, reason=reason)
    return person.id_number
