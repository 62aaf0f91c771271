# SPDX-License-Identifier: GPL-2.0
"""
From what lies there to submissions: a diff, a mail, an mbox, a folder of them.  Whatever
else it is, it is a submission that has faults.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from . import diff as diffs
from . import mail as mails

FROM = re.compile(rb"^From \S+.*\d\d:\d\d", re.M)
HEADER = re.compile(rb"^(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}\r?\n", re.M)
MAILS = re.compile(rb"^(Subject|From|To|Date|MIME-Version|Content-Type|Received|"
                   rb"Message-ID|Return-Path):", re.I | re.M)
SKIPPED = (".pdf", ".md")	# next to a diff, in a folder
FILES_MAX = 1000


@dataclass
class Submission:
    """
    @name: a folder's name for what is found; @form: faults of mail and diff, None for a
    diff without a mail and without faults
    """

    name: str
    diff: bytes = None
    pdf: bytes = None
    commit: str = ""
    members: list = field(default_factory=list)
    form: list = None
    notes: list = field(default_factory=list)
    is_mail: bool = False


def read(paths):
    """All submissions in files and folders, each with a name of its own"""
    found = []
    for path in paths:
        for file in files_of(Path(path)):
            try:
                data = file.read_bytes()
            except OSError as error:
                found.append(broken(stem_of(file.name), f"it cannot be read: {error.strerror}"))
                continue
            found += read_data(file.name, data)
    taken = set()
    for submission in found:
        submission.name = unused(submission.name, taken)
        taken.add(submission.name)
    return found


def files_of(path):
    if not path.is_dir():
        return [path]
    files = [file for file in sorted(path.rglob("*")) if file.is_file()
             and not file.name.startswith(".") and file.suffix.lower() not in SKIPPED]
    return files[:FILES_MAX]


def unused(name, taken):
    name = re.sub(r"[^\w.-]+", "_", name).strip("._")[:80] or "submission"
    number, first = 2, name
    while name in taken:
        name = f"{first}-{number}"
        number += 1
    return name


def stem_of(name):
    return re.sub(r"\.(eml|mbox|diff|patch|txt)$", "", name)


def read_data(name, data):
    """The submissions in one file"""
    stem = stem_of(name)
    if len(data) > mails.SIZE_MAX * 8:
        return [broken(stem, f"{len(data)} bytes are too many")]
    starts = [match.start() for match in FROM.finditer(data)] \
        if data.startswith(b"From ") else []
    starts = [at for at in starts if at == 0 or data[:at].endswith(b"\n\n") or
              data[:at].endswith(b"\r\n\r\n")]
    if len(starts) == 1 and b"\ndiff --git " in data and b"\nSubject: " in data and \
            b"\nContent-Type: multipart" not in data[:8192]:
        # git format-patch writes a mail of its own kind.
        return [from_diff(stem, data)]
    if starts:
        ends = starts[1:] + [len(data)]
        several = len(starts) > 1
        return [from_mail(f"{stem}-{i + 1}" if several else stem,
                          unquoted(data[start:end]))
                for i, (start, end) in enumerate(zip(starts, ends))]
    header = HEADER.match(data.replace(b"\r\n", b"\n")[:65536])
    if header and MAILS.search(header[0]):
        return [from_mail(stem, data)]
    return [from_diff(stem, data)]


def unquoted(data):
    """A message of an mbox: without its first line, "From " as it was"""
    data = data.split(b"\n", 1)[1] if b"\n" in data else b""
    return re.sub(rb"^>(>*From )", rb"\1", data, flags=re.M)


def broken(name, fault):
    return Submission(name, form=[fault])


def from_mail(name, data):
    mail = mails.read(data)
    submission = Submission(name, mail.diff, mail.pdf, mail.commit,
                            [member for _, member in mail.ids], list(mail.faults),
                            is_mail=True)
    if mail.diff is not None:
        submission.notes = diffs.read(mail.diff).notes
    return submission


def from_diff(name, data):
    diff = diffs.read(data)
    submission = Submission(name, data, form=diff.faults or None, notes=diff.notes)
    commit = re.search(rb"^(?:base-commit:|commit) ([0-9a-f]{40})\r?$", data, re.M)
    if commit:
        submission.commit = commit[1].decode()
    if not diff.paths and diff.faults:
        submission.diff = None if b"diff --git" not in data else data
    return submission
