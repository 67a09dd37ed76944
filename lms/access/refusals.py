class Refusal(Exception):
    """Refusal by a rule. ``code`` is stable, ``str()`` can be shown to the user.

    Each app has its own base, and a subclass for each fact. ``details`` are the
    single facts behind it, where there are several.
    """

    code = "refused"
    message = ""
    details = ()

    def __init__(self, message=None):
        super().__init__(message or self.message)

    def __str__(self):
        return str(self.args[0])
