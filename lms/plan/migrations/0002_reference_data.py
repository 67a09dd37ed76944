import datetime as dt

from django.db import migrations

# The seed document's own numbers; 06 is our proposal (R1.1, R5.2).
TARGETS = {
    "IND-01": 28000,
    "IND-02": 100,
    "IND-03a": 90,
    "IND-03b": 90,
    "IND-03c": 90,
    "IND-04": 80,
    "IND-05a": 90,
    "IND-05b": 90,
    "IND-06a": 90,
    "IND-06b": 90,
    "IND-06c": 90,
}


def add_plan(apps, schema_editor):
    plan, _ = apps.get_model("plan.Plan").objects.get_or_create(
        code="13FYP",
        defaults={
            "name": "吴川市安全生产“十三五”规划（2016—2020年）",
            "starts_on": dt.date(2016, 1, 1),
            "ends_on": dt.date(2020, 12, 31),
        },
    )
    Target = apps.get_model("plan.Target")
    for indicator, value in TARGETS.items():
        Target.objects.get_or_create(
            plan=plan, indicator=indicator, defaults={"value": value}
        )


def remove_plan(apps, schema_editor):
    apps.get_model("plan.Plan").objects.filter(code="13FYP").delete()


class Migration(migrations.Migration):
    dependencies = [("plan", "0001_initial")]

    operations = [migrations.RunPython(add_plan, remove_plan)]
