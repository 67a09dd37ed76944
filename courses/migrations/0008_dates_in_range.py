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
    classes = apps.get_model("courses", "TrainingClass").objects.using(schema_editor.connection.alias)
    first, last = datetime.date(2000, 1, 1), datetime.date(2100, 12, 31)
    _clamp(classes, "starts_on", "ends_on", first, last)


class Migration(migrations.Migration):

    dependencies = [
        ('courses', '0007_lesson_kinds_by_module'),
    ]

    operations = [
        migrations.RunPython(bring_into_range, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name='trainingclass',
            constraint=models.CheckConstraint(condition=models.Q(('starts_on__range', (datetime.date(2000, 1, 1), datetime.date(2100, 12, 31))), ('ends_on__range', (datetime.date(2000, 1, 1), datetime.date(2100, 12, 31)))), name='courses_trainingclass_dates_in_range', violation_error_message='Dates lie between 2000 and 2100.'),
        ),
    ]
