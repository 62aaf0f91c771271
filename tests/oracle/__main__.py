#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
Compare every view of the analyzer with figures that are computed from what
trace-cmd prints of the same recording:

    oracle [--alter=N] ANALYZER RECORDING...

Nothing here is the analyzer's: what is right is taken from design.md,
docs/accounting.md, the man page and docs/schema.json.  --alter=N changes the
analyzer's Nth figure, which must be found.
"""

import argparse
import csv
import io
import itertools
import json
import re
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import exits as exits_of
import reports
import times
from figures import (KEYS, Range, Rounded, figures_of, groups_of, histogram_of,
                     part_of, sums_of)
from recording import Recording

LIST_TOP = 40
TOP = 3


class Refused(Exception):
    """The analyzer does not answer."""


class Comparison:
    """Counts figures, and prints those that differ."""

    def __init__(self, alter):
        self.alter = alter
        self.equal = self.different = 0

    def figure(self, where, row, column, got, expected):
        self.alter -= 1
        if self.alter == 0:
            got = f"1{got}" if got is not None else "1"
        if same(got, expected):
            self.equal += 1
        else:
            self.different += 1
            print(f"{where}: row {row}: {column}: {got}, not {expected}")


def same(got, expected):
    """As text: CSV has no types."""
    if expected is None or got in (None, ""):
        return expected in (None, "") and got in (None, "")
    if hasattr(expected, "matches"):
        return expected.matches(str(got))
    return str(got) == str(expected)


class Oracle:
    """One recording, its exits, and the analyzer's answers"""

    def __init__(self, analyzer, path, comparison):
        self.analyzer, self.path, self.comparison = analyzer, path, comparison
        self.rec = Recording(path)
        self.unused = None
        self.stamped = self.rec.patched and \
            any(e["seq"] for e in self.rec.events if e.name == "kvm_entry")
        if self.stamped:
            self.exits = exits_of.stamped_exits(self.rec)
        else:
            self.exits, self.unused = exits_of.round_trips(self.rec)
        self.unit = "cycles" if self.stamped or not self.rec.is_time else "ns"
        self.span = self.rec.last - self.rec.first if self.rec.is_time else None
        self.rounded = {}

    def run(self, *options):
        self.command = " ".join(["analyzer", *options, self.path])
        run = subprocess.run([self.analyzer, *options, self.path], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if run.returncode not in (0, 3):
            self.compare("all", "status", run.returncode, "0 or 3")
            raise Refused
        return run.stdout

    def compare(self, row, column, got, expected):
        self.comparison.figure(self.command, row, column, got, expected)

    # What is the same in all formats: a row is a dict without units in its names.

    def csv_rows(self, *options):
        """{row: [dict...]}"""
        kinds = {}
        for row in csv.DictReader(io.StringIO(self.run("--format=csv", *options))):
            kinds.setdefault(row["row"], []).append(
                {name.removesuffix("_" + self.unit): value
                 for name, value in row.items()})
        return kinds

    def json_rows(self, *options):
        """As csv_rows(), and the document"""
        document = json.loads(self.run("--format=json", *options))
        rows = {"group": document["groups"], "total": [document["total"]]}
        if document["more"]:
            rows["more"] = [document["more"]]
        return rows, document

    def row(self, name, got, expected):
        for column, value in expected.items():
            self.compare(name, column, got.get(column), value)
            if isinstance(value, Rounded) and got.get(column):
                self.same_in_formats(name, column, got[column])

    def same_in_formats(self, name, column, got):
        """CSV comes first."""
        got = Decimal(str(got)).normalize()
        self.comparison.figure(self.command, name, column, got,
                               self.rounded.setdefault((name, column), got))

    def groups(self, rows, keys, chosen, span):
        expected = groups_of(chosen, keys)
        columns = [name for key in keys for name in KEYS[key]]
        total = sums_of(chosen, self.unit, self.stamped)
        self.compare("all", "groups", len(rows.get("group", [])), len(expected))
        # Those without any are last.
        figures = [int(row[self.unit] or -1) for row in rows.get("group", [])]
        self.compare("all", "order", figures, sorted(figures, reverse=True))
        by_text = {tuple(text(v) for v in key): some for key, some in expected.items()}
        for row in rows.get("group", []):
            key = tuple(plain(name, row[name]) for name in columns)
            some = by_text.get(key)
            if some is None:
                self.compare(", ".join(key), "exits", row["exits"], "no such group")
                continue
            self.row(", ".join(key), row, self.figures(some, total, span))
        self.row("total", rows["total"][0], self.figures(chosen, total, span))

    def figures(self, some, total, span):
        return figures_of(some, total, self.unit, self.stamped, span)

    # The views

    def keys(self):
        keys = ["reason", "vm", "vcpu", "thread", "cpu"] if self.stamped else \
            ["reason", "thread", "cpu"]
        # Where two vCPUs share a thread, what was inside an exit is not known.
        vcpus = {(e.vm, e.vcpu, e.tid) for e in self.exits}
        if len({tid for _, _, tid in vcpus}) == len(vcpus):
            keys += ["rip", "detail", "kind"]
            # Only events say whether they were recorded.
            if any(event.name == "kvm_nested_vmexit" for event in self.rec.events):
                keys += ["level"]
        return keys

    def view(self, keys, *options, chosen=None, span=None, documents=False):
        chosen = self.exits if chosen is None else chosen
        span = self.span if span is None else span
        self.rounded = {}
        by = "--by=" + ",".join(keys)
        rows = self.csv_rows(by, *options)
        self.groups(rows, keys, chosen, span)
        self.losses_of_rows(rows)
        if documents:
            rows, document = self.json_rows(by, *options)
            self.groups(rows, keys, chosen, span)
            self.losses_of_document(document)

    def views(self):
        keys = self.keys()
        for key in keys:
            self.view([key], documents=True)
        for pair in itertools.combinations(keys, 2):
            if pair != ("vm", "vcpu"):
                self.view(list(pair))

    def by_time(self):
        """Buckets of time: of a width, and of one that is the analyzer's to choose"""
        if not self.span:
            return
        width = self.span // 7 + 1
        for keys in ("", ",reason"):
            self.bucketed(self.csv_rows(f"--by=time:{width}ns{keys}"), width, keys)
            rows = self.csv_rows("--by=time" + keys)
            for row in rows.get("group", [])[:1]:
                chosen = int(Decimal(row["width"]) * 10 ** 9)
                self.usual_width(chosen)
                self.bucketed(rows, chosen, keys)

    def usual_width(self, width):
        """1 or 5 of a power of ten, the least that gives no more than 100 buckets"""
        last = max(e.end for e in self.exits) - self.rec.first
        least = 1
        while last // least >= 100:
            least *= 5 if str(least)[0] == "1" else 2
        self.compare("all", "width", width, least)

    def bucketed(self, rows, width, keys):
        self.rounded, buckets = {}, {}
        for one in self.exits:
            at = max(one.end - self.rec.first, 0) // width * width
            buckets.setdefault((at, one.reason if keys else None), []).append(one)
        total = sums_of(self.exits, self.unit, self.stamped)
        got = rows.get("group", [])
        self.compare("all", "groups", len(got), len(buckets))
        starts = [Decimal(row["time"]) for row in got]
        self.compare("all", "order", starts, sorted(starts))
        for row in got:
            at = int(Decimal(row["time"]) * 10 ** 9)
            some = buckets.get((at, row["reason"] if keys else None))
            if some is None:
                self.compare(row["time"], "exits", row["exits"], "no such bucket")
                continue
            length = min(at + width, self.span) - at
            name = row["time"] + " " + row.get("reason", "")
            self.row(name, row, self.figures(some, total, length))
            self.compare(row["time"], "width", row["width"], seconds(width))
        self.row("total", rows["total"][0], self.figures(self.exits, total, self.span))

    def tops(self):
        """The first groups, and the sum of the others"""
        by, keys = "--by=reason,cpu", ("reason", "cpu")
        total = sums_of(self.exits, self.unit, self.stamped)
        expected = groups_of(self.exits, keys)
        for rows in (self.csv_rows(by, f"--top={TOP}"),
                     self.json_rows(by, f"--top={TOP}")[0]):
            for row in rows["group"]:
                key = row["reason"], row["isa"], int(row["code"]), int(row["cpu"])
                expected.pop(key, None)
            rest = [one for some in expected.values() for one in some]
            self.compare("all", "groups", len(rows["group"]),
                         min(TOP, len(rows["group"])))
            if rest:
                self.row("more", rows.get("more", [{}])[0], self.figures(rest, total, self.span))
            expected = groups_of(self.exits, keys)

    def histograms(self):
        rows, _ = self.json_rows("--histogram", "--by=reason")
        expected = {some[0].reason: some for some in
                    groups_of(self.exits, ["reason"]).values()}
        for row in rows["group"] + rows["total"]:
            some = expected.get(row["reason"], []) if "reason" in row else self.exits
            self.compare(row.get("reason", "total"), "histogram",
                         row["histogram"], histogram_of(some))

    def parts(self):
        """Percentiles of other parts than cycles, and exits that are longer by them"""
        if not self.stamped:
            return
        total = sums_of(self.exits, self.unit, True)
        for of in ("user", "halted", "off_cpu", "total"):
            self.rounded = {}
            rows = self.csv_rows(f"--of={of}")
            expected = {some[0].reason: some for some in
                        groups_of(self.exits, ["reason"]).values()}
            for row in rows.get("group", []):
                self.row(row["reason"], row, figures_of(
                    expected.get(row["reason"], []), total, self.unit, True, self.span, of))
            self.row("total", rows["total"][0], figures_of(
                self.exits, total, self.unit, True, self.span, of))
            values = sorted((part_of(e, of) for e in self.exits), reverse=True)
            limit = values[len(values) // 10]
            rows = self.csv_rows("--list", f"--of={of}", f"--longer-than={limit}",
                                 f"--top={LIST_TOP}")
            got = [sum(int(row[name]) for name in (self.unit, "user", "halted", "off_cpu"))
                   if of == "total" else int(row[of]) for row in rows.get("group", [])]
            self.compare("all", of, got, [v for v in values if v > limit][:LIST_TOP])

    def losses_of_rows(self, rows):
        if self.stamped:
            for name, value in zip(("before", "lost"), exits_of.missing(self.rec)):
                self.compare(name, "exits", rows[name][0]["exits"], value)
        else:
            self.compare("unused", "exits", rows["unused"][0]["exits"], self.unused)

    def losses_of_document(self, document):
        losses, about = document["losses"], document["recording"]
        before, lost = exits_of.missing(self.rec) if self.stamped else (None, None)
        vcpus = groups_of(self.exits, ["vcpu" if self.stamped else "thread"])
        vms = len(groups_of(self.exits, ["vm"])) if self.stamped else None
        for name, got, value in (
                ("exits_before", losses["exits_before"], before),
                ("exits_lost", losses["exits_lost"], lost),
                ("round_trips_unused", losses["round_trips_unused"], self.unused),
                ("events", losses["events"], self.rec.lost_events),
                ("uncounted_places", losses["uncounted_places"], self.rec.lost_places),
                ("span_ns", about["span_ns"], self.span),
                ("stamped", about["stamped"], self.stamped),
                ("cpus", about["cpus"], self.rec.cpus),
                ("vcpus", about["vcpus"], len(vcpus)),
                ("vms", about["vms"], vms),
                ("exits", about["exits"], len(self.exits)),
                ("unit", document["unit"], self.unit)):
            self.compare("document", name, got, value)

    def filters(self):
        """Each alone, and several: (options, what they choose, within what span)"""
        lengths = sorted(e.length for e in self.exits if e.length is not None)
        median = lengths[len(lengths) // 2] if lengths else 0
        reasons = sorted({e.reason for e in self.exits})
        cpu = self.exits[0].cpu
        yield [f"--reason={reasons[0]}"], lambda e: e.reason == reasons[0], None
        yield [f"--reason={reasons[-1]},{reasons[0]}", f"--cpu={cpu}"], \
            lambda e: e.reason in (reasons[0], reasons[-1]) and e.cpu == cpu, None
        yield [f"--longer-than={median}"], \
            lambda e: e.length is not None and e.length > median, None
        if self.stamped:
            vm, vcpu = self.exits[0].vm, self.exits[-1].vcpu
            yield [f"--vm={vm}"], lambda e: e.vm == vm, None
            yield [f"--vcpu={vcpu}", f"--longer-than={median}"], \
                lambda e: e.vcpu == vcpu and e.length > median, None
        else:
            tid = self.exits[0].tid
            yield [f"--thread={tid}"], lambda e: e.tid == tid, None
        if self.span:
            since, to = self.span // 4, self.span * 3 // 4
            yield [f"--from={seconds(since)}", f"--to={seconds(to)}"], \
                lambda e: since <= e.end - self.rec.first < to, to - since

    def filtered_views(self):
        for options, choose, span in self.filters():
            chosen = [e for e in self.exits if choose(e)]
            if chosen:
                self.view(["reason"], *options, chosen=chosen, span=span)

    def lists(self):
        rows = self.csv_rows("--list", f"--top={LIST_TOP}")
        self.list(rows)
        rows, _ = self.json_rows("--list", f"--top={LIST_TOP}")
        self.list(rows)

    def list(self, rows):
        longest = sorted((e.length for e in self.exits if e.length is not None),
                         reverse=True)
        longest += [None] * (len(self.exits) - len(longest))
        by_end = {(e.end, e.cpu): e for e in self.exits}
        rest = set(self.exits)
        for at, row in enumerate(rows["group"]):
            self.compare(at, self.unit, row[self.unit], longest[at])
            if not self.span:
                continue
            end = self.rec.first + int(round(float(row["time"]) * 10 ** 9))
            one = by_end.get((end, int(row["cpu"])))
            if one is None:
                self.compare(at, "time", row["time"], "no such exit")
                continue
            rest.discard(one)
            self.row(at, row, self.listed(one))
            self.compare(at, "detail", plain("detail", row["detail"]), one.detail[2])
        if self.span and "more" in rows:
            self.row("more", rows["more"][0], self.listed_sums(rest))
        self.row("total", rows["total"][0], self.listed_sums(self.exits))

    def listed_sums(self, exits):
        return sums_of(exits, self.unit, self.stamped)

    def listed(self, one):
        names = ["cpu", "reason", "isa", "code", "rip"]
        names += ["vm", "vcpu"] if self.stamped else ["thread"]
        row = {name: getattr(one, name) for name in names}
        row.update(self.listed_sums([one]),
                   detail_kind=one.detail[0], detail_value=one.detail[1])
        return row

    def time(self):
        key, threads = ("vcpu", times.stamped_times(self.rec)) if self.stamped else \
            ("thread", times.event_times(self.rec))
        counts = {name: len(some) for name, some in groups_of(self.exits, [key]).items()}
        rows_of = {name if self.stamped else (name,): [parts]
                   for name, parts in threads.items()}
        self.time_by(key, rows_of, counts)
        if self.stamped:
            vms = {vm: [threads[one] for one in threads if one[0] == vm]
                   for vm, _ in threads}
            self.time_by("vm", {(vm,): rows for vm, rows in vms.items()},
                         {name: len(some) for name, some in
                          groups_of(self.exits, ["vm"]).items()})

    def time_by(self, key, rows_of, counts):
        by = "--by=" + key
        for rows in (self.csv_rows("--view=time", by),
                     self.json_rows("--view=time", by)[0]):
            self.compare("all", "rows", len(rows["group"]), len(rows_of))
            for row in rows["group"]:
                name = tuple(int(row[column]) for column in KEYS[key])
                self.times(str(name), row, total_of(rows_of[name]), counts.get(name, 0))
            every = [parts for some in rows_of.values() for parts in some]
            self.times("total", rows["total"][0], total_of(every), len(self.exits))

    def times(self, name, row, parts, exits):
        self.compare(name, "exits", row["exits"], exits)
        told = [part for part in times.PARTS if part != "traced" or self.stamped]
        self.compare(name, "sum of parts", sum(int(row[part] or 0) for part in told),
                     int(row["span"]))
        for part, value in parts.items():
            if part not in told and part != "span":
                continue
            self.compare(name, part, row[part], value)
            if value is None:
                self.compare(name, part + "_percent", row[part + "_percent"], None)
            elif part != "span" and not isinstance(value, Range):
                share = Rounded(Fraction(100 * value, parts["span"]), 2)
                self.compare(name, part + "_percent", row[part + "_percent"], share)

    def reports(self):
        expected = reports.stamped_text(self.rec, self.exits) if self.stamped else \
            reports.unpatched_text(self.exits, self.unit)
        pairs = itertools.zip_longest(self.run().splitlines(), expected)
        for at, (got, line) in enumerate(pairs, 1):
            self.compare(f"line {at}", "text", got, line)

    def all(self):
        for view in (self.reports, self.views, self.by_time, self.parts, self.tops, self.histograms,
                     self.filtered_views, self.lists, self.time):
            try:
                view()
            except Refused:
                pass


def total_of(rows):
    """Of the parts that all have"""
    return {part: times.total(row[part] for row in rows)
            for part in (*times.PARTS, "span") if all(part in row for row in rows)}


def seconds(ns):
    return f"{ns // 10 ** 9}.{ns % 10 ** 9:09}"


def text(value):
    return "" if value is None else str(value)


NAMED_NUMBER = re.compile(r"^((?:rdmsr|wrmsr|hypercall|hyperv call|xen call) \w+) \w+")


def plain(column, value):
    """A detail without the name of its MSR or hypercall, which trace-cmd does not tell"""
    if column == "detail" and value:
        value = NAMED_NUMBER.sub(r"\1", value)
    return text(value)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--alter", type=int, default=0)
    parser.add_argument("analyzer")
    parser.add_argument("recording", nargs="+")
    args = parser.parse_args()
    comparison = Comparison(args.alter)
    for path in args.recording:
        Oracle(args.analyzer, path, comparison).all()
    print(f"{comparison.equal} figures equal, {comparison.different} differ")
    return 1 if comparison.different or not comparison.equal else 0


if __name__ == "__main__":
    sys.exit(main())
