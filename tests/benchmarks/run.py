import importlib

import django
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test.runner import DiscoverRunner
from django.test.utils import setup_test_environment

# The two that clear whole tables come first: nothing of the others stands there yet.
# The one that fills them comes last.
MODULES = (
    "bench_plan",
    "bench_roster",
    "bench_save",
    "bench_exam",
    "bench_page",
    "bench_pages",
    "bench_certificate",
    "bench_desks",
    "bench_growth",
)


def run_engine(only: list[str], *, compare: bool) -> int:
    """Measure every row on the configured database and print the table."""
    django.setup()
    setup_test_environment(debug=False)
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    # One connection for all requests, whose server process is known by its number.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    failed = []
    try:
        _line(
            "row", "what", "ratio", "quartiles", "gate", "aim", "cpu ms", "wall ms", ""
        )
        for name in MODULES:
            module = importlib.import_module(f"tests.benchmarks.{name}")
            for row in module.rows(only):
                _show(row)
                if not row.holds:
                    failed.append(row.code)
    finally:
        runner.teardown_databases(databases)
    if failed:
        print("below the gate: " + ", ".join(failed))
    return int(bool(failed) and compare)


def _show(row):
    sign = "≥" if row.at_least else "≤"
    notes = [row.note, "" if row.holds else "BELOW THE GATE"]
    if row.exponent is not None:
        sizes = " → ".join(str(size) for size, _ in row.sizes)
        notes.append(f"exponent {row.exponent:.2f} over {sizes}")
    _line(
        row.code,
        row.what,
        f"{row.ratio:.2f} ({row.by})",
        f"{row.low:.2f}-{row.high:.2f}",
        f"{sign} {row.gate}",
        f"{sign} {row.aim}",
        f"{row.product.cpu * 1e3:.3f} : {row.floor.cpu * 1e3:.3f}",
        f"{row.product.wall * 1e3:.3f} : {row.floor.wall * 1e3:.3f}",
        "; ".join(filter(None, notes)),
    )


def _line(*cells):
    widths = (5, 44, 12, 11, 7, 7, 19, 19, 0)
    print(
        "  ".join(f"{c:<{w}}" for c, w in zip(cells, widths, strict=True)), flush=True
    )
