"""The independent checker of the register. Shares no code with what writes it.

It reads the tables by SQL alone, recomputes every hash, and holds the end against
the heads that were published, so that nothing can be removed, altered, reordered
or cut off unseen (protocols 2.5). What was issued must still be what was entered:
facts, token, serial and validity.
"""

import hashlib
import json

from django.db import connection

ENTRIES = """
SELECT e.position, e.action, e.reason_class, e.entry, e.previous, e.hash,
    c.uuid, c.origin, c.serial, c.token, c.facts, c.holder_name, c.number,
    c.valid_from, c.valid_to, c.revoked_on, c.cancelled_on, c.replaced_on
FROM certificates_certificateevent e
LEFT JOIN certificates_certificate c ON c.id = e.certificate_id
ORDER BY e.position
"""

UNENTERED = """
SELECT 1 FROM certificates_certificate c
WHERE c.origin = 'issued' AND NOT EXISTS (
    SELECT 1 FROM certificates_certificateevent e
    WHERE e.certificate_id = c.id AND e.action = 'issue'
)
LIMIT 1
"""

# What an entry did for good must still be seen on the certificate.
ENDS = {"revoke": "revoked_on", "cancel": "cancelled_on", "replace": "replaced_on"}


def check_register(published: dict[int, str] | None = None) -> dict:
    """Return ``{entries, head, ok, first_bad}`` of the whole register.

    ``published`` maps a number of entries to the head hash somebody wrote down
    from the public page; the heads in the database are always held against it.
    ``first_bad`` is the first position that is wrong, or None.
    """
    heads = _daily_heads() | (published or {})
    head, count, bad = "0" * 64, 0, []
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES)
        names = [column[0] for column in cursor.description]
        for values in cursor:
            row = dict(zip(names, values, strict=True))
            count += 1
            if row["position"] != count or row["previous"] != head:
                bad.append(count)
                break
            head = _sha256(head + row["entry"])
            if head != row["hash"] or not _says(row):
                bad.append(count)
                break
            if heads.get(count, head) != head:
                bad.append(count)
                break
    claims = [*heads, _register_head(count, head)]
    bad.extend(count + 1 for claimed in claims if claimed > count)
    if _register_head(count, head) != count or _has_unentered():
        bad.append(count + 1)
    return {
        "entries": count,
        "head": head,
        "ok": not bad,
        "first_bad": min(bad, default=None),
    }


def _says(row):
    """Whether the hashed text says what stands beside it and on the certificate."""
    said = _json(row["entry"])
    if not isinstance(said, dict):
        return False
    said["certificate"] = _plain(said.get("certificate"))
    expected = {name: row[name] for name in ("position", "action", "reason_class")}
    expected["certificate"] = _plain(row["uuid"])
    # What an authority decides on is recorded anew; what was issued never changes.
    if row["origin"] == "issued":
        expected |= _issued(row)
    missing = object()
    return all(said.get(name, missing) == value for name, value in expected.items())


def _issued(row):
    """What the entry of an issued certificate must say, from the row as it is now."""
    facts = _json(row["facts"])
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    whole = (
        isinstance(facts, dict)
        and facts.get("name") == row["holder_name"]
        and facts.get("number") == row["number"]
        and row.get(ENDS.get(row["action"]), True)
    )
    return {
        "serial": row["serial"],
        "token_sha256": _sha256(row["token"]),
        "facts_sha256": _sha256(text) if whole else None,
        "valid_from": _date(row["valid_from"]),
        "valid_to": _date(row["valid_to"]),
    }


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


def _plain(uuid):
    return str(uuid).replace("-", "")


def _daily_heads():
    with connection.cursor() as cursor:
        cursor.execute("SELECT entries, hash FROM certificates_dailyhead")
        return {entries: head for entries, head in cursor if entries}


def _register_head(count, head):
    """How many entries the head row claims; -1 where its hash is another one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT entries, hash FROM certificates_registerhead")
        entries, stored = cursor.fetchone() or (-1, "")
    return entries if entries != count or stored == head else -1


def _has_unentered():
    """Whether a certificate claims to be issued and the register knows nothing."""
    with connection.cursor() as cursor:
        cursor.execute(UNENTERED)
        return cursor.fetchone() is not None
