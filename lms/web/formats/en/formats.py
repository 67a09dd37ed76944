"""Dates in English as everywhere else here and on the paper: the day in figures."""

DATE_FORMAT = "Y-m-d"
