import datetime as dt

import factory
from factory.django import DjangoModelFactory

from certificates.models import Certificate, CertificateKind, Origin
from lms.people.identity import mask_number, person_key, seal
from lms.people.models import Organisation, Person, Town


def demo_id(number):
    """Return a resident number with the demo prefix and a right check digit."""
    body = f"44089919900101{number:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(
        int(digit) * weight for digit, weight in zip(body, weights, strict=True)
    )
    return body + "10X98765432"[total % 11]


class PersonFactory(DjangoModelFactory):
    class Meta:
        model = Person

    class Params:
        number = factory.Sequence(lambda n: demo_id(n % 1000))

    name = "李海生"
    id_key = factory.LazyAttribute(lambda o: person_key("RESIDENT", o.number))
    id_sealed = factory.LazyAttribute(lambda o: seal(o.number, context="person.id"))
    id_masked = factory.LazyAttribute(lambda o: mask_number(o.number))


class TownFactory(DjangoModelFactory):
    class Meta:
        model = Town
        django_get_or_create = ("code",)

    code = "440883107"
    name = "塘㙍镇"
    kind = Town.Kind.TOWN


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    uscc = factory.Sequence(lambda n: f"TEMP-{n:06d}")
    name = factory.Sequence(lambda n: f"吴川市示例企业{n}")
    town = factory.SubFactory(TownFactory)


class RecordedFactory(DjangoModelFactory):
    """A recorded special-operation certificate, as TC-05 begins."""

    class Meta:
        model = Certificate

    person = factory.SubFactory(PersonFactory)
    kind = factory.LazyFunction(
        lambda: CertificateKind.objects.get(code="SPECIAL_OPERATION")
    )
    subject = "1.2"
    origin = Origin.RECORDED
    holder_name = factory.LazyAttribute(lambda o: o.person.name)
    id_masked = factory.LazyAttribute(lambda o: o.person.id_masked)
    first_issued_on = factory.LazyAttribute(lambda o: o.valid_from)
    valid_from = dt.date(2017, 1, 19)
