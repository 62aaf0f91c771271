# SPDX-License-Identifier: GPL-2.0
"""
What an exit was about, by the manuals (Intel SDM volume 3, chapter "VM exits",
exit qualification; AMD APM volume 2, appendix C) and by the events inside it,
as the man page ranks them.
"""

from bisect import bisect_left
from collections import defaultdict

import arch
from recording import INSIDE

VALID = 1 << 31
EXCEPTIONS = {0: "DE", 1: "DB", 2: "NMI", 3: "BP", 4: "OF", 5: "BR", 6: "UD",
              7: "NM", 8: "DF", 10: "TS", 11: "NP", 12: "SS", 13: "GP", 16: "MF",
              17: "AC", 18: "MC", 19: "XM", 20: "VE", 21: "CP"}
FLAGS = {26: "bus_lock", 27: "enclave", 28: "pending_mtf", 29: "vmx_root",
         31: "entry_failure"}
NOTHING = (0, ("none", None, ""))


def asked(kind, value, text):
    return 4, (kind, value, text)


def why(kind, value, text):
    return 3, (kind, value, text)


def of_size(size):
    return f" size {size}" if size else ""


def port(write, value, size):
    return asked("port", value, f"{'out' if write else 'in'} {value:#x}{of_size(size)}")


def register(kind, write, value):
    return asked(kind, value, f"{'write' if write else 'read'} {kind}{value}")


def apic(write, offset):
    return asked("apic", offset, f"apic {'write' if write else 'read'} {offset:#x}")


def fault(address, error):
    return why("fault", address, f"fault {address:#x} error {error:#x}")


def exception(vector):
    name = EXCEPTIONS.get(vector)
    return why("exception", vector, f"#{name}" if name else f"exception {vector}")


def vector(value):
    return why("vector", value, f"vector {value:#x}")


def vmx_cr(qualification):
    cr, kind = qualification & 15, qualification >> 4 & 3
    if kind < 2:
        return register("cr", kind == 0, cr)
    return asked("cr", cr, "clts" if kind == 2 else "lmsw")


def of_vmx(code, e):
    info, intr = e["info1"], e["intr_info"]
    if code == 0 and intr & VALID:
        return fault(info, e["error_code"]) if intr & 255 == 14 else \
            exception(intr & 255)
    if code == 1 and intr & VALID:
        return vector(intr & 255)
    if code == 28:
        return vmx_cr(info)
    if code == 29:
        return register("dr", not info & 16, info & 7)
    if code == 30:
        return port(not info & 8, info >> 16 & 0xffff, (info & 7) + 1)
    if code == 44:
        return apic(info >> 12 & 15 == 1, info & 0xfff)
    if code == 45:
        return vector(info & 255)
    if code == 56:
        return apic(True, info & 0xfff)
    return NOTHING


def of_svm(code, e):
    info1, info2 = e["info1"], e["info2"]
    if code < 0x20:
        return register("cr", code & 16, code & 15)
    if code < 0x40:
        return register("dr", code & 16, code & 15)
    if code == 0x4e or code == 0x400:
        return fault(info2, info1)
    if code < 0x60:
        return exception(code - 0x40)
    if code == 0x65:
        return register("cr", True, 0)
    if code == 0x7b:
        return port(not info1 & 1, info1 >> 16 & 0xffff, info1 >> 4 & 7)
    if code == 0x402:
        return apic(info1 >> 32 & 1, info1 & 0xff0)
    return NOTHING


def mmio(write, e, size):
    return asked("mmio", e["gpa"], f"mmio {'write' if write else 'read'} "
                                   f"{e['gpa']:#x}{of_size(size)}")


def of_event(e):
    if (told := arch.of_event(e)):
        return told
    if e.name == "kvm_pio":
        return port(e["rw"], e["port"], e["size"])
    if e.name == "kvm_msr":
        return asked("msr", e["ecx"], f"{'wr' if e['write'] else 'rd'}msr {e['ecx']:#x}")
    if e.name == "kvm_mmio":
        return mmio(e["type"] == 2, e, e["len"])
    if e.name == "kvm_fast_mmio":
        return mmio(True, e, 0)
    if e.name == "kvm_cr":
        return register("cr", e["rw"], e["cr"])
    if e.name == "kvm_cpuid":
        return asked("cpuid", e["function"], f"leaf {e['function']:#x}")
    if e.name == "kvm_hypercall":
        return asked("hypercall", e["nr"], f"hypercall {e['nr']}")
    if e.name == "kvm_hv_hypercall":
        return asked("hyperv", e["code"], f"hyperv call {e['code']:#x}")
    if e.name == "kvm_xen_hypercall":
        return asked("xen", e["nr"], f"xen call {e['nr']}")
    if e.name == "kvm_page_fault":
        return fault(e["fault_address"], e["error_code"])
    if e.name == "kvm_apic_accept_irq":
        number = e["vec"]
        return (1, ("accepted", number, f"accepted vector {number:#x}")) \
            if e["dm"] in (0, 0x100) else NOTHING
    number = e["vector"]
    return 2, ("injected", number, f"injected vector {number:#x}")


class Details:
    def __init__(self, rec):
        self.rec = rec
        self.inside = defaultdict(list)
        for event in rec.events:
            if event.name in INSIDE:
                self.inside[event.tid].append(event)
        self.nested = defaultdict(list)
        for event in rec.events:
            if event.name == "kvm_nested_vmexit":
                self.nested[event.tid].append(event.ts)

    def attach(self, one, begin, end):
        """@begin is the kvm_exit of @one, which is over at @end."""
        elsewhere = arch.code_of(begin)
        one.start = begin.ts
        one.rip = hex(arch.rip_of(begin) if elsewhere else begin["guest_rip"])
        best = arch.of_exit(*elsewhere, begin) if elsewhere else \
            (of_vmx if one.isa == "vmx" else of_svm)(one.code, begin)
        events = self.inside[one.tid]
        at = bisect_left(events, begin.ts, key=lambda e: e.ts)
        while at < len(events) and events[at].ts < end:
            told = of_event(events[at])
            best = told if told[0] > best[0] else best
            at += 1
        one.detail = best[1]
        nested = self.nested[one.tid]
        at = bisect_left(nested, begin.ts)
        one.level = "L2" if at < len(nested) and nested[at] < end else \
            None if self.rec.lost_between(begin.ts, end) else "L1"
        if best[0] < 4 and self.rec.lost_between(begin.ts, end):
            one.detail = ("unknown", None, "unknown")
        if one.isa == "vmx":
            kind, value, text = one.detail
            flags = [name for bit, name in FLAGS.items()
                     if begin["exit_reason"] >> bit & 1]
            one.detail = kind, value, ", ".join([text] * bool(text) + flags)
