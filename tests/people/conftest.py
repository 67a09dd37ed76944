import pytest
from django.contrib.auth.models import Group

from lms.access.groups import BASE, OFFICER
from lms.access.levels import Access
from lms.people.models import Organisation, Town
from lms.people.services.organisations import import_organisations
from tests.factories.people import StaffFactory
from tests.people.sheets import OTHER, USCC, organisations


@pytest.fixture
def base(client):
    """Somebody of the training base, signed in."""
    user = StaffFactory()
    user.groups.add(Group.objects.get(name=BASE))
    client.force_login(user)
    return user


@pytest.fixture
def town_officer(client):
    """An officer of one town, signed in."""
    town = Town.objects.get(code="440883109")
    user = StaffFactory(access=Access.TOWN, town=town)
    user.groups.add(Group.objects.get(name=OFFICER))
    client.force_login(user)
    return user


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
