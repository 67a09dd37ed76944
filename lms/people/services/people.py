from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lms import clock
from lms.people.identity import (
    IdentityError,
    checked_name,
    mask_number,
    normalise_id,
    person_key,
    seal,
)
from lms.people.models import Person, Post, User

from .audit import record
from .lookup import phone_fields

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
        id_type=id_type,
        id_key=key,
        id_sealed=seal(number, context="person.id"),
        id_masked=mask_number(number),
        recorded_at=now,
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
    person.name = checked_name(name)
    changed = ["name"]
    if phone:
        for field, value in phone_fields(phone).items():
            setattr(person, field, value)
            changed.append(field)
    person.save(update_fields=changed)
    record("person.change", actor=actor, subject=person, data={"fields": changed})
    return person


@transaction.atomic
def reveal_number(person: Person, *, actor: User, reason: str) -> str:
    """Return the number in full; who asked and why is written down first.

    Raises ``ValueError`` without a reason worth reading.
    """
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise ValueError("A reason is needed.")
    record("person.reveal_number", actor=actor, subject=person, reason=reason)
    return person.id_number
