# SPDX-License-Identifier: GPL-2.0
"""Boots of a submission's kernel in the lab's emulators, and what they left."""

import os
import re
import shutil
import subprocess

from . import sandbox, witness

# Of CPU time; see boot.sh
SECONDS = 900		# for a boot, whatever it does
SILENCE = 240		# without progress
PATIENCE = 9		# times as long by the clock, should boot.sh itself hang
LOG_MAX = 64 << 20
PANIC = re.compile(r"Kernel panic - not syncing: (.*)")
ENDED = {"124", "137", "143"}	# by timeout
NO_END = "the guest did not end in 100 s"

MACHINES = {
    "svm": {"vendor": "AMD-V", "script": "boot-qemu",
            "env": {"LAB_APPEND": "log_buf_len=16M"}},
    "vmx": {"vendor": "VT-x", "script": "boot-bochs",
            "env": {"LAB_APPEND": "scale=4 log_buf_len=16M"}},
}
# Emulators do the same each time, and a race that is not lost is never lost: another
# run has another pace, or turns of another length.
RUNS = (
    {"LAB_QEMU": "-icount shift=3,sleep=off", "LAB_QUANTUM": "16"},
    {"LAB_QEMU": "-icount shift=2,sleep=off", "LAB_QUANTUM": "5"},
    {"LAB_QEMU": "-icount shift=4,sleep=off", "LAB_QUANTUM": "32"},
)
# With such a clock, older ones hang when they start their second CPU.
CLOCK_SINCE = (6, 12)


def boot(lab, isa, kernel, initrd, folder, name, version, checked=False, run=0):
    """
    The facts of one boot, as judge.py has them; @version: of the kernel, as numbers;
    @checked: it has KASAN
    """
    machine = MACHINES[isa]
    env = dict(os.environ, **machine["env"], **RUNS[run],
               LAB_NAME=f"{name}: {machine['vendor']}", LAB_CPUS="2",
               LAB_TIMEOUT=str(SILENCE), LAB_LIMIT=str(SECONDS))
    if version < CLOCK_SINCE:
        env["LAB_QEMU"] = ""
    facts = {"isa": isa, "vendor": machine["vendor"], "ended": "done", "guest": "",
             "kasan": checked, "log": f"{isa}.log", "phases": []}
    if checked:
        facts["log"] = f"{isa}-checked.log"
    elif run:
        facts["log"] = f"{isa}-{run + 1}.log"
    output = folder / facts["log"].removesuffix(".log")
    shutil.rmtree(output, ignore_errors=True)
    try:
        done = sandbox.run([str(lab / machine["script"]), str(kernel), str(initrd),
                            str(output), "graded"], SECONDS * PATIENCE, env=env,
                           text=True, errors="replace", stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode:
            facts["ended"] = why(output, done.stderr)
    except sandbox.TooLong:
        facts["ended"] = (f"it was not done after {SECONDS * PATIENCE} s: "
                          f"{last_step(output)}")
    collect(facts, output, folder)
    for rest in ("results.img", "lab.iso"):
        (output / rest).unlink(missing_ok=True)
    return facts


def text_of(path, most=LOG_MAX):
    """Of a file that a stranger's kernel has written: no link is followed."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            return file.read(most).decode("utf-8", "replace")
    except OSError:
        return ""


def last_step(output):
    steps = re.findall(r"^lab: (.*?)\r?$", text_of(output / "console.log"), re.M)
    if not steps:
        return "it did not come to its first process"
    return f"it hung in {steps[-1]!r}"


def why(output, said):
    console = text_of(output / "console.log")
    panic = PANIC.search(console)
    if panic:
        return f"the kernel panicked: {panic[1].strip()[:160]}"
    if "hung" in said:
        return f"no progress for {SILENCE} s: {last_step(output)}"
    if "not done" in said:
        return f"it was not done after {SECONDS} s: {last_step(output)}"
    log = text_of(output / "graded" / "log").strip().splitlines()
    if log:
        return f"the guests could not be recorded: {log[-1][:160]}"
    return f"it came to no end: {last_step(output)}"


def collect(facts, output, folder):
    """The log for the judge, what was recorded, what the guests say"""
    results = output / "graded"
    log = text_of(results / "dmesg.txt")
    if facts["ended"] != "done" or not log:
        log += text_of(output / "console.log")
    (folder / facts["log"]).write_text(log)
    for line in text_of(results / "guests.txt").splitlines():
        name, status, said = (line.split(" ", 2) + ["", ""])[:3]
        if status != "0":
            title = witness.PHASES.get(name, {"title": name})["title"]
            facts["guest"] = (f"{title}: {NO_END}" if status in ENDED else f"{title}: {said or status}")
            break
    if facts["ended"] != "done":
        return
    recording = results / "trace.dat"
    try:
        if recording.is_symlink() or not recording.is_file():
            raise witness.BadWitness("there is no recording")
        seen = witness.read_recording(recording)
        facts["phases"] = seen.phases
        if seen.isa != facts["isa"]:
            raise witness.BadWitness(f"exits of {seen.isa} where {facts['isa']} is")
    except witness.BadWitness as error:
        facts["ended"] = f"what was recorded proves nothing: {error}"
