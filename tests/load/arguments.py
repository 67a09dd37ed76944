"""What ``make load`` can be told."""

import argparse

# The module of each profile.
PROFILES = {
    "exam": "exam",
    "public": "visitors",
    "import": "importing",
    "jobs": "jobs",
}
PORT = 8700


def parse(description: str) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make load", description=description)
    parser.add_argument("--profile", choices=PROFILES, default="exam")
    parser.add_argument(
        "--engine",
        choices=["postgresql", "sqlite"],
        default="postgresql",
        help="the production set-up, or the embedded default",
    )
    parser.add_argument("--workers", type=int, default=2, help="of the web server")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument(
        "--addresses",
        type=int,
        default=0,
        help="how many addresses visitors come from; 0: each from its own",
    )
    parser.add_argument("--compare", action="store_true", help="exit 1 below a gate")
    parser.add_argument("--keep", action="store_true", help="leave the databases")
    _add_exam(parser.add_argument_group("exam, import"))
    _add_rate(parser.add_argument_group("public, jobs"))
    parser.add_argument(
        "--rows", type=int, default=28_000, help="import: rows of the roster"
    )
    options = parser.parse_args()
    if options.fresh_papers and options.engine == "sqlite":
        parser.error("The embedded default runs its jobs and makes papers ahead.")
    return options


def _add_exam(group):
    group.add_argument("--phones", type=int, default=300)
    group.add_argument(
        "--minutes", type=float, default=2.0, help="from the opening to the end"
    )
    group.add_argument("--opening", type=float, default=60.0, metavar="SECONDS")
    group.add_argument("--closing", type=float, default=60.0, metavar="SECONDS")
    group.add_argument(
        "--sign-ins", type=int, default=60, help="phones that really sign in"
    )
    group.add_argument("--sign-in-seconds", type=float, default=30.0)
    group.add_argument(
        "--beside",
        type=float,
        default=0.0,
        metavar="RATE",
        help="sign-ins a second of other people while the phones save",
    )
    group.add_argument(
        "--start",
        choices=["page", "call"],
        default="page",
        help="by the button of the page, or by the call of the protocol",
    )
    group.add_argument(
        "--fresh-papers",
        action="store_true",
        help="make no papers ahead, and run no jobs, which would",
    )


def _add_rate(group):
    group.add_argument(
        "--rate", type=float, default=100.0, help="pages or jobs a second"
    )
    group.add_argument("--seconds", type=float, default=60.0)
    group.add_argument("--publish-every", type=float, default=5.0, metavar="SECONDS")
