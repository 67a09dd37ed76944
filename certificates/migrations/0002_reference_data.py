import datetime as dt

from django.db import migrations

RULE_SETS = {
    "R2010": {
        "name": "特种作业人员安全技术培训考核管理规定（总局令第30号）",
        "basis": "国家安全生产监督管理总局令第30号，2010-07-01 起施行",
        "valid_from": dt.date(2010, 7, 1),
        "valid_to": dt.date(2026, 5, 31),
        "validity_years": 6,
        "review_years": 3,
        "enabled": True,
        "confirmed": True,
    },
    # Known from a press report only: in use, and wears a badge (R0.2, R2.0).
    "R2026": {
        "name": "特种作业人员安全技术培训考核管理规定（2026年修订）",
        "basis": "新闻报道，待核对官方文本",
        "valid_from": dt.date(2026, 6, 1),
        "valid_to": None,
        "validity_years": 6,
        "review_years": None,
        "enabled": True,
        "confirmed": False,
    },
}

OFFICIAL_QUERY = "https://cx.mem.gov.cn"

KINDS = {
    "TRAINING_PROOF": {
        "name": "安全生产培训合格证明",
        "name_en": "Proof of completed work-safety training",
        "issued_by_base": True,
        "needs_pass": True,
        "position": 10,
    },
    "HOURS_PROOF": {
        "name": "学时证明",
        "name_en": "Proof of class hours",
        "issued_by_base": True,
        "needs_pass": False,
        "position": 20,
    },
    "SPECIAL_OPERATION": {
        "name": "特种作业操作证",
        "name_en": "Special-operation certificate",
        "reviewed": True,
        "authority": "湛江市应急管理局",
        "query_url": OFFICIAL_QUERY,
        "position": 30,
    },
    "SAFETY_COMPETENCE": {
        "name": "安全生产知识和管理能力考核合格证",
        "name_en": "Safety knowledge and management competence certificate",
        "authority": "湛江市应急管理局",
        "query_url": OFFICIAL_QUERY,
        "position": 40,
    },
    "GD_SAFETY_OFFICER_LEGACY": {
        "name": "安全主任",
        "name_en": "Guangdong safety officer (abolished in 2020)",
        "authority": "",
        "position": 50,
    },
}


def add_reference_data(apps, schema_editor):
    RuleSet = apps.get_model("certificates.RuleSet")
    for code, fields in RULE_SETS.items():
        RuleSet.objects.get_or_create(code=code, defaults=fields)
    CertificateKind = apps.get_model("certificates.CertificateKind")
    for code, fields in KINDS.items():
        CertificateKind.objects.get_or_create(code=code, defaults=fields)
    apps.get_model("certificates.Issuer").objects.get_or_create(
        valid_from=dt.date(2016, 1, 1), defaults={"name": "吴川市安全生产教育培训基地"}
    )
    apps.get_model("certificates.RegisterHead").objects.get_or_create(pk=1)


def remove_reference_data(apps, schema_editor):
    apps.get_model("certificates.RegisterHead").objects.filter(pk=1).delete()
    apps.get_model("certificates.Issuer").objects.filter(
        valid_from=dt.date(2016, 1, 1)
    ).delete()
    apps.get_model("certificates.CertificateKind").objects.filter(
        code__in=KINDS
    ).delete()
    apps.get_model("certificates.RuleSet").objects.filter(code__in=RULE_SETS).delete()


class Migration(migrations.Migration):
    dependencies = [("certificates", "0001_initial")]

    operations = [
        migrations.RunPython(add_reference_data, remove_reference_data),
    ]
