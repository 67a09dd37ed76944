"""Finding what a row names: towns, items, organisations and persons, in bulk."""

import uuid
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.access.levels import Access
from lms.evidence import clock
from lms.people.identity.numbers import (
    IdentityError,
    IdType,
    blind_index,
    checked_name,
    eighteen_digits,
    knows_division,
    mask_number,
    mask_phone,
    normalise_id,
    normalise_phone,
    person_key,
    same_name,
    seal,
    unprintable,
)
from lms.people.models import OperationItem, Organisation, Person, Role, Town
from lms.sheets.bulk_reads import IsAmong
from lms.sheets.bulk_writes import insert_rows, reserve_keys
from lms.sheets.cells import number_text_of
from lms.sheets.imports import ImportReport
from lms.sheets.workbooks import Column, SheetRow

CHUNK = 20_000

UNKNOWN_DIVISION = gettext_lazy(
    "The first six digits are no division we know. Please check."
)

# What every sheet about people has; and the organisation they belong to.
NAME = Column(
    "姓名", ("name", "人员姓名", "员工姓名", "学员姓名"), required=True, is_label=True
)
ID_TYPE = Column("证件类型", ("id type", "document type", "证件种类"))
ID_NUMBER = Column(
    "证件号码",
    (
        "id number",
        "身份证号",
        "身份证号码",
        "身份证",
        "身份证件号码",
        "公民身份号码",
        "证件号",
    ),
    kind="number_text",
)
USCC = Column(
    "统一社会信用代码",
    (
        "uscc",
        "信用代码",
        "社会信用代码",
        "统一信用代码",
        "单位信用代码",
        "企业信用代码",
        "单位代码",
        "单位统一社会信用代码",
        "企业统一社会信用代码",
    ),
    kind="number_text",
)

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


def organisations_by_uscc(
    codes: Iterable[str], *, lock: bool = False
) -> dict[str, Organisation]:
    """Return the organisations of these codes that exist."""
    found = {}
    for chunk in chunks(sorted(set(codes))):
        organisations = Organisation.objects.filter(uscc__in=chunk).order_by("uscc")
        if lock:
            organisations = organisations.select_for_update(no_key=True)
        found.update((one.uscc, one) for one in organisations)
    return found


def known_words(words: dict) -> str:
    """The words to choose from, for a message: the first Chinese one of each thing."""
    first = {}
    for word, thing in words.items():
        if first.setdefault(thing, word).isascii():
            first[thing] = word
    return "、".join(first.values())


def unknown_word(words: dict | None = None) -> str:
    """The message about a word that means nothing here, with those that do."""
    if words is None:
        return _("This word is not known here.")
    message = _("This word is not known here. Known are: %(words)s.")
    return message % {"words": known_words(words)}


class Identity(NamedTuple):
    """Who a row names: checked, not yet looked up."""

    id_type: str
    number: str
    key: str
    name: str
    phone: str = ""


def identity_of(row: SheetRow, report: ImportReport, *, today) -> Identity | None:
    """Check 姓名, 证件类型 and 证件号码 of a row; None where one of them is refused.

    Cells that do not fit their column were refused before.
    """
    id_type = ID_TYPES.get(row["证件类型"] or "居民身份证")
    if row.is_bad("证件类型"):
        id_type = None
    elif id_type is None:
        message = unknown_word(ID_TYPES)
        report.reject(row.number, "证件类型", "unknown_document", message)
    number = name = ""
    try:
        if id_type and row["证件号码"]:
            number = normalise_id(id_type, row["证件号码"], today=today)
    except IdentityError as error:
        report.reject(row.number, "证件号码", error.code, str(error))
    try:
        if row["姓名"]:
            name = checked_name(row["姓名"])
    except IdentityError as error:
        report.reject(row.number, "姓名", error.code, str(error))
    if missing := unprintable(name):
        message = _(
            "No certificate can be printed for this name: the font lacks %(signs)s."
        )
        message %= {"signs": " ".join(missing)}
        report.warn(row.number, "姓名", "glyph_missing", message)
    if not (id_type and number and name):
        return None
    if id_type == IdType.RESIDENT and not knows_division(number[:6]):
        report.warn(row.number, "证件号码", "unknown_division", UNKNOWN_DIVISION)
    phone = _phone_of(row, report)
    return Identity(id_type, number, person_key(id_type, number), name, phone)


def document_of(row: SheetRow) -> str | int:
    """Return the key shared by rows about one person: the number in any spelling.

    A row without a number gets a key of its own.
    """
    return eighteen_digits(row["证件号码"] or "") or row.number


def _phone_of(row: SheetRow, report: ImportReport) -> str:
    """Return the checked phone of a row; a wrong one leaves nobody out."""
    if row["手机"] is None:
        return ""
    try:
        return normalise_phone(row["手机"])
    except IdentityError as error:
        report.warn(row.number, "手机", error.code, str(error))
        return ""


NO_PHONE = {"phone_key": "", "phone_sealed": b"", "phone_masked": ""}
PERSON_FIELDS = (
    "id",
    "uuid",
    "name",
    "id_type",
    "id_key",
    "id_sealed",
    "id_masked",
    *NO_PHONE,
    "recorded_at",
)


class PersonResolver:
    """Finds the persons whom rows name, or makes them, in a handful of queries.

    ``look_up`` the identities by row number, refuse what has to be refused, then
    ``create_missing`` for the rows that are left: nobody is made by a refused row.
    """

    def __init__(self, report: ImportReport, identities: dict[int, Identity]):
        self.report = report
        self.identities = dict(identities)
        self.now = clock.now()
        self.ids: dict[str, int] = {}
        self.phones: dict[int, tuple[str, str]] = {}

    def look_up(self, *, lock: bool = False) -> None:
        """Find who is on record; ``lock`` keeps others from writing their posts.

        The row of a number that is on record with another name is refused.
        """
        known = {}
        for chunk in chunks(sorted({one.key for one in self.identities.values()})):
            persons = Person.objects.filter(IsAmong(F("id_key"), chunk))
            persons = persons.order_by("id_key")
            if lock:
                persons = persons.select_for_update(no_key=True)
            for key, pk, name, *phone in persons.values_list(
                "id_key", "pk", "name", "phone_key", "phone_masked"
            ):
                known[key] = name
                self.ids[key] = pk
                self.phones[pk] = tuple(phone)
        for number, identity in list(self.identities.items()):
            name = known.setdefault(identity.key, identity.name)
            if not same_name(name, identity.name):
                message = _("This number is on record with another name.")
                self.report.reject(number, "姓名", "name_mismatch", message)
                self.forget(number)

    def forget(self, number: int) -> None:
        """Leave out a row that was refused."""
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
        self._create(list(missing.values()))

    def key_of(self, row: SheetRow) -> str | None:
        """The identity key of the row's person, None where the row was refused."""
        identity = self.identities.get(row.number)
        return identity and identity.key

    def person_of(self, row: SheetRow) -> int | None:
        """The primary key of the row's person, None where nobody is on record."""
        return self.ids.get(self.key_of(row))

    def _create(self, identities):
        pks = reserve_keys(Person, len(identities))
        rows = [
            (
                pk,
                uuid.uuid4().hex,
                one.name,
                str(one.id_type),
                one.key,
                seal(one.number, context="person.id"),
                mask_number(one.number),
                *(phone_fields(one.phone) if one.phone else NO_PHONE).values(),
                self.now,
            )
            for pk, one in zip(pks, identities, strict=True)
        ]
        insert_rows(Person, PERSON_FIELDS, rows)
        self.ids.update(zip((one.key for one in identities), pks, strict=True))


def phone_fields(phone: str) -> dict:
    """Return the three fields a person's checked phone is kept in."""
    return {
        "phone_key": blind_index("phone", phone),
        "phone_sealed": seal(phone, context="person.phone"),
        "phone_masked": mask_phone(phone),
    }
