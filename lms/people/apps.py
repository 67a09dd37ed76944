from django.apps import AppConfig

# What staff of the base and officers do with people, organisations and posts.
ROSTER = [
    *(f"view_{name}" for name in ("town", "zone", "industry", "operationitem")),
    *(
        f"{verb}_{name}"
        for name in ("organisation", "person", "post")
        for verb in ("view", "add", "change")
    ),
    "reveal_identity",
]
ACCOUNTS = [
    "view_user",
    "add_activationcode",
    "release_activationcode",
    "correct_identity",
    "confirm_identity",
]


class PeopleConfig(AppConfig):
    name = "lms.people"

    def ready(self):
        from lms.access.groups import BASE, OFFICER, grants
        from lms.evidence.audit import register_acts
        from lms.people import receivers  # noqa: F401 - connects the signals
        from lms.people.services.acts import ACTS
        from lms.people.views import notices  # noqa: F401 - registers

        register_acts(ACTS)
        grants("people", {BASE: [*ROSTER, *ACCOUNTS], OFFICER: ROSTER})
