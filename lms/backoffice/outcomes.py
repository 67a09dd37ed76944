"""What an act on many people tells: how many, and of the others why not, by name."""

from collections import defaultdict
from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def with_others(told: str, people: Iterable[tuple[str | Promise, str]]) -> str:
    """Add to what was done why it was not done for others: reason and name of each."""
    reasons = "；".join(names_by_reason(people))
    others = _("Not for the others: %(reasons)s.") % {"reasons": reasons}
    return f"{told} {others}" if reasons else told


def names_by_reason(people: Iterable[tuple[str | Promise, str]]) -> list[str]:
    """Return a text for each reason, with the number and the names of its people.

    ``people`` are reason and name of each; the reasons keep their order.
    """
    names = defaultdict(list)
    for why, name in people:
        names[str(why)].append(name)
    return [counted_names(why, who) for why, who in names.items()]


def counted_names(why: str | Promise, names: list[str]) -> str:
    """Return a reason with the number and the names of the people it is about."""
    told = ngettext(
        "%(why)s: %(count)d person", "%(why)s: %(count)d people", len(names)
    )
    told %= {"why": why, "count": len(names)}
    return f"{told} – {'、'.join(names)}" if names else told
