#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# --format=perfetto, decoded by protoc: perfetto/timeline.py, which checks all of it as it
# goes.  What is right is what views have.

load cli-helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset COLUMNS
	command -v protoc >/dev/null || skip 'no protoc: protobuf-compiler'
}

# timeline STATUS OPTION...: of trace.dat, into got.txt
timeline() {
	analyze "$1" --format=perfetto --output=timeline.pf "${@:2}" trace.dat
	decoded 2>err.txt || { cat err.txt; return 1; }
}

decoded() {
	python3 "$BATS_TEST_DIRNAME/perfetto/timeline.py" timeline.pf >got.txt
}

# parts_equal OPTION...: what each vCPU's slices add up to is what the view of time has
parts_equal() {
	"$ANALYZER" --view=time --format=csv "$@" trace.dat >out.txt 2>err.txt || true
	python3 - <<-'END'
		import collections, csv
		parts = "guest processing user halted off_cpu traced unknown".split()
		got = collections.Counter()
		for line in open("got.txt"):
		    kind, track, *rest = line.rstrip("\n").split("\t")
		    if kind != "self" or not track.startswith("vCPU "):
		        continue
		    name = rest[0].replace("off CPU", "off_cpu")
		    part = name if name in parts else "processing"
		    words = track.split()
		    vm = words[words.index("VM") + 1] if "VM" in words else None
		    got[vm, words[1], part] += int(rest[1])
		with open("out.txt", newline="") as file:
		    rows = [r for r in csv.DictReader(file) if r["row"] == "group"]
		assert rows
		for row in rows:
		    for part in parts:
		        right = int(row[part + "_cycles"])
		        ours = (got[None, row["vcpu"], part] or
		                got[row["vm"], row["vcpu"], part])
		        assert ours == right, (row["vcpu"], part, right, got)
	END
}

# exits_equal KEY OPTION...: the exits of each, and their cycles, are those of CSV by KEY
exits_equal() {
	"$ANALYZER" --by="$1" --format=csv "${@:2}" trace.dat >out.txt 2>err.txt || true
	python3 - "$1" <<-'END'
		import collections, csv, sys
		key = sys.argv[1]
		ours = ("guest", "unknown", "user", "halted", "off CPU", "traced")
		got = collections.defaultdict(lambda: [0, 0])
		for line in open("got.txt"):
		    kind, track, *rest = line.rstrip("\n").split("\t")
		    if kind != "slice" or not track.startswith("vCPU ") or rest[4] in ours:
		        continue
		    args = dict(arg.split("=", 1) for arg in rest[5:])
		    assert int(args.get("cycles", args.get("ns"))) == int(rest[3])
		    what = rest[4] if key == "reason" else args.get("detail", "")
		    if key == "rip":
		        what = hex(int(args["rip"]))
		    got[what][0] += 1
		    got[what][1] += int(rest[3])
		with open("out.txt", newline="") as file:
		    rows = [r for r in csv.DictReader(file) if r["row"] == "group"]
		right = {r[key]: [int(r["exits"]), int(r.get("cycles") or r.get("ns"))] for r in rows}
		assert right and dict(got) == right, (set(got) ^ set(right), [
		    (k, got[k], right[k]) for k in right if got.get(k) != right[k]][:5])
	END
}

@test "what each vCPU's slices add up to is what the view of time has" {
	for kind in sample sample-vmx; do
		recording $kind
		timeline 0 --by=reason
		parts_equal
	done
	timeline 0 --by=reason --vcpu=1
	parts_equal --vcpu=1
	lacks '^slice.vCPU 0' got.txt
}

@test "exits are those of the views by reason, detail and instruction" {
	for kind in sample sample-vmx; do
		recording $kind
		timeline 0
		exits_equal reason
		exits_equal rip
		exits_equal detail
	done
}

@test "without stamps, round trips" {
	for kind in sample-unpatched sample-unpatched-vmx; do
		recording $kind
		timeline 0
		exits_equal reason
		exits_equal detail
		grep -q '^slice.vCPU 0, thread [0-9]* vmm.*.ns=' got.txt
	done
}

@test "filters choose exits, and the guest's time before them" {
	recording sample-vmx
	for option in --reason=hlt,cpuid --cpu=1 --longer-than=8000 '--from=2 --to=3'; do
		# shellcheck disable=SC2086
		timeline 0 $option
		# shellcheck disable=SC2086
		exits_equal reason $option
	done
	timeline 0 --reason=hlt
	[ "$(grep -c '^slice.vCPU.*.guest$' got.txt)" -gt 0 ]
	lacks '^slice.vCPU.*.vmx cpuid' got.txt
}

@test "lost events are slices, and time that is unknown" {
	recording lossy
	timeline 3
	grep -q '^slice.Lost events.*.lost$' got.txt
	parts_equal
}

@test "counters count exits, and CPUs have vCPUs" {
	recording sample
	analyze 0 --format=csv --by=vcpu trace.dat
	columns row vcpu exits >exits.txt
	timeline 0 --by=time
	lacks '^slice.vCPU' got.txt
	grep -q '^slice.CPU 1.*VM 197 vCPU 0$' got.txt
	for vcpu in 0 1; do
		sed -n "s/^counter.vCPU $vcpu: exits per [^	]*	[0-9]*	//p" got.txt |
			paste -sd+ | bc >sum.txt
		grep -qx "row=group vcpu=$vcpu exits=$(<sum.txt)" exits.txt
	done
	# With a rate there are exits per second, 100 buckets in each.
	timeline 0 --by=time --tsc-khz=1000000
	grep -q '^counter.vCPU 0: exits per second.*00$' got.txt
}

@test "nanoseconds, if something says how fast the TSC is" {
	recording sample
	analyze 2 --format=perfetto --unit=ns trace.dat
	no_output
	says 'nothing says how fast the TSC is'
	timeline 0 --reason=wbinvd
	grep '^slice.vCPU 0.*svm wbinvd' got.txt | cut -f 3,4 >cycles.txt
	timeline 0 --reason=wbinvd --unit=ns --tsc-khz=2000000
	grep '^slice.vCPU 0.*svm wbinvd' got.txt | cut -f 3,4 >ns.txt
	[ -s ns.txt ]
	python3 -c '
import sys
for line in sys.stdin:
    print(*(int(ts) // 2 for ts in line.split()), sep="\t")' <cycles.txt | diff - ns.txt
}

@test "few bytes for an exit: 20, and 45 with arguments" {
	for kind in sample sample-vmx; do
		recording $kind
		analyze 0 --format=csv trace.dat
		exits=$(columns row exits | sed -n 's/^row=total exits=//p')
		analyze 0 --format=perfetto --by=reason trace.dat
		[ "$(wc -c <out.txt)" -le $((20 * exits)) ]
		analyze 0 --format=perfetto trace.dat
		[ "$(wc -c <out.txt)" -le $((45 * exits)) ]
	done
}

@test "memory does not grow with the number of exits" {
	"$COMPARE_SEED" 1 few.dat 3000
	"$COMPARE_SEED" 1 many.dat 60000
	for file in few many; do
		/usr/bin/time -f %M -o $file.kib "$ANALYZER" --format=perfetto \
			--output=timeline.pf $file.dat
		ls -l timeline.pf
	done
	# A mapped file counts as far as it was read.
	[ $(($(<many.kib) - $(<few.kib))) -le $(($(stat -c %s many.dat) / 1024 + 2048)) ]
}

@test "what a timeline cannot have is refused, and so is what it cannot be of" {
	recording sample
	while IFS='|' read -r option message; do
		# shellcheck disable=SC2086
		analyze 2 --format=perfetto $option trace.dat
		no_output
		head -n 1 err.txt | diff <(echo "analyzer: $message") -
	done <<-'END'
		--list|a timeline is of exits one by one: not with --list
		--view=time|a timeline is of exits one by one: not with --view
		--top=3|a timeline is of exits one by one: not with --top
		--unit=us|a timeline is in cycles or ns
		--by=vcpu|a timeline has exits with their rip and detail, exits with --by=reason, or counters with --by=time
	END
	cp trace.dat other.dat
	analyze 2 --format=perfetto trace.dat other.dat
	says 'a timeline is of one recording'
	analyze 0 --format=state --output=one.state trace.dat
	analyze 2 --format=perfetto one.state
	says 'a timeline is of one recording'
}

@test "nothing is left of it if there is no room" {
	recording sample
	analyze 1 --format=perfetto --output=/dev/full trace.dat
	[ -s err.txt ]
}

@test "an altered timeline is found" {
	recording sample-vmx
	timeline 0 --by=reason
	parts_equal
	sed -i '0,/^self.vCPU 0.guest/s/^\(self.vCPU 0.guest.\)/\11/' got.txt
	run parts_equal
	[ "$status" -ne 0 ]
}
