# SPDX-License-Identifier: GPL-2.0
"""A recording as trace-cmd prints it: events, losses, names of exit reasons."""

import re
import subprocess

import arch

LINE = re.compile(r"^.*?-(\d+)\s+\[(\d+)\]\s*(\d+)(?:\.(\d{9}))?: +(\w+): +(.*)$")
DROPPED = re.compile(r"^CPU:(\d+) \[(?:(\d+) )?EVENTS DROPPED\]$")
FIELD = re.compile(r"(\w+)=(\S+)")
NAMED = re.compile(r"\breason (.*?)(?: 0x[0-9a-f]+| FAILED_VMENTRY)*(?: rip .*)?$")
BEGINNING, END = -1, 1 << 64

# Printed in hexadecimal without 0x, as the kernel's print formats have it
HEX = {
    "kvm_msr": {"ecx", "data"},
    "kvm_cpuid": {"function", "index", "rax", "rbx", "rcx", "rdx"},
    "kvm_cr": {"cr", "val"},
}
INSIDE = {"kvm_pio", "kvm_msr", "kvm_mmio", "kvm_fast_mmio", "kvm_cr", "kvm_cpuid",
          "kvm_hypercall", "kvm_hv_hypercall", "kvm_xen_hypercall",
          "kvm_page_fault", "kvm_inj_virq", "kvm_apic_accept_irq", "kvm_guest_fault", "kvm_wfx_arm64",
          "kvm_hvc_arm64", "kvm_handle_sys_reg", "kvm_hcall_enter"}
WHERE = {"kvm_userspace_exit", "kvm_fpu", "kvm_vcpu_wakeup", "sched_switch"}
WANTED = INSIDE | WHERE | {"kvm_nested_vmexit", "kvm_exit", "kvm_entry", "kvm_exit_report",
                           "kvm_exit_stats"}
# What powerpc calls them
CALLED = {"kvm_guest_exit": "kvm_exit", "kvm_guest_enter": "kvm_entry"}


class Event:
    __slots__ = ("ts", "cpu", "tid", "name", "fields")

    def __init__(self, ts, cpu, tid, name, fields):
        self.ts, self.cpu, self.tid = ts, cpu, tid
        self.name, self.fields = name, fields

    def __getitem__(self, field):
        return self.fields[field]


def number(event, field, text):
    try:
        return int(text, 16 if field in HEX.get(event, ()) else 0)
    except ValueError:
        return text


def code_of(event):
    """Of kvm_exit, or of the exit that a kvm_entry accounts."""
    if (elsewhere := arch.code_of(event)):
        return elsewhere
    code = event["exit_reason"]
    return event["isa"], code & 0xffff if event["isa"] == 1 else code


class Recording:
    """
    events      those that figures come from, in the order of time
    gaps        (cpu, from, to): time stamps of the records around each loss
    first, last time stamps of any events
    is_time     time stamps are ns, not ticks
    names       (isa, code): what the print formats call it
    has         names of the events that were recorded, if any came
    elsewhere   it is of another architecture than x86
    """

    def __init__(self, path):
        self.path = path
        self.events, self.gaps, self.names = [], [], {}
        self.lost_events = self.lost_places = 0
        self.first = self.last = None
        self.is_time = True
        has = {line.partition(":")[2] for line in self._report("-E")}
        self.has = {CALLED.get(name, name) for name in has}
        self._read()
        self.elsewhere = any(e.name == "kvm_exit" and arch.code_of(e)
                             for e in self.events)
        if not self.elsewhere:
            self._read_names()
        entry = next((e for e in self.events if e.name == "kvm_entry"), None)
        self.patched = entry is not None and "seq" in entry.fields

    def _report(self, *options):
        command = ["trace-cmd", "report", *options, self.path]
        run = subprocess.run(command, check=True, text=True, errors="replace",
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return run.stdout.splitlines()

    def _read(self):
        latest, gap = {}, set()
        for line in self._report("-R", "-t"):
            if match := DROPPED.match(line):
                gap.add(int(match[1]))
                self.lost_events += int(match[2] or 0)
                self.lost_places += match[2] is None
            elif match := LINE.match(line):
                self._add(match, latest, gap)
            elif line.startswith("cpus="):
                self.cpus = int(line[5:])

    def _add(self, match, latest, gap):
        ts, cpu = int(match[3] + (match[4] or "")), int(match[2])
        name = CALLED.get(match[5], match[5])
        self.is_time = match[4] is not None
        self.first = ts if self.first is None else self.first
        self.last = ts
        if cpu in gap:
            self.gaps.append((cpu, latest.get(cpu, BEGINNING), ts))
            gap.remove(cpu)
        latest[cpu] = ts
        if name in WANTED:
            fields = {key: number(name, key, value)
                      for key, value in FIELD.findall(match[6])}
            self.events.append(Event(ts, cpu, int(match[1]), name, fields))

    def _read_names(self):
        """
        Each printed name belongs to the raw event at the same place.  Of
        kvm_entry, libtraceevent 1.7 prints none on VMX.
        """
        for event, isas in (("kvm_exit", (1, 2)), ("kvm_entry", (2,))):
            if event not in self.has:
                continue
            raw = [e for e in self.events if e.name == event]
            printed = [match[6] for line in self._report("-N", "-t", "-F", event)
                       if (match := LINE.match(line))]
            for one, text in zip(raw, printed, strict=True):
                named = NAMED.search(text)
                if named and one.fields.get("isa") in isas and \
                        not named[1].startswith("0x"):
                    self.names[code_of(one)] = named[1]
        # Its code is -1, which libtraceevent does not find in 32 bits.
        self.names.setdefault((2, 0xffffffff), "invalid_guest_state")

    def lost_between(self, start, end):
        """Were events lost that may be of a thread from @start to @end?"""
        return any(start < to and end > since for _, since, to in self.gaps)
