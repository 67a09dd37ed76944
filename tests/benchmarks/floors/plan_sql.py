"""Plain SQL: the plan's aggregates by hand over the same tables, well indexed."""

from django.db import connection

from lms.plan.models import Plan

INDEXES = (
    "CREATE INDEX bench_certificate_cover ON certificates_certificate (person_id, "
    "item_id, kind_id, issuing_system, valid_from, valid_to, revoked_on)",
    "CREATE INDEX bench_record_cover ON courses_trainingrecord (done_on, person_id, "
    "town_id, passed_on)",
)

HOLDING_BY_ITEM_AND_TOWN = """
SELECT item_id, town_id, COUNT(*), SUM(held) FROM (
  SELECT p.person_id, p.item_id, o.town_id,
    MAX(CASE WHEN c.id IS NULL THEN 0 ELSE 1 END) AS held
  FROM people_post p
  JOIN people_organisation o ON o.id = p.organisation_id
  LEFT JOIN certificates_certificate c ON c.person_id = p.person_id
    AND c.item_id = p.item_id AND c.issuing_system = p.issuing_system
    AND c.kind_id = (
      SELECT id FROM certificates_certificatekind WHERE code = 'SPECIAL_OPERATION')
    AND c.valid_from <= %(day)s AND (c.valid_to IS NULL OR c.valid_to >= %(day)s)
    AND (c.revoked_on IS NULL OR c.revoked_on > %(day)s)
    AND (c.cancelled_on IS NULL OR c.cancelled_on > %(day)s)
    AND (c.replaced_on IS NULL OR c.replaced_on > %(day)s)
    AND (c.suspended_from IS NULL OR c.suspended_from > %(day)s
      OR c.suspended_to < %(day)s)
    AND (c.review_due_on IS NULL OR c.review_due_on >= %(day)s
      OR c.review_due_on >= '2026-06-01' OR c.review_passed_on <= %(day)s)
  WHERE p.role = 'SPECIAL_OPERATOR' AND p.starts_on <= %(day)s
    AND (p.ends_on IS NULL OR p.ends_on >= %(day)s) AND o.kind = 'ENTERPRISE'
    AND (o.in_scope_from IS NULL OR o.in_scope_from <= %(day)s)
    AND (o.out_of_scope_on IS NULL OR o.out_of_scope_on > %(day)s)
  GROUP BY p.person_id, p.item_id, o.town_id
) AS pairs GROUP BY item_id, town_id
"""

TRAINED_BY_TOWN = """
SELECT r.town_id, COUNT(DISTINCT r.person_id), COUNT(r.person_id),
  COUNT(DISTINCT CASE WHEN r.passed_on <= %(last)s THEN r.person_id END)
FROM courses_trainingrecord r
WHERE r.done_on BETWEEN %(first)s AND %(last)s
  AND NOT EXISTS (SELECT 1 FROM courses_trainingrecord n WHERE n.corrects_id = r.id)
  AND EXISTS (SELECT 1 FROM courses_trainingcredit t
    WHERE t.record_id = r.id AND t.completed)
GROUP BY r.town_id
"""


def index() -> None:
    """Lay the covering indexes of the hand-written statements."""
    with connection.cursor() as cursor:
        for statement in INDEXES:
            cursor.execute(statement)


def drop() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX bench_certificate_cover")
        cursor.execute("DROP INDEX bench_record_cover")


def holding_by_item_and_town(day) -> list:
    """Return (item, town, posts, posts with a fitting certificate)."""
    return _rows(HOLDING_BY_ITEM_AND_TOWN, {"day": _plain(day)})


def trained_by_town(plan: Plan, day) -> list:
    """Return (town, persons, person-times, persons who passed)."""
    window = {"first": _plain(plan.starts_on), "last": _plain(min(day, plan.ends_on))}
    return _rows(TRAINED_BY_TOWN, window)


def _rows(sql, params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def _plain(day):
    return connection.ops.adapt_datefield_value(day)
