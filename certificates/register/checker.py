"""The independent checker of the register. Shares no code with what writes it.

It reads the tables by SQL alone, recomputes every hash, and holds the end against
the heads that were published, so that nothing can be removed, altered, reordered
or cut off unseen (S2.5). What was issued must still be what was entered,
and withdrawn, suspended and replaced on the very days the entries say: no more and
no less.
"""

import datetime as dt
import hashlib
import json
import uuid
from collections import defaultdict
from zoneinfo import ZoneInfo

from django.db import connection

ENTRIES = """
SELECT e.position, e.action, e.reason_class, e.reason, e.reason_salt, e.actor_id,
    e.entry, e.previous, e.hash, b.uuid AS predecessor,
    c.uuid, c.origin, c.serial, c.token, c.facts, c.holder_name, c.number,
    c.id_masked, c.first_issued_on, c.valid_from, c.valid_to, c.subject, c.role,
    k.code AS kind, i.code AS item, p.uuid AS person
FROM certificates_certificateevent e
LEFT JOIN certificates_certificate c ON c.id = e.certificate_id
LEFT JOIN certificates_certificate b ON b.id = c.predecessor_id
LEFT JOIN certificates_certificatekind k ON k.id = c.kind_id
LEFT JOIN people_operationitem i ON i.id = c.item_id
LEFT JOIN people_person p ON p.id = c.person_id
ORDER BY e.position
"""

# How each certificate issued here stands, and the cycle after it.
STANDING = """
SELECT c.uuid, c.revoked_on, c.revoked_reason, c.cancelled_on, c.cancelled_reason,
    c.suspended_from, c.suspended_to, c.suspended_reason, c.replaced_on,
    n.valid_from AS next_from, n.uuid AS next_uuid
FROM certificates_certificate c
LEFT JOIN certificates_certificate n ON n.id = (
    SELECT m.id FROM certificates_certificate m
    WHERE m.person_id = c.person_id AND m.kind_id = c.kind_id
      AND m.subject = c.subject AND m.valid_from > c.valid_from
    ORDER BY m.valid_from LIMIT 1)
WHERE c.origin = 'issued'
"""

EARLIER = """
SELECT c.uuid, s.first_day, s.last_day, s.reason_class
FROM certificates_earliersuspension s
JOIN certificates_certificate c ON c.id = s.certificate_id
"""

SHANGHAI = ZoneInfo("Asia/Shanghai")


def check_register(published: dict[int, str] | None = None) -> dict:
    """Return ``{entries, head, ok, first_bad}`` of the whole register.

    ``published`` maps a number of entries to the head hash somebody wrote down
    from the public page; the heads in the database are always held against it.
    ``first_bad`` is the first position that is wrong, or None.
    """
    heads = _daily_heads() | (published or {})
    head, count, bad, stories = "0" * 64, 0, [], defaultdict(_Story)
    for row in _rows(ENTRIES):
        count += 1
        if row["position"] != count or row["previous"] != head:
            bad.append(count)
            break
        head = _sha256(head + row["entry"])
        said = _json(row["entry"])
        if head != row["hash"] or not _says(said, row):
            bad.append(count)
            break
        if heads.get(count, head) != head:
            bad.append(count)
            break
        if not stories[_plain(row["uuid"])].goes_on(count, said):
            bad.append(count)
            break
    claims = [*heads, _register_head(count, head)]
    bad.extend(count + 1 for claimed in claims if claimed > count)
    if _register_head(count, head) != count:
        bad.append(count + 1)
    if not bad:
        bad.extend(_otherwise(stories, count))
    return {
        "entries": count,
        "head": head,
        "ok": not bad,
        "first_bad": min(bad, default=None),
    }


class _Story:
    """What the entries say of one certificate, told in their order."""

    def __init__(self):
        self.position, self.issued, self.replaced = 0, False, False
        self.successor = None
        self.revoked = self.cancelled = (None, "")
        self.suspensions = []

    def goes_on(self, position, said):
        """Take in the next entry; return whether it can follow the others."""
        self.position = position
        try:
            at = dt.datetime.fromisoformat(said["at"])
            day, reason = at.astimezone(SHANGHAI).date(), said["reason_class"]
            self._tell(said["action"], day, reason)
            if "successor" in said:
                self.successor = _plain(said["successor"])
        except (ArithmeticError, LookupError, TypeError, ValueError):
            return False
        return True

    def _tell(self, action, day, reason):
        if action == "issue":
            self.issued = True
        elif action == "replace":
            self.replaced = True
        elif action == "revoke":
            self.revoked = (str(day), reason)
        elif action == "cancel":
            self.cancelled = (str(day), reason)
        elif action == "suspend":
            self.suspensions.append((str(day), None, reason))
        elif action == "reinstate":
            first, _open, why = self.suspensions.pop()
            last = str(day - dt.timedelta(days=1))
            if first <= last:
                self.suspensions.append((first, last, why))

    def agrees(self, row, earlier):
        """Whether a certificate stands as it was told, on every day."""
        latest = self.suspensions[-1] if self.suspensions else (None, None, "")
        return (
            self.revoked == _end(row, "revoked")
            and self.cancelled == _end(row, "cancelled")
            and latest
            == (
                _date(row["suspended_from"]),
                _date(row["suspended_to"]),
                row["suspended_reason"],
            )
            and set(self.suspensions[:-1]) <= earlier <= set(self.suspensions)
            and _date(row["replaced_on"])
            == (_date(row["next_from"]) if self.replaced else None)
            and self.successor in (None, _plain(row["next_uuid"]))
        )


def _end(row, name):
    return _date(row[f"{name}_on"]), row[f"{name}_reason"]


def _otherwise(stories, count):
    """Where certificates stand otherwise than told: at the last entry of each."""
    earlier = defaultdict(set)
    for row in _rows(EARLIER):
        days = _date(row["first_day"]), _date(row["last_day"])
        earlier[_plain(row["uuid"])].add((*days, row["reason_class"]))
    for row in _rows(STANDING):
        name = _plain(row["uuid"])
        story = stories[name]
        if not story.issued:
            yield count + 1
        elif not story.agrees(row, earlier[name]):
            yield story.position


def _says(said, row):
    """Whether an entry says what stands beside it and on the certificate."""
    if not isinstance(said, dict):
        return False
    told = said | {
        name: _plain(said[name])
        for name in ("certificate", "predecessor")
        if name in said
    }
    expected = {name: row[name] for name in ("position", "action", "reason_class")}
    expected["certificate"] = _plain(row["uuid"])
    # Entries of the first release say neither who caused them nor what they link.
    if "operator" in said:
        expected["operator"] = str(row["actor_id"] or "")
        expected["reason_sha256"] = _reason(said, row)
    if "predecessor" in said:
        expected["predecessor"] = _plain(row["predecessor"] or "")
    # What an authority decides on is recorded anew; what was issued never changes.
    if row["origin"] == "issued":
        expected |= _issued(row)
    missing = object()
    return all(told.get(name, missing) == value for name, value in expected.items())


def _reason(said, row):
    """The hash of the typed reason; what was erased agrees with any."""
    if row["reason"] or row["reason_salt"]:
        return _sha256(row["reason_salt"] + row["reason"])
    return said.get("reason_sha256", "")


def _issued(row):
    """What the entry of an issued certificate must say, from the row as it is now."""
    facts = _json(row["facts"])
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    whole = isinstance(facts, dict) and _prints(facts, row)
    return {
        "kind": row["kind"],
        "person": _pseudonym(row["person"]),
        "subject": row["subject"],
        "serial": row["serial"],
        "token_sha256": _sha256(row["token"]),
        "facts_sha256": _sha256(text) if whole else None,
        "valid_from": _date(row["valid_from"]),
        "valid_to": _date(row["valid_to"]),
    }


def _prints(facts, row):
    """Whether the printed facts are those of the certificate's own columns."""
    printed, number = str(facts.get("id", "")), row["id_masked"]
    role = row["subject"] if row["role"] == "OTHER" else row["role"]
    return (
        facts.get("name") == row["holder_name"]
        and facts.get("number") == row["number"]
        # A proof issued again keeps the date of the first, and prints both.
        and facts.get("first_issued_on", facts.get("issued_on"))
        == _date(row["first_issued_on"])
        and (printed[:1], printed[-1:]) == (number[:1], number[-1:])
        and row["subject"] == (row["item"] or role)
    )


def _json(value):
    """Parse JSON, or None; an engine may have parsed it already."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return None


def _sha256(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _date(value):
    return value and str(value)


def _plain(value):
    return str(value).replace("-", "")


def _pseudonym(value):
    """The register's name of a person: of the random uuid, never of the number."""
    if value is None:  # the row names a person there is not
        return None
    person = uuid.UUID(str(value)).bytes
    return hashlib.sha256(b"register:" + person).hexdigest()[:32]


def _rows(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        names = [column[0] for column in cursor.description]
        for values in cursor:
            yield dict(zip(names, values, strict=True))


def _daily_heads():
    heads = _rows("SELECT entries, hash FROM certificates_dailyhead")
    return {head["entries"]: head["hash"] for head in heads if head["entries"]}


def _register_head(count, head):
    """How many entries the head row claims; -1 where its hash is another one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT entries, hash FROM certificates_registerhead")
        entries, stored = cursor.fetchone() or (-1, "")
    return entries if entries != count or stored == head else -1
