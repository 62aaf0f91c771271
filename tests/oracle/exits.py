# SPDX-License-Identifier: GPL-2.0
"""Every exit of a recording, and what is missing: design.md, sections 1 and 5."""

from collections import defaultdict

import arch
from details import Details
from recording import code_of

ISAS = {1: "vmx", 2: "svm"}


class Exit:
    """
    length     cycles, or the round trip; None: no kvm_entry ended it
    start, end time stamps of kvm_exit (None: not recorded) and kvm_entry
    detail     (kind, value, text)
    level      L1, L2; None: unknown
    """

    def __init__(self, isa, code, name, end, cpu, tid):
        self.isa, self.code, self.cpu, self.tid = ISAS.get(isa, isa), code, cpu, tid
        if isa in arch.NAMES:
            name = arch.name_of(isa, code)
        self.thread = tid
        self.named = name is not None
        self.reason = f"{self.isa} {name or hex(code)}"
        self.start, self.end = None, end
        self.length = 0
        self.vm = self.vcpu = None
        self.user = self.halted = self.off_cpu = self.backwards = 0
        self.level = None
        self.rip, self.detail = "unknown", ("unknown", None, "unknown")


def new_exit(rec, event, end):
    code = code_of(event)
    return Exit(*code, rec.names.get(code), end.ts, end.cpu, end.tid)


def stamped_exits(rec):
    """Each kvm_entry that has a number accounts one."""
    details, begun, exits = Details(rec), {}, []
    for event in rec.events:
        if event.name == "kvm_exit":
            begun[event["vm"], event["vcpu_id"], event["tsc"]] = event
    for entry in rec.events:
        if entry.name != "kvm_entry" or not entry["seq"]:
            continue
        one = new_exit(rec, entry, entry)
        one.vm, one.vcpu = entry["vm"], entry["vcpu_id"]
        one.epoch, one.seq, one.report = entry["epoch"], entry["seq"], entry["report"]
        one.user, one.halted = entry["user"], entry["halted"]
        one.off_cpu = entry["off_cpu"]
        cycles = (entry["tsc"] - entry["exit_tsc"] - one.user - one.halted -
                  one.off_cpu - entry["traced"])
        one.backwards, one.length = int(cycles < 0), max(cycles, 0)
        begin = begun.get((one.vm, one.vcpu, entry["exit_tsc"]))
        if begin and code_of(begin) == code_of(entry):
            details.attach(one, begin, entry.ts)
        exits.append(one)
    return exits


def round_trips(rec):
    """(exits, how many are unused): from each kvm_exit to the thread's next event"""
    details, exits, unused, open_exits = Details(rec), [], 0, {}
    for event in rec.events:
        if event.name not in ("kvm_exit", "kvm_entry"):
            continue
        begin = open_exits.pop(event.tid, None)
        if begin and rec.lost_between(begin.ts, event.ts):
            unused += 1
        elif begin:
            ended = event.name == "kvm_entry"
            one = new_exit(rec, begin, event if ended else begin)
            one.length = event.ts - begin.ts if ended else None
            details.attach(one, begin, event.ts)
            exits.append(one)
        if event.name == "kvm_exit":
            open_exits[event.tid] = event
    alone = all(event.name != "kvm_entry" for event in rec.events)
    for begin in open_exits.values():
        # Nothing says that it is open where kvm_entry was not recorded.
        if alone and rec.lost_between(begin.ts, rec.last):
            unused += 1
        elif alone:
            one = new_exit(rec, begin, begin)
            one.length = None
            details.attach(one, begin, rec.last)
            exits.append(one)
    return exits, unused


def missing(rec):
    """(before, lost), over all epochs: numbers below the lowest, and holes"""
    numbers, highest = defaultdict(set), defaultdict(int)
    for event in rec.events:
        if event.name in ("kvm_entry", "kvm_exit_report") and event["seq"]:
            epoch = event["epoch"]
            highest[epoch] = max(highest[epoch], event["seq"])
            if event.name == "kvm_entry":
                numbers[epoch].add(event["seq"])
    before = lost = 0
    for epoch, top in highest.items():
        lowest = min(numbers[epoch], default=1)
        before += lowest - 1
        lost += top - (lowest - 1) - len(numbers[epoch])
    return before, lost
