import django.db.models.deletion
import lms.evidence.clock
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exams', '0005_question_kinds_are_registered'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='mark',
            name='score_exact',
            field=models.CharField(blank=True, max_length=40, verbose_name='exact score'),
        ),
        migrations.CreateModel(
            name='SlotMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slot', models.CharField(max_length=16, verbose_name='question')),
                ('number', models.PositiveSmallIntegerField(default=1, verbose_name='marking')),
                ('chosen', models.JSONField(default=list, verbose_name='options chosen')),
                ('state', models.CharField(choices=[('automatic', 'marked by the key'), ('human', 'marked by a person'), ('pending', 'to be marked')], max_length=9, verbose_name='state')),
                ('share_numerator', models.PositiveIntegerField(blank=True, null=True)),
                ('share_denominator', models.PositiveIntegerField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                ('marked_at', models.DateTimeField(default=lms.evidence.clock.now, verbose_name='marked')),
                ('attempt', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='slot_marks', to='exams.attempt')),
                ('marked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('question_revision', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='slot_marks', to='exams.questionrevision', verbose_name='question revision')),
            ],
            options={
                'verbose_name': 'mark of a question',
                'verbose_name_plural': 'marks of questions',
                'ordering': ['attempt', 'slot', '-number'],
                'constraints': [models.UniqueConstraint(fields=('attempt', 'slot', 'number'), name='exams_slotmark_once_per_number'), models.CheckConstraint(condition=models.Q(models.Q(('share_denominator__isnull', True), ('share_numerator__isnull', True), ('state', 'pending')), models.Q(models.Q(('state', 'pending'), _negated=True), ('share_denominator__gte', 1), ('share_denominator__isnull', False), ('share_numerator__isnull', False), ('share_numerator__lte', models.F('share_denominator'))), _connector='OR'), name='exams_slotmark_share_from_0_to_1_unless_pending'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'human'), _negated=True), ('marked_by__isnull', False), _connector='OR'), name='exams_slotmark_by_a_person_says_by_whom')],
            },
        ),
    ]
