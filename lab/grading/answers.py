# SPDX-License-Identifier: GPL-2.0
"""The answers to the three questions: whether they are there, which interval."""

import re

INTERVALS = (500, 1000, 2000)
WORDS_MIN = 20		# of the recipe; less is no recipe
# "## Question 2: the steps", "Answer 2", "Q2.", "2) How ..."
HEADING = re.compile(r"^[#*_\s]*(?:\d+(?:\.\d+)*\.?\s+)?(?:(?:question|answer|q|a)\s*#?"
                     r"\s*([123])\b|([123])\s*[.):])", re.I | re.M)


def sections(text):
    """The text below each question's heading, by its number"""
    found, starts = {}, list(HEADING.finditer(text))
    # A numbered list is no list of questions where questions have headings.
    if any(start[1] for start in starts):
        starts = [start for start in starts if start[1]]
    for start, after in zip(starts, starts[1:] + [None]):
        number = int(start[1] or start[2])
        body = text[start.end():after.start() if after else len(text)]
        body = body.split("\n", 1)[1] if start[1] and "\n" in body else body
        found.setdefault(number, "")
        found[number] += body.strip() + "\n"
    return found


def interval(text):
    """How many exits between two reports the answers say; None: they do not."""
    text = sections(text).get(3, text)
    said = {int(number.replace(",", ""))
            for number in re.findall(r"\b\d{1,3}(?:,\d{3})+\b|\b\d+\b", text)}
    said &= set(INTERVALS)
    if said:
        return max(said)
    return 500 if re.search(r"\bno\b|\bnot\b", text, re.I) else None


def faults(text, members, typeset=False):
    """
    What is missing, a sentence each; @members: their names.  The text of a PDF
    (@typeset) does not tell where a paragraph ends.
    """
    found = sections(text)
    missing = []
    if len(members) > 1:
        missing += faults_of_first(found.get(1, ""), members, typeset)
    if not found.get(2, "").strip():
        missing.append("question 2, the steps, has no answer")
    elif len(found[2].split()) < WORDS_MIN:
        missing.append(f"the answer to question 2 has {len(found[2].split())} words: "
                       "no recipe")
    if not found.get(3, "").strip():
        missing.append("question 3, the interval, has no answer")
    elif interval(text) is None:
        missing.append("the answer to question 3 does not say 500, 1000 or 2000")
    return missing


def faults_of_first(text, members, typeset):
    paragraphs = [p for p in re.split(r"\n\s*\n", text) if p.strip()]
    if not paragraphs:
        return ["question 1, what each member did, has no answer"]
    if len(paragraphs) < len(members) and not typeset:
        return [f"the answer to question 1 has {len(paragraphs)} paragraph for "
                f"{len(members)} members"]
    return [f"the answer to question 1 does not name {name}" for name in members
            if not any(re.search(rf"\b{re.escape(word)}\b", text, re.I)
                       for word in name.split())]
