from django.db import migrations
from django.utils import timezone


def confirm(apps, schema_editor):
    """Accounts that were signed in to before the check existed keep their exams."""
    Person = apps.get_model("people", "Person")
    Person.objects.using(schema_editor.connection.alias).filter(
        user__last_login__isnull=False, identity_checked_at=None
    ).update(identity_checked_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0006_slips_need_release_and_identity_is_confirmed"),
    ]

    operations = [migrations.RunPython(confirm, migrations.RunPython.noop)]
