from certificates.services.recorded import COLUMNS, import_certificates
from lms.sheets.command import BaseImportCommand


class Command(BaseImportCommand):
    help = "Record certificates an authority has issued. Safe to repeat."
    columns = COLUMNS
    importer = staticmethod(import_certificates)
