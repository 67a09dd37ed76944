from django.db import migrations, models


def readmit(apps, schema_editor):
    """Whoever passed and was withdrawn all the same is back in the class."""
    enrolments = apps.get_model("courses", "Enrolment").objects
    enrolments.filter(status="WITHDRAWN", passed_on__isnull=False).update(
        status="ADMITTED"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0002_reference_data"),
    ]

    operations = [
        migrations.RunPython(readmit, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("passed_on", None), ("status", "ADMITTED"), _connector="OR"
                ),
                name="courses_enrolment_whoever_passed_stays",
            ),
        ),
    ]
