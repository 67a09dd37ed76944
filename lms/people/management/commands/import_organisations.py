from lms.people.services.organisations import ORGANISATION_COLUMNS, import_organisations
from lms.sheets.command import BaseImportCommand


class Command(BaseImportCommand):
    help = "Import organisations: see docs/using.md for the columns."
    columns = ORGANISATION_COLUMNS
    importer = staticmethod(import_organisations)
