import datetime as dt

import factory
from factory.django import DjangoModelFactory

from lms.access.levels import Access
from lms.demo.people import credit_code, id_number
from lms.people.identity.numbers import mask_number, person_key, seal
from lms.people.models import Organisation, Person, Post, Role, Town, User

RECORDED = dt.datetime(2016, 1, 4, tzinfo=dt.UTC)


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    uscc = factory.Sequence(lambda n: credit_code(5000 + n))
    name = factory.Sequence(lambda n: f"示例单位{n:03}")
    town = factory.LazyFunction(lambda: Town.objects.get(code="440883004"))
    recorded_at = RECORDED


class PersonFactory(DjangoModelFactory):
    class Meta:
        model = Person

    class Params:
        number = factory.Sequence(lambda n: id_number(40_000 + n))

    name = factory.Sequence(lambda n: f"示例人{n:03}")
    id_key = factory.LazyAttribute(lambda o: person_key("RESIDENT", o.number))
    id_sealed = factory.LazyAttribute(lambda o: seal(o.number, context="person.id"))
    id_masked = factory.LazyAttribute(lambda o: mask_number(o.number))
    recorded_at = RECORDED
    identity_checked_at = RECORDED


class PostFactory(DjangoModelFactory):
    class Meta:
        model = Post

    person = factory.SubFactory(PersonFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    role = Role.OTHER_STAFF
    starts_on = dt.date(2016, 1, 1)
    recorded_at = RECORDED


class UserFactory(DjangoModelFactory):
    """An account that may see nobody: what a visitor has who only signed up."""

    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"user{n:03}")
    date_joined = RECORDED


class WorkerFactory(UserFactory):
    """An account of a person on record."""

    person = factory.SubFactory(PersonFactory)


class StaffFactory(UserFactory):
    """An account that may see the whole city."""

    access = Access.CITY
