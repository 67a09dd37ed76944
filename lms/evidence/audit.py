"""The audit trail: who did what, when, and the old and new values."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from modelcluster.models import get_all_child_relations

from lms.evidence import clock
from lms.evidence.models import ACTS, AuditEvent
from lms.web.logs import mask_text

# Fields that hold a secret, or a personal number beside its mask.
PRIVATE = re.compile(r"(?:^|_)(?:key|sealed|password|secret|code_key)$")
BATCH = 500


class UnknownAct(LookupError):
    """An act that no app has registered."""


def register_acts(acts: Mapping[str, str]) -> None:
    """Register the acts an app records, each code with its words."""
    ACTS.update(acts)


def row_acts(*kinds: type[models.Model]) -> dict[str, str]:
    """Return the acts of the back-office forms of some models."""
    words = {"create": _("new"), "change": _("changed"), "delete": _("deleted")}
    return {
        f"{kind._meta.label_lower}.{verb}": format_lazy(
            "{}：{}", kind._meta.verbose_name, word
        )
        for kind in kinds
        for verb, word in words.items()
    }


def record(
    action: str,
    *,
    actor=None,
    subject: models.Model | None = None,
    reason: str = "",
    data: dict | None = None,
    changes: dict | None = None,
) -> AuditEvent:
    """Record who did what to which row, and why. Never a number, never a phone.

    Raises ``UnknownAct`` for an act no app has registered.
    """
    event = _event(action, actor, subject, reason, data, changes)
    event.save()
    return event


def record_each(
    action: str,
    changed: Iterable[tuple[models.Model, dict]],
    *,
    actor=None,
    reason: str = "",
) -> None:
    """Record the same act on many rows, each with its changes."""
    AuditEvent.objects.bulk_create(
        (_event(action, actor, row, reason, None, changes) for row, changes in changed),
        batch_size=BATCH,
    )


def values_of(row: models.Model) -> dict:
    """Return what a row holds, field by field, fit for the audit trail.

    Other rows go by their key, so that the trail holds no names of people. Secrets
    and personal numbers are left out; their masks are fields of their own.
    """
    meta = row._meta
    values = {
        field.name: plain(field.value_from_object(row))
        for field in meta.concrete_fields
        if not field.primary_key and not PRIVATE.search(field.name)
    }
    for field in meta.many_to_many:
        values[field.name] = sorted(one.pk for one in field.value_from_object(row))
    for relation in get_all_child_relations(type(row)):
        name = relation.get_accessor_name()
        parent = relation.field.name
        values[name] = [
            {key: value for key, value in values_of(child).items() if key != parent}
            for child in getattr(row, name).all()
        ]
    return values


def stored_values(row: models.Model) -> dict:
    """Return what the database holds of a row now."""
    return values_of(type(row)._base_manager.get(pk=row.pk))


def changes_between(before: dict, after: dict) -> dict[str, list]:
    """Return old and new value of each field that differs."""
    return {
        name: [before.get(name), value]
        for name, value in after.items()
        if before.get(name) != value
    }


def _event(action, actor, subject, reason, data, changes) -> AuditEvent:
    if action not in ACTS:
        raise UnknownAct(action)
    return AuditEvent(
        at=clock.now(),
        actor=actor,
        action=action,
        object_type=subject._meta.label_lower if subject is not None else "",
        object_id=str(subject.pk) if subject is not None else "",
        reason=mask_text(reason.strip()),
        data=(data or {}) | ({"changes": changes} if changes else {}),
    )


def plain(value):
    """Return a value as the audit trail keeps it: another row by its key."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="seconds")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def record_import(slug: str, report, *, actor) -> None:
    """Record what an import wrote."""
    counts = ("rows", "created", "updated", "unchanged", "rejected")
    data = {"import": slug} | {name: getattr(report, name) for name in counts}
    record("import.apply", actor=actor, data=data)


# What an importer asked for and does not hold (B022).
NOT_HELD = frozenset(
    ("not_your_organisation", "not_your_person", "not_your_town", "role_not_allowed")
)


def record_refusals(report, actor) -> None:
    """Record that an import tried to write beyond the actor's scope.

    Afterwards, so that a dry run cannot probe the scope without a trace.
    """
    rows = sorted({e["row"] for e in report.errors if e["code"] in NOT_HELD})
    if rows:
        data = {"rows": rows[:100]}
        report.afterwards(lambda: record("import.beyond_scope", actor=actor, data=data))
