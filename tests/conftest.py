import os
import shutil

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase, override_settings
from django.test.utils import setup_databases, teardown_databases
from hypothesis import settings as hypothesis
from wagtail.models import Site

from lms.evidence.triggers import drop_triggers, install_triggers
from tests import database

# A real broker, not a pretended one: `make test-services` names it.
if not os.environ.get("CELERY_BROKER_URL"):
    collect_ignore = ["services"]

# Playwright's own event loop runs in the test thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# No test is timed: on a busy machine any example may take long.
hypothesis.register_profile("untimed", deadline=None)
hypothesis.load_profile("untimed")

_setup = TransactionTestCase._fixture_setup.__func__
_teardown = TransactionTestCase._fixture_teardown

migrated = {}
COMMITTING = {"live_server", "transactional_db", "city"}  # fixtures of tests that do


def _setup_with_triggers(cls):
    if not database.is_sqlite():
        # Playwright's loop gives the thread another connection object, without this.
        connection._test_serialized_contents = migrated["rows"]
    _setup(cls)
    install_triggers()


def _teardown_without_triggers(self):
    if database.is_sqlite():
        database.restore(migrated["image"])
        return
    drop_triggers()
    _teardown(self)


# Transactional tests flush their tables, which evidence would refuse (S1.2).
# TestCase (the rollback kind) overrides both and is not touched by this.
TransactionTestCase._fixture_setup = classmethod(_setup_with_triggers)
TransactionTestCase._fixture_teardown = _teardown_without_triggers


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment, django_db_modify_db_settings, django_db_blocker
):
    """Make the test database, and remember what the migrations loaded."""
    old = None
    with django_db_blocker.unblock():
        if database.is_sqlite():
            migrated["image"] = database.image()
            database.start_from(migrated["image"])
        else:
            old = setup_databases(verbosity=0, interactive=False)
            migrated["rows"] = connection._test_serialized_contents
    yield
    with django_db_blocker.unblock():
        if old is None:
            connection.close()
        else:
            teardown_databases(old, verbosity=0)


@pytest.fixture(scope="session")
def _city_image(django_db_setup, django_db_blocker):
    """The demo city, made once a process: its database file and its signing keys."""
    keys = settings.TEST_ROOT / "city-keys"
    shutil.rmtree(keys, ignore_errors=True)
    with django_db_blocker.unblock(), override_settings(SIGNING_KEYS_DIR=keys):
        call_command("make_signing_key", if_missing=True, verbosity=0)
        call_command("seed_demo", people=40, verbosity=0)
        image = database.keep("city")
        database.restore(migrated["image"])
    return image, keys


@pytest.fixture
def city(transactional_db, _city_image, settings):
    """The demo city: a row of every kind the back office lists."""
    image, settings.SIGNING_KEYS_DIR = _city_image
    settings.STAFF_MFA_REQUIRED = False
    Site.clear_site_root_paths_cache()
    database.restore(image)


@pytest.fixture(autouse=True)
def _chinese():
    """Forget the language of the page a test before this one asked for."""
    from django.utils import translation

    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def _clean_memory():
    """Forget what a test before this one left in the cache and in this process."""
    from django.core.cache import cache, caches

    from lms.campaigns.models import SiteFacts
    from lms.campaigns.services.site import HOTLINE

    cache.clear()
    caches["process"].clear()
    # Read once a minute, not once a page: budgets count what each page costs.
    cache.set(HOTLINE, SiteFacts().hotline)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items):
    """Bring reference data back after a flush; begin with the longest test."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        flushes = marker is not None and marker.kwargs.get("transaction")
        if flushes or COMMITTING & set(item.fixturenames):
            restored = pytest.mark.django_db(transaction=True, serialized_rollback=True)
            item.add_marker(restored, append=False)
    yield
    # It mostly waits for a film and an absent network: the rest runs beside it.
    items.sort(key=lambda item: "test_journey" not in item.nodeid)


def pytest_report_header(config):
    """Say in one line that browser tests are left out, where they are."""
    from tests.browser.conftest import CHROMIUM

    if CHROMIUM is None:
        return "Chromium was not found: the browser tests are left out."
    return None


def pytest_sessionfinish(session, exitstatus):
    """In CI nothing is skipped, and the browser is there."""
    from tests.browser.conftest import CHROMIUM

    if not os.environ.get("CI"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # an xdist worker; its controller counts
        return
    skipped = len(reporter.stats.get("skipped", []))
    if exitstatus == 0 and (skipped or CHROMIUM is None):
        reporter.write_line(f"CI refuses {skipped} skipped tests or a missing browser")
        session.exitstatus = 1
