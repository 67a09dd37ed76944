from lms.import_command import BaseImportCommand
from lms.people.services.roster import ROSTER_COLUMNS, import_roster


class Command(BaseImportCommand):
    help = "Import a roster: see docs/using.md for the columns."
    columns = ROSTER_COLUMNS
    importer = staticmethod(import_roster)
