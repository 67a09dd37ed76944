import pytest
from wagtail.models import Site

from tests.factories.pages import ColumnFactory, make_home, publish


@pytest.fixture
def home(db):
    Site.clear_site_root_paths_cache()
    return make_home()


@pytest.fixture
def column(home):
    return publish(home, ColumnFactory())
