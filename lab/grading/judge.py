# SPDX-License-Identifier: GPL-2.0
"""
From what was collected about a submission to its marks.  Nothing is run here: a folder
has all there is, in facts.json and the files that it names:

  "form"     {"faults": [...], "notes": [...]}, null without a mail
  "applies"  {"ok": bool, "said": text, "repaired": text, "unknown": bool}; unknown where
             its commit is not at hand
  "builds"   {"ok": bool, "said": text, "warnings": [...]}
  "hooks"    vendors whose files the diff touches; [] where it touches common ones
  "atomic"   whether all counts are atomics: no race loses one
  "seconds"  how long all of it took
  "answers"  {"faults": [...], "interval": number or null}, null without a mail
  "boots"    [{"isa", "vendor", "ended", "guest", "kasan", "log", "phases": [...]}]

"ended" is "done", or what became of the boot, "guest" is what the guest found wrong.  A
phase has its "name" (as in the log: "lab: phase NAME"), "title", "exact", "fast", "vms",
"exits_before", "exits", and "reasons": for each exit reason the exits recorded "before"
and "after" the end's guest, those "open" (never entered again), and of "trips" from exit
to entry "min", "max" and "sum", of those from exit to exit "reach_sum", and from the
entry before to the exit after "reach_max".
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from . import checks, reports
from .boots import NO_END

SPLAT = re.compile(
    r"WARNING: (?:CPU|possible|suspicious|inconsistent|bad|held|lock)|BUG:|Oops|KASAN"
    r"|UBSAN|ODEBUG:|DEBUG_LOCKS_WARN|INFO: (?:task|rcu)|rcu: INFO:"
    r"|INFO: trying to register non-static key|general protection fault"
    r"|Kernel panic|unable to handle|soft lockup|hard LOCKUP")
BOOT_NOISE = re.compile(r"kasan: KernelAddressSanitizer initialized")


@dataclass
class Boot:
    """One boot: what was recorded and what was printed"""

    isa: str
    vendor: str
    ended: str = "done"
    guest: str = ""
    kasan: bool = False
    phases: list = field(default_factory=list)
    printed: dict = field(default_factory=dict)
    splat: str = ""


def read_boot(facts, folder, patterns, atomic=False):
    phases = [dict(phase, sure=phase["exact"] or atomic) for phase in facts["phases"]]
    boot = Boot(facts["isa"], facts["vendor"], facts["ended"], facts.get("guest", ""),
                facts.get("kasan", False), phases)
    try:
        log = (folder / facts["log"]).read_bytes().decode("utf-8", "replace")
    except OSError:
        log = ""
    boot.printed = reports.read(log, boot.isa, patterns)
    for line in log.splitlines():
        if SPLAT.search(line) and not BOOT_NOISE.search(line):
            boot.splat = re.sub(r"^\[ *[\d.]+\](\[ *[CT]\d+\])? ?", "", line).strip()[:200]
            break
    return boot


def marks_of(folder, patterns=()):
    """
    Marks by name: (share, sentence), None where it could not be judged; notes; how many
    seconds it took
    """
    facts = json.loads((Path(folder) / "facts.json").read_text())
    return marks_from(facts, Path(folder), patterns), notes_of(facts), \
        facts.get("seconds", 0)


def unjudged(folder):
    """Why there is no mark, where there is none: by name, "" for all that are not there"""
    facts = json.loads((Path(folder) / "facts.json").read_text())
    why = {"form": "a diff without a mail", "answers": "a diff without a mail"}
    if unseen(facts):
        return why | {"": "no kernel was built"}
    ended = dict.fromkeys(boot["vendor"] for boot in facts["boots"]
                          if boot["ended"] == "done")
    why["memory"] = "no kernel with KASAN was booted"
    why["vendors"] = f"{' and '.join(ended) or 'neither'} alone came to its end"
    why["fastpath"] = "no guest on VT-x came to it"
    if not any(boot["isa"] == "vmx" for boot in facts["boots"]):
        why["fastpath"] = "VT-x was not booted; only there it is seen"
    return why


def marks_from(facts, folder, patterns):
    marks = {"form": form(facts), "applies": applies(facts), "builds": builds(facts),
             "answers": answered(facts)}
    if unseen(facts):
        return marks
    boots = [read_boot(boot, folder, patterns, facts.get("atomic", False))
             for boot in facts["boots"]]
    marks["boots"] = booted(facts, boots)
    interval = (facts.get("answers") or {}).get("interval") or 500
    # A boot that did not come to its end says nothing of the rest.
    done = [boot for boot in boots if boot.ended == "done"]
    plain = [boot for boot in done if not boot.kasan]
    if not plain and blocked(facts, marks):
        why = blocked(facts, marks)
        for name in ("prints", "counts", "fastpath", "vendors", "order", "product",
                     "cycles", "totals", "quiet"):
            marks[name] = 0, why
        if boots and checks.quiet(boots)[0] == 0:
            marks["quiet"] = checks.quiet(boots)
        return marks
    marks.update(prints=checks.prints(plain, interval),
                 counts=checks.counts(plain, interval),
                 fastpath=checks.fastpath(plain),
                 vendors=checks.vendors(plain, facts.get("hooks")),
                 order=checks.order(plain), product=checks.product(plain),
                 cycles=checks.cycles(plain),
                 quiet=checks.quiet(plain), memory=checks.memory(boots))
    marks["totals"] = checks.totals(plain, interval, marks["counts"][0] == 1)
    return marks


def unseen(facts):
    """It was not to be built, or could not be for want of its commit."""
    return facts["builds"] is None and (facts["applies"]["ok"] or
                                        facts["applies"].get("unknown"))


def blocked(facts, marks):
    """Why there is nothing to judge"""
    for name, text in (("applies", "it does not apply"), ("builds", "it does not build"),
                       ("boots", "it does not boot")):
        if marks[name] and marks[name][0] == 0:
            return f"not seen: {text}"
    return "" if facts["boots"] else None


def notes_of(facts):
    notes = list((facts.get("form") or {}).get("notes", ()))
    if facts["applies"].get("unknown"):
        notes.append(facts["applies"]["said"])
    return notes + list(facts.get("notes", ()))


def form(facts):
    found = facts["form"]
    if found is None:
        return None
    if found["faults"]:
        more = len(found["faults"]) - 3
        return 0, "; ".join(found["faults"][:3]) + (f"; and {more} more" if more > 0
                                                     else "")
    return 1, "the mail and the diff are as the assignment asks"


def applies(facts):
    found = facts["applies"]
    if found.get("unknown"):
        return None
    if not found["ok"]:
        return 0, found["said"]
    if found.get("repaired"):
        return 0, f"it does not apply as it is, only {found['repaired']}"
    return 1, found["said"]


def builds(facts):
    found = facts["builds"]
    if found is None:
        return None if unseen(facts) else (0, "not built: it does not apply")
    if not found["ok"]:
        return 0, f"it does not build: {found['said']}"
    if found["warnings"]:
        return 0.5, f"{len(found['warnings'])} warnings: {found['warnings'][0]}"
    return 1, "it builds, and the compiler has nothing to say"


def booted(facts, boots):
    if not boots:
        if facts["builds"] is None and facts["applies"]["ok"]:
            return None
        return 0, "not booted: there is no kernel"
    for boot in boots:
        if boot.kasan:
            # What is wrong there, the point for memory says.
            continue
        if boot.ended != "done":
            why = f"{boot.vendor}: {boot.ended}"
            return 0, f"{why}; before that: {boot.splat}" if boot.splat else why
        if boot.guest and not slowed(boot, boots):
            return 0, f"{boot.vendor}: a guest is not as it should be: {boot.guest}"
    where = " and ".join(dict.fromkeys(boot.vendor for boot in boots))
    return 1, f"it boots on {where}, and guests find nothing wrong" + "".join(
        f"; {boot.vendor} has no time for them beside what is printed: {boot.guest}"
        for boot in boots if boot.guest)


def slowed(boot, boots):
    """
    Whether guests had no time: an emulated machine that takes longer for a flood than
    from tick to tick does nothing else.  The flood is another point.
    """
    return boot.guest.endswith(NO_END) and \
        any(checks.flooded(boot, phase) for phase in boot.phases) and \
        any(other.ended == "done" and not other.guest for other in boots)


def answered(facts):
    found = facts["answers"]
    if found is None:
        return None
    if found["faults"]:
        return max(0, 1 - len(found["faults"]) / 3), "; ".join(found["faults"])
    return 1, "all questions have an answer; what it is worth, a person reads"
