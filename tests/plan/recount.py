"""The figures of any city again, by plain loops over its rows.

Written from R2.7, R5.1, R5.2 and R5.3, one small function per rule, and sharing
nothing with the product but the rows themselves.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

START, END = dt.date(2016, 1, 1), dt.date(2020, 12, 31)
SIXTY_DAYS = dt.timedelta(days=60)


@dataclass
class City:
    """Every row there is, in memory."""

    organisations: list
    posts: list
    trainings: list  # (record, {audience: completed})
    certificates: list


def known(city, cut):
    """Return the city as its rows tell it that were recorded by a moment, or now."""

    def there(rows):
        return [row for row in rows if cut is None or row.recorded_at <= cut]

    trainings = [one for one in city.trainings if there([one[0]])]
    corrected = {record.corrects_id for record, done in trainings}
    return City(
        there(city.organisations),
        there(city.posts),
        [one for one in trainings if one[0].pk not in corrected],
        there(city.certificates),
    )


def figures(city, day, town=None, cut=None):
    """Return {code: (numerator, denominator, …variants)}, of the city or of a town.

    Under a cut-off, as known then.
    """
    city = known(city, cut)
    posts = [
        post
        for post in city.posts
        if is_held(post, day) and town in (None, post.organisation.town)
    ]
    windowed = [
        (record, done)
        for record, done in city.trainings
        if START <= record.done_on <= min(day, END)
    ]
    supervisors = {post.person_id for post in posts if post.role == "SUPERVISOR"}
    taught = {record.person_id for record, done in windowed if done.get("SUPERVISOR")}
    found = {
        "IND-01": people_trained(windowed, day, town),
        "IND-02": (
            len(supervisors & taught),
            len(supervisors),
            len(supervisors),
            sum(
                row.established_posts or 0
                for row in city.organisations
                if row.kind == "AUTHORITY" and town in (None, row.town)
            ),
        ),
    }
    posts = [post for post in posts if in_scope(post.organisation, day)]
    for letter, role in (("a", "PRINCIPAL"), ("b", "SAFETY_MANAGER")):
        held = defaultdict(list)
        for post in posts:
            if post.role == role:
                held[post.person_id].append(post)
        trained = [
            who
            for who, mine in held.items()
            if is_trained(who, role, mine, windowed, city)
            or is_officer(who, role, day, city)
        ]
        certified = [
            who
            for who, mine in held.items()
            if is_certified(who, role, mine, day, city)
        ]
        asked = {
            row.pk
            for row in city.organisations
            if in_scope(row, day) and town in (None, row.town)
        }
        without = asked - {post.organisation_id for post in posts if post.role == role}
        found[f"IND-03{letter}"] = (
            len(trained),
            len(held),
            len(trained),
            len(held) + len(without),
        )
        found[f"IND-06{letter}"] = (len(certified), len(held))
    return found | operators(posts, windowed, day, city)


def people_trained(windowed, day, town):
    done = [
        record
        for record, completed in windowed
        if any(completed.values()) and town in (None, record.town)
    ]
    known = [record for record in done if record.person_id]
    passed = [row for row in known if row.passed_on and row.passed_on <= day]
    return (
        len({record.person_id for record in known}),
        None,
        len(known),
        len({record.person_id for record in passed}),
        len(done) - len(known),
    )


def operators(posts, windowed, day, city):
    """IND-03c and IND-06c: one post per person and item, for all systems."""
    pairs = defaultdict(set)
    for post in posts:
        if post.role == "SPECIAL_OPERATOR":
            pairs[post.person_id, post.item_id].add(post.issuing_system)
    learnt = {
        (record.person_id, record.item_id)
        for record, done in windowed
        if done.get("SPECIAL_OPERATOR")
        and record.kind in ("INITIAL", "REVIEW", "RENEWAL")
    }
    valid, lasting = set(), set()
    for row in city.certificates:
        if row.kind.code == "SPECIAL_OPERATION" and is_valid(row, day, city):
            key = (row.person_id, row.item_id, row.issuing_system)
            valid.add(key)
            if outlasts(row, day):
                lasting.add(key)

    def every_system(pair, among):
        return all((*pair, system) in among for system in pairs[pair])

    held = {pair for pair in pairs if every_system(pair, valid)}
    safe = {pair for pair in pairs if every_system(pair, lasting)}
    short = {who for who, what in pairs.keys() - held}
    persons = {who for who, what in pairs}
    return {
        "IND-03c": (len(held | (learnt & pairs.keys())), len(pairs)),
        "IND-06c": (
            len(held),
            len(pairs),
            len(persons - short),
            len(persons),
            len(held - safe),
        ),
    }


def is_held(post, day):
    return post.starts_on <= day and (post.ends_on is None or day <= post.ends_on)


def in_scope(organisation, day):
    first, out = organisation.in_scope_from, organisation.out_of_scope_on
    return (
        organisation.kind == "ENTERPRISE"
        and (first is None or first <= day)
        and (out is None or day < out)
    )


def is_strict(posts):
    """The strictest of several posts decides."""
    return any(post.organisation.high_hazard == "yes" for post in posts)


def is_trained(who, role, posts, windowed, city):
    strict = is_strict(posts)
    older = any(
        post.starts_on < START
        for post in posts
        if post.organisation.high_hazard == "yes" or not strict
    )

    def fits(record, done):
        return (
            record.person_id == who
            and done.get(role)
            and record.kind != "SPECIAL_TOPIC"
            and (record.high_hazard or not strict)
        )

    firsts = [
        record.done_on
        for record, done in city.trainings
        if fits(record, done) and record.kind == "INITIAL"
    ]
    return any(
        record.kind != "ANNUAL"
        or older
        or min(firsts, default=dt.date.max) <= record.done_on
        for record, done in windowed
        if fits(record, done)
    )


def is_officer(who, role, day, city):
    """A 安全主任 first issued in W(D) proves the training of a manager."""
    return role == "SAFETY_MANAGER" and any(
        row.kind.code == "GD_SAFETY_OFFICER_LEGACY"
        and row.person_id == who
        and START <= row.first_issued_on <= min(day, END)
        for row in city.certificates
    )


def is_certified(who, role, posts, day, city):
    return any(
        fits_post(row, role, is_strict(posts)) and is_valid(row, day, city)
        for row in city.certificates
        if row.person_id == who
    )


def fits_post(row, role, strict):
    if row.kind.code == "SAFETY_COMPETENCE":
        return row.role == role
    if strict:
        return False
    if row.kind.code == "GD_SAFETY_OFFICER_LEGACY":
        return role == "SAFETY_MANAGER"
    return row.kind.code == "TRAINING_PROOF" and row.role == role


def is_valid(row, day, city):
    if is_replaced(row, day, city.certificates):
        return False
    if any(end and end <= day for end in (row.revoked_on, row.cancelled_on)):
        return False
    if row.suspended_from and row.suspended_from <= day <= (row.suspended_to or day):
        return False
    if day < row.valid_from or (row.valid_to and row.valid_to < day):
        return False
    return not is_review_open(row, day) or day <= row.review_due_on


def is_replaced(row, day, certificates):
    """A newer row of the same person, kind and subject ends the older one."""
    return any(
        (other.person_id, other.kind_id, other.subject)
        == (row.person_id, row.kind_id, row.subject)
        and row.valid_from < other.valid_from <= day
        for other in certificates
    )


def is_review_open(row, day):
    """All days here lie before reviews end with R2026."""
    passed = row.review_passed_on
    return row.review_due_on is not None and (passed is None or day < passed)


def outlasts(row, day):
    """Whether a valid certificate stays so for more than sixty days."""
    soon = day + SIXTY_DAYS
    if is_review_open(row, day) and row.review_due_on <= soon:
        return False
    return row.valid_to is None or soon < row.valid_to
