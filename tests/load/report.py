"""The tables of a run, and whether it is right."""

from tests.load.pace import Step, quantile
from tests.load.run import MEMORY_MB, Outcome

STEP_COLUMNS = (
    ("step", 12),
    ("asked", 7),
    ("asked/s", 8),
    ("done/s", 8),
    ("p50 ms", 8),
    ("p95 ms", 8),
    ("p99 ms", 8),
    ("max ms", 8),
    ("statuses", 0),
)
SHOWN_FAULTS = 10


def show(outcome: Outcome) -> None:
    """Print what was measured."""
    print()
    _line([name for name, _ in STEP_COLUMNS])
    for step in outcome.steps:
        if step.asked:
            _line(_cells(step))
    print()
    _show_cpu(outcome)
    memory = ", ".join(f"{mb:.0f}" for mb in outcome.memory)
    above = "" if _fits(outcome) else f"  ABOVE {MEMORY_MB} MB"
    print(f"memory of the workers, MB: {memory}{above}")
    delays = [delay for step in outcome.steps for delay in step.delays]
    print(
        "requests left late by: "
        f"p99 {quantile(delays, 0.99) * 1e3:.0f} ms, "
        f"most {max(delays, default=0) * 1e3:.0f} ms (the generator's own delay)"
    )
    for note in outcome.notes:
        print(note)
    if outcome.tracebacks:
        print(f"tracebacks in the logs: {outcome.tracebacks}")
    print(
        f"acknowledged {outcome.acknowledged}, lost {len(outcome.lost)}; "
        f"5xx or no answer: {outcome.broken}",
        flush=True,
    )
    for fault in outcome.lost[:SHOWN_FAULTS]:
        print(f"  LOST {fault}")


def is_right(outcome: Outcome) -> bool:
    """Nothing acknowledged is missing, and no request was left without an answer."""
    return not outcome.lost and not outcome.broken


def holds(outcome: Outcome, gates: dict[str, tuple[float, float]]) -> bool:
    """Whether p95 and the slowest of each step keep within its gate, and the memory."""
    kept = _fits(outcome)
    for step in outcome.steps:
        if step.name in gates and step.latencies:
            p95, most = gates[step.name]
            kept &= quantile(step.latencies, 0.95) <= p95
            kept &= max(step.latencies) <= most
    return kept


def _fits(outcome):
    return all(mb <= MEMORY_MB for mb in outcome.memory)


def _cells(step: Step):
    times = [quantile(step.latencies, share) for share in (0.5, 0.95, 0.99, 1.0)]
    statuses = " ".join(f"{code}×{n}" for code, n in sorted(step.statuses.items()))
    return [
        step.name,
        str(step.asked),
        f"{step.asked_per_second:.1f}",
        f"{step.done_per_second:.1f}",
        *(f"{seconds * 1e3:.0f}" for seconds in times),
        statuses,
    ]


def _line(cells):
    widths = (width for _, width in STEP_COLUMNS)
    print("  ".join(f"{c:<{w}}" for c, w in zip(cells, widths, strict=True)))


def _show_cpu(outcome):
    parts = list(outcome.totals)
    print("CPU seconds " + "  ".join(f"{part:>11}" for part in parts))
    rows = [
        *outcome.phases,
        ("whole run", sum(p[1] for p in outcome.phases), outcome.totals),
    ]
    for phase, seconds, used in rows:
        cells = "  ".join(f"{used[part]:>11.1f}" for part in parts)
        print(f"{phase:<12}{cells}   in {seconds:.0f} s")
