from django.db import migrations

# What 0002 wrote; the base's name everywhere else is the plan's (R1.1).
BEFORE, NAME = "吴川市安全生产教育培训基地", "吴川市安全生产培训基地"


def rename(before, after):
    """Who named the base otherwise keeps that; what is printed is a copy."""

    def run(apps, schema_editor):
        issuers = apps.get_model("certificates", "Issuer").objects
        issuers.filter(name=before).update(name=after)

    return run


class Migration(migrations.Migration):

    dependencies = [("certificates", "0004_cancelled_with_reason")]

    operations = [
        migrations.RunPython(rename(BEFORE, NAME), rename(NAME, BEFORE)),
    ]
