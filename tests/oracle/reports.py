# SPDX-License-Identifier: GPL-2.0
"""The text of reports, as the kernel prints it: design.md, sections 3 and 5."""

from collections import defaultdict

NONE = float("inf")


def order(one):
    """Lines are by ISA and code, exits without a name last of their ISA."""
    return one.isa != "vmx", one.code if one.named else NONE


def sums(exits, stamped):
    if not stamped:
        return ""
    return "".join(f" {part} {sum(getattr(e, part) for e in exits)}"
                   for part in ("user", "halted", "off_cpu"))


def block(head, exits, unit, stamped):
    """One line for all @exits, one for each reason"""
    backwards = f" backwards {sum(e.backwards for e in exits)}" if stamped else ""
    total = sum(e.length or 0 for e in exits)
    yield (f"{head}: exits {len(exits)} {unit} {total}"
           f"{sums(exits, stamped)}{backwards}{timed(exits)}")
    lines = defaultdict(list)
    for one in exits:
        lines[order(one)].append(one)
    for _, some in sorted(lines.items()):
        name = some[0].reason if some[0].named else f"{some[0].isa} other"
        yield f"{head}: {name}: {line(some, unit, stamped)}"


def line(exits, unit, stamped):
    lengths = [e.length for e in exits if e.length is not None]
    low = avg = high = "-"
    if lengths:
        low, avg, high = min(lengths), sum(lengths) // len(lengths), max(lengths)
    return (f"exits {len(exits)} {unit} {sum(lengths)} min {low} avg {avg} "
            f"max {high}{sums(exits, stamped)}{timed(exits)}")


def timed(exits):
    n = sum(e.length is not None for e in exits)
    return f" timed {n}" if n < len(exits) else ""


class Epochs:
    """What is recorded of each epoch, and the reports that follow from it"""

    def __init__(self, rec, exits):
        self.exits, self.since, self.interval = defaultdict(dict), {}, {}
        self.ends = defaultdict(dict)
        self.skipped = set()
        for one in exits:
            self.exits[one.epoch][one.seq] = one
        for event in rec.events:
            if event.name == "kvm_exit_report":
                epoch = event["epoch"]
                self.since[epoch] = event["since"]
                self.interval[epoch] = event["interval"]
                self.ends[epoch][event["report"]] = event["seq"]
            elif event.name == "kvm_exit_stats" and event["kind"] == 3:
                self.skipped.add((event["epoch"], event["report"]))
        for epoch in self.interval:
            self.add_lost_ends(epoch)

    def add_lost_ends(self, epoch):
        """Later exits show that a report ended."""
        interval = self.interval[epoch]
        highest = max(self.exits[epoch], default=0)
        for report in range(1, (highest - 1) // interval + 1 if interval else 1):
            self.ends[epoch].setdefault(report, report * interval)

    def complete(self, epoch, seq):
        numbers = self.exits[epoch]
        return all(n in numbers for n in range(1, seq + 1))

    def whole(self, epoch):
        """To its own last report, if it had any exits"""
        return epoch not in self.exits or \
            bool(self.ends[epoch]) and \
            self.complete(epoch, max(max(self.ends[epoch].values()),
                                     *self.exits[epoch]))

    def proven(self):
        """(epoch, report, its exits)"""
        for epoch in sorted(self.since):
            chain = range(self.since[epoch], epoch)
            if not all(self.whole(e) for e in chain):
                continue
            older = [x for e in chain if e in self.exits
                     for x in self.exits[e].values()]
            for report, seq in sorted(self.ends[epoch].items()):
                if self.complete(epoch, seq) and (epoch, report) not in self.skipped:
                    yield epoch, report, older + [self.exits[epoch][n]
                                                  for n in range(1, seq + 1)]


def stamped_text(rec, exits):
    proven = set()
    for epoch, report, some in Epochs(rec, exits).proven():
        yield from block(f"kvm_exit_cycles: epoch {epoch} report {report}", some,
                         "cycles", True)
        proven.update(some)
    if len(proven) < len(exits):
        yield from block("kvm_exit_cycles: recorded", exits, "cycles", True)


def unpatched_text(exits, unit):
    return block(f"kvm_exit_{unit}: recorded", exits, unit, False)
