"""CPU time and memory of each part, read from outside while it works."""

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU a process has used; 0 of one that is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_of(pid: int) -> float:
    """Return the resident memory of a process in MB; 0 of one that is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = [line for line in text.splitlines() if line.startswith("VmRSS:")]
    return int(found[0].split()[1]) / 1024 if found else 0.0


def command_of(pid: int) -> str:
    """Return the command line of a process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def family_of(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    found = [pid]
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += family_of(int(child))
    except OSError:
        pass
    return found


class Meter:
    """Sums the CPU time of parts, each named and given by its processes.

    A process that begins while it is measured counts from its beginning; one that
    ends keeps what it was last seen with, so sample often enough.
    """

    def __init__(self, parts: dict[str, Callable[[], Iterable[int]]]):
        self.parts = parts
        self.latest: dict[str, dict[int, float]] = {name: {} for name in parts}
        self.before: dict[str, float] = {}
        self.marks: list[tuple[str, float, dict[str, float]]] = []
        self.sample()
        self.before = self._sums()

    def sample(self) -> None:
        """Read what every process has used by now."""
        for name, processes in self.parts.items():
            kept = self.latest[name]
            for pid in processes():
                kept[pid] = max(cpu_of(pid), kept.get(pid, 0.0))

    def mark(self, phase: str) -> None:
        """End a phase: what was used since the last mark belongs to it."""
        self.sample()
        self.marks.append((phase, time.monotonic(), self.totals()))

    def totals(self) -> dict[str, float]:
        """Return the seconds each part has used since the meter was made."""
        return {name: sum_ - self.before[name] for name, sum_ in self._sums().items()}

    def phases(self) -> list[tuple[str, float, dict[str, float]]]:
        """Return each phase, how long it lasted and what each part used in it."""
        rows = []
        for (_, before, old), (phase, now, new) in zip(
            self.marks, self.marks[1:], strict=False
        ):
            rows.append(
                (phase, now - before, {name: new[name] - old[name] for name in new})
            )
        return rows

    def _sums(self):
        return {name: sum(kept.values()) for name, kept in self.latest.items()}
