# SPDX-License-Identifier: GPL-2.0
"""The mark sheet for people, and Gradescope's results.json."""

import json
import re
import textwrap


class BadWeights(Exception):
    """In the file of weights"""


def weights_of(text, path):
    """[(name, points, title)]"""
    weights = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = re.fullmatch(r"(\w+)\s+(\d+(?:\.\d+)?)\s+(\S.*)", line.strip())
        if not match:
            raise BadWeights(f"{path}:{number}: a name, points and a title are expected: "
                             f"{line.strip()!r}")
        weights.append((match[1], float(match[2]), match[3]))
    return weights


def rounded(points):
    return int(points) if points == int(points) else round(points, 2)


def lines_of(weights, marks, unjudged):
    """
    (name, points, of, title, sentence) of each; points None: not judged, and @unjudged
    says why, by name, "" for others.
    """
    lines = []
    for name, most, title in weights:
        mark = marks.get(name)
        if mark is None:
            why = unjudged.get(name) or unjudged.get("")
            lines.append((name, None, most, title,
                          f"not judged: {why}" if why else "not judged"))
        else:
            lines.append((name, mark[0] * most, most, title, mark[1]))
    return lines


def sheet(heading, lines, notes=()):
    """For people"""
    out = [heading, ""]
    judged = [line for line in lines if line[1] is not None]
    for name, points, most, title, sentence in lines:
        mark = f"{rounded(points)}/{rounded(most)}" if points is not None else \
            f"-/{rounded(most)}"
        out.append(f"{mark:>7}  {name:<9} {title}")
        out += textwrap.wrap(sentence, 78, initial_indent=" " * 19,
                             subsequent_indent=" " * 19)
    out += ["", f"{rounded(sum(line[1] for line in judged))} of "
            f"{rounded(sum(line[2] for line in judged))} points"]
    skipped = [line for line in lines if line[1] is None]
    if skipped:
        out[-1] += (f"; {rounded(sum(line[2] for line in skipped))} more could not be "
                    "judged: " + ", ".join(line[0] for line in skipped))
    out += ["note: " + note for note in notes]
    return "\n".join(out) + "\n"


def results(lines, notes=(), seconds=0):
    """
    As Gradescope reads it; what was not judged has no score.  The score above all is
    theirs to show, and overrides the sum.
    """
    tests = []
    for name, points, most, title, sentence in lines:
        test = {"name": f"{name}: {title}", "output": sentence, "visibility": "visible"}
        if points is not None:
            test.update(score=rounded(points), max_score=rounded(most),
                        status="passed" if points == most else "failed")
        tests.append(test)
    judged = [line for line in lines if line[1] is not None]
    return json.dumps({"score": rounded(sum(line[1] for line in judged)),
                       "execution_time": seconds, "output": "\n".join(notes), "visibility": "visible",
                       "tests": tests}, indent=1, ensure_ascii=False) + "\n"
