from lms.people.models import AuditEvent


def record(action: str, *, actor=None, subject=None, reason: str = "", data=None):
    """Write down who did what to whom, and why. Never a number, never a phone."""
    return AuditEvent.objects.create(
        actor=actor,
        action=action,
        object_type=subject._meta.label_lower if subject is not None else "",
        object_id=str(subject.pk) if subject is not None else "",
        reason=reason,
        data=data or {},
    )


# What an importer asked for and does not hold (hostile inputs, B022).
NOT_HELD = frozenset(("not_your_organisation", "not_your_town", "role_not_allowed"))


def record_refusals(report, actor) -> None:
    """Write down that an import tried to write beyond the actor's scope.

    Afterwards, so that a dry run cannot probe the scope without a trace.
    """
    rows = sorted({e["row"] for e in report.errors if e["code"] in NOT_HELD})
    if rows:
        data = {"rows": rows[:100]}
        report.afterwards(lambda: record("import.beyond_scope", actor=actor, data=data))
