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
