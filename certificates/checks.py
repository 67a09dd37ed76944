from django.core.checks import Tags, Warning, register


@register(Tags.database, deploy=True)
def check_rules_confirmed(app_configs, databases, **kwargs):
    """Warn before going live on rules nobody has compared with their official text.

    ``manage.py check --deploy --database default`` asks; without a database there is
    nothing to ask (R0.2).
    """
    from certificates.models import RuleSet

    if not databases:
        return []
    return [
        Warning(
            f"Rule set {rules.code} is in use and not confirmed.",
            hint="Compare its official text and confirm it, or switch it off.",
            id="certificates.W001",
        )
        for rules in RuleSet.objects.unconfirmed()
    ]
