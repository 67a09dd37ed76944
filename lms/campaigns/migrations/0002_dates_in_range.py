import datetime
from django.conf import settings
from django.db import migrations, models

def _clamp(rows, start, end, first, last):
    """Move dates outside the range to its ends, keeping the order of the two."""
    day = datetime.timedelta(days=1)
    rows.filter(**{f"{end}__lte": first}).update(**{start: first, end: first + day})
    rows.filter(**{f"{start}__lt": first}).update(**{start: first})
    rows.filter(**{f"{start}__gte": last}).update(**{start: last - day, end: last})
    rows.filter(**{f"{end}__gt": last}).update(**{end: last})


def bring_into_range(apps, schema_editor):
    alias = schema_editor.connection.alias
    first, last = datetime.date(2000, 1, 1), datetime.date(2100, 12, 31)
    campaigns = apps.get_model("campaigns", "CampaignPage").objects.using(alias)
    _clamp(campaigns, "starts_on", "ends_on", first, last)
    articles = apps.get_model("campaigns", "ArticlePage").objects.using(alias)
    articles.filter(published_on__lt=first).update(published_on=first)
    articles.filter(published_on__gt=last).update(published_on=last)


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0001_initial'),
        migrations.swappable_dependency(settings.WAGTAIL_PAGE_MODEL),
    ]

    operations = [
        migrations.RunPython(bring_into_range, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name='articlepage',
            constraint=models.CheckConstraint(condition=models.Q(('published_on__range', (datetime.date(2000, 1, 1), datetime.date(2100, 12, 31)))), name='campaigns_articlepage_date_in_range', violation_error_message='Dates lie between 2000 and 2100.'),
        ),
        migrations.AddConstraint(
            model_name='campaignpage',
            constraint=models.CheckConstraint(condition=models.Q(('starts_on__range', (datetime.date(2000, 1, 1), datetime.date(2100, 12, 31))), ('ends_on__range', (datetime.date(2000, 1, 1), datetime.date(2100, 12, 31)))), name='campaigns_campaignpage_dates_in_range', violation_error_message='Dates lie between 2000 and 2100.'),
        ),
    ]
