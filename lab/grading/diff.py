# SPDX-License-Identifier: GPL-2.0
"""A unified diff as it was handed in: what it changes, and how it was mangled."""

import re
from dataclasses import dataclass, field

SIZE_MAX = 16 << 20
FILES_MAX = 200
# Where a diff for this assignment has something to do.
KVM = ("arch/x86/kvm/", "virt/kvm/", "include/", "arch/x86/include/",
       "Documentation/virt/kvm/")
PRODUCTS = re.compile(r"\.(o|ko|cmd|orig|rej|swp|mod|mod\.c|order|a|d|patch|diff"
                      r"|symvers)$|(^|/)(\.config(\.old)?|vmlinux|System\.map)$|~$")

HEADER = re.compile(rb"diff --git (?:a/(\S+) b/(\S+)|\"a/.*\" \"b/.*\")$")
HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
# Lines between the header of a file and its first hunk
EXTENDED = re.compile(rb"(index|old mode|new mode|new file mode|deleted file mode"
                      rb"|similarity index|dissimilarity index|rename from"
                      rb"|rename to|copy from|copy to|--- |\+\+\+ |Binary files"
                      rb"|GIT binary patch)")
ENDS = (b"diff --git ", b"-- ", b"From ")
ATOMIC = re.compile(rb"\b(?:raw_)?atomic(?:64|_long)?_(?:fetch_)?(?:inc|add)|"
                    rb"\b_*this_cpu_(?:inc|add)|\block\s*;?\s*(?:inc|xadd)", re.I)
# Where a loop steps on, and where a makefile names objects, nothing is counted.
PLAIN = re.compile(rb"\+\+|\+=(?!.*\.o\b)")
LOOP = re.compile(rb"\bfor\s*\(")


@dataclass
class Diff:
    """@faults: sentences, the worst first; @notes cost nothing."""

    data: bytes
    paths: list = field(default_factory=list)
    faults: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    def touches(self, *prefixes):
        return any(path.startswith(prefixes) for path in self.paths)


def read(data):
    """Of any bytes, a Diff"""
    diff = Diff(data)
    for look in (look_at_size, look_at_bytes, look_at_ends):
        look(diff)
    if not diff.faults or b"\r\n" in data:
        look_at_lines(diff)
        look_at_paths(diff)
    return diff


def look_at_size(diff):
    if not diff.data.strip():
        diff.faults.append("the diff is empty")
    elif len(diff.data) > SIZE_MAX:
        diff.faults.append(f"the diff has {len(diff.data)} bytes: that of a whole "
                           "tree, not of a change")


def look_at_bytes(diff):
    start = diff.data[:4096].lower()
    if diff.data.startswith((b"\xff\xfe", b"\xfe\xff")):
        diff.faults.append("the diff is UTF-16, as some shells write it; git apply "
                           "wants bytes as git wrote them")
    elif diff.data.startswith((b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ",
                               b"7z\xbc\xaf", b"Rar!")):
        diff.faults.append("the diff is an archive")
    elif b"\0" in diff.data:
        diff.faults.append("the diff has a NUL byte: it is no text")
    elif re.search(rb"<html|<!doctype html|<pre|<br", start):
        diff.faults.append("the diff is HTML")
    elif b"\x1b[" in diff.data:
        diff.faults.append("the diff has escape sequences of a terminal: it was made "
                           "with colours (git diff --no-color)")


def look_at_ends(diff):
    if diff.data and b"\r\n" in diff.data:
        number = diff.data.count(b"\r\n")
        diff.faults.append(f"{number} lines of the diff end with CR LF: it was "
                           "saved by a program that changes line ends")


def unmangled(data):
    """The same with line ends and wrapped lines as git writes them"""
    lines = data.replace(b"\r\n", b"\n").split(b"\n")
    joined, hunks = [], False
    for line in lines:
        if HUNK.match(line) or line.startswith(ENDS):
            hunks = line.startswith(b"@@")
        elif hunks and line and not line.startswith((b" ", b"+", b"-", b"\\")):
            # Also behind the last line of a hunk
            joined[-1] += b" " + line
            continue
        joined.append(line)
    return b"\n".join(joined)


class Counts:
    """How many lines of a hunk are to come: @old and @new"""

    def __init__(self):
        self.old = self.new = 0

    @property
    def open(self):
        return self.old > 0 or self.new > 0

    def take(self, line):
        """False: this line does not belong into a hunk."""
        if not self.open:
            hunk = HUNK.match(line)
            if hunk:
                self.old = int(hunk[1] or 1)
                self.new = int(hunk[2] or 1)
            return True
        if line.startswith(b"\\"):
            return True
        kind = line[:1] or b" "
        self.old -= kind in b" -"
        self.new -= kind in b" +"
        return kind in b" +-" and self.old >= 0 and self.new >= 0


def look_at_lines(diff):
    lines = diff.data.replace(b"\r\n", b"\n").split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    counts, named = Counts(), False
    for number, line in enumerate(lines, 1):
        inside = counts.open
        if not counts.take(line):
            diff.faults.append(
                f"line {number} of the diff is neither context nor a change: lines "
                f"were wrapped, or some are missing: {shown(line)}")
            return
        if not inside:
            named |= look_at_header(diff, line, number)
    if counts.open:
        diff.faults.append(f"the diff ends within a hunk: {counts.old} old and "
                           f"{counts.new} new lines are missing")
    elif not named:
        diff.faults.append('no line "diff --git a/... b/...": this is not what '
                           "git diff writes")
    elif not any(HUNK.match(line) for line in lines):
        diff.faults.append("the diff has no hunk: it changes nothing")
    look_at_blanks(diff, lines)


def look_at_header(diff, line, number):
    header = HEADER.match(line)
    if header and header[2]:
        diff.paths.append(header[2].decode("utf-8", "replace"))
    elif line.startswith((b"diff --cc ", b"diff --combined ")):
        diff.faults.append("a combined diff, of a merge: no tool applies it")
    elif line.startswith((b"Binary files ", b"GIT binary patch")):
        diff.faults.append(f"line {number} of the diff: a binary file")
    elif re.match(rb"(new mode|new file mode) (120000|160000)", line):
        diff.faults.append(f"line {number} of the diff: a symbolic link or submodule")
    return bool(header)


def look_at_blanks(diff, lines):
    """C of the kernel is full of tabs."""
    code = [line for line in lines if line[:1] in (b" ", b"+", b"-")]
    if len(code) > 20 and not any(b"\t" in line for line in code):
        diff.faults.append("the diff has no tab: tabs were turned into spaces")


def look_at_paths(diff):
    if len(set(diff.paths)) > FILES_MAX:
        diff.faults.append(f"{len(set(diff.paths))} files are changed: a diff of a "
                           "whole tree, or against another commit")
    for path in dict.fromkeys(diff.paths):
        if path.startswith("/") or ".." in path.split("/") or \
                ".git" in path.split("/"):
            diff.faults.append(f"the diff writes outside the tree: {shown(path)}")
        elif PRODUCTS.search(path):
            diff.faults.append(f"the diff has what a build or an editor made: "
                               f"{shown(path)}")
    outside = [path for path in dict.fromkeys(diff.paths)
               if not path.startswith(KVM)]
    if outside:
        some = ", ".join(shown(path) for path in outside[:3])
        more = f" and {len(outside) - 3} more" if len(outside) > 3 else ""
        diff.notes.append(f"it writes outside KVM: {some}{more}")


def counts_atomically(data):
    """Whether all that the new lines add up is added by atomics"""
    lines = [line[1:] for line in data.split(b"\n") if line.startswith(b"+") and
             not line.startswith(b"+++ ") and not LOOP.search(line)]
    return any(map(ATOMIC.search, lines)) and not any(map(PLAIN.search, lines))


def shown(text, limit=60):
    """As one word of a message: printable, not too long"""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    text = "".join(c if c.isprintable() else "?" for c in text)
    return repr(text if len(text) <= limit else text[:limit - 3] + "...")
