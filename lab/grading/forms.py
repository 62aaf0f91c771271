# SPDX-License-Identifier: GPL-2.0
"""
Lines of a kernel's log, in whatever form somebody prints his figures.

A figure is what the words before it say ("exit 10: count 5"), or those behind it ("5
exits").  What that does not read takes a pattern: a regular expression with groups
named total, reason, name, count, min, max, avg, cycles, total_cycles, hi and lo (the
halves of cycles); a name that ends with _hex is hexadecimal without 0x.
"""

import re
from dataclasses import dataclass, field

from . import names

FIGURES = ("count", "min", "max", "avg", "cycles")
TOTALS = ("total", "total_cycles")
GROUPS = FIGURES + TOTALS + ("reason", "name", "hi", "lo")

LOG_PREFIX = re.compile(r"^(?:<\d+>)?(?:\[ *(\d+)\.(\d{6})\](?:\[ *[CT]\d+\])? ?)?")
NUMBER = re.compile(r"(?<![\w.#])([-+]?)(0[xX][0-9a-fA-F]{1,16}|\d{1,20})"
                    r"(?![0-9])(?![\w.]*[A-Za-z_])")
# The last word before a figure that is one of these says what it is.
WORDS = (
    ("reason", r"exit[ _]?(?:type|reason|number|code|no|id)s?|reason|type"),
    ("min", r"min(?:imum)?|low(?:est)?|smallest|shortest"),
    ("max", r"max(?:imum)?|highest|largest|longest"),
    ("avg", r"avg|average|mean"),
    ("cycles", r"cycles?|time(?: spent)?|tsc|ticks|duration"),
    ("count", r"count(?:er)?s?|exits|times|number|num|nr|hits|occurrences?|n"),
    ("exit", r"exit|vmexit"),
    ("sum", r"total|sum|all|overall"),
)
WORD = re.compile("|".join(rf"(?<![a-z_/])(?P<{kind}>{words})(?![a-z_/])"
                           for kind, words in WORDS), re.I)
# How this project's own patch prints, whose types have a name and no number
BUILTIN = [re.compile(pattern) for pattern in (
    r"kvm_exit_cycles: epoch \d+ report \d+: exits (?P<total>\d+) "
    r"cycles (?P<total_cycles>\d+)",
    r"kvm_exit_cycles: epoch \d+ report \d+: (?:svm|vmx) (?P<name>[^:]+): exits "
    r"(?P<count>\d+) cycles (?P<cycles>\d+)(?: min (?P<min>\d+) avg (?P<avg>\d+) "
    r"max (?P<max>\d+))?")]
TOTAL = re.compile(r"(?<![a-z])(?:total|all|overall|sum)(?![a-z])", re.I)
# What the kernel says of itself while guests run
OURS = re.compile(r"lab: |kvm_exit_cycles: (?!epoch)")


@dataclass
class Reading:
    """What one line says; @code: the exit reason, None in lines about all of them"""

    number: int
    text: str
    time: float = None
    code: int = None
    named: str = ""
    isa: str = ""
    figures: dict = field(default_factory=dict)


class BadPattern(Exception):
    """In a file of --match"""


def patterns_of(text, path):
    """One pattern a line; what begins with # is none."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            pattern = re.compile(line)
        except re.error as error:
            raise BadPattern(f"{path}:{number}: {error}") from error
        unknown = [name for name in pattern.groupindex
                   if name.removesuffix("_hex") not in GROUPS]
        if unknown or not pattern.groupindex:
            raise BadPattern(f"{path}:{number}: groups are to be named "
                             f"{', '.join(GROUPS)}; found {', '.join(unknown) or 'none'}")
        found.append(pattern)
    return found


def read_line(number, line, isa, patterns=()):
    """A Reading, or None of a line that has no figure of an exit"""
    prefix = LOG_PREFIX.match(line)
    text = line[prefix.end():].rstrip()
    time = float(f"{prefix[1]}.{prefix[2]}") if prefix[1] else None
    if OURS.match(text):
        return None
    reading = Reading(number, text, time, isa=isa)
    for pattern in [*patterns, *BUILTIN]:
        match = pattern.search(text)
        if match:
            take_groups(reading, match)
            break
    else:
        take_words(reading)
    if reading.code is None and not set(TOTALS) & set(reading.figures):
        return None
    return reading if reading.figures else None


def integer(text, hexadecimal=False):
    text = text.replace(",", "").strip()
    if len(text) > 20:
        raise ValueError("more than 64 bits")
    return int(text, 16 if hexadecimal or "x" in text.lower() else 10)


def take_groups(reading, match):
    halves = {}
    for group, text in match.groupdict().items():
        kind = group.removesuffix("_hex")
        if text is None:
            continue
        if kind == "name":
            take_name(reading, text)
            continue
        try:
            value = integer(text, group.endswith("_hex"))
        except ValueError:
            continue
        if kind == "reason":
            reading.code = value
        elif kind in ("hi", "lo"):
            halves[kind] = value
        else:
            reading.figures[kind] = value
    if len(halves) == 2:
        reading.figures["cycles"] = joined(halves["hi"], halves["lo"])


def joined(high, low):
    """Halves of 32 bits, which may have been printed with a sign"""
    return (high % 2 ** 32) << 32 | low % 2 ** 32


def take_name(reading, text):
    reading.named = text
    if reading.code is None:
        reading.code = names.number_of(reading.isa, text)


def take_words(reading):
    """By the words around each number"""
    # "total_cycles" is two words, "write_cr4" a name.
    text = re.sub(r"(?<![\w/])[a-z]+(?:_[a-z]+)+(?![\w/])", apart, reading.text)
    numbers = list(NUMBER.finditer(text))
    kinds = kinds_of(text, numbers)
    if "reason" not in kinds:
        end = numbers[0].start() if numbers else 0
        reading.named, reading.code = known_name(reading.isa, reading.text[:end])
    values = []
    for match, kind in zip(numbers, kinds):
        value = integer(match[1] + match[2])
        if kind == "reason":
            take_reason(reading, value, match)
        elif kind:
            values.append((kind, value, match))
    about_all = reading.code is None and TOTAL.search(text)
    if reading.code is None and not about_all:
        return
    if about_all and len(numbers) == 1 and "cycles" in words_before(text, 0, numbers[0]):
        # "total cycles of all exits: 5"
        values = [("cycles", value, match) for _, value, match in values]
    take_values(reading, values, bool(about_all))


def kinds_of(text, numbers):
    """What each number is, by its words; one of them may be a reason."""
    kinds, start, spare = [], 0, None
    for index, match in enumerate(numbers):
        before = words_before(text, start, match)
        kind = before[-1] if before else None
        if kind in ("exit", "reason"):
            # "number of exits for exit type 30 is 5": the count comes later.
            spare = next((word for word in before if word not in ("reason", "exit")),
                         None)
            kind = "reason" if "reason" not in kinds else None
        if kind is None:
            last = kinds[-1] if kinds and kinds[-1] != "reason" else None
            kind = behind(text, match) or spare or last
            if kind is None and "reason" in kinds:
                kind = "count"
        kinds.append(kind)
        start = match.end()
    return kinds


def apart(match):
    words = match[0].split("_")
    return " ".join(words) if all(WORD.fullmatch(word) for word in words) else match[0]


def words_before(text, start, match):
    """Kinds of the words before a number; those behind a comma, if it has its own"""
    comma = max(text.rfind(c, start, match.start()) for c in ",;|") + 1
    if behind(text, match):
        start = max(start, comma)
    return [word.lastgroup for word in WORD.finditer(text, start, match.start())]


def behind(text, match):
    """The word right behind a figure, as in "5 exits" """
    space = re.compile(r" *").match(text, match.end()).end()
    word = WORD.match(text, space)
    # "10 max 20": that word is the next one's.
    if word and word.lastgroup in ("count", "cycles") and \
            not re.match(r"\s*[:= ]\s*[-+]?\d", text[word.end():]):
        return word.lastgroup
    return None


def take_reason(reading, value, match):
    """A number is the reason, unless the name beside it says that it is hexadecimal."""
    reading.code = value
    after = reading.text[match.end():]
    bracket = re.match(r"\s*[:=,-]?\s*[\[(]\s*([A-Za-z][^\])]*?)\s*[\])]", after)
    words = re.match(r"\s*[:=,-]?\s*([A-Za-z_/ ]+)", after)
    if bracket:
        reading.named = bracket[1]
    elif words:
        reading.named = known_name(reading.isa, words[1])[0]
    said = names.number_of(reading.isa, reading.named)
    if said is not None and said != value and not match[2].lower().startswith("0x") \
            and said == int(match[2], 16):
        reading.code = said


def known_name(isa, text):
    """The longest run of words that is the name of an exit, and its number"""
    words = list(re.finditer(r"[A-Za-z][\w/]*", text))
    for length in range(min(4, len(words)), 0, -1):
        for first in range(len(words) - length + 1):
            name = text[words[first].start():words[first + length - 1].end()]
            code = names.number_of(isa, name)
            if code is not None:
                return name, code
    return "", None


def take_values(reading, values, about_all):
    cycles = [value for kind, value, _ in values if kind == "cycles"]
    if len(cycles) == 2 and not about_all:
        reading.figures["cycles"] = joined(*cycles)
        values = [item for item in values if item[0] != "cycles"]
    counted = any(kind == "count" for kind, _, _ in values)
    for kind, value, _ in values:
        if kind == "sum":
            kind = "cycles" if counted else "count"
        if about_all:
            kind = {"count": "total", "cycles": "total_cycles"}.get(kind)
            if not kind:
                continue
        reading.figures.setdefault(kind, value)
