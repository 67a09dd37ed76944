"""``make bench``: every row on SQLite, then on PostgreSQL, in one run.

``ARGS="--compare"`` exits 1 where a gate does not hold; ``--only P1 P8`` picks rows.
"""

import argparse
import os
import subprocess
import sys

POSTGRES = os.environ.get(
    "BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/bench"
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--engine", choices=["sqlite", "postgresql"])
    options = parser.parse_args()
    if options.engine:
        from tests.benchmarks.run import run_engine

        return run_engine(options.only, compare=options.compare)
    failed = 0
    for engine in ("sqlite", "postgresql"):
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "lms.settings.test"}
        if engine == "postgresql":
            environment["DATABASE_URL"] = POSTGRES
        else:
            environment.pop("DATABASE_URL", None)
        print(f"\n{engine}", flush=True)
        command = [sys.executable, "-m", "tests.benchmarks", *sys.argv[1:]]
        failed |= subprocess.call([*command, "--engine", engine], env=environment)
    return failed


if __name__ == "__main__":
    sys.exit(main())
