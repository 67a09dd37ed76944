"""English date formats with the day in figures, as on certificates."""

DATE_FORMAT = "Y-m-d"
