from courses.services.training_import import COLUMNS, import_training
from lms.sheets.command import BaseImportCommand


class Command(BaseImportCommand):
    help = "Import training history. Safe to repeat; a change appends a correction."
    columns = COLUMNS
    importer = staticmethod(import_training)
