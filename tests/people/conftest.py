import pytest

from lms.people.models import Organisation
from lms.people.services.organisations import import_organisations

from .sheets import OTHER, USCC, organisations


@pytest.fixture
def factory():
    """One of two organisations on record, a cold store with ammonia."""
    import_organisations(
        organisations(
            f"{USCC},示例冷冻厂,博铺,涉氨制冷;有限空间,否,86,2016-01-01,,",
            f"{OTHER},示例鞋厂,塘缀,,,,,,",
        )
    )
    return Organisation.objects.get(uscc=USCC)
