"""Reads a workbook in a process of its own, bounded in memory and time.

The reader is compiled code that allocates whatever a file asks for, and aborts where
it cannot: a file of one kilobyte would end the whole job runner. Here it ends a child,
and the file is refused.
"""

import io
import pickle
import resource
import subprocess
import sys

from python_calamine import CalamineWorkbook

MEMORY = 1536 * 1024 * 1024
SECONDS = 120
# Characters in all cells together: a shared text counts as often as it is shown.
MAX_TEXT = 100_000_000
NO_WORKBOOK, TOO_LARGE = 3, 4


class TooLargeInside(Exception):
    """The workbook wants more memory, time or text than any honest one."""


def read_cells(data: bytes) -> list[list]:
    """Return the rows of the first sheet, empty cells as empty texts.

    Raises ``ValueError`` for what is no workbook, and ``TooLargeInside``.
    """
    command = [sys.executable, __file__]
    # The child is this file; nothing of the workbook reaches the command line.
    child = subprocess.run(command, input=data, capture_output=True, check=False)  # noqa: S603
    if child.returncode == NO_WORKBOOK:
        raise ValueError("not a workbook")
    if child.returncode:
        raise TooLargeInside
    return pickle.loads(child.stdout)  # noqa: S301 - our own child wrote it


def main() -> int:
    """Read a workbook from standard input and write its rows, pickled."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
        texts = (cell for row in rows for cell in row if type(cell) is str)
        if sum(map(len, texts)) > MAX_TEXT:
            return TOO_LARGE
        pickle.dump(rows, sys.stdout.buffer, protocol=pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        return TOO_LARGE
    except BaseException:  # the reader's panics are no Exception
        return NO_WORKBOOK
    return 0


if __name__ == "__main__":
    sys.exit(main())
