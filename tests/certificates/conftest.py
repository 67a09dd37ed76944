import datetime as dt

import pytest

from certificates.register import signing


@pytest.fixture
def signing_keys(settings, tmp_path):
    """A folder of its own with one signing key."""
    settings.SIGNING_KEYS_DIR = tmp_path / "keys"
    signing.make_key(today=dt.date(2026, 1, 1))
    return settings.SIGNING_KEYS_DIR
