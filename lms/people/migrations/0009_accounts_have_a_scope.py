import lms.people.models.accounts
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0008_wagtail_speaks_chinese'),
    ]

    operations = [
        migrations.AlterModelManagers(
            name='user',
            managers=[
                ('objects', lms.people.models.accounts.AccountManager()),
            ],
        ),
    ]
