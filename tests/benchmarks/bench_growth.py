"""How the work of the office grows with the city: 2,800, 28,000 and 280,000 people.

Only when asked for by name, ``--only GROWTH``: the largest city takes ten minutes to
make. The ratio is the exponent over all sizes: 1.0 is linear, 0 flat.
"""

import datetime as dt
import itertools
import statistics
import time
from collections.abc import Iterator

from django.core.handlers.wsgi import WSGIHandler
from django.urls import reverse

from certificates.models import Certificate
from lms.people.models import Organisation, Person, Post, User
from tests.benchmarks.bench_desks import FIRST_DAY
from tests.benchmarks.bench_pages import get, sign_in
from tests.benchmarks.bench_plan import PRODUCTS
from tests.benchmarks.harness import Cost, Row, exponent_of
from tests.benchmarks.plan_city import analyse, build, forget

SIZES = (2_800, 28_000, 280_000)
LISTED = (Person, Post, Organisation, Certificate)
DESKS = (Person, Organisation, Certificate)
ROUNDS = 5
GATE, AIM = 1.1, 1.0


def rows(only: list[str]) -> Iterator[Row]:
    """Yield a row for each figure, listing and desk, if asked for by name."""
    if "GROWTH" not in only:
        return
    user = User.objects.create(username="growth", is_superuser=True, access="CITY")
    session, site = sign_in(user), WSGIHandler()
    found = {}
    for size in SIZES:
        forget()
        build(size)
        analyse()
        for what, act in _acts(site, session).items():
            found.setdefault(what, []).append((size, _seconds(act)))
    forget()
    for what, sizes in found.items():
        yield _row(what, sizes)


def _acts(site, session):
    days = (FIRST_DAY - dt.timedelta(days=n) for n in itertools.count())
    dashboard = f"{reverse('plan_admin:dashboard')}?plan=13FYP&as_of="
    addresses = {f"list of {m._meta.label}": _address(m, "list") for m in LISTED}
    for model in DESKS:
        middle = model.objects.order_by("pk")[model.objects.count() // 2]
        name = f"desk of {model._meta.label}"
        addresses[name] = _address(model, "inspect", middle.pk)
    return {
        "people trained, by town": PRODUCTS["P14"],
        "certificates held, by item and town": PRODUCTS["P15"],
        "plan desk of a new day": lambda: get(
            site, f"{dashboard}{next(days)}", session
        ),
    } | {
        name: lambda address=address: get(site, address, session)
        for name, address in addresses.items()
    }


def _address(model, view, *args):
    return reverse(model.snippet_viewset.get_url_name(view), args=args)


def _seconds(act):
    act()
    times = []
    for _round in range(ROUNDS):
        start = time.perf_counter()
        act()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _row(what, sizes):
    first, *_between, last = (Cost(seconds, seconds) for _size, seconds in sizes)
    steps = sorted(exponent_of(pair) for pair in itertools.pairwise(sizes))
    times = ", ".join(f"{seconds * 1e3:.0f} ms" for _size, seconds in sizes)
    return Row(
        "GROWTH",
        what,
        product=last,
        floor=first,
        ratio=exponent_of(sizes),
        low=steps[0],
        high=steps[-1],
        gate=GATE,
        aim=AIM,
        by="wall",
        note=times,
        sizes=sizes,
    )
