#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
students.py ISA FORM MISTAKE FOLDER: what lab/grade would have collected about the
submission of a student who prints in this form and made this mistake ("none": none).

A model of guests, exit by exit, of what a recording has of them, and of a patch that
counts and prints: none of it is the judge's.
"""

import json
import random
import sys
from pathlib import Path

NAMES = {
    "vmx": {10: "CPUID", 30: "I/O_INSTRUCTION", 32: "MSR_WRITE", 12: "HLT",
            48: "EPT_VIOLATION", 54: "WBINVD", 1: "EXTERNAL_INTERRUPT", 18: "VMCALL"},
    "svm": {0x72: "cpuid", 0x7b: "io", 0x7c: "msr", 0x78: "hlt", 0x400: "npf",
            0x89: "wbinvd", 0x60: "interrupt", 0x81: "hypercall"},
}
COST = {"cpuid": 4000, "io": 9000, "msr": 5000, "hlt": 7_500_000, "npf": 8000,
        "wbinvd": 3500, "interrupt": 6000, "hypercall": 4200}
KIND = {"vmx": {10: "cpuid", 30: "io", 32: "msr", 12: "hlt", 48: "npf", 54: "wbinvd",
                1: "interrupt", 18: "hypercall"}, "svm": NAMES["svm"]}
ENTRY = 600		# from the last line of an exit to the next exit
HANDLER = 900		# before and behind what a handler does
UNITS = 1e9		# of the clock, a second


class Student:
    """Counts and prints; each mistake is one of those that people make."""

    def __init__(self, isa, form, mistake):
        self.isa, self.form, self.mistake = isa, form, mistake
        self.rows, self.total, self.cycles, self.lines = {}, 0, 0, []
        self.interval = 500
        self.seen = 0

    def account(self, code, cycles, fast, racing, vm, now):
        mistake = self.mistake
        if mistake == "handle-exit" and fast:
            return
        if mistake == "other-vendor" and self.isa == "svm":
            return
        if mistake == "no-cpuid" and KIND[self.isa][code] == "cpuid":
            return
        if mistake == "one-vm" and vm > 0:
            return
        if mistake == "racy" and racing and random.random() < 0.08:
            return
        if mistake == "few-lost" and racing and random.random() < 0.01:
            return
        if mistake == "clock-early":
            cycles = 40
        if mistake == "clock-late":
            cycles = 3 * cycles
        row = self.rows.setdefault(code, [0, None, 0, 0, 0])
        row[0] += 2 if mistake == "twice" else 1
        row[1] = cycles if row[1] is None else min(row[1], cycles)
        row[2] = max(row[2], cycles)
        row[3] += cycles
        row[4] = (row[4] + cycles) // 2 if row[4] else cycles
        self.total += 1
        self.cycles += cycles
        interval = {"seldom": 3000, "each": 1}.get(mistake, self.interval)
        if mistake == "never" or self.total % interval:
            return
        if mistake == "skips" and self.total % (3 * interval):
            return
        self.print(now)

    def figures(self, row):
        count, low, high, cycles, running = row
        if self.mistake == "cut":
            cycles %= 2 ** 32
        average = cycles // count
        if self.mistake == "min-zero":
            low = 0
        if self.mistake == "running":
            average = running
        if self.mistake == "swapped":
            low, high = high, low
        return count, low, high, average, cycles

    def print(self, now):
        codes = sorted(self.rows)
        shift = 1 if self.mistake == "shifted" else 0
        whole = self.cycles
        if self.mistake == "total-of-vm":
            whole //= 2
        lines = FORMS[self.form](self, whole, [
            (code + shift, NAMES[self.isa].get(code - (self.mistake == "names"), "cpuid"),
             *self.figures(self.rows[code])) for code in codes])
        for i, line in enumerate(lines):
            self.log(now + i * 20_000, line)

    def log(self, now, line):
        self.lines.append(f"[{now / UNITS:12.6f}] {line}")


def each(*templates):
    """A form: one line for each type, or one for each figure of it"""
    def form(student, whole, rows):
        out = []
        for template in templates:
            if "{total}" in template or "{whole}" in template:
                out.append(template.format(total=student.total, whole=whole))
                continue
            for code, name, count, low, high, average, cycles in rows:
                half, rest = cycles >> 32, cycles & (2 ** 32 - 1)
                out.append(template.format(
                    code=code, name=name, up=name.upper().replace("/", "_"), n=count,
                    low=low, high=high, avg=average, cycles=cycles, hi=half, lo=rest,
                    signed=rest - 2 ** 32 if rest >= 2 ** 31 else rest))
        return out
    return form


ALL = "count {n}, min {low}, max {high}, avg {avg}, cycles {cycles}"
FORMS = {
    "plain": each("kvm: total exits {total}, total cycles {whole}",
                  "kvm: exit {code} ({name}): " + ALL),
    "hex": each("=== KVM exits (Total: {total}) === Total cycles: {whole}",
                "VMEXIT: Exit 0x{code:x} {name} " + ALL),
    "equals": each("exit number {code} exits={n} min={low} max={high} avg={avg} "
                   "total={cycles}", "total cycles for all exits = {whole}"),
    "sentences": each("total number of exits for exit type {code} is {n}",
                      "minimum cycles for exit type {code} is {low}",
                      "maximum cycles for exit type {code} is {high}",
                      "average cycles for exit type {code} is {avg}",
                      "Time spent processing exit {code} is {cycles}",
                      "Total time spent in all exits: {whole} cycles"),
    "halves": each("Exit type {code}: {n}", "Time spent processing exit {code} is {hi}, "
                   "{lo}", "reason {code} min {low} max {high} avg {avg}",
                   "total exits {total}, total cycles {whole}"),
    "signed": each("Exit type {code}: {n}", "Time spent processing exit {code} is {hi}, "
                   "{signed}", "reason {code} min {low} max {high} avg {avg}",
                   "total exits {total}, total cycles {whole}"),
    "names": each("EXIT_REASON_{up} : {n} exits, {cycles} cycles, min {low}, max {high}, "
                  "avg {avg}", "All exits: {total}, cycles: {whole}"),
    "behind": each("exit {code}: {n} exits, {cycles} cycles (min {low}, avg {avg}, max "
                   "{high})", "overall: {total} exits, {whole} cycles"),
    "arrow": each("reason {code} -> {n}", "reason {code} min -> {low}", "reason {code} "
                  "max -> {high}", "reason {code} avg -> {avg}", "reason {code} cycles -> "
                  "{cycles}", "total cycles -> {whole}"),
    "table": each("reason={code} count={n} min={low} max={high} avg={avg} cycles={cycles}",
                  "total={total} total_cycles={whole}"),
    "colons": each("Exit Reason: {code}, Count: {n}, Total cycles: {cycles}, Min: {low}, "
                   "Max: {high}, Avg: {avg}", "Total exits: {total}, Total cycles: "
                   "{whole}"),
    "bare": each("{n}", "{cycles}"),
    "registers": each("{code}- {n:x}, {low:x}, {high:x}, {avg:x}, {cycles:x}",
                      "all- {whole}"),
    "counts-only": each("KVM exit {code} ({name}): {n}", "total exits {total}"),
    "no-total": each("kvm: exit {code} ({name}): " + ALL),
}


def code_of(isa, kind):
    return next(code for code, name in KIND[isa].items() if name == kind)


def guest(vcpus, vms, plan):
    """The exits of one phase: (vm, vcpu, kind), those of vCPUs mixed"""
    lists = []
    for vm in range(vms):
        for vcpu in range(vcpus):
            own = []
            for kind, number in plan:
                own += [(vm, vcpu, kind)] * number
                own += [(vm, vcpu, "interrupt")]
            lists.append(own)
    mixed = []
    while any(lists):
        own = random.choice([own for own in lists if own])
        mixed.append(own.pop(0))
    return mixed


PHASES = [
    {"name": "one", "title": "one vCPU", "exact": True, "vms": 1, "vcpus": 1,
     "plan": [("npf", 60), ("cpuid", 1500), ("io", 1000), ("hlt", 450)]},
    {"name": "two", "title": "two vCPUs", "exact": False, "vms": 1, "vcpus": 2,
     "plan": [("cpuid", 1000), ("wbinvd", 800), ("hlt", 100)]},
    {"name": "vms", "title": "two VMs", "exact": False, "vms": 2, "vcpus": 2,
     "plan": [("io", 500), ("cpuid", 500)]},
]
FAST = {"name": "fast", "title": "fast path", "exact": False, "vms": 1, "vcpus": 2,
        "fast": True, "plan": [("msr", 1000), ("io", 400)]}


def run(isa, form, mistake):
    student = Student(isa, form, mistake)
    seen, phases, now = {}, [], 1_000_000_000
    for phase in PHASES + ([FAST] if isa == "vmx" else []):
        student.log(now, f"lab: phase {phase['name']}")
        before_all = sum(row["after"] for row in seen.values())
        for part, plan in (("work", phase["plan"]), ("pad", [("hypercall", 2200)])):
            vcpus, vms = (phase["vcpus"], phase["vms"]) if part == "work" else (1, 1)
            if part == "pad":
                for row in seen.values():
                    row["before"] = row["after"]
            for vm, _, kind in guest(vcpus, vms, plan):
                code = code_of(isa, kind)
                cycles = int(COST[kind] * random.uniform(0.9, 1.3)) + HANDLER
                row = seen.setdefault(str(code), {
                    "before": 0, "after": 0, "open": 0, "trips": 0, "min": 2 ** 63,
                    "max": 0, "sum": 0, "reach_max": 0, "reach_sum": 0})
                row["after"] += 1
                row["trips"] += 1
                trip, reach = cycles + 100, cycles + 100 + ENTRY
                row["min"], row["max"] = min(row["min"], trip), max(row["max"], trip)
                row["sum"] += trip
                row["reach_sum"] += reach
                row["reach_max"] = max(row["reach_max"], reach)
                now += reach + 20_000
                student.account(code, cycles, phase.get("fast") and kind == "msr",
                                not phase["exact"], vm, now)
        phases.append({key: phase[key] for key in phase if key != "plan"} | {
            "exits_before": before_all, "reasons": json.loads(json.dumps(seen)),
            "exits": sum(row["after"] for row in seen.values())})
    return student.lines, phases


def main():
    isas, form, mistake, folder = sys.argv[1:5]
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    facts = {"form": {"faults": [], "notes": []}, "hooks": [],
             "applies": {"ok": True, "said": "it applies"},
             "builds": {"ok": True, "said": "", "warnings": []},
             "answers": {"faults": [], "interval": 500}, "boots": []}
    for isa in isas.split(","):
        random.seed(isa)
        lines, phases = run(isa, form, mistake)
        (folder / f"{isa}.log").write_text("\n".join(lines) + "\n")
        facts["boots"].append({
            "isa": isa, "vendor": {"svm": "AMD-V", "vmx": "VT-x"}[isa], "ended": "done",
            "guest": "", "kasan": False, "log": f"{isa}.log", "phases": phases})
    (folder / "facts.json").write_text(json.dumps(facts))


if __name__ == "__main__":
    main()
