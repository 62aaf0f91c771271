# SPDX-License-Identifier: GPL-2.0
"""The columns of views, from single exits: exact, or with the bound of each."""

from collections import defaultdict
from fractions import Fraction
from math import isqrt

PERCENTILES = {"p50": (1, 2), "p90": (9, 10), "p99": (99, 100),
               "p99_9": (999, 1000)}
KEYS = {
    "reason": ("reason", "isa", "code"),
    "vm": ("vm",),
    "vcpu": ("vm", "vcpu"),
    "thread": ("thread",),
    "cpu": ("cpu",),
    "rip": ("rip",),
    "detail": ("detail", "detail_kind", "detail_value"),
    "kind": ("kind",),
    "level": ("level",),
}


class Rounded:
    """@value to so many @places; a tie may go either way."""

    def __init__(self, value, places):
        self.value, self.half = value, Fraction(1, 2 * 10 ** places)

    def matches(self, text):
        return abs(Fraction(text) - self.value) <= self.half

    def __str__(self):
        return f"{float(self.value)} rounded"


class Range:
    """From @low to @high"""

    def __init__(self, low, high):
        self.low, self.high = low, high

    def __add__(self, other):
        low, high = (other.low, other.high) if isinstance(other, Range) else \
            (other, other)
        return Range(self.low + low, self.high + high)

    __radd__ = __add__

    def matches(self, text):
        return self.low <= int(text) <= self.high

    def __str__(self):
        return f"{self.low} to {self.high}"


class UpperEdge(Range):
    """A percentile: not below the exit that has the rank, 1/64 above at most."""

    def __init__(self, value):
        super().__init__(value, value + value // 64)


def key_of(one, keys):
    values = {"detail": one.detail[2], "detail_kind": one.detail[0],
              "detail_value": one.detail[1], "kind": one.detail[0]}
    return tuple(values[name] if name in values else getattr(one, name)
                 for key in keys for name in KEYS[key])


def groups_of(exits, keys):
    groups = defaultdict(list)
    for one in exits:
        groups[key_of(one, keys)].append(one)
    return groups


def stddev(lengths):
    """Of the population, rounded: the root of 4 times the variance, halved"""
    n, total = len(lengths), sum(lengths)
    square = n * sum(x * x for x in lengths) - total * total
    return (isqrt(4 * square // (n * n)) + 1) // 2


def sums_of(exits, unit, stamped):
    """Where there is no length at all, their sum is none, and not 0."""
    lengths = [e.length for e in exits if e.length is not None]
    sums = {"exits": len(exits), unit: sum(lengths) if lengths or not exits else None}
    if stamped:
        for part in ("user", "halted", "off_cpu", "backwards"):
            sums[part] = sum(getattr(e, part) for e in exits)
    return sums


def part_of(one, of):
    """What --of names of an exit; None: it has no length"""
    if one.length is None or of == "cycles":
        return one.length
    if of == "total":
        return one.length + one.user + one.halted + one.off_cpu
    return getattr(one, of)


def figures_of(exits, total, unit, stamped, span, of="cycles"):
    """Of one group; @total: sums_of() all that are shown, in @span ns or None"""
    row = sums_of(exits, unit, stamped)
    lengths = sorted(part_of(e, of) for e in exits if e.length is not None)
    n = len(lengths)
    for name in ("exits", unit):
        row[name + "_percent"] = Rounded(Fraction(100 * row[name], total[name]), 2) \
            if total[name] and row[name] is not None else None
    row["exits_per_s"] = Rounded(Fraction(10 ** 9 * len(exits), span), 1) \
        if span else None
    end = "" if of == "cycles" else "_" + of
    row["min" + end], row["max" + end] = (lengths[0], lengths[-1]) if n else (None, None)
    row["avg" + end] = sum(lengths) // n if n else None
    row["stddev" + end] = stddev(lengths) if n else None
    for name, (part, whole) in PERCENTILES.items():
        row[name + end] = UpperEdge(lengths[-(-n * part // whole) - 1]) if n else None
    if n < len(exits):
        row["timed"] = n
    return row


def histogram_of(exits):
    """[lowest, highest, exits] of 0 and each power of two"""
    buckets = defaultdict(int)
    for one in exits:
        if one.length is not None:
            buckets[one.length.bit_length()] += 1
    return [[1 << bits >> 1, (1 << bits) - 1, n] for bits, n in sorted(buckets.items())]
