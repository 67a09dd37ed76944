import datetime as dt

from django.db import migrations

ORDER_3 = dt.date(2006, 3, 1)
ORDER_30 = (dt.date(2010, 7, 1), dt.date(2026, 5, 31))
OH_121 = dt.date(2015, 12, 21)

ART_9 = "总局令3号 第九条"
ART_13 = "总局令3号 第十三条"
ART_23 = "总局令30号 第二十三条"
OH = "安监总厅安健〔2015〕121号"

# rule set, audience, kind, general hours, high-hazard hours, basis, from, to
RULES = [
    ("ORDER3", "PRINCIPAL", "INITIAL", 32, 48, ART_9, ORDER_3, None),
    ("ORDER3", "PRINCIPAL", "ANNUAL", 12, 16, ART_9, ORDER_3, None),
    ("ORDER3", "SAFETY_MANAGER", "INITIAL", 32, 48, ART_9, ORDER_3, None),
    ("ORDER3", "SAFETY_MANAGER", "ANNUAL", 12, 16, ART_9, ORDER_3, None),
    ("ORDER3", "OTHER_STAFF", "INITIAL", 24, 72, ART_13, ORDER_3, None),
    ("ORDER3", "OTHER_STAFF", "ANNUAL", None, 20, ART_13, ORDER_3, None),
    ("R2010", "SPECIAL_OPERATOR", "INITIAL", None, None, "", *ORDER_30),
    ("R2010", "SPECIAL_OPERATOR", "REVIEW", 8, 8, ART_23, *ORDER_30),
    ("OH2015", "OH_HEAD", "INITIAL", 16, 16, OH, OH_121, None),
    ("OH2015", "OH_HEAD", "ANNUAL", 8, 8, OH, OH_121, None),
    ("OH2015", "OH_WORKER", "INITIAL", 8, 8, OH, OH_121, None),
    ("OH2015", "OH_WORKER", "ANNUAL", 4, 4, OH, OH_121, None),
]


def load(apps, schema_editor):
    HourRule = apps.get_model("courses", "HourRule")
    StudyRule = apps.get_model("courses", "StudyRule")
    HourRule.objects.bulk_create(
        HourRule(
            rule_set=rule_set,
            audience=audience,
            high_hazard=high_hazard,
            kind=kind,
            hours=hours,
            basis=basis,
            valid_from=valid_from,
            valid_to=valid_to,
        )
        for rule_set, audience, kind, low, high, basis, valid_from, valid_to in RULES
        for high_hazard, hours in ((False, low), (True, high))
    )
    StudyRule.objects.create(valid_from=dt.date(2016, 1, 1))


def unload(apps, schema_editor):
    apps.get_model("courses", "HourRule").objects.all().delete()
    apps.get_model("courses", "StudyRule").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("courses", "0001_initial")]

    operations = [migrations.RunPython(load, unload)]
