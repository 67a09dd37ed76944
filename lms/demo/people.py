"""The demo city's organisations, invented people, their posts, and the accounts.

Nobody real: document numbers begin with 440899, a division that does not exist,
credit codes carry ``DEM``, phones are not allocated. Everything about a person
follows from his number in the list, so that a second run, or a larger one, finds
what is there and adds only what is missing.
"""

import datetime as dt
import random
import re
from pathlib import Path

import yaml
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction
from stdnum.cn import uscc

from lms.access import groups
from lms.access.levels import Access
from lms.demo.accounts import ACCOUNTS, PASSWORD
from lms.evidence import clock
from lms.people.identity.numbers import (
    IdType,
    id_check_digit,
    mask_number,
    mask_phone,
    person_key,
    seal,
)
from lms.people.identity.numbers import blind_index as look_up_key
from lms.people.models import (
    Headcount,
    Industry,
    OperationItem,
    Organisation,
    OrganisationKind,
    Person,
    Post,
    Role,
    Town,
    User,
    YesNoUndecided,
)

ORGANISATIONS = Path(settings.BASE_DIR) / "lms" / "demo" / "organisations.yaml"

SURNAMES = re.findall(
    r"\S+",
    "李 陈 林 吴 梁 黄 张 杨 庞 易 郑 柯 曾 郭 莫 许 邓 钟 潘 冯 麦 骆 龙 欧阳 司徒 简 "
    "招 孙 董 宁",
)
GIVEN = re.findall(
    r"\S+",
    "海生 志明 秀英 建华 日兴 亚妹 水养 土生 金玲 国强 伟雄 丽霞 康保 观胜 小燕 家豪 "
    "晓彤 文锋 桂芳 庆林 锦添 春梅 华养 永福 少芬 俊杰 秋菊 炳南 燕玲 振东",
)
TRADES = (
    ("塑料鞋厂", ["PLASTIC_SHOES", "OH_KEY"], "no", True),
    ("羽绒制品厂", ["DOWN", "DUST", "OH_KEY"], "no", True),
    ("水产冷冻厂", ["AMMONIA", "CONFINED_SPACE"], "no", False),
    ("加油站", ["HAZCHEM"], "yes", False),
    ("建筑工程队", ["CONSTRUCTION", "HOT_WORK"], "no", False),
    ("月饼食品厂", ["LIGHT_INDUSTRY"], "no", False),
    ("石料场", ["NONCOAL_MINE", "OH_KEY"], "yes", True),
    ("机械加工厂", ["MACHINERY"], "no", False),
    ("渔业合作社", ["FISHING"], "no", False),
    ("商贸行", ["OTHER_TRADE"], "undecided", False),
)
# What a town like this has: refrigeration, wiring, welding, heights; a little else.
ITEMS = ("1.2", "1.2", "1.2", "1.1", "2.1", "2.1", "3.1", "3.2", "4.1", "4.1", "9.16")

FIRST_BIRTH, BIRTHS, STRIDE = dt.date(1962, 1, 1), 15_000, 7919
INVENTED_SEQUENCE = 200  # below it: the numbers the documents quote
WORKER = ("李海生", "440899197803120014", "19900000001")


@transaction.atomic
def seed_people(*, people: int, rng: random.Random) -> dict:
    """Load the demo city; returns how many of each were created."""
    made = {"organisations": _organisations(people)}
    made |= _persons(people)
    made["accounts"] = _accounts()
    return made


def credit_code(number: int, prefix: str = "91") -> str:
    """Return a valid code of the demo range (GB 32100 and GB 11714)."""
    inner = f"DEM{number:05}"
    values = [int(sign, 36) for sign in inner]
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(value * weight for value, weight in zip(values, weights, strict=True))
    check = "0123456789X0"[11 - total % 11] if total % 11 else "0"
    code = f"{prefix}440899{inner}{check}"
    return code + uscc.calc_check_digit(code)


def id_number(index: int) -> str:
    """Return the invented number of the person with this place in the list."""
    born = FIRST_BIRTH + dt.timedelta(days=index * STRIDE % BIRTHS)
    sequence = INVENTED_SEQUENCE + index // BIRTHS
    start = f"440899{born:%Y%m%d}{sequence:03}"
    return start + id_check_digit(start)


def _organisations(people) -> int:
    present = set(Organisation.objects.values_list("uscc", flat=True))
    towns = {town.code: town for town in Town.objects.all()}
    tags = {industry.code: industry for industry in Industry.objects.all()}
    wanted = [*_known(towns), *_authorities(towns), *_invented(people, towns)]
    new = [one for one in wanted if one[0].uscc not in present]
    Organisation.objects.bulk_create([organisation for organisation, *_ in new])
    through = Organisation.industries.through
    through.objects.bulk_create(
        through(organisation=organisation, industry=tags[code])
        for organisation, codes, _staff in new
        for code in codes
    )
    Headcount.objects.bulk_create(
        Headcount(
            organisation=organisation,
            declared_on=dt.date(2016, 1, 1),
            staff=staff,
            exposed=staff // 3 if organisation.occupational_hazard else None,
        )
        for organisation, _codes, staff in new
        if staff
    )
    return len(new)


def _known(towns):
    entries = yaml.safe_load(ORGANISATIONS.read_text("utf-8"))["enterprises"]
    hazard = {True: "yes", False: "no", None: "undecided"}
    for entry in entries:
        organisation = Organisation(
            uscc=entry["uscc"],
            name=entry["name"],
            town=towns[entry["town"]],
            high_hazard=YesNoUndecided(hazard[entry["high_hazard"]]),
            occupational_hazard="OH_KEY" in entry["tags"],
            recorded_at=_long_ago(),
        )
        yield organisation, entry["tags"], entry["headcount"]


def _authorities(towns):
    names = [("吴川市示例应急管理局", "440883001", 10)]
    names += [(f"{town.name}示例安监站", town.code, 4) for town in towns.values()]
    for number, (name, town, posts) in enumerate(names):
        organisation = Organisation(
            uscc=credit_code(900 + number, "11"),
            name=name,
            kind=OrganisationKind.AUTHORITY,
            town=towns[town],
            high_hazard=YesNoUndecided.NO,
            established_posts=posts,
            recorded_at=_long_ago(),
        )
        yield organisation, [], 0


def _invented(people, towns):
    places = list(towns.values())
    for number in range(enterprises_of(people)):
        trade, codes, hazard, harmful = TRADES[number % len(TRADES)]
        town = places[number % len(places)]
        place = town.name.removesuffix("街道").removesuffix("镇")
        organisation = Organisation(
            uscc=credit_code(1000 + number),
            name=f"吴川市{place}示例{trade}（{number + 1}）",
            town=town,
            high_hazard=YesNoUndecided(hazard),
            occupational_hazard=harmful,
            recorded_at=_long_ago(),
        )
        yield organisation, codes, 12 + number * 37 % 90


def enterprises_of(people: int) -> int:
    """Return how many enterprises are invented for so many people."""
    return 22 + people // 40


def _long_ago():
    return dt.datetime(2016, 1, 4, 1, tzinfo=dt.UTC)


def _persons(people) -> dict:
    """Make the invented people who are missing, with their posts."""
    last = person_key(IdType.RESIDENT, id_number(max(people - 2, 0)))
    if Person.objects.filter(id_key=last).exists():
        return {"persons": 0, "posts": 0}
    numbers = {0: WORKER[1]} | {i: id_number(i - 1) for i in range(1, people)}
    keys = {i: person_key(IdType.RESIDENT, n) for i, n in numbers.items()}
    present = set(Person.objects.values_list("id_key", flat=True))
    missing = [index for index in numbers if keys[index] not in present]
    persons = Person.objects.bulk_create(
        [_person(index, numbers[index], keys[index]) for index in missing],
        batch_size=2000,
    )
    places = _Places(people)
    posts = [
        post
        for index, person in zip(missing, persons, strict=True)
        for post in places.posts_of(index, person, numbers[index])
    ]
    Post.objects.bulk_create(posts, batch_size=2000)
    return {"persons": len(persons), "posts": len(posts)}


def _person(index, number, key) -> Person:
    if index == 0:
        name, phone = WORKER[0], WORKER[2]
    else:
        surname = SURNAMES[index % len(SURNAMES)]
        name = surname + GIVEN[index // len(SURNAMES) % len(GIVEN)]
        phone = ""
    person = Person(
        name=name,
        id_key=key,
        id_sealed=seal(number, context="person.id"),
        id_masked=mask_number(number),
        recorded_at=_long_ago(),
    )
    if phone:
        person.identity_checked_at = _long_ago()
        person.phone_key = look_up_key("phone", phone)
        person.phone_sealed = seal(phone, context="person.phone")
        person.phone_masked = mask_phone(phone)
    return person


class _Places:
    """Who works where, as what and when: two heads a firm, then the rest."""

    def __init__(self, people):
        # Only what this file made: imported organisations keep their own people.
        codes = [credit_code(1000 + n) for n in range(enterprises_of(people))]
        entries = yaml.safe_load(ORGANISATIONS.read_text("utf-8"))["enterprises"]
        known = [entry["uscc"] for entry in entries]
        found = {o.uscc: o for o in Organisation.objects.all()}
        self.firms = [found[code] for code in (*known, *codes)]
        self.offices = [found[credit_code(900 + n, "11")] for n in range(16)]
        self.items = {item.code: item.pk for item in OperationItem.objects.all()}
        self.supervisors = min(61, people // 15)

    def posts_of(self, index, person, number):
        """Yield the posts of the person with this place in the list."""
        draw = random.Random(f"post-{index}")  # noqa: S311 - not a secret
        if index == 0:
            yield self._post(
                person, self.firms[0], Role.SPECIAL_OPERATOR, dt.date(2015, 6, 1), "4.1"
            )
            return
        place = index - 1
        heads = 2 * len(self.firms)
        if place < heads:
            role = (Role.PRINCIPAL, Role.SAFETY_MANAGER)[place % 2]
            start = dt.date(2012, 1, 1) + dt.timedelta(days=draw.randrange(2500))
            start = max(start, self._grown(number))
            yield self._post(person, self.firms[place // 2], role, start)
            return
        if place < heads + self.supervisors:
            office = self.offices[(place - heads) % len(self.offices)]
            start = max(dt.date(2014, 3, 1), self._grown(number))
            yield self._post(person, office, Role.SUPERVISOR, start)
            return
        yield from self._career(person, number, draw)

    def _career(self, person, number, draw):
        """One firm, or two one after the other; a quarter are gone."""
        firm = draw.choice(self.firms)
        chance = draw.random()
        item = ""
        if chance < 0.12:
            role, item = Role.SPECIAL_OPERATOR, draw.choice(ITEMS)
        elif chance < 0.15 and firm.occupational_hazard:
            role = Role.OH_SUPERVISOR
        else:
            role = Role.OTHER_STAFF
        early = draw.random() < 0.6
        first = dt.date(2011, 1, 1) if early else dt.date(2018, 1, 1)
        start = first + dt.timedelta(days=draw.randrange(2500))
        start = max(start, self._grown(number))
        if draw.random() > 0.3:
            yield self._post(person, firm, role, start, item)
            return
        end = start + dt.timedelta(days=draw.randrange(200, 1500))
        if end >= LATEST:
            yield self._post(person, firm, role, start, item)
            return
        yield self._post(person, firm, role, start, item, end)
        if draw.random() < 0.6:
            other = draw.choice(self.firms)
            again = min(end + dt.timedelta(days=draw.randrange(1, 90)), LATEST)
            if role == Role.OH_SUPERVISOR:
                role = Role.OTHER_STAFF
            yield self._post(person, other, role, again, item)

    def _post(self, person, firm, role, start, item="", end=None):
        staff = role in (Role.OTHER_STAFF, Role.OH_SUPERVISOR)
        exposed = firm.occupational_hazard and staff and person.pk % 2 == 0
        return Post(
            person=person,
            organisation=firm,
            role=role,
            item_id=self.items[item] if item else None,
            exposed=exposed,
            exposures="粉尘;噪声" if exposed else "",
            first_work_on=start,
            starts_on=start,
            ends_on=end,
            recorded_at=_long_ago(),
        )

    def _grown(self, number):
        """The day a person came of age: nobody works before."""
        return dt.date(int(number[6:10]) + 18, int(number[10:12]), 1)


LATEST = dt.date(2026, 6, 30)


def _accounts() -> int:
    """Make the demo accounts of lms.demo.accounts, each with its scope and group."""
    present = set(User.objects.values_list("username", flat=True))
    worker = Person.objects.get(id_key=person_key(IdType.RESIDENT, WORKER[1]))
    entries = yaml.safe_load(ORGANISATIONS.read_text("utf-8"))["enterprises"]
    firm = Organisation.objects.get(uscc=entries[0]["uscc"])
    town = firm.town
    city = {"access": Access.CITY}
    facts = {
        "worker": {
            "name": worker.name,
            "person": worker,
            "phone_key": worker.phone_key,
        },
        "manager": {
            "name": "陈安全",
            "access": Access.ORGANISATION,
            "organisation": firm,
        },
        "base": {"name": "培训基地教务", **city},
        "officer": {"name": "市局安监员", **city},
        "town": {
            "name": f"{town.name}安监员",
            "access": Access.TOWN,
            "town": town,
        },
        "editor": {"name": "内容编辑"},
        "reviewer": {"name": "审稿"},
        "admin": {"name": "系统管理员", **city, "is_superuser": True, "is_staff": True},
    }
    member = {
        "base": groups.BASE,
        "officer": groups.OFFICER,
        "town": groups.OFFICER,
        "editor": groups.EDITOR,
        "reviewer": groups.REVIEWER,
    }
    created = 0
    password = None
    for username, _who, _start in ACCOUNTS:
        if username in present or username not in facts:
            continue
        password = password or make_password(PASSWORD)
        user = User.objects.create(
            username=username,
            password=password,
            date_joined=clock.now(),
            **facts[username],
        )
        if username in member:
            user.groups.add(Group.objects.get(name=member[username]))
        created += 1
    return created
