import datetime as dt

from django.db import transaction
from django.utils import translation

from certificates.models import RuleSet
from lms.evidence import clock
from lms.evidence.audit import record
from lms.evidence.canonical_json import canonical_json, sha256_hex
from lms.plan.indicators import Dimension
from lms.plan.models import Plan, Snapshot
from lms.plan.reports.report import build_report


class NotOverYet(Exception):
    """A snapshot of a day that has not come."""


@transaction.atomic
def take_snapshot(
    plan: Plan, *, day: dt.date, actor=None, now: dt.datetime | None = None
) -> Snapshot:
    """Freeze the figures of a plan as of a day, by town, as known now.

    Names inside are in the default language, so that the same
    figures always have the same fingerprint. Raises ``NotOverYet``: what a day that
    has not come will bring cannot be frozen.
    """
    now = now or clock.now()
    if day > clock.day_of(now):
        raise NotOverYet
    with translation.override("zh-hans"):
        report = build_report(plan, day=day, recorded_by=now, by=Dimension.TOWN)
    result = report.as_json()
    # The cut is a column of its own; inside, it would make every fingerprint unique.
    del result["recorded_by"]
    snapshot = Snapshot.objects.create(
        plan=plan,
        as_of=day,
        recorded_by=now,
        rule_set=list(RuleSet.objects.in_use().values_list("code", flat=True)),
        result=result,
        hash=fingerprint(result),
        taken_at=now,
        taken_by=actor,
    )
    record(
        "plan.snapshot",
        actor=actor,
        subject=snapshot,
        data={"as_of": day.isoformat(), "hash": snapshot.hash},
    )
    return snapshot


def fingerprint(result: dict) -> str:
    """Return the SHA-256 of a result's canonical JSON."""
    return sha256_hex(canonical_json(result))
