"""What the public may see: aggregates, with every small cell closed."""

import datetime as dt
from dataclasses import dataclass, replace

from django.core.cache import cache
from django.utils.translation import get_language

from lms.plan.dashboard.tiles import Asked, pace_for
from lms.plan.indicators import INDICATORS, Dimension, Question
from lms.plan.reports.report import Line, Row, build_report

SMALL = 5
KEPT_SECONDS = 300


@dataclass
class Cell:
    """A figure as published; ``closed`` when it speaks of fewer than five people."""

    row: Row
    closed: bool

    @property
    def figure(self):
        return self.row.measure.headline


def is_small(figure) -> bool:
    """Whether either side of a figure names fewer than five people, yet some.

    The one rule of what is published, of the city as of a town.
    """
    if figure.denominator is None:
        return 0 < figure.numerator < SMALL
    rest = figure.denominator - figure.numerator
    return 0 < figure.denominator < SMALL or any(
        0 < side < SMALL for side in (figure.numerator, rest)
    )


def published_rows(line: Line) -> list[Cell]:
    """Return the rows of a line with small cells closed.

    One closed cell alone could be worked out from the total: then the smallest open
    one with people in it is closed as well.
    """
    cells = [Cell(row, is_small(row.measure.headline)) for row in line.rows]
    if sum(cell.closed for cell in cells) == 1:
        still_open = [cell for cell in cells if not cell.closed and _size(cell)]
        if still_open:
            min(still_open, key=_size).closed = True
    return cells


def public_page(asked: Asked) -> dict:
    """Return the figures of the public page, kept five minutes per day and language."""
    key = f"plan.public.{asked.plan.code}.{asked.day:%F}.{get_language()}"
    found = cache.get(key)
    if found is None:
        found = _public_page(asked)
        cache.set(key, found, KEPT_SECONDS)
    return found


def published(asked: Asked) -> Asked:
    """Return what was asked for, on the newest published day if on any other.

    Only the days offered are published: comparing two neighbouring days would show
    what one person did.
    """
    offered = {asked.today, *(dt.date(year, 12, 31) for year in asked.plan.years)}
    if asked.day in offered and asked.day <= asked.today:
        return asked
    return replace(asked, day=asked.today)


def _public_page(asked):
    codes = [code for code, indicator in INDICATORS.items() if indicator.published]
    report = build_report(asked.plan, day=asked.day, by=Dimension.TOWN, codes=codes)
    shown = [line for line in report.lines if line.indicator.published_by_town]
    return {
        "leading": [
            _tile(line) | {"pace": pace_for(report), "years": _growth(asked, line)}
            for line in report.lines
            if line.indicator.leads
        ],
        "rates": [_tile(line) for line in report.lines if not line.indicator.leads],
        "gaps": report.gaps,
        "towns": _towns(shown),
        "shown": shown,
        "note": next((line.note for line in shown if line.note), ""),
    }


def _tile(line):
    """A figure of the city, and what of it is closed."""
    return {
        "line": line,
        "closed": is_small(line.figure),
        "closed_variants": [
            name for name, one in line.measure.variants.items() if is_small(one)
        ],
    }


def _size(cell):
    return cell.figure.denominator or cell.figure.numerator


def _towns(lines: list[Line]):
    columns = [
        [cell for cell in published_rows(line) if cell.row.value is not None]
        for line in lines
    ]
    return [
        {"name": cells[0].row.name, "cells": cells}
        for cells in zip(*columns, strict=True)
    ]


def _growth(asked, line):
    """Draw a count since the first day, at the end of each year so far."""
    bars = []
    for year in asked.plan.years:
        end = dt.date(year, 12, 31)
        if dt.date(year, 1, 1) > asked.day:
            bars.append({"year": year, "persons": None})
            continue
        question = Question(asked.plan, min(end, asked.day))
        figure = line.indicator.total(question).headline
        persons = None if is_small(figure) else figure.numerator
        bars.append({"year": year, "persons": persons})
    return _drawn(bars, line.target)


def _drawn(bars, target):
    """Add the heights, of 100, against the target or the tallest bar."""
    tallest = max([bar["persons"] or 0 for bar in bars] + [int(target or 0), 1])
    for number, bar in enumerate(bars, start=1):
        bar["height"] = round(100 * (bar["persons"] or 0) / tallest, 2)
        bar["y"] = round(100 - bar["height"], 2)
        line = int(target or 0) * number / len(bars)
        bar["line"] = round(100 - 100 * line / tallest, 2)
        bar["x"] = 10 + (number - 1) * 60
        bar["middle"], bar["right"] = bar["x"] + 20, bar["x"] + 40
        bar["label"] = round(bar["y"] - 4, 2)
    return bars
