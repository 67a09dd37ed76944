"""The `copy` floor: read a workbook with calamine and put its rows into a table."""

from django.db import connection
from python_calamine import CalamineWorkbook

TABLE = "bench_copy"


def make_table(columns: int) -> None:
    """Create the empty table the rows go to."""
    fields = ", ".join(f"c{i} text" for i in range(columns))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        cursor.execute(f"CREATE TABLE {TABLE} ({fields})")


def copy(path: str) -> None:
    """Read every row and insert it: COPY on PostgreSQL, executemany on SQLite."""
    sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    rows = [tuple(str(cell) for cell in row) for row in sheet.to_python()[1:]]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.cursor.copy(f"COPY {TABLE} FROM STDIN") as stream:
                for row in rows:
                    stream.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f"INSERT INTO {TABLE} VALUES ({marks})", rows)
