import exams.kinds.registry
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exams', '0004_dates_in_range'),
    ]

    operations = [
        migrations.AlterField(
            model_name='blueprintsection',
            name='kind',
            field=models.CharField(choices=exams.kinds.registry.examinable_choices, max_length=12, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='question',
            name='kind',
            field=models.CharField(choices=exams.kinds.registry.kind_choices, max_length=12, verbose_name='kind'),
        ),
    ]
