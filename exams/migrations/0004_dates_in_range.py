import datetime
from django.db import migrations, models

def _clamp(rows, start, end, first, last):
    """Move dates outside the range to its ends, keeping the order of the two."""
    day = datetime.timedelta(days=1)
    rows.filter(**{f"{end}__lte": first}).update(**{start: first, end: first + day})
    rows.filter(**{f"{start}__lt": first}).update(**{start: first})
    rows.filter(**{f"{start}__gte": last}).update(**{start: last - day, end: last})
    rows.filter(**{f"{end}__gt": last}).update(**{end: last})


def bring_into_range(apps, schema_editor):
    sittings = apps.get_model("exams", "Sitting").objects.using(schema_editor.connection.alias)
    first = datetime.datetime(1999, 12, 31, 16, 0, tzinfo=datetime.timezone.utc)
    last = datetime.datetime(2100, 12, 31, 15, 59, tzinfo=datetime.timezone.utc)
    _clamp(sittings, "opens_at", "closes_at", first, last)


class Migration(migrations.Migration):

    dependencies = [
        ('courses', '0003_whoever_passed_stays'),
        ('exams', '0003_result_and_review_apart'),
    ]

    operations = [
        migrations.RunPython(bring_into_range, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name='sitting',
            constraint=models.CheckConstraint(condition=models.Q(('opens_at__range', (datetime.datetime(1999, 12, 31, 16, 0, tzinfo=datetime.timezone.utc), datetime.datetime(2100, 12, 31, 15, 59, 59, 999999, tzinfo=datetime.timezone.utc))), ('closes_at__range', (datetime.datetime(1999, 12, 31, 16, 0, tzinfo=datetime.timezone.utc), datetime.datetime(2100, 12, 31, 15, 59, 59, 999999, tzinfo=datetime.timezone.utc)))), name='exams_sitting_dates_in_range', violation_error_message='Dates lie between 2000 and 2100.'),
        ),
    ]
