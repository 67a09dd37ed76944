"""The plan of the current years, for demonstration."""

import datetime as dt

from django.db import transaction

from lms.plan.models import Plan, Target


@transaction.atomic
def seed_plan(rng=None) -> dict:
    """Make the plan 2026–2030, marked 演示, with the targets of 13FYP. Repeatable.

    Nothing in it is invented by chance; ``rng`` is taken so that every seeder can be
    called alike. Returns ``{"plans": created}``.
    """
    plan, created = Plan.objects.get_or_create(
        code="15FYP-DEMO",
        defaults={
            "name": "吴川市安全生产培训规划（2026—2030年，演示）",
            "starts_on": dt.date(2026, 1, 1),
            "ends_on": dt.date(2030, 12, 31),
            "demo": True,
        },
    )
    for target in Target.objects.filter(plan__code="13FYP"):
        Target.objects.get_or_create(
            plan=plan, indicator=target.indicator, defaults={"value": target.value}
        )
    return {"plans": int(created)}
