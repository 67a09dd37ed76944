from django.db import migrations, models


def say_so(apps, schema_editor):
    """Say of people who were withdrawn before that no reason was recorded."""
    enrolments = apps.get_model("courses", "Enrolment").objects
    enrolments.filter(status="WITHDRAWN").update(withdraw_reason="（当时未记录原因）")


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0004_hour_entries"),
    ]

    operations = [
        migrations.AddField(
            model_name="enrolment",
            name="withdraw_reason",
            field=models.CharField(
                blank=True,
                editable=False,
                max_length=200,
                verbose_name="why withdrawn",
            ),
        ),
        migrations.RunPython(say_so, migrations.RunPython.noop),
    ]
