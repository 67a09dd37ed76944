"""Finding what a row names: towns, items, organisations and persons, in bulk."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from django.utils.translation import gettext as _

from lms import clock
from lms.cells import number_text_of
from lms.imports import ImportReport
from lms.people.identity import (
    IdentityError,
    IdType,
    blind_index,
    checked_name,
    knows_division,
    mask_number,
    mask_phone,
    normalise_id,
    normalise_phone,
    person_key,
    seal,
)
from lms.people.models import (
    Access,
    OperationItem,
    Organisation,
    Person,
    Role,
    Town,
)
from lms.sheets import Row

CHUNK = 20_000

ROLES = {
    "主要负责人": Role.PRINCIPAL,
    "安全生产管理人员": Role.SAFETY_MANAGER,
    "安全管理人员": Role.SAFETY_MANAGER,
    "特种作业人员": Role.SPECIAL_OPERATOR,
    "其他从业人员": Role.OTHER_STAFF,
    "从业人员": Role.OTHER_STAFF,
    "监管监察人员": Role.SUPERVISOR,
    "职业健康监督员": Role.OH_SUPERVISOR,
} | {role.value: role for role in Role}

ID_TYPES = {
    "居民身份证": IdType.RESIDENT,
    "身份证": IdType.RESIDENT,
    "港澳居民来往内地通行证": IdType.HK_MACAO,
    "港澳通行证": IdType.HK_MACAO,
    "台湾居民来往大陆通行证": IdType.TAIWAN,
    "台胞证": IdType.TAIWAN,
    "外国人永久居留身份证": IdType.FOREIGN,
    "护照": IdType.PASSPORT,
} | {id_type.value: id_type for id_type in IdType}


def chunks(items: Iterable, size: int = CHUNK):
    """Yield lists of at most ``size``: an engine bounds what one query may name."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def towns_by_word() -> dict[str, Town]:
    """Return towns by code, name, alias, and name without 街道 or 镇."""
    words = {}
    for town in Town.objects.all():
        for word in filter(None, (town.code, town.name, town.alias)):
            words[word] = town
            words[word.removesuffix("街道").removesuffix("镇")] = town
    return words


def items_by_word() -> dict[str, OperationItem]:
    """Return operation items by every word for them, as text and as number text.

    That is the code, the name with and without 作业, and both as we show them:
    ``1.2 低压电工作业``.
    """
    words = {}
    for item in OperationItem.objects.all():
        short = item.name.removesuffix("作业")
        for word in (short, f"{item.code} {short}", item.name, str(item), item.code):
            words[word] = words[number_text_of(word)] = item
    return words


def scope_of(actor) -> set[int] | None:
    """Return the organisations an actor may write for; None means all of them."""
    if actor is None or actor.is_superuser or actor.access == Access.CITY:
        return None
    return set(Organisation.objects.visible_to(actor).values_list("pk", flat=True))


def organisations_by_uscc(codes: Iterable[str]) -> dict[str, Organisation]:
    """Return the organisations of these codes that exist."""
    found = {}
    for chunk in chunks(set(codes)):
        found.update(
            (organisation.uscc, organisation)
            for organisation in Organisation.objects.filter(uscc__in=chunk)
        )
    return found


@dataclass(frozen=True)
class Identity:
    """Who a row names: checked, not yet looked up."""

    id_type: str
    number: str
    key: str
    name: str
    phone: str = ""


def identity_of(row: Row, report: ImportReport, *, today) -> Identity | None:
    """Check 姓名, 证件类型 and 证件号码 of a row; None where it was refused."""
    id_type = ID_TYPES.get(row["证件类型"] or "居民身份证")
    if id_type is None:
        message = _("This kind of document is not known.")
        report.reject(row.number, "证件类型", "unknown_document", message)
        return None
    try:
        number = normalise_id(id_type, row["证件号码"], today=today)
    except IdentityError as error:
        report.reject(row.number, "证件号码", error.code, str(error))
        return None
    try:
        name = checked_name(row["姓名"])
    except IdentityError as error:
        report.reject(row.number, "姓名", error.code, str(error))
        return None
    if id_type == IdType.RESIDENT and not knows_division(number[:6]):
        message = _("The first six digits are no division we know. Please check.")
        report.warn(row.number, "证件号码", "unknown_division", message)
    phone = _phone_of(row, report)
    return Identity(id_type, number, person_key(id_type, number), name, phone)


def _phone_of(row: Row, report: ImportReport) -> str:
    """Return the checked phone of a row; a wrong one leaves nobody out."""
    if row["手机"] is None:
        return ""
    try:
        return normalise_phone(row["手机"])
    except IdentityError as error:
        report.warn(row.number, "手机", error.code, str(error))
        return ""


class PersonResolver:
    """Finds the persons a sheet names, or makes them, in a handful of queries.

    ``add`` every accepted row, then ``resolve``: afterwards ``person_of(row)`` is
    the person's key, or None where the row was refused because the number stands
    with another name (``name_mismatch``). Whoever still refuses rows in between
    calls ``look_up`` and ``create_missing`` instead: nobody is made by a refused row.
    """

    def __init__(self, report: ImportReport):
        self.report = report
        self.now = clock.now()
        self.today = clock.day_of(self.now)
        self.identities: dict[int, Identity] = {}
        self.ids: dict[str, int] = {}
        self.created: set[str] = set()

    def add(self, row: Row) -> bool:
        """Take a row in; False where its identity was refused."""
        identity = identity_of(row, self.report, today=self.today)
        if identity is None:
            return False
        self.identities[row.number] = identity
        return True

    def resolve(self) -> None:
        """Look everybody up and create who is missing."""
        self.look_up()
        self.create_missing(self.identities)

    def look_up(self, *, lock: bool = False) -> None:
        """Find who is on record; ``lock`` keeps others from writing their posts."""
        known = {}
        for chunk in chunks(sorted({one.key for one in self.identities.values()})):
            persons = Person.objects.filter(id_key__in=chunk).order_by("id_key")
            if lock:
                persons = persons.select_for_update(no_key=True)
            for key, pk, name in persons.values_list("id_key", "pk", "name"):
                known[key] = name
                self.ids[key] = pk
        for number, identity in list(self.identities.items()):
            if known.setdefault(identity.key, identity.name) != identity.name:
                message = _("This number is on record with another name.")
                self.report.reject(number, "姓名", "name_mismatch", message)
                del self.identities[number]

    def create_missing(self, rows: Iterable[int]) -> None:
        """Put on record whom these rows name and nobody has, with the first phone."""
        missing: dict[str, Identity] = {}
        for number in rows:
            identity = self.identities[number]
            if identity.key not in self.ids:
                first = missing.setdefault(identity.key, identity)
                if identity.phone and not first.phone:
                    missing[identity.key] = identity
        self._create(missing.values())

    def person_of(self, row: Row) -> int | None:
        """Return the primary key of the row's person."""
        identity = self.identities.get(row.number)
        return identity and self.ids[identity.key]

    def phone_of(self, row: Row) -> str:
        """The checked phone of a row, or an empty text."""
        identity = self.identities.get(row.number)
        return identity.phone if identity else ""

    def is_new(self, row: Row) -> bool:
        """Whether this import made the row's person."""
        return self.identities[row.number].key in self.created

    def _create(self, identities):
        persons = Person.objects.bulk_create(
            (
                Person(
                    name=one.name,
                    id_type=one.id_type,
                    id_key=one.key,
                    id_sealed=seal(one.number, context="person.id"),
                    id_masked=mask_number(one.number),
                    recorded_at=self.now,
                    **(phone_fields(one.phone) if one.phone else {}),
                )
                for one in identities
            ),
            batch_size=2000,
        )
        self.ids.update((person.id_key, person.pk) for person in persons)
        self.created.update(person.id_key for person in persons)


def phone_fields(phone: str) -> dict:
    """Return the three fields a person's checked phone is kept in."""
    return {
        "phone_key": blind_index("phone", phone),
        "phone_sealed": seal(phone, context="person.phone"),
        "phone_masked": mask_phone(phone),
    }
