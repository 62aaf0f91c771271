#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Where the time of vCPUs went, by stamps and by events.

load lab

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	analyzer=$top/analyzer/analyzer
}

# shares RECORDING: of all vCPUs, PART PERCENT of the time between first event
# and last
shares() {
	"$analyzer" --view=time --format=csv "$1" 2>/dev/null | python3 -c '
import csv, sys
row = [row for row in csv.DictReader(sys.stdin) if row["row"] == "total"][0]
unit = "_ns" if "span_ns" in row else "_cycles"
value = lambda part: int(row.get(part + unit) or 0)
whole = value("span") - value("before") - value("after")
assert whole > 0
print("processing", 100 * (value("processing") + value("traced")) / whole)
for part in "guest", "user", "halted", "off_cpu", "unknown":
    print(part, 100 * value(part) / whole)'
}

share() {
	awk -v part="$1" '$1 == part { print $2 }' "$2"
}

# between LOW VALUE HIGH
between() {
	awk -v low="$1" -v value="$2" -v high="$3" \
		'BEGIN { exit !(low <= value && value <= high) }' ||
		fail "$2 is not from $1 to $3"
}

# without_stamps RECORDING: as an unpatched kernel would have made it.
without_stamps() {
	perl -0pe 's/(name: kvm_entry\n.*?)u64 exit_tsc;(.*?)u64 seq;/$1u64 exit_tsX;$2u64 seX;/s' \
		"$1"
}

@test "unpatched, with sched_switch: less than 5 % is unknown" {
	use plain/sched
	shares "$dir/trace.dat" >got.txt
	between 0 "$(share unknown got.txt)" 5
	# Each of the others is something.
	for part in guest processing user halted off_cpu; do
		between 1 "$(share $part got.txt)" 98
	done
}

@test "unpatched, without sched_switch: halts and userspace are known" {
	use plain/plain
	shares "$dir/trace.dat" >got.txt
	between 5 "$(share unknown got.txt)" 100
	between 1 "$(share halted got.txt)" 98
	between 1 "$(share user got.txt)" 98
	between 0 "$(share processing got.txt)" 0
}

# What lies between a stamp and its event is 0.9 to 2.3 % of the time here.
@test "by events, the parts are those by stamps, within 3 % of the time" {
	local part stamps
	use b/sched
	shares "$dir/trace.dat" >stamps.txt
	without_stamps "$dir/trace.dat" >events.dat
	shares events.dat >events.txt
	cat stamps.txt events.txt
	between 0 "$(share unknown stamps.txt)" 0
	for part in guest processing user halted off_cpu; do
		stamps=$(share $part stamps.txt)
		between 1 "$stamps" 98
		between "$(awk "BEGIN { print $stamps - 3 }")" \
			"$(share $part events.txt)" \
			"$(awk "BEGIN { print $stamps + 3 }")"
	done
}

@test "a vCPU that its VMM lets wait, halts or loses its CPU is where it should be" {
	local scenario part
	while read -r scenario part; do
		use "a/$scenario"
		shares "$dir/trace.dat" >got.txt
		between 40 "$(share "$part" got.txt)" 95
	done <<-END
		halt halted
		sleep user
		preempted off_cpu
	END
}
