# SPDX-License-Identifier: GPL-2.0
"""Where the time of each vCPU went: docs/accounting.md, "All of a vCPU's time"."""

from collections import defaultdict

from figures import Range
from recording import BEGINNING, END, WHERE

PARTS = ("guest", "processing", "user", "halted", "off_cpu", "traced", "unknown",
         "before", "after")
SECTIONS = ("user", "halted", "off_cpu", "traced")


def finish(parts, first, last, span):
    parts["before"] = first - span[0]
    parts["after"] = span[1] - last
    parts["span"] = span[1] - span[0]
    return parts


def total(values):
    """None: what nothing tells, of none of them"""
    values = [value for value in values if value is not None]
    return sum(values, start=0) if values else None


# By stamps

def stamped_gaps(rec):
    """The stamps around each loss, of events of ours on that CPU"""
    stamps, gaps = defaultdict(list), []
    for event in rec.events:
        if event.name in ("kvm_exit", "kvm_entry"):
            stamps[event.cpu].append((event.ts, event["tsc"]))
    for cpu, since, to in rec.gaps:
        gaps.append((max((tsc for ts, tsc in stamps[cpu] if ts <= since),
                         default=BEGINNING),
                     min((tsc for ts, tsc in stamps[cpu] if ts >= to), default=END)))
    return gaps


def stamped_times(rec):
    """
    {(vm, vcpu): parts}; guest and unknown are ranges where events were lost, as
    time stamps of all events say more than the stamps.  Of a vCPU whose stamps
    contradict each other there is only what does not depend on them.
    """
    vcpus, gaps = defaultdict(list), stamped_gaps(rec)
    for event in rec.events:
        if event.name in ("kvm_exit", "kvm_entry"):
            vcpus[event["vm"], event["vcpu_id"]].append(event)
    stamps = [e["tsc"] for events in vcpus.values() for e in events]
    span = min(stamps), max(stamps)
    return {vcpu: stamped_vcpu(rec, sorted(events, key=lambda e: e["tsc"]), gaps, span)
            for vcpu, events in vcpus.items()}


def stamped_vcpu(rec, events, gaps, span):
    parts, doubtful = dict.fromkeys(PARTS, 0), 0
    for before, event in zip(events, events[1:]):
        start, left = before["tsc"], event["tsc"]
        if event.name == "kvm_entry" and event["seq"]:
            left = event["exit_tsc"]
            rest = event["tsc"] - left - sum(event[name] for name in SECTIONS)
            if left < start or rest < 0:
                return finish({}, events[0]["tsc"], events[-1]["tsc"], span)
            for name in SECTIONS:
                parts[name] += event[name]
            parts["processing"] += rest
        ran = before.name == "kvm_entry" and (event.name == "kvm_exit" or event["seq"])
        if not ran or rec.lost_between(before.ts, event.ts):
            parts["unknown"] += left - start
        else:
            parts["guest"] += left - start
            if any(start < to and left > since for since, to in gaps):
                doubtful += left - start
    if doubtful:
        parts["guest"] = Range(parts["guest"] - doubtful, parts["guest"])
        parts["unknown"] = Range(parts["unknown"], parts["unknown"] + doubtful)
    return finish(parts, events[0]["tsc"], events[-1]["tsc"], span)


# By time stamps: each piece between two events of a thread is of one part, which
# its state says: where it is since the first of them.

STATES = {"kvm_entry": "guest", "kvm_exit": "kvm", "kvm_userspace_exit": "user",
          "kvm_fpu": "kvm", "kvm_vcpu_wakeup": "kvm", "out": "off_cpu", "in": "kvm"}


def event_times(rec):
    """{tid: parts}"""
    threads = defaultdict(list)
    for event in rec.events:
        if event.name == "sched_switch":
            threads[event["prev_pid"]].append(("out", event))
            threads[event["next_pid"]].append(("in", event))
        elif event.name in STATES:
            threads[event.tid].append((event.name, event))
    known = known_parts(rec)
    return {tid: {part: value if part in known or value else None
                  for part, value in one_thread(rec, events).items()}
            for tid, events in threads.items()
            if any(name in ("kvm_exit", "kvm_entry") for name, _ in events)}


def known_parts(rec):
    """Those that events of the recording tell"""
    known = {"unknown", "before", "after", "span"}
    came = {event.name for event in rec.events}
    if {"kvm_exit", "kvm_entry"} <= came:
        known.add("guest")
    if {"kvm_userspace_exit", "kvm_fpu"} <= rec.has and not rec.elsewhere:
        known.add("user")
    if "kvm_vcpu_wakeup" in rec.has and rec.is_time:
        known.add("halted")
    needed = WHERE - {"kvm_fpu"} if rec.elsewhere else WHERE
    if needed <= rec.has and rec.is_time:
        known |= {"processing", "off_cpu"}
    return known


def one_thread(rec, moves):
    """It is a vCPU from its first exit or entry on."""
    # How long a thread was halted is told in ns.
    needed = WHERE - {"kvm_fpu"} if rec.elsewhere else WHERE
    rest = "processing" if needed <= rec.has and rec.is_time else "unknown"
    parts, pieces, state, first, last = dict.fromkeys(PARTS, 0), [], None, None, None
    for name, event in moves:
        if not tells(name, event, state):
            continue
        if state is None:
            first = event.ts
        else:
            part = part_of(state, name, rest)
            # No kvm_fpu says when it is back in KVM.
            if part == "user" and rec.elsewhere:
                part = "unknown"
            if rec.lost_between(last, event.ts):
                part = "unknown"
            pieces.append((last, event.ts, part))
        if name == "kvm_vcpu_wakeup":
            pieces = halted(pieces, event.ts - event["ns"])
        if name in ("kvm_exit", "kvm_entry"):
            add_up(parts, pieces)
            pieces = []
        state, last = STATES[name], event.ts
    add_up(parts, pieces)
    return finish(parts, first, last, (rec.first, rec.last))


def tells(name, event, state):
    """Does the event say where the thread is?"""
    if name in ("kvm_exit", "kvm_entry"):
        return True
    if name == "kvm_fpu":
        return state is not None and event["load"] == 1
    # What it does in userspace is its own business.
    return state is not None and (state != "user" or name == "kvm_userspace_exit")


def part_of(state, name, rest):
    """Of what is between the event that led to @state and the next one"""
    if state == "guest":
        return "guest" if name == "kvm_exit" else "unknown"
    if state == "kvm":
        return rest if name != "kvm_exit" else "unknown"
    return state


def halted(pieces, since):
    """What was in KVM, off the CPU or not known from @since on was a halt."""
    changed = []
    for start, stop, part in pieces:
        if part in ("processing", "off_cpu", "unknown"):
            middle = min(max(start, since), stop)
            changed += [(start, middle, part), (middle, stop, "halted")]
        else:
            changed.append((start, stop, part))
    return changed


def add_up(parts, pieces):
    for start, stop, part in pieces:
        parts[part] += stop - start
