from django.db import migrations

# Groups that Wagtail brings and nobody here is in: ours have Chinese names.
UNUSED = ("Editors", "Moderators")
ROOT, NAME = "Root", "网站"


def translate(apps, schema_editor):
    """Remove Wagtail's empty English groups, and name the page above all in Chinese."""
    alias = schema_editor.connection.alias
    Group = apps.get_model("auth", "Group")
    for group in Group.objects.using(alias).filter(name__in=UNUSED):
        if not group.user_set.exists():
            group.delete()
    Page = apps.get_model("wagtailcore", "Page")
    Page.objects.using(alias).filter(depth=1, title=ROOT).update(
        title=NAME, draft_title=NAME
    )


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0007_accounts_in_use_count_as_confirmed"),
        ("wagtailadmin", "0001_create_admin_access_permissions"),
        ("wagtailcore", "0098_apitoken"),
        ("wagtaildocs", "0002_initial_data"),
        ("wagtailimages", "0001_squashed_0021"),
    ]

    operations = [migrations.RunPython(translate, migrations.RunPython.noop)]
