from lms.people.services.roster import ROSTER_COLUMNS, import_roster
from lms.sheets.command import BaseImportCommand


class Command(BaseImportCommand):
    help = "Import a roster: see docs/using.md for the columns."
    columns = ROSTER_COLUMNS
    importer = staticmethod(import_roster)
