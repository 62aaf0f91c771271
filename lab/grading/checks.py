# SPDX-License-Identifier: GPL-2.0
"""
What each point asks of the figures printed.  A check returns the share that is
earned and a sentence why, or None: it could not be judged.

A phase of a boot ends with a guest that does one thing only, so often that a report
must come: of all other types, the last figures printed are final.  "before" is what was
recorded when that guest began, "after" when it had ended.
"""

from . import names

MUCH = 50		# exits of a type that are worth a look
RACES = 0.02		# what plain increments on several CPUs may lose
# Of the recorded round trip: less is no handler.  Stamps around the handler alone make
# 0.10 of it and more, the clock read twice before it 0.002.
LEAST_SHARE = 0.05
LEAST_MIN = 0.02
SLACK = 1.05
FLOOD = 10		# exits between two reports, at least
# What KVM may answer without its handler (EXIT_FASTPATH_*), and halts, whose time
# is a matter of definition
FAST = {"vmx": {12, 32, 52}, "svm": {0x78, 0x7c}}
HALT = {"vmx": {12}, "svm": {0x78}}
WIDTH = 2 ** 32


def say(number):
    return f"{number:,}"


def title(boot, phase):
    return f"{boot.vendor}, {phase['title']}"


def printing(boots):
    return [boot for boot in boots if any(p.values for p in boot.printed.values())]


def every(boots, fast=False):
    """Phases with what was recorded and what was printed"""
    for boot in boots:
        for recorded in boot.phases:
            if bool(recorded.get("fast")) == fast and recorded["name"] in boot.printed:
                yield boot, recorded, boot.printed[recorded["name"]]


def nothing(boots):
    if not boots:
        return 0, "no boot came to its end"
    for boot in boots:
        for recorded in boot.phases:
            if recorded["name"] not in boot.printed:
                return 0, (f"{title(boot, recorded)}: the log has lost what was printed: "
                           "too much came after it")
    if not printing(boots):
        return 0, "nothing was printed that can be read"
    return None


def prints(boots, interval):
    wrong = nothing(boots)
    if wrong and printing(boots):
        return wrong
    if not boots:
        return nothing(boots)
    counted = {}
    for boot, recorded, printed in every(printing(boots)):
        exits = recorded["exits"] - recorded["exits_before"]
        # Exits that are not counted cost another point.
        so_far = sum(row.get("count", 0) for row in printed.values.values())
        due = min(exits, so_far - counted.get(id(boot), 0)) // interval
        counted[id(boot)] = so_far
        if len(printed.reports) < due * 0.9 - 1:
            each = exits // max(1, len(printed.reports))
            return 0, (f"{title(boot, recorded)}: {len(printed.reports)} reports for "
                       f"{say(exits)} exits, one each {say(each)}; {say(interval)} are "
                       "allowed")
    return prints_what(boots, interval)


def prints_what(boots, interval):
    """Whether each line says what it is"""
    unread = [printed for _, _, printed in every(boots) if printed.unread]
    bare = sum(printed.bare for printed in unread)
    if bare * 2 < sum(printed.lines for printed in unread) and not printing(boots):
        bare = 0
    if not printing(boots):
        if bare:
            return 0, f"{bare} lines are numbers that say nothing of what they are"
        if unread:
            return 0, (f"printed in a form that is not recognized: {unread[0].unread!r}; "
                       "--match declares it")
        return 0, "nothing was printed"
    if bare:
        return 0.5, f"{bare} lines are numbers that say nothing of what they are"
    signed = [p.negative for _, _, p in every(boots) if p.negative]
    if signed:
        return 0.5, f"a figure is negative, printed as if it had a sign: {signed[0]!r}"
    wrong = wrong_names(boots)
    if wrong:
        return 0.5, wrong
    return 1, (f"a report at least every {say(interval)} exits, all lines say what "
               "they are")


def wrong_names(boots):
    for boot, _, printed in every(boots):
        for code, name in sorted(printed.renamed.items()):
            said = names.number_of(boot.isa, name)
            if said is not None and said != code:
                return (f"names do not go with numbers: {names.name_of(boot.isa, code)} "
                        f"is printed as {name!r}")
    return ""


def bounds_of(row, sure, interval):
    """From how many to how many exits may have been printed; @sure: no race is lost"""
    slack = 0 if sure else max(2, int(row["after"] * RACES))
    low = max(row["before"], row["after"] - interval) - row["open"] - slack
    return max(0, low), row["after"] + slack


def counts(boots, interval):
    wrong = nothing(boots)
    if wrong:
        return wrong
    sure, several = [], False
    for boot, recorded, printed in every(printing(boots)):
        if recorded.get("vms", 1) > 1:
            continue
        skip = FAST[boot.isa] if boot.isa == "vmx" else set()
        wrong = miscount(boot, recorded, printed, interval, skip)
        if wrong:
            return 0, wrong
        sure.append(recorded["sure"])
        several |= not recorded["exact"]
    how = "exactly with one vCPU"
    if several and all(sure):
        how += ", and with several, as all is counted by atomics"
    elif several:
        how += f", and within {RACES:.0%}, which races can lose, with several"
    return 1, f"the number of exits of each type is as recorded, {how}"


def miscount(boot, recorded, printed, interval, skip=()):
    """The worst type, and what may have gone wrong"""
    worst = None
    for code, row in by_code(recorded):
        if code in skip or row["after"] < MUCH:
            continue
        low, high = bounds_of(row, recorded["sure"], interval)
        said = printed.values.get(code, {}).get("count")
        if said is not None and low <= said <= high or said is None and low == 0:
            continue
        error = abs((said or 0) - row["after"]) / row["after"]
        if worst is None or error > worst[0]:
            worst = error, code, row, said
    if worst is None:
        return ghost(boot, recorded, printed)
    _, code, row, said = worst
    return (f"{title(boot, recorded)}: {names.name_of(boot.isa, code)}: printed "
            f"{'nothing' if said is None else say(said)}, recorded {say(row['after'])}"
            f"{why_miscounted(boot, recorded, printed, code, row, said, interval)}")


def by_code(recorded):
    return sorted((int(code), row) for code, row in recorded["reasons"].items())


def why_miscounted(boot, recorded, printed, code, row, said, interval):
    low, high = bounds_of(row, recorded["sure"], interval)
    neighbours = [(step, printed.values.get(code + step, {}).get("count"))
                  for step in (1, -1)]
    for step, other in neighbours:
        known = recorded["reasons"].get(str(code + step), {"after": 0})["after"]
        if other is not None and known < MUCH and low <= other <= high:
            return (": they stand at number "
                    f"{names.name_of(boot.isa, code + step)}: shifted by one")
    if not said:
        return ": this type is not counted"
    if abs(said - 2 * row["after"]) <= 0.1 * row["after"]:
        return ": each is counted twice"
    if said > high:
        return ": more than there were"
    return ": some are not counted" if recorded["sure"] else \
        ": more is missing than races lose"


def ghost(boot, recorded, printed):
    """Types that were printed and never happened"""
    for code, row in sorted(printed.values.items()):
        if row.get("count", 0) >= MUCH and str(code) not in recorded["reasons"]:
            return (f"{title(boot, recorded)}: {names.name_of(boot.isa, code)}: printed "
                    f"{say(row['count'])}, none was recorded")
    return ""


def fastpath(boots):
    seen = False
    for boot, recorded, printed in every(printing(boots), fast=True):
        for code in sorted(FAST[boot.isa]):
            exits, said = added(boot, recorded, printed, code)
            if boot.isa == "svm" or exits < MUCH:
                continue
            seen = True
            # Nearly all of these take the fast path; races are another point.
            if said < exits // 2:
                return 0, (f"{title(boot, recorded)}: {names.name_of(boot.isa, code)}: "
                           f"printed {say(said)}, recorded {say(exits)}: exits that KVM "
                           "answers without its handler are not counted")
    if not seen:
        return nothing(boots) if boots and not printing(boots) else None
    return 1, "exits that KVM answers without its handler are counted"


def added(boot, recorded, printed, code):
    """Exits of a type in one phase: recorded, and printed"""
    at = boot.phases.index(recorded)
    earlier = boot.phases[at - 1] if at else {"name": "", "reasons": {}}
    exits = recorded["reasons"].get(str(code), {"after": 0})["after"] - \
        earlier["reasons"].get(str(code), {"after": 0})["after"]
    before = boot.printed.get(earlier["name"])
    known = before.values.get(code, {}).get("count", 0) if before else 0
    return exits, printed.values.get(code, {}).get("count", 0) - known


def vendors(boots, hooked):
    """@hooked: vendors whose files the diff touches, or both for common ones"""
    wrong = nothing(boots)
    if wrong:
        return wrong
    silent = [boot.vendor for boot in boots if boot not in printing(boots)]
    if silent:
        return 0.5, f"nothing is printed on {' and '.join(sorted(set(silent)))}"
    seen = {boot.vendor for boot in boots}
    if len(seen) < 2:
        if hooked and len(hooked) == 1:
            return 0.5, f"only {hooked[0]} has a hook"
        return None
    return 1, "exits are counted on AMD-V and on VT-x"


def rows(boots):
    for boot, recorded, printed in every(printing(boots)):
        for code, row in sorted(printed.values.items()):
            if row.get("count"):
                yield boot, recorded, code, row


def order(boots):
    wrong = nothing(boots)
    if wrong:
        return wrong
    seen = False
    for boot, recorded, code, row in rows(boots):
        missing = [kind for kind in ("min", "max") if kind not in row]
        if "avg" not in row and "cycles" not in row:
            missing.append("average")
        name = names.name_of(boot.isa, code)
        if missing:
            return 0, f"{name} has no {' and no '.join(missing)}"
        if not recorded["reasons"].get(str(code), {"trips": 0})["trips"]:
            continue
        seen = True
        average = row.get("avg", row.get("cycles", 0) // row["count"])
        if row["min"] == 0:
            return 0, (f"{title(boot, recorded)}: {name}: the minimum is 0, which no "
                       "exit takes: it was never set")
        # An exit may be counted, and have no cycles yet.
        slack = 1 + 2 * row["max"] // row["count"]
        if not row["min"] <= average + slack or not average <= row["max"] + slack or \
                row["min"] > row["max"]:
            return 0, (f"{title(boot, recorded)}: {name}: minimum {say(row['min'])}, "
                       f"average {say(average)}, maximum {say(row['max'])}")
    if not seen:
        return 0, "no type has figures"
    return 1, "minimum <= average <= maximum, for each type"


def product(boots):
    wrong = nothing(boots)
    if wrong:
        return wrong
    seen = False
    for boot, recorded, code, row in rows(boots):
        if "avg" not in row or "cycles" not in row:
            continue
        seen = True
        wrong = unequal(row["avg"] * row["count"], row["cycles"], row)
        if wrong:
            return 0, f"{title(boot, recorded)}: {names.name_of(boot.isa, code)}: {wrong}"
    if seen:
        return 1, "average x number = total, within rounding"
    return product_of_all(boots)


def unequal(computed, total, row):
    """Rounding, and an exit that is counted and has not ended"""
    slack = row["count"] + 2 * max(row["avg"], row.get("max", 0)) + total // 500
    if abs(computed - total) <= slack:
        return ""
    text = f"average x number is {say(computed)}, the total {say(total)}"
    lost = computed - total
    if lost > WIDTH // 2 and abs(lost - round(lost / WIDTH) * WIDTH) <= slack:
        text += ": it is cut to 32 bits"
    return text


def product_of_all(boots):
    """Of submissions that print a total of all types only"""
    for boot, recorded, printed in every(printing(boots)):
        report = last_total(printed, "total_cycles")
        if not report or any("avg" not in row for row in report.rows.values()):
            continue
        computed = sum(row["avg"] * row.get("count", 0) for row in report.rows.values())
        exits = sum(row.get("count", 0) for row in report.rows.values())
        total = report.totals["total_cycles"]
        if abs(computed - total) > exits + 0.02 * max(total, computed):
            return 0, (f"{title(boot, recorded)}: average x number, of all types, is "
                       f"{say(computed)}, the total {say(total)}")
        return 1, "average x number, of all types, is the total, within rounding"
    return 0, "no average and total are printed that could be compared"


def last_total(printed, kind):
    """Of the last report, that is; types do not vanish: one with fewer was cut off."""
    most = max((len(report.rows) for report in printed.reports), default=0)
    reports = [report for report in printed.reports if kind in report.totals]
    whole = [report for report in reports if len(report.rows) == most]
    return (whole or reports or [None])[-1]


def cycles(boots):
    wrong = nothing(boots)
    if wrong:
        return wrong
    seen = False
    for boot, recorded, code, row in rows(boots):
        known = recorded["reasons"].get(str(code))
        if not known or known["trips"] < MUCH or code in HALT[boot.isa]:
            continue
        if "avg" not in row and "cycles" not in row:
            continue
        seen = True
        average = row.get("avg", row.get("cycles", 0) // row["count"])
        # Round trips that were recorded have the printing in them.
        wrong = beyond(average, row, known, too_little=not any(
            flooded(boot, phase) for phase in boot.phases))
        if wrong:
            return 0, f"{title(boot, recorded)}: {names.name_of(boot.isa, code)}: {wrong}"
    if not seen:
        return 0, "no cycles are printed"
    return 1, ("cycles are not below what a handler needs, nor above the recorded "
               "round trip")


def beyond(average, row, known, too_little):
    """@too_little: whether that is looked for"""
    trip = known["sum"] // known["trips"]
    # Averages of the same exits, that is
    final = known["before"] == known["after"]
    if final and too_little and average < LEAST_SHARE * trip:
        return (f"average {say(average)}, the recorded round trip is {say(trip)}: the "
                "clock is not read on both sides of the handler")
    if final and average > SLACK * known["reach_sum"] / known["trips"]:
        return f"average {say(average)}, more than from one exit to the next"
    if row.get("max", 0) > SLACK * known["reach_max"]:
        return (f"maximum {say(row['max'])}, the longest from the entry before to the "
                f"exit after is {say(known['reach_max'])}")
    if too_little and 0 < row.get("min", 0) < LEAST_MIN * known["min"]:
        return (f"minimum {say(row['min'])}, the shortest recorded round trip is "
                f"{say(known['min'])}")
    return ""


def totals(boots, interval, counted):
    """@counted: the number of exits is right otherwise; if not, that was said."""
    wrong = nothing(boots)
    if wrong:
        return wrong
    seen = False
    for boot, recorded, printed in every(printing(boots)):
        report = last_total(printed, "total_cycles")
        if report is None:
            continue
        seen = True
        wrong = unsummed(recorded, report)
        if wrong:
            return 0, f"{title(boot, recorded)}: {wrong}"
    if not seen:
        return 0, "no total of cycles over all exits is printed"
    for boot, recorded, printed in every(printing(boots)):
        if counted and recorded.get("vms", 1) > 1:
            wrong = miscount(boot, recorded, printed, interval, FAST[boot.isa])
            if wrong:
                return 0, f"not over all VMs and CPUs: {wrong}"
    return 1, "totals are the sums of all types, over all CPUs and VMs"


def unsummed(recorded, report):
    """In one report, lines add up; other CPUs count while it is printed."""
    for total, kind, name in (("total", "count", "exits"),
                              ("total_cycles", "cycles", "cycles")):
        values = [row[kind] for row in report.rows.values() if kind in row]
        if total not in report.totals or not values or len(report.rows) < 2 or \
                len(values) < len(report.rows):
            continue
        said, summed = report.totals[total], sum(values)
        slack = 0.002 if recorded["exact"] else 0.05
        if abs(said - summed) > 1 + slack * max(said, summed):
            text = f"{name} of all types are {say(summed)}, the total is {say(said)}"
            lost = abs(summed - said)
            if lost > WIDTH // 2 and abs(lost - round(lost / WIDTH) * WIDTH) < 1e7:
                text += ": it is cut to 32 bits"
            return text
    return ""


def quiet(boots):
    if not boots:
        return nothing(boots)
    for boot in boots:
        if boot.splat:
            return 0, f"{boot.vendor}: the kernel complains: {boot.splat}"
    for boot, recorded, printed in every(boots):
        if flooded(boot, recorded):
            exits = recorded["exits"] - recorded["exits_before"]
            return 0, (f"{title(boot, recorded)}: {say(printed.lines)} lines for "
                       f"{say(exits)} exits: a flood")
    return 1, "neither a flood nor a complaint of the kernel"


def flooded(boot, recorded):
    exits = recorded["exits"] - recorded["exits_before"]
    printed = boot.printed.get(recorded["name"])
    return printed is not None and (len(printed.reports) * FLOOD > exits or
                                    printed.lines * 2 > exits)


def memory(boots):
    checked = [boot for boot in boots if boot.kasan]
    if not checked:
        return None
    for boot in checked:
        if boot.splat:
            return 0, f"{boot.vendor}, KASAN kernel: {boot.splat}"
        if boot.ended != "done":
            return 0, f"{boot.vendor}, KASAN kernel: {boot.ended}"
    return 1, "a kernel with KASAN has nothing to say"
