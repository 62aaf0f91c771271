# SPDX-License-Identifier: GPL-2.0
"""From a submission to the facts that judge.py reads: apply, build, boot."""

import json
import shutil
import subprocess
import time
from pathlib import Path

from . import answers, apply, bases, boots, build, diff, sandbox

VENDORS = {"arch/x86/kvm/svm/": "AMD-V", "arch/x86/kvm/vmx/": "VT-x"}


class Collector:
    """
    @lab: its folder; @finder, @builder: see there, without a builder nothing is built;
    @isas: what is booted, @runs times; @checked: also a kernel that checks memory
    """

    def __init__(self, lab, finder, builder, say, isas=(), checked=False, runs=1):
        self.lab, self.finder, self.builder = Path(lab), finder, builder
        self.isas, self.checked, self.runs, self.say = isas, checked, runs, say

    def collect(self, submission, folder, slot):
        """facts.json in @folder, and what it names; kernels are built in @slot."""
        began = time.monotonic()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        facts = {"form": None, "applies": {"ok": False, "said": "there is no diff"},
                 "builds": None, "hooks": [], "answers": answers_of(submission),
                 "boots": [], "notes": []}
        if submission.form is not None or submission.is_mail:
            facts["form"] = {"faults": submission.form or [], "notes": []}
        facts["notes"] += submission.notes
        if submission.diff is not None:
            (folder / "submission.diff").write_bytes(submission.diff)
            self.try_diff(submission, facts, folder, slot)
        facts["seconds"] = round(time.monotonic() - began)
        (folder / "facts.json").write_text(json.dumps(facts, indent=1))

    def try_diff(self, submission, facts, folder, slot):
        try:
            base, remark = self.finder.find(submission.commit, submission.diff)
        except bases.BadBase as error:
            facts["applies"] = {"ok": False, "said": str(error)}
            return
        if remark:
            facts["notes"].append(remark)
        changed = folder / "changed"
        facts["applies"] = apply.apply(submission.diff, base, changed)
        if remark and not facts["applies"]["ok"]:
            # That is nobody's mistake but ours.
            facts["applies"].update(unknown=True, said="not known: its commit is in no "
                                    f"tree that was given (--tree), and to {base.name}, "
                                    "which is nearest, it does not apply")
        facts["hooks"] = hooks_of(submission.diff)
        facts["atomic"] = diff.counts_atomically(submission.diff)
        if facts["applies"]["ok"] and self.builder:
            gone = apply.removed(submission.diff, base, changed)
            self.say(f"{submission.name}: builds")
            facts["builds"] = self.builder.build(base, slot, changed, gone)
            shutil.copy(slot / "build.log", folder / "build.log")
            if facts["builds"]["ok"]:
                self.boot_all(submission, facts, folder, slot)
            if self.checked and "svm" in self.isas and all(
                    boot["ended"] == "done" for boot in facts["boots"]) and \
                    facts["builds"]["ok"]:
                self.check_memory(submission, facts, folder, slot, base, changed, gone)
        shutil.rmtree(changed, ignore_errors=True)

    def boot_all(self, submission, facts, folder, slot):
        for isa in self.isas:
            self.say(f"{submission.name}: boots on {boots.MACHINES[isa]['vendor']}")
            try:
                for run in range(self.runs):
                    facts["boots"].append(self.boot(submission, isa, folder, slot,
                                                    run=run))
            except build.NoKernel as error:
                facts["builds"] = {"ok": False, "said": str(error), "warnings": []}
                return

    def boot(self, submission, isa, folder, slot, **how):
        kernel = build.copy_kernel(slot, slot / "kernel", ["variant graded"])
        initrd = subprocess.run([str(self.lab / "build-initrd"), str(kernel)], text=True,
                                stdout=subprocess.PIPE, check=True).stdout.strip()
        try:
            return boots.boot(self.lab, isa, kernel, initrd, folder, submission.name,
                              build.version_of(slot / "src"), **how)
        finally:
            if (kernel / "lib").exists():
                # Nobody else has these modules.
                Path(initrd).unlink(missing_ok=True)

    def check_memory(self, submission, facts, folder, slot, base, changed, gone):
        """On AMD-V only: its exit codes are those that are beyond arrays."""
        self.say(f"{submission.name}: builds and boots with KASAN")
        found = self.builder.build(base, slot, changed, gone, checked=True)
        shutil.copy(slot / "build.log", folder / "build-checked.log")
        if not found["ok"]:
            facts["notes"].append(f"with KASAN it does not build: {found['said']}")
            return
        facts["boots"].append(self.boot(submission, "svm", folder, slot, checked=True))


def answers_of(submission):
    if not submission.is_mail:
        return None
    if submission.pdf is None:
        return {"faults": ["there are no answers"] * 3, "interval": None}
    text = sandbox.text_of_pdf(submission.pdf)
    if not text.strip():
        return {"faults": ["the PDF has no text"] * 3, "interval": None}
    return {"faults": answers.faults(text, submission.members, typeset=True),
            "interval": answers.interval(text)}


def hooks_of(data):
    """The one vendor whose files a diff touches; [] where it may be both"""
    found = diff.read(data)
    touched = [vendor for path, vendor in VENDORS.items() if found.touches(path)]
    return touched if len(touched) == 1 and not found.touches(
        "arch/x86/kvm/x86.c", "virt/kvm/") else []
