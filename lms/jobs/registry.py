"""What can run: job handlers by kind, and the sweepers that pick up what is left.

Apps register in a module called ``jobs``; every one is imported at start-up.
"""

from collections.abc import Callable

HANDLERS: dict[str, Callable] = {}
SWEEPERS: dict[str, Callable[[], int]] = {}


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

    Harmless at any moment, twice; each item in a transaction of its own.
    """

    def register(function):
        SWEEPERS[name] = function
        return function

    return register
