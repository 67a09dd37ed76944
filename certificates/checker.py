"""The independent checker of the register. Shares no code with what writes it.

It reads the tables by SQL alone, recomputes every hash, and holds the end against
the heads that were published, so that nothing can be removed, altered, reordered
or cut off unseen (protocols 2.5).
"""

import hashlib
import json

from django.db import connection

ENTRIES = """
SELECT e.position, e.action, e.reason_class, e.entry, e.previous, e.hash, c.uuid
FROM certificates_certificateevent e
LEFT JOIN certificates_certificate c ON c.id = e.certificate_id
ORDER BY e.position
"""


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
        for (
            position,
            action,
            reason_class,
            entry,
            previous,
            stored,
            certificate,
        ) in cursor:
            count += 1
            if position != count or previous != head:
                bad.append(count)
                break
            head = hashlib.sha256((head + entry).encode("utf-8")).hexdigest()
            columns = {
                "position": position,
                "action": action,
                "reason_class": reason_class,
                "certificate": _plain(certificate),
            }
            if head != stored or not _says(entry, columns):
                bad.append(count)
                break
            if heads.get(count, head) != head:
                bad.append(count)
                break
    claims = [*heads, _register_head(count, head)]
    bad.extend(count + 1 for claimed in claims if claimed > count)
    if _register_head(count, head) != count:
        bad.append(count + 1)
    return {
        "entries": count,
        "head": head,
        "ok": not bad,
        "first_bad": min(bad, default=None),
    }


def _says(entry, columns):
    """Whether the hashed text says what the columns beside it say."""
    said = json.loads(entry)
    said["certificate"] = _plain(said["certificate"])
    return all(said[name] == value for name, value in columns.items())


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
        entries, stored = cursor.fetchone()
    return entries if entries != count or stored == head else -1
