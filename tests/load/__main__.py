"""An installation of its own under the load of a profile (docs/performance.md).

Exit 1 where something acknowledged is not in the journal, or a request got a 5xx or no
answer; with --compare also where a gate does not hold.
"""

import sys

from tests.load.arguments import PROFILES, parse
from tests.load.report import holds, is_right, show
from tests.load.run import run

# Seconds: 95 of 100 requests, and the slowest. On the embedded default (P17).
GATES = {"sqlite": {"save": (1.0, 3.0)}}


def main() -> int:
    options = parse(__doc__)
    outcome = run(PROFILES[options.profile], options)
    show(outcome)
    kept = holds(outcome, GATES.get(options.engine, {}))
    return int(not is_right(outcome) or (options.compare and not kept))


if __name__ == "__main__":
    sys.exit(main())
