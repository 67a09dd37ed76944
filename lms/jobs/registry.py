"""What can run: job handlers by kind, sweepers, and the steps of ``prepare``.

Apps register in a module called ``jobs``; every one is imported at start-up.
"""

from collections.abc import Callable

HANDLERS: dict[str, Callable] = {}
SWEEPERS: dict[str, Callable[[], int]] = {}
PREPARATIONS: list[tuple[int, str, Callable[[], None]]] = []
GREETINGS: list[Callable[[str], str]] = []


def handler(kind: str):
    """Register ``function(job, progress) -> dict`` as what a kind of job does.

    It must be safe to run twice. ``progress(done, total)`` moves the bar and
    renews the lease. The returned dict becomes ``job.result``; a key ``errors``
    in it becomes ``job.errors``, a key ``file`` the name of a private file.
    """

    def register(function):
        HANDLERS[kind] = function
        return function

    return register


def sweeper(name: str):
    """Register ``function() -> int``: do what is due, return how much was done.

    Idempotent; each item in a transaction of its own.
    """

    def register(function):
        SWEEPERS[name] = function
        return function

    return register


def preparation(words: str, *, order: int):
    """Register ``function()`` as a step that makes an installation ready. Idempotent.

    ``words`` say on the terminal what is being done.
    """

    def register(function):
        PREPARATIONS.append((order, words, function))
        return function

    return register


def greeting(function):
    """Register ``function(address) -> str``: what ``serve`` prints once it answers."""
    GREETINGS.append(function)
    return function
