#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What is counted where events are missing: those that nobody marked as lost, round
# trips around a loss, exits without an entry.  ANALYZER and SCENARIO come from
# ./run; scenarios are described in scenario-lost.h, cases in cases/README.md.

load cli-helpers

# case_file NAME: trace.dat
case_file() {
	local from=$BATS_TEST_DIRNAME/cases/$1
	if [ -e "$from.gz" ]; then
		gunzip -c "$from.gz" >trace.dat
	else
		cp "$from" trace.dat
	fi
}

# agree STATUS EXITS: so many exits by each way of looking at them
agree() {
	local by
	analyze "$1" trace.dat
	prints ": recorded: exits $2 "
	for by in --by=reason --by=detail --by=rip --by=cpu --list --view=time; do
		analyze "$1" "$by" --format=csv trace.dat
		python3 - "$2" <<-'END'
			import csv, sys
			with open("out.txt", newline="") as file:
			    total = [row for row in csv.DictReader(file)
			             if row["row"] == "total"][0]
			assert total["exits"] == sys.argv[1], total
		END
	done
}

@test "holes: events that nobody marked as lost are a loss, in every format" {
	case_file lost-pages.dat
	agree 3 139
	analyze 3 trace.dat
	says "warning: events missing: trace.dat: cpu 0: 200 that the kernel recorded are not in the file, and nothing says where they were (at least 140: statistics may count some twice)"
	says "round trips not used, events of theirs may be lost: trace.dat: 1"
	prints "vmx IO_INSTRUCTION: exits 34 ns 170000 min 5000 avg 5000 max 5000"
	lacks 705000 out.txt
	for view in --by=reason --by=detail --list --view=time; do
		analyze 3 "$view" --format=table trace.dat
		prints "139 recorded; lost events: 200"
		analyze 3 "$view" --format=json trace.dat
		prints '"lacking_events": 200'
		"$BATS_TEST_DIRNAME/validate" \
			"$BATS_TEST_DIRNAME/../docs/schema.json" out.txt
		analyze 3 "$view" --format=csv trace.dat
		grep -q '^lacking_events,.*,200,' out.txt
		lacks 705000 out.txt
	done
}

@test "holes: events that were read while they were counted are no loss" {
	scenario taken-meanwhile
	agree 0 100
	lacks missing: err.txt
	says "note: statistics count 150 events more than the file has: trace.dat: cpu 0: they may count as many twice, so that none need be missing"
	analyze 0 --format=json trace.dat
	lacks lacking_events out.txt
	# The counts of another CPU leave no doubt, but for how many it is.
	scenario taken-lossy
	analyze 3 trace.dat
	says "warning: events missing: trace.dat: cpu 1: 12 that the kernel recorded are not in the file, and nothing says where they were (at least 9: statistics may count some twice)"
	lacks "missing: trace.dat: cpu 0" err.txt
	analyze 3 --format=json trace.dat
	prints '"lacking_events": 12'
}

@test "holes: of a patched kernel, nothing is taken for complete" {
	scenario lacking
	for args in "" --format=table --by=detail --format=time; do
		# shellcheck disable=SC2086
		analyze 3 $args trace.dat
		says "events missing: trace.dat: cpu 0: 30 that the kernel recorded"
	done
	analyze 3 --format=table trace.dat
	prints "; events that the file lacks: 30"
	# Statistics are disbelieved if each number is there.
	scenario lacking-none
	for args in "" --format=table --by=detail --format=time; do
		# shellcheck disable=SC2086
		analyze 0 $args trace.dat
		says "note: statistics count 30 events more than the file has: trace.dat: no exit is missing up to the last one recorded"
	done
	analyze 0 --format=json trace.dat
	lacks lacking_events out.txt
	# But not if an epoch may have had more.
	scenario lacking-tail
	for args in "" --format=table --by=detail --format=time; do
		# shellcheck disable=SC2086
		analyze 3 $args trace.dat
		says "events missing: trace.dat: cpu 0: 500 that the kernel recorded"
	done
	# What trace-cmd read while it still recorded is two sub-buffers off.
	scenario lacking-few
	analyze 0 trace.dat
	[ ! -s err.txt ]
	analyze 0 --format=json trace.dat
	lacks lacking_events out.txt
}

@test "holes: an exit that is there twice does not stand for one that is not" {
	scenario repeated
	analyze 3 trace.dat
	prints "kvm_exit_cycles: recorded: exits 20 "
	lacks ": epoch " out.txt
	says "epoch 1: missing exits: 0 before, 1 lost"
	says "exits with a number that another one has: trace.dat: 1"
	analyze 5 --check trace.dat
	prints "report 2: not recorded"
	for args in --format=csv "--format=csv --by=detail" "--format=csv --view=time"; do
		# shellcheck disable=SC2086
		analyze 3 $args trace.dat
		grep -q '^lost,.*,1,' out.txt
		grep -q '^total,.*,20,' out.txt
	done
}

@test "holes: of a CPU without a stream nothing is known" {
	scenario absent
	analyze 3 trace.dat
	prints "recorded: exits 0 "
	says "events missing: trace.dat: cpu 5: 3 that the kernel recorded"
	says "round trips not used, events of theirs may be lost: trace.dat: 1"
	analyze 3 --view=time --format=csv trace.dat
}

@test "holes: where all is missing, that is said" {
	scenario all-lacking
	for args in "" --format=table --list --format=time; do
		# shellcheck disable=SC2086
		analyze 1 $args trace.dat
		one_line
		says "no kvm_exit event in trace.dat: the file lacks 17087 of the 17087 events that the kernel recorded"
	done
}

@test "holes: two statistics of a CPU are not used, and that is said" {
	scenario two-statistics
	agree 3 1
	says "statistics not used: trace.dat: of 1 CPU the file has several"
	lacks "events missing" err.txt
}

@test "holes: a loss on an idle CPU costs the round trips at that time only" {
	case_file hostile/05-gapidle.dat
	agree 3 999
	says "round trips not used, events of theirs may be lost: trace.dat: 1"
	scenario idle-gap
	agree 3 7
	says "round trips not used, events of theirs may be lost: trace.dat: 2"
}

@test "holes: of kvm_entry alone, time in the guest before a loss is known" {
	scenario entry-gap
	analyze 0 --view=time --by=vm --vm=7 --format=csv trace.dat
	python3 - <<-'END'
		import csv
		with open("out.txt", newline="") as file:
		    row = next(csv.DictReader(file))
		assert row["guest_cycles"] == "1000", row
		assert row["processing_cycles"] == "3000", row
		assert row["unknown_cycles"] == "0", row
	END
}

@test "exits without an entry count, and have no length" {
	case_file reenter-5.10.dat
	agree 0 30
	analyze 0 trace.dat
	diff - out.txt <<-END
		kvm_exit_ns: recorded: exits 30 ns 200000 timed 10
		kvm_exit_ns: recorded: vmx HLT: exits 10 ns 200000 min 20000 avg 20000 max 20000
		kvm_exit_ns: recorded: vmx MSR_WRITE: exits 20 ns 0 min - avg - max - timed 0
	END
	says "note: exits of unknown length, without a kvm_entry: 20"
	analyze 0 --format=csv trace.dat
	columns reason exits timed exits_percent min_ns p99_ns |
		grep -qx 'reason=vmx MSR_WRITE exits=20 timed=0 exits_percent=66.67 min_ns= p99_ns='
	columns reason ns ns_percent | grep -qx 'reason=vmx MSR_WRITE ns= ns_percent='
	analyze 0 --reason=HLT --format=csv trace.dat
	lacks timed out.txt
	analyze 0 --longer-than=0 --format=csv trace.dat
	grep -q '^total,,,,10,' out.txt
	analyze 0 --sort=timed --format=table trace.dat
	grep -q '^vmx MSR_WRITE *20 *0 .* - *- *-' out.txt
	for view in --by=reason --by=detail --list --view=time --histogram; do
		analyze 0 "$view" --format=json trace.dat
		prints '"timed": '
		"$BATS_TEST_DIRNAME/validate" \
			"$BATS_TEST_DIRNAME/../docs/schema.json" out.txt
	done
}

@test "kvm_exit alone: counts and details, no lengths, status 0" {
	case_file exit-only.dat
	agree 0 5
	analyze 0 trace.dat
	says "note: no kvm_entry event in trace.dat: how long its exits took is unknown: record with: trace-cmd record -e kvm"
	prints "recorded: exits 5 ns 0 timed 0"
	prints "vmx HLT: exits 2 ns 0 min - avg - max - timed 0"
	analyze 0 --by=detail --format=csv trace.dat
	grep -q '^group,out 0x0 size 1,port,0,1,0,' out.txt
	# A loss does not undo an exit, and the last one is one, too.
	for name in exit-alone exit-alone-patched; do
		scenario $name
		agree 3 6
		analyze 3 trace.dat
		says "no kvm_entry event in trace.dat"
		lacks "not used" err.txt
	done
}

# parts: of the total of the time view, what JSON has
parts() {
	python3 - <<-'END'
		import json
		with open("out.txt") as file:
		    total = json.load(file)["total"]
		print(*(f"{name}={total[name]}" for name in
		        ("guest", "processing", "user", "halted", "off_cpu",
		         "off_cpu_percent", "unknown")))
	END
}

@test "what no event tells is not 0: in no format, and not in states" {
	local of
	# Events say when the guest ran, and nothing else.
	case_file reenter-5.10.dat
	analyze 0 --format=state --output=one.state trace.dat
	for of in trace.dat one.state; do
		analyze 0 --view=time --format=json $of
		"$BATS_TEST_DIRNAME/validate" \
			"$BATS_TEST_DIRNAME/../docs/schema.json" out.txt
		[ "$(parts)" = "guest=27000 processing=None user=None halted=None off_cpu=None off_cpu_percent=None unknown=225000" ]
		analyze 0 --view=time --format=csv $of
		columns row processing_ns off_cpu_ns off_cpu_percent unknown_ns |
			grep -qx 'row=total processing_ns= off_cpu_ns= off_cpu_percent= unknown_ns=225000'
		analyze 0 --view=time --format=table --raw --columns=off_cpu,off_cpu_percent,guest $of
		grep -qx 'total *-  *-  *27000' out.txt
		analyze 0 --format=summary $of
		grep -qx '  off CPU  *-  *-  ' out.txt
		grep -qx '  guest  *10.71%  *27.0 us  #*' out.txt
	done
	analyze 0 --format=html --output=page.html trace.dat
	grep -q '<tfoot>.*<td data-key="guest">27.0 us<.*<td data-key="off_cpu">-<.*<td data-key="off_cpu_percent">-<' page.html
	# A recording that tells it does not make it known of another.
	cp trace.dat other.dat
	case_file haltpoll.dat
	analyze 0 --view=time --format=csv trace.dat
	columns row user_ns off_cpu_ns | grep -qx 'row=total user_ns=0 off_cpu_ns=2000'
	analyze 0 --view=time --by=recording,vcpu --format=csv trace.dat other.dat
	columns row recording user_ns off_cpu_ns >got.txt
	diff got.txt - <<-END
		row=group recording=trace.dat user_ns=0 off_cpu_ns=2000
		row=group recording=other.dat user_ns= off_cpu_ns=
		row=total recording= user_ns=0 off_cpu_ns=2000
		row=unused recording= user_ns= off_cpu_ns=
	END
	# Without kvm_entry, not even when the guest ran, or how long an exit took
	case_file exit-only.dat
	analyze 0 --view=time --format=json trace.dat
	[ "$(parts)" = "guest=None processing=None user=None halted=None off_cpu=None off_cpu_percent=None unknown=28000" ]
	analyze 0 --format=json trace.dat
	"$BATS_TEST_DIRNAME/validate" \
		"$BATS_TEST_DIRNAME/../docs/schema.json" out.txt
	grep -q '"total": {"exits": 5, "timed": 0, .*"ns": null, "ns_percent": null' out.txt
	cp trace.dat other.dat
	analyze 0 compare --format=csv trace.dat -- other.dat
	columns row figure before >got.txt
	grep -qx 'row=total figure=cycles_per_s before=' got.txt
	grep -qx 'row=total figure=exits_per_s before=178571.429' got.txt
}
