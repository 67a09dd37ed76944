"""Random cities, counted by the product and by plain loops: they must agree."""

import contextlib
import datetime as dt
import random
from dataclasses import replace
from itertools import pairwise

import pytest
from django.db import IntegrityError, transaction

from courses.models import TrainingCredit
from lms.evidence.clock import SHANGHAI
from lms.people.models import Town
from lms.plan.indicators import INDICATORS, Dimension, Question, Scope
from lms.plan.models import Plan
from tests.plan import recount
from tests.plan.city import certificate, day, enterprise, person, post, training

pytestmark = [pytest.mark.django_db, pytest.mark.services]

CITIES, DAYS = 4, 6

FIRST, LAST = day("2014-06-01"), day("2021-12-31")
# Days on which something turns; a third of all dates falls on one of them.
PIVOTS = [
    day(text)
    for text in (
        "2015-12-31",
        "2016-01-01",
        "2017-12-31",
        "2018-01-01",
        "2020-12-31",
        "2021-01-01",
    )
]

TOWNS = ("梅菉街道", "博铺街道", "黄坡镇")
ITEMS = ("1.1", "1.2", "4.1")
ROLES = ("PRINCIPAL", "SAFETY_MANAGER", "SPECIAL_OPERATOR", "SUPERVISOR")
KINDS = (
    "INITIAL",
    "ANNUAL",
    "ANNUAL",
    "REVIEW",
    "RENEWAL",
    "SPECIAL_TOPIC",
    "THREE_LEVEL",
    "RETURN",
)
PROOFS = (
    "SPECIAL_OPERATION",
    "SPECIAL_OPERATION",
    "SAFETY_COMPETENCE",
    "TRAINING_PROOF",
    "HOURS_PROOF",
    "GD_SAFETY_OFFICER_LEGACY",
)
SYSTEMS = ("EMERGENCY", "EMERGENCY", "CONSTRUCTION")

CODES = ("IND-01", "IND-02", *(f"IND-0{n}{x}" for n in "36" for x in "abc"))
# Of these variants the denominator is compared too.
OWN_DENOMINATOR = ("filled_posts", "person_based", "+missing")
VARIANTS = {
    "IND-01": ("person_times", "passed_persons", "no_id_times"),
    "IND-02": ("filled_posts",),
    "IND-03a": ("+missing",),
    "IND-03b": ("+missing",),
    "IND-06c": ("person_based", "lapsing_60_days"),
}


class Dice(random.Random):
    """The chances a city is made of."""

    def happens(self, chance):
        return self.random() < chance

    def date(self):
        if self.happens(0.35):
            return self.choice(PIVOTS)
        return FIRST + dt.timedelta(self.randrange((LAST - FIRST).days))

    def maybe_date(self, chance):
        return self.date() if self.happens(chance) else None

    def later(self, start, *days):
        return start + dt.timedelta(self.choice(days))

    def moment(self, after=None):
        """When a row was recorded, independent of its own dates."""
        moment = dt.datetime.combine(self.date(), dt.time(9), SHANGHAI)
        return max(moment, after) if after else moment


def random_city(seed):
    dice = Dice(seed)
    places = [_organisation(dice) for _ in range(6)]
    people = [person() for _ in range(8)]
    posts = [_unless_refused(_post, dice, people, places) for _ in range(40)]
    trainings = [_training(dice, people, places) for _ in range(30)]
    return recount.City(
        organisations=places,
        posts=[row for row in posts if row],
        trainings=[row for one in trainings for row in _with_correction(dice, *one)],
        certificates=_certificates(dice, people),
    )


def _unless_refused(make, *arguments):
    """Chance makes the same post twice; the database does not."""
    try:
        with transaction.atomic():
            return make(*arguments)
    except IntegrityError:
        return None


def _organisation(dice):
    first, out = sorted([dice.date(), dice.date()])
    return enterprise(
        dice.choice(TOWNS),
        kind=dice.choice(["ENTERPRISE"] * 4 + ["AUTHORITY"]),
        high_hazard=dice.choice(["yes", "no", "undecided"]),
        established_posts=dice.choice([None, 0, 1, 3]),
        in_scope_from=first if dice.happens(0.3) else None,
        out_of_scope_on=out if dice.happens(0.3) else None,
        recorded_at=min(dice.moment(), dice.moment()),
    )


def _post(dice, people, places):
    role, where = dice.choice(ROLES), dice.choice(places)
    start, end = sorted([dice.date(), dice.date()])
    if dice.happens(0.6):
        start = min(start, day("2016-06-01"))
    return post(
        dice.choice(people),
        where,
        role,
        start.isoformat(),
        end.isoformat() if dice.happens(0.4) else None,
        code=dice.choice(ITEMS) if role == "SPECIAL_OPERATOR" else None,
        issuing_system=dice.choice(SYSTEMS),
        recorded_at=dice.moment(after=where.recorded_at),
    )


def _training(dice, people, places):
    on, passed = dice.date(), dice.happens(0.6)
    audiences = dice.sample([*ROLES, "OTHER"], dice.choice([1, 1, 2, 3]))
    facts = {
        "kind": dice.choice(KINDS),
        "code": dice.choice([*ITEMS, None]),
        "employer": dice.choice([*places, None]),
        "town": dice.choice(TOWNS),
        "passed": passed,
        "passed_on": dice.later(on, 0, 0, 30, 200) if passed else None,
        "recorded_at": dice.moment(),
    }
    asked = (dice.choice([*people, None]), on.isoformat())
    done = {audience: dice.happens(0.8) for audience in audiences}
    return asked, facts, _recorded(asked, facts, done), done


def _with_correction(dice, asked, facts, record, done):
    """One in five is corrected later, and then only the correction counts."""
    yield record, done
    if dice.happens(0.2):
        done = {audience: dice.happens(0.5) for audience in done}
        at = dice.moment(after=record.recorded_at)
        correction = facts | {"corrects": record, "recorded_at": at}
        yield _recorded(asked, correction, done), done


def _recorded(asked, facts, done):
    record = training(*asked, **facts)
    for audience, completed in done.items():
        TrainingCredit.objects.create(
            record=record, audience=audience, completed=completed
        )
    return record


def _certificates(dice, people):
    """Certificates and their renewals, the older with the day it was replaced on."""
    cycles = {}
    for _ in range(60):
        facts = _proof(dice, people)
        cycles[_key(facts), facts["since"]] = facts
        if dice.happens(0.5):
            since = dice.later(facts["since"], *range(1, 2200))
            renewed = _dates(dice, since, after=facts["recorded_at"])
            cycles[_key(facts), since] = facts | renewed
    ordered = [cycles[key] for key in sorted(cycles)]
    for older, newer in pairwise(ordered):
        if _key(older) == _key(newer):
            older["replaced_on"] = newer["since"]
    return [_recorded_certificate(**facts) for facts in ordered]


def _key(facts):
    return facts["who"].pk, facts["kind"], facts["subject"]


def _proof(dice, people):
    kind, code = dice.choice(PROOFS), None
    role = dice.choice(["PRINCIPAL", "SAFETY_MANAGER"])
    if kind == "SPECIAL_OPERATION":
        role, code = "", dice.choice(ITEMS)
    elif kind == "GD_SAFETY_OFFICER_LEGACY" and dice.happens(0.5):
        role = ""
    return {
        "who": dice.choice(people),
        "kind": kind,
        "code": code,
        "role": role,
        "subject": code or role or kind[:20],
        "issuing_system": dice.choice(SYSTEMS),
    } | _dates(dice, dice.date())


def _dates(dice, start, after=None):
    due = dice.later(start, 1095)
    facts = {
        "since": start,
        "until": dice.choice([None, dice.later(start, *range(1, 2200))]),
        "first_issued_on": dice.later(start, 0, 0, -900),
        "review_due_on": dice.choice([None, due]),
        "review_passed_on": dice.choice([None, dice.later(due, *range(-60, 60))]),
        "recorded_at": dice.moment(after),
        "cancelled_on": dice.maybe_date(0.1),
    }
    facts["cancelled_reason"] = "AUTHORITY" if facts["cancelled_on"] else ""
    if dice.happens(0.2):
        facts |= {"revoked_on": dice.date(), "revoked_reason": "AUTHORITY"}
    if dice.happens(0.2):
        since = dice.date()
        facts |= {
            "suspended_from": since,
            "suspended_to": dice.choice([None, dice.later(since, 200)]),
            "suspended_reason": "AUTHORITY",
        }
    return facts


def _recorded_certificate(who, kind, since, until, **facts):
    until = until and until.isoformat()
    return certificate(who, kind, since.isoformat(), until, **facts)


def numbers(code, measure):
    """Return a measure in the shape of the recount."""
    found = [measure.headline.numerator, measure.headline.denominator]
    for name in VARIANTS.get(code, ()):
        figure = measure.variants[name]
        found.append(figure.numerator)
        if name in OWN_DENOMINATOR:
            found.append(figure.denominator)
    return tuple(found)


def figures(question):
    """Return the product's figures in the shape of the recount."""
    return {code: numbers(code, INDICATORS[code].total(question)) for code in CODES}


def figures_by_town(question):
    by = (Dimension.TOWN,)
    measures = {code: INDICATORS[code].measure(question, by) for code in CODES}
    return {
        town: {
            code: numbers(code, found.get((town.pk,)) or INDICATORS[code].nothing())
            for code, found in measures.items()
        }
        for town in Town.objects.filter(name__in=TOWNS)
    }


def days_of(seed, count=DAYS):
    dice = Dice(-1 - seed)
    return [day("2020-12-31"), *(dice.date() for _ in range(count - 1))]


@pytest.mark.parametrize("seed", range(CITIES))
def test_a_random_city_counts_as_plain_loops_count_it(seed):
    city = random_city(seed)

    for on in days_of(seed):
        question = Question(Plan.objects.get(code="13FYP"), on)
        towns = figures_by_town(question)
        town = next(iter(towns))
        inside = replace(question, scope=Scope().narrow(Dimension.TOWN, town.pk))

        assert figures(question) == recount.figures(city, on), on
        assert towns == {town: recount.figures(city, on, town) for town in towns}, on
        assert figures(inside) == towns[town], on


def cuts_of(seed):
    """Days with what was known on some day, of a time when most rows tell."""
    dice = Dice(-100 - seed)
    found = [(dice.date(), dice.moment()) for _ in range(4 * DAYS)]
    return [pair for pair in found if pair[0].year in range(2016, 2021)]


@pytest.mark.parametrize("seed", range(CITIES))
def test_a_row_recorded_after_the_cut_does_nothing_to_others(seed):
    city = random_city(seed)

    for on, cut in cuts_of(seed):
        question = Question(Plan.objects.get(code="13FYP"), on, recorded_by=cut)

        assert figures(question) == recount.figures(city, on, cut=cut), (on, cut)


def any_class_will_do(posts):
    return False


def still_in_on_the_closing_day(organisation, on):
    out = organisation.out_of_scope_on
    return organisation.kind == "ENTERPRISE" and (out is None or on <= out)


def reviews_never_fall_due(row, on):
    return False


def any_kind_fits(row, role, strict):
    return row.role == role


def renewals_end_nothing(row, day, certificates):
    return False


def out_on_the_last_day(post, on):
    return post.starts_on <= on and (post.ends_on is None or on < post.ends_on)


MISTAKES = {
    "is_strict": any_class_will_do,
    "in_scope": still_in_on_the_closing_day,
    "is_review_open": reviews_never_fall_due,
    "fits_post": any_kind_fits,
    "is_replaced": renewals_end_nothing,
    "is_held": out_on_the_last_day,
}


def replaced_by_what_came_later(row, day, certificates):
    return row.replaced_on is not None and row.replaced_on <= day


def corrected_by_what_came_later(city, cut, known=recount.known):
    now, there = known(city, None), known(city, cut)
    current = [record.pk for record, _done in now.trainings]
    trainings = [one for one in there.trainings if one[0].pk in current]
    return replace(there, trainings=trainings)


MISTAKES_UNDER_A_CUT = {
    "is_replaced": replaced_by_what_came_later,
    "known": corrected_by_what_came_later,
}


class Undo(Exception):
    pass


def asked_and_right(seed, days):
    """Return each question about a random city with the product's answer.

    The rows are gone afterwards: the product counts one city at a time.
    """
    plan, found = Plan.objects.get(code="13FYP"), []
    with contextlib.suppress(Undo), transaction.atomic():
        city = random_city(seed)
        for on, cut in days:
            right = figures(Question(plan, on, recorded_by=cut))
            found.append(((city, on, None, cut), right))
        raise Undo
    return found


@pytest.mark.parametrize(
    ("days", "mistakes"),
    [
        (lambda seed: [(on, None) for on in days_of(seed, 4 * DAYS)], MISTAKES),
        (cuts_of, MISTAKES_UNDER_A_CUT),
    ],
    ids=["now", "at a past moment"],
)
def test_the_comparison_notices_one_changed_rule(monkeypatch, days, mistakes):
    unnoticed = dict(mistakes)
    for seed in range(6):
        found = asked_and_right(seed, days(seed))
        assert all(recount.figures(*asked) == right for asked, right in found)
        for rule, mistake in list(unnoticed.items()):
            with monkeypatch.context() as changed:
                changed.setattr(recount, rule, mistake)
                if any(recount.figures(*asked) != right for asked, right in found):
                    del unnoticed[rule]
        if not unnoticed:
            break

    assert unnoticed == {}
