from django.conf import settings

from lms.demo.accounts import demo_accounts
from lms.jobs.registry import greeting


@greeting
def name_the_accounts(address: str) -> str:
    """Return who may sign in to the demo; nothing elsewhere."""
    return demo_accounts(address) if settings.DEMO else ""
