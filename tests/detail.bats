#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Views by rip and detail.  ANALYZER and SCENARIO come from ./run; scenarios are
# described in scenario.c.

load cli-helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset COLUMNS
	here=$BATS_TEST_DIRNAME
	samples=$here/../samples
}

# What trace-cmd reads, joined by thread in Python: "DETAIL EXITS" lines of the
# ports, MSRs and leaves, which need no manual
peer() {
	trace-cmd report -R "$1" 2>/dev/null | python3 -c '
import collections, re, sys
open_exit, sums = set(), collections.Counter()
first = {}
for line in sys.stdin:
    m = re.match(r"\s*.*-(\d+)\s+\[\d+\]\s+[\d.]+: (\w+):\s+(.*)", line)
    if not m:
        continue
    tid, event, text = m.groups()
    field = dict(re.findall(r"(\w+)=(\S+)", text))
    if event == "kvm_exit":
        open_exit.add(tid)
        first.pop(tid, None)
        reason = int(field["exit_reason"], 0)
    elif event == "kvm_entry":
        if tid in open_exit and tid in first and int(field["seq"], 0):
            sums[first[tid]] += 1
        open_exit.discard(tid)
        first.pop(tid, None)
    elif event == "kvm_pio":
        first.setdefault(tid, "%s 0x%x size %s" % (
            "out" if int(field["rw"], 0) else "in", int(field["port"], 0),
            field["size"]))
    elif event == "kvm_msr":
        first.setdefault(tid, "%smsr 0x%x" % (
            "wr" if int(field["write"], 16) else "rd", int(field["ecx"], 16)))
for detail, n in sums.items():
    print(detail, n)' | sort
}

@test "ports and MSRs: as trace-cmd and Python have them" {
	command -v trace-cmd >/dev/null || skip "no trace-cmd"
	for file in trace vmx; do
		analyze 0 --by=detail --format=csv "$samples/$file.dat"
		python3 - <<-'END' | sort >got.txt
			import csv
			for row in csv.DictReader(open("out.txt", newline="")):
			    if row["detail_kind"] in ("port", "msr"):
			        words = row["detail"].split()
			        if row["detail_kind"] == "msr":
			            words = words[:2]
			        print(*words, row["exits"])
		END
		peer "$samples/$file.dat" >peer.txt
		[ "$(wc -l <peer.txt)" -gt 5 ]
		# Those of string instructions have no kvm_pio in each exit.
		grep -vE ' 0x(511|170) ' peer.txt |
			diff - <(grep -vE ' 0x(511|170) ' got.txt)
	done
}

@test "parts add up to the whole, with any number of threads" {
	for file in trace vmx; do
		for by in rip detail reason,detail vm,rip vcpu,cpu,reason,rip,detail; do
			analyze 0 --by=$by --format=csv "$samples/$file.dat"
			python3 - <<-'END'
				import csv
				rows = list(csv.DictReader(open("out.txt", newline="")))
				total = [row for row in rows if row["row"] == "total"][0]
				for key in "exits", "cycles", "halted_cycles":
				    parts = sum(int(row[key]) for row in rows if row["row"] == "group")
				    assert parts == int(total[key]) > 0 or key[0] == "h", key
			END
			cp out.txt one.txt
			analyze 0 -j1 --by=$by --format=csv "$samples/$file.dat"
			cmp one.txt out.txt
		done
	done
}

@test "--sort=rip is by address, what is none comes last" {
	analyze 0 --by=rip --sort=rip --format=csv "$samples/trace.dat"
	python3 - <<-'END'
		import csv
		rows = list(csv.DictReader(open("out.txt", newline="")))[:-3]
		rips = [int(row["rip"], 16) for row in rows]
		assert len(rips) > 1000 and rips == sorted(rips)
		assert len({len(row["rip"]) for row in rows}) > 3
	END
	"$SCENARIO" moved trace.dat
	analyze 0 --by=rip --sort=rip --format=csv trace.dat
	sed -n 's/^group,\([^,]*\),.*/\1/p' out.txt >got.txt
	printf '%s\n' 0x2 0x3 0xffffffff81000000 unknown | diff - got.txt
}

@test "a migrated exit has its detail" {
	"$SCENARIO" moved trace.dat
	analyze 0 --by=reason,detail --format=csv trace.dat
	prints 'group,svm msr,svm,124,rdmsr 0x10 IA32_TSC,msr,16,1,'
	prints 'group,svm io,svm,123,out 0x70 size 1,port,112,1,'
	# What the other CPU has of it counts, too.
	prints 'group,svm hlt,svm,120,rdmsr 0x1b IA32_APICBASE,msr,27,1,'
	prints 'group,svm cpuid,svm,114,unknown,unknown,,1,'
	says "exits without a recorded kvm_exit, which have no rip and no detail: 1"
	says "2 events inside no exit: harmless"
	analyze 0 --by=rip --format=csv trace.dat
	prints 'group,unknown,1,'
	prints 'group,0xffffffff81000000,1,'
}

@test "lost events: a detail is not guessed" {
	"$SCENARIO" inside-gap trace.dat
	analyze 0 --by=detail --format=csv trace.dat
	prints 'group,out 0x70 size 1,port,112,1,'
	prints 'group,unknown,unknown,,1,'
}

# lists SCENARIO STATUS KIND...: the kinds of detail of its exits, in order of time
lists() {
	"$SCENARIO" "$1" trace.dat
	analyze "$2" --list --format=csv trace.dat
	shift 2
	python3 - <<-'END' >got.txt
		import csv
		rows = list(csv.DictReader(open("out.txt", newline="")))
		rows = [row for row in rows if row["row"] == "group"]
		for row in sorted(rows, key=lambda row: float(row["time"])):
		    print(row["detail_kind"])
	END
	printf '%s\n' "$@" | diff - got.txt
}

@test "lost events of one CPU: exits of all others have no detail meanwhile" {
	lists gap-around 0 unknown none
	lists gap-first 0 unknown none
	lists gap-last 3 none unknown
	lists gap-all 3 unknown unknown
}

@test "a kvm_exit of another reason than its kvm_entry: as the reports say it" {
	"$SCENARIO" odd trace.dat
	for options in "" --by=detail --list; do
		# shellcheck disable=SC2086
		analyze 3 $options trace.dat
		says "kvm_exit events with another reason than their kvm_entry: trace.dat: 1"
	done
}

@test "more groups than there is room for: the rest is other, and is said" {
	"$SCENARIO" many-rips trace.dat
	for by in rip detail rip,detail; do
		analyze 0 --by=$by --top=2 --format=csv trace.dat
		grep -q '^total,.*,70000,' out.txt
		says "warning: more than 65536 groups: exits of further ones, shown as other: 4464"
		prints 'other'
	done
	analyze 0 --by=reason --format=csv trace.dat
	[ ! -s err.txt ]
}

@test "unpatched: details and rips by thread" {
	"$SCENARIO" unpatched-inside trace.dat
	analyze 0 --by=reason,detail --format=csv trace.dat
	prints 'group,svm msr,svm,124,rdmsr 0x10 IA32_TSC,msr,16,2,'
	prints 'group,svm io,svm,123,in 0xcfc size 4,port,3324,1,'
	says "1 event inside no exit: harmless"
	analyze 0 --by=rip --format=csv trace.dat
	prints 'group,0x1234,2,'
}

@test "old kernels: what their kvm_exit does not have is unknown" {
	"$SCENARIO" old-vmx trace.dat
	analyze 0 --by=detail --format=csv --sort=detail trace.dat
	sed -n 's/^group,\([^,]*\),.*/\1/p' out.txt >got.txt
	printf '%s\n' '#UD' 'fault 0x6ffc error 0x6' 'injected vector 0xef' \
		'out 0xcf8 size 4' 'unknown' 'vector 0xec' | diff - got.txt
	"$SCENARIO" older-svm trace.dat
	analyze 0 --by=reason,detail --format=csv trace.dat
	prints 'group,svm io,svm,123,out 0x70 size 1,port,112,1,'
	prints 'group,svm io,svm,123,unknown,unknown,,1,'
	prints 'group,svm npf,svm,1024,fault 0x6ffc error 0x6,fault,28668,1,'
	prints 'group,svm npf,svm,1024,unknown,unknown,,1,'
	prints 'group,svm hlt,svm,120,,none,,1,'
	for kind in old-vmx older-svm; do
		"$SCENARIO" $kind trace.dat
		analyze 0 --list trace.dat
		prints '0x3e8'
		analyze 0 trace.dat
		prints 'recorded: exits'
	done
}

# Nothing is injected there: the APIC's own event says what a vCPU woke up for.
@test "APICv: the vector that was accepted, where none is injected" {
	cp "$BATS_TEST_DIRNAME/cases/apicv-halt.dat" trace.dat
	analyze 0 --format=csv --by=detail --reason=HLT trace.dat
	columns detail detail_kind detail_value exits >got.txt
	grep -qx 'detail=accepted vector 0xec detail_kind=accepted detail_value=236 exits=20' got.txt
	# Of who is in no exit, it is no event that an exit lacks.
	cp "$BATS_TEST_DIRNAME/../samples/trace.dat" trace.dat
	analyze 0 --format=json --by=detail trace.dat
	grep -q '"events_unattached": 0' out.txt
	lacks "inside no exit" err.txt
	# Delivery mode 5 is INIT: it has no vector.
	lacks 'accepted vector 0x0"' out.txt
}

@test "list: the most expensive exits, in order, as many as --top says" {
	for file in trace vmx; do
		analyze 0 --list --top=100000 --format=csv "$samples/$file.dat"
		python3 - <<-'END' >all.txt
			import csv
			rows = list(csv.DictReader(open("out.txt", newline="")))
			listed = [row for row in rows if row["row"] == "group"]
			cycles = [int(row["cycles"]) for row in listed]
			assert cycles == sorted(cycles, reverse=True)
			assert sum(cycles) == int(rows[-3]["cycles"])
			assert rows[-3]["row"] == "total"
			assert int(rows[-3]["exits"]) == len(listed)
			for row in listed:
			    print(*(row[key] for key in ("time", "vcpu", "cpu", "reason",
			                                 "rip", "detail", "cycles")))
		END
		[ "$(wc -l <all.txt)" -gt 15000 ]
		for top in 1 7 64 65 1000; do
			analyze 0 --list --top=$top --format=csv "$samples/$file.dat"
			python3 - <<-'END' >got.txt
				import csv
				for row in csv.DictReader(open("out.txt", newline="")):
				    if row["row"] == "group":
				        print(*(row[key] for key in ("time", "vcpu", "cpu", "reason",
				                                     "rip", "detail", "cycles")))
			END
			head -n $top all.txt | diff - got.txt
		done
	done
	analyze 0 --list "$samples/trace.dat"
	[ "$(grep -c '^[0-9]\.' out.txt)" -eq 20 ]
	prints "35,737 more"
}

@test "--longer-than chooses in every view of exits" {
	analyze 0 --list --top=100000 --format=csv "$samples/trace.dat"
	want=$(python3 -c '
import csv
print(sum(int(row["cycles"]) > 1000000 for row in
          csv.DictReader(open("out.txt", newline="")) if row["row"] == "group"))')
	[ "$want" -gt 10 ]
	for view in --by=reason --by=vcpu,detail; do
		analyze 0 --longer-than=1000000 $view --format=csv "$samples/trace.dat"
		grep -qE "^total,+$want," out.txt
	done
	analyze 0 --longer-than=1000000 --list "$samples/trace.dat"
	prints "chosen:    longer than 1,000,000 cycles: $want exits"
	analyze 0 --longer-than=99999999999 --list "$samples/trace.dat"
	says "note: no exit matches the filter"
	"$SCENARIO" unpatched-inside trace.dat
	analyze 0 --list --longer-than=99 --format=csv trace.dat
	[ "$(grep -c '^group,' out.txt)" -eq 3 ]
	analyze 0 --list --longer-than=100 --format=csv trace.dat
	[ "$(grep -c '^group,' out.txt)" -eq 0 ]
}

# longer SCENARIO LENGTH:EXITS...
longer() {
	local kind=$1
	shift
	"$SCENARIO" "$kind" trace.dat
	for length; do
		analyze 0 --longer-than="${length%:*}" --format=csv trace.dat
		grep -qE "^total,+${length#*:}," out.txt
	done
}

@test "--longer-than with a unit, where the recording has what it takes" {
	# Round trips of 100, 150 and 1000
	longer unpatched 99:3 100:2 99ns:3 100ns:2 999ns:1 0.999us:1 1.000us:0 1000ns:0 0us:3 1us:0 \
		0ms:3 1ms:0 0s:3
	# 4 cycles are 1 ns.
	longer rate 100:4 400:3 99ns:4 100ns:3 101ns:2 1us:1 999us:1 1ms:1 1.999999ms:1 2ms:0 \
		1999999ns:1 2000000ns:0 0s:4 18446744073s:0
	analyze 0 --longer-than=100ns --list trace.dat
	[ "$(grep -c '^ *0\.' out.txt)" -eq 3 ]
	# The stamps are in cycles whatever the trace clock is.
	longer rate-local 100ns:3
	for kind in moved unpatched-tsc; do
		"$SCENARIO" $kind trace.dat
		for view in --by=reason --list; do
			analyze 2 --longer-than=100ns $view trace.dat
			no_output
			says "give a number of cycles"
		done
	done
	# Unless the user says: 2 ns a cycle.
	for length in 198ns:3 0.199us:3 200ns:0; do
		"$SCENARIO" moved trace.dat
		analyze 0 --tsc-khz=500000 --longer-than="${length%:*}" \
			--format=csv trace.dat
		grep -qE "^total,+${length#*:}," out.txt
	done
	longer moved 99:3 100:0
	longer unpatched-tsc 100:2
}

@test "--tsc-khz is for what does not say it; a warning if it is far off" {
	"$SCENARIO" rate trace.dat
	for khz in 4000000 4040000 3960000; do
		analyze 0 --tsc-khz=$khz --longer-than=101ns --format=csv trace.dat
		grep -qE '^total,+2,' out.txt
		[ ! -s err.txt ]
	done
	for khz in 4040001 3959999 1; do
		analyze 0 --tsc-khz=$khz --longer-than=101ns --format=csv trace.dat
		grep -qE '^total,+2,' out.txt
		says "warning: --tsc-khz=$khz is not used: trace.dat: the recording says 4000000 kHz"
	done
	"$SCENARIO" unpatched-tsc trace.dat
	analyze 2 --from=0 trace.dat
	analyze 0 --from=0 --tsc-khz=1000 trace.dat
	grep -q '^chosen: *from 0 s: [0-9,]* exits in 0.00' out.txt
	for khz in 0 -1 1.5 4294967296 2GHz ''; do
		analyze 2 --tsc-khz=$khz trace.dat
		no_output
		says "bad rate of the TSC: $khz, expected kHz"
	done
}

@test "wrong usage names what is valid, or which two do not go together" {
	while IFS='|' read -r option message; do
		# shellcheck disable=SC2086
		analyze 2 $option "$samples/trace.dat"
		no_output
		says "$message"
	done <<-'END'
		--by=details|cannot group by: details, expected reason, vm, vcpu, thread, cpu, rip, function, detail,
		--sort=rip|--sort=rip needs --by=rip
		--longer-than=|bad value of --longer-than: , expected a whole number, of cycles or,
		--longer-than=us|bad value of --longer-than: us
		--longer-than=-1|bad value of --longer-than: -1
		--longer-than=1.5|bad value of --longer-than: 1.5, expected
		--longer-than=1US|bad value of --longer-than: 1US
		--longer-than=1usec|bad value of --longer-than: 1usec
		--longer-than=18446744074s|bad value of --longer-than: 18446744074s
		--list --by=rip|--list is of single exits: not with --by
		--list --sort=max|--list is sorted by cycles: not with --sort
		--format=time --list|--list is of exits: not with --format=time
		--list --format=time|--list is of exits: not with --format=time
		--list --view=time|--list is of single exits: not with --view=time
		--view=exits --list|--list is of single exits: not with --view=exits
		--view=list --sort=max|--list is sorted by cycles: not with --sort
		--format=time --longer-than=3|not with --longer-than
		--last --list|--last is about reports: not with --list
		--view=lists|unknown view: lists, expected exits, time, list or reports
	END
}

@test "list: JSON follows its schema" {
	/usr/bin/python3 -c 'import jsonschema' ||
		skip "no jsonschema: apt-get install python3-jsonschema"
	analyze 0 --list --format=json "$samples/vmx.dat"
	cp out.txt stamped.json
	"$SCENARIO" unpatched-inside trace.dat
	analyze 0 --list --format=json trace.dat
	cp out.txt unpatched.json
	"$here/validate" "$here/../docs/schema.json" stamped.json unpatched.json
	sed 's/"rip": "0x/"rip": "/' stamped.json >wrong.json
	if "$here/validate" "$here/../docs/schema.json" wrong.json 2>/dev/null; then
		false
	fi
}

@test "output that cannot be written, status 1" {
	for option in --list --by=rip; do
		status=0
		"$ANALYZER" $option "$samples/vmx.dat" >/dev/full 2>err.txt || status=$?
		[ "$status" -eq 1 ]
		says "cannot write: standard output"
	done
}

# One file for each case, written with UPDATE=1 and then read by a person.
@test "golden: details" {
	for golden in "$here"/golden/*.detail; do
		name=$(basename "$golden" .detail)
		recording "${name%%.*}"
		case ${name#*.} in
		json)	arguments="--by=reason,detail --format=json --top=8" ;;
		csv)	arguments="--by=reason,detail --format=csv --top=8" ;;
		list*)	arguments="--list --top=8 --format=${name##*-}" ;;
		*)	arguments="--by=${name#*.} --top=12" ;;
		esac
		# shellcheck disable=SC2086
		COLUMNS=100 compare_golden "$golden" $arguments trace.dat
	done
}
