# SPDX-License-Identifier: GPL-2.0
"""A mail as it was handed in, read as the assignment's receiver reads it."""

import re
from dataclasses import dataclass, field
from email import policy
from email.parser import BytesParser

from . import diff as diffs
from .diff import shown

SUBJECT = "CMPE283 Assignment 3 Submission"
DIFF_NAME = "cmpe283-3.diff"
SIZE_MAX = 64 << 20
COMMIT = re.compile(r"commit ([0-9a-f]{40})$")
COMMIT_LIKE = re.compile(r"\W*commit\b\W*([0-9a-f]{7,40})\b", re.I)
ID = re.compile(r"ID (\S+) (\S.*)$")
ID_LIKE = re.compile(r"\W*id\b[\s:#-]*(\S+)", re.I)
ARCHIVES = (".zip", ".gz", ".tar", ".tgz", ".7z", ".rar", ".xz", ".bz2")


@dataclass
class Mail:
    """@faults: rules that it breaks, a sentence each"""

    commit: str = ""
    ids: list = field(default_factory=list)
    diff: bytes = None
    pdf: bytes = None
    faults: list = field(default_factory=list)

    def fault(self, text):
        if text not in self.faults:
            self.faults.append(text)


def read(data):
    """Of any bytes, a Mail"""
    mail = Mail()
    if len(data) > SIZE_MAX:
        mail.fault(f"the mail has {len(data)} bytes, at most {SIZE_MAX} are read")
        return mail
    try:
        message = BytesParser(policy=policy.default).parsebytes(data)
        read_parts(mail, message)
    except (ValueError, LookupError, TypeError, AttributeError, IndexError,
            RecursionError) as error:
        # The library gives up on some headers that are no headers.
        mail.fault(f"the mail cannot be read: {shown(str(error))}")
    return mail


def read_parts(mail, message):
    subject = " ".join(str(message.get("Subject", "")).split())
    if subject != SUBJECT:
        mail.fault(f"the subject is {shown(subject)}, not {SUBJECT!r}")
    texts, attachments = [], []
    for part in message.walk():
        if part.is_multipart():
            continue
        if part.get_content_type() == "text/html":
            mail.fault("the mail has HTML; plain text is asked for")
        elif part.get_filename() or part.get_content_disposition() == "attachment":
            attachments.append(part)
        elif part.get_content_type() == "text/plain":
            texts.append(part)
        else:
            attachments.append(part)
    read_texts(mail, texts)
    read_attachments(mail, attachments)


def read_texts(mail, texts):
    text = "\n".join(decoded(part) for part in texts)
    lines = [line.rstrip("\r") for line in text.split("\n")]
    if not text.strip():
        mail.fault("the mail has no plain text")
    read_commit(mail, lines)
    read_ids(mail, lines)


def read_commit(mail, lines):
    commits = [match[1] for line in lines if (match := COMMIT.match(line))]
    if len(commits) == 1:
        mail.commit = commits[0]
        return
    if commits:
        mail.fault(f"{len(commits)} lines name a commit; one is asked for")
        mail.commit = commits[0]
        return
    for line in lines:
        like = COMMIT_LIKE.match(line)
        if like:
            mail.commit = like[1].lower()
            mail.fault(f"the line {shown(line)} is not commit, one space, 40 digits "
                       "of a sha, and nothing else")
            return
    mail.fault("no line says commit and the sha")


def read_ids(mail, lines):
    for line in lines:
        match = ID.match(line)
        if match:
            mail.ids.append((match[1], match[2].rstrip()))
        elif ID_LIKE.match(line):
            mail.fault(f"the line {shown(line)} is not ID, an id and a name, with "
                       "one space between them")
    if not mail.ids:
        mail.fault("no line says ID, an id and a name")
    elif len(mail.ids) > 2:
        mail.fault(f"{len(mail.ids)} lines with an ID; a group is one or two")
    if len({member for member, _ in mail.ids}) < len(mail.ids):
        mail.fault("an ID is there twice")


def read_attachments(mail, attachments):
    names = [part.get_filename() or "" for part in attachments]
    if len(attachments) != 2:
        mail.fault(f"{len(attachments)} attachments; exactly two are asked for, the "
                   "diff and a PDF")
    for part, name in zip(attachments, names):
        data = content(mail, part, name)
        if name == DIFF_NAME and mail.diff is None:
            mail.diff = data
        elif data[:1024].lstrip().startswith(b"%PDF-") and mail.pdf is None:
            mail.pdf = data
        elif name.lower().endswith(ARCHIVES) or data.startswith(b"PK\x03\x04"):
            mail.fault(f"the attachment {shown(name)} is an archive")
        elif name.lower().endswith((".diff", ".patch")) and mail.diff is None:
            mail.fault(f"the diff is named {shown(name)}, not {DIFF_NAME!r}")
            mail.diff = data
        else:
            mail.fault(f"the attachment {shown(name)} is neither {DIFF_NAME} nor a "
                       "PDF")
    if mail.diff is None:
        mail.fault(f"no attachment is named {DIFF_NAME}")
    if mail.pdf is None:
        mail.fault("no attachment is a PDF")
    elif b"%%EOF" not in mail.pdf[-2048:]:
        mail.fault("the PDF has no end: it was cut")
    if mail.diff is not None:
        for text in diffs.read(mail.diff).faults:
            mail.fault(text)


def content(mail, part, name):
    data = part.get_payload(decode=True)
    if data is None:
        data = b""
    if part.defects:
        mail.fault(f"the attachment {shown(name)} is damaged: "
                   f"{type(part.defects[0]).__name__}")
    return data


def decoded(part):
    data = part.get_payload(decode=True) or b""
    try:
        return data.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return data.decode("latin-1")
