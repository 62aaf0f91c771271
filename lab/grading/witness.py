# SPDX-License-Identifier: GPL-2.0
"""
What was recorded by the stock tracepoints while a submission counted, phase by phase,
from the text of "trace-cmd report -R -t".  Time stamps are TSC ticks.
"""

import copy
import re
import subprocess

LINE = re.compile(r"^.*?-(\d+)\s+\[(\d+)\]\s*(\d+)(?:\.(\d+))?: +(\w+): +(.*)$")
FIELD = re.compile(r"(\w+)=(0x[0-9a-fA-F]+|-?\d+)")
MARK = re.compile(r"\bbuf=graded (\S+)")
ISAS = {1: "vmx", 2: "svm"}

# What scenarios/graded.sh does; "exact": no race can lose anything
PHASES = {
    "one": {"title": "one vCPU", "exact": True, "vms": 1},
    "two": {"title": "two vCPUs", "exact": False, "vms": 1},
    "vms": {"title": "two VMs", "exact": False, "vms": 2},
    "fast": {"title": "fast path", "exact": False, "vms": 1, "fast": True},
}


class BadWitness(Exception):
    """A recording that proves nothing, and why"""


class Witness:
    """Counts exits and round trips as events come in the order of time."""

    def __init__(self):
        self.rows, self.open, self.last, self.phases = {}, {}, {}, []
        self.entered = {}
        self.isa = None

    def row(self, code):
        return self.rows.setdefault(str(code), {
            "before": 0, "after": 0, "open": 0, "trips": 0, "min": 0, "max": 0,
            "sum": 0, "reach_max": 0, "reach_sum": 0})

    def mark(self, name):
        """The beginning of a phase, or of the guest that ends it"""
        if name != "end":
            self.finish()
            self.phases.append({"name": name, **PHASES.get(name, {
                "title": name, "exact": False}), "exits_before": self.exits()})
            return
        for row in self.rows.values():
            row["before"] = row["after"]

    def finish(self):
        """All guests so far have ended."""
        for code, _ in self.open.values():
            self.row(code)["open"] += 1
        self.open.clear()
        self.last.clear()
        self.entered.clear()
        if self.phases and "reasons" not in self.phases[-1]:
            self.phases[-1].update(exits=self.exits(), reasons=copy.deepcopy(self.rows))

    def exits(self):
        return sum(row["after"] for row in self.rows.values())

    def exit(self, thread, time, isa, code):
        self.isa = ISAS.get(isa, self.isa)
        if isa == 1:
            code &= 0xffff
        if thread in self.last:
            before, since, earliest = self.last[thread]
            row = self.row(before)
            row["reach_sum"] += time - since
            row["reach_max"] = max(row["reach_max"], time - earliest)
        self.row(code)["after"] += 1
        self.open[thread] = code, time
        # An emulator may have stood still between the exit and its event.
        self.last[thread] = code, time, self.entered.pop(thread, time)

    def entry(self, thread, time):
        self.entered[thread] = time
        if thread not in self.open:
            return
        code, since = self.open.pop(thread)
        row, trip = self.row(code), time - since
        row["min"] = min(row["min"], trip) if row["trips"] else trip
        row["max"] = max(row["max"], trip)
        row["trips"] += 1
        row["sum"] += trip


def read(lines):
    """A finished Witness, from lines of text"""
    witness = Witness()
    for line in lines:
        if "EVENTS DROPPED" in line:
            raise BadWitness("events were lost while it was recorded")
        match = LINE.match(line)
        if not match:
            continue
        thread, time = int(match[1]), int(match[3] + (match[4] or ""))
        if match[5] == "print":
            mark = MARK.search(match[6])
            if mark:
                witness.mark(mark[1])
        elif match[5] == "kvm_entry":
            witness.entry(thread, time)
        elif match[5] == "kvm_exit":
            fields = {key: int(value, 0) for key, value in FIELD.findall(match[6])}
            if "exit_reason" not in fields or "isa" not in fields:
                raise BadWitness("the tracepoint kvm_exit has no exit_reason and isa any "
                                 "more")
            witness.exit(thread, time, fields["isa"], fields["exit_reason"] % 2 ** 32)
    witness.finish()
    if not witness.phases:
        raise BadWitness("no phase was marked in the recording")
    if not witness.exits():
        raise BadWitness("not one exit was recorded: the tracepoints are silent")
    return witness


def read_recording(path):
    run = subprocess.run(["trace-cmd", "report", "-R", "-t", str(path)], text=True,
                         errors="replace", capture_output=True, check=False)
    if run.returncode:
        raise BadWitness(f"trace-cmd cannot read the recording: {run.stderr[:200]}")
    return read(run.stdout.splitlines())
