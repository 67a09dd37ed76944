import pytest
from django.core.management import call_command
from wagtail.models import Site


@pytest.fixture
def city(settings, tmp_path):
    """The demo city: a row of every kind the back office lists."""
    settings.SIGNING_KEYS_DIR = tmp_path / "keys"
    settings.STAFF_MFA_REQUIRED = False
    Site.clear_site_root_paths_cache()
    call_command("make_signing_key", if_missing=True, verbosity=0)
    call_command("seed_demo", people=40, verbosity=0)
