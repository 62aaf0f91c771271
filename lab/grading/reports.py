# SPDX-License-Identifier: GPL-2.0
"""What was printed while guests ran, phase by phase."""

import re
from dataclasses import dataclass, field

from . import forms

MARK = re.compile(r"lab: phase (\S+)$")
BARE = re.compile(r"^[-+\s\d,.;:|x]*\d[-+\s\d,.;:|x]*$")
# Lines of one report follow each other within so many seconds.
PAUSE = 0.004


@dataclass
class Report:
    """One printout; @rows: code to its figures"""

    rows: dict = field(default_factory=dict)
    totals: dict = field(default_factory=dict)
    last: tuple = None
    time: float = None


@dataclass
class Phase:
    """
    @values: of each code the figures printed last, in this phase or before; @bare:
    lines that are numbers and nothing else; @unread: the first line not understood
    """

    name: str
    reports: list = field(default_factory=list)
    values: dict = field(default_factory=dict)
    lines: int = 0
    bare: int = 0
    negative: str = ""
    unread: str = ""
    renamed: dict = field(default_factory=dict)


def read(text, isa, patterns=()):
    """Phases by name; what comes before the first one belongs to none."""
    phases, phase = {}, None
    for number, line in enumerate(text.replace("\r", "").split("\n"), 1):
        mark = MARK.search(line)
        if mark:
            before = phase.values if phase else {}
            phase = phases[mark[1]] = Phase(mark[1])
            phase.values = {code: dict(row) for code, row in before.items()}
        elif phase and line.strip():
            take_line(phase, number, line, isa, patterns)
    return phases


def take_line(phase, number, line, isa, patterns):
    text = line[forms.LOG_PREFIX.match(line).end():].strip()
    if not text or forms.OURS.match(text):
        return
    phase.lines += 1
    reading = forms.read_line(number, line, isa, patterns)
    if reading is None:
        phase.bare += bool(BARE.match(text))
        phase.unread = phase.unread or text
        return
    if re.search(r"(?<![\w-])-\d", text):
        phase.negative = phase.negative or text
    report = report_of(phase, reading)
    if reading.code is None:
        report.totals.update(reading.figures)
        return
    report.rows.setdefault(reading.code, {}).update(reading.figures)
    phase.values.setdefault(reading.code, {}).update(reading.figures)
    if reading.named:
        phase.renamed[reading.code] = reading.named


def report_of(phase, reading):
    """The report that this line belongs to: the last one, or a new one"""
    report = phase.reports[-1] if phase.reports else None
    kinds = tuple(sorted(reading.figures))
    if report is None or is_next(report, reading, kinds):
        report = Report()
        phase.reports.append(report)
    if reading.code is not None:
        report.last = (kinds, reading.code)
    report.time = reading.time
    return report


def is_next(report, reading, kinds):
    if reading.time is not None and report.time is not None and \
            reading.time - report.time > PAUSE:
        return True
    if reading.code is None:
        return bool(set(reading.figures) & set(report.totals))
    if set(reading.figures) & set(report.rows.get(reading.code, ())):
        return True
    # Types come in their order, one section of lines for each figure.
    return report.last is not None and report.last[0] == kinds and \
        reading.code < report.last[1]
