"""Reports kept while nothing changes that a figure is counted from."""

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import get_language

from lms.evidence.data_versions import KeptByVersion
from lms.plan.indicators import Dimension, Scope
from lms.plan.models import Plan
from lms.plan.reports.report import Report, build_report

SUBJECT = "plan"
# A report of the whole city by town takes some hundred kilobytes.
MOST = 64

_kept = KeptByVersion(SUBJECT, most=MOST)


def kept_report(
    plan: Plan,
    *,
    day: dt.date,
    scope: Scope,
    by: Dimension | None = None,
    codes: Iterable[str] = (),
) -> Report:
    """Return the report of today's data, counted anew only after a write to them.

    The same as ``build_report``, for reading only. The plan is read again after the
    data version, since its dates and targets are data too.
    """
    codes = tuple(codes)

    def make():
        fresh = Plan.objects.prefetch_related("targets").get(pk=plan.pk)
        return build_report(fresh, day=day, scope=scope, by=by, codes=codes)

    return _kept.get((plan.pk, day, scope, by, codes, get_language()), make)
