import os

import pytest
from django.test import TransactionTestCase

from lms.evidence import drop_triggers, install_triggers

# Playwright's own event loop runs in the test thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

_setup = TransactionTestCase._fixture_setup
_teardown = TransactionTestCase._fixture_teardown


def _setup_with_triggers(self):
    _setup(self)
    install_triggers()


def _teardown_without_triggers(self):
    drop_triggers()
    _teardown(self)


# Protocols 1.2: transactional tests flush, and evidence would refuse to go.
# TestCase (the rollback kind) overrides both and is not touched by this.
TransactionTestCase._fixture_setup = _setup_with_triggers
TransactionTestCase._fixture_teardown = _teardown_without_triggers


@pytest.fixture(autouse=True)
def _clean_cache():
    from django.core.cache import cache

    cache.clear()
