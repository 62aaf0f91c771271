#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Views: tables, JSON and CSV of groups of exits.  ANALYZER and SCENARIO come
# from ./run; scenarios are described in scenario.c.

load cli-helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset COLUMNS
	here=$BATS_TEST_DIRNAME
}

# As reports have them: CSV rows as "svm hlt: exits 1 cycles 2 min ..."
as_report() {
	python3 - <<-'END'
		import csv
		with open("out.txt", newline="") as file:
		    for row in csv.DictReader(file):
		        if row["row"] == "group":
		            print(f"{row['reason']}: exits {row['exits']}"
		                  f" cycles {row['cycles']} min {row['min_cycles']}"
		                  f" avg {row['avg_cycles']} max {row['max_cycles']}"
		                  f" user {row['user_cycles']} halted {row['halted_cycles']}"
		                  f" off_cpu {row['off_cpu_cycles']}")
		        if row["row"] == "total":
		            print(f"exits {row['exits']} cycles {row['cycles']}"
		                  f" user {row['user_cycles']} halted {row['halted_cycles']}"
		                  f" off_cpu {row['off_cpu_cycles']}"
		                  f" backwards {row['backwards']}")
	END
}

@test "figures are those of the last report" {
	recording sample
	analyze 0 --last trace.dat
	sed 's/^.*report [0-9]*: //' out.txt | sort >report.txt
	[ "$(wc -l <report.txt)" -gt 15 ]
	analyze 0 --format=csv trace.dat
	as_report | sort | diff report.txt -
}

@test "figures are those of the recorded block" {
	for kind in late lossy unfinished odd; do
		recording $kind
		"$ANALYZER" trace.dat 2>/dev/null |
			sed -n 's/^.* recorded: //p' | grep -v other | sort >report.txt
		"$ANALYZER" --format=csv trace.dat >out.txt 2>/dev/null || true
		as_report | grep -v ' 0x' | sort | diff report.txt -
	done
}

@test "reasons without a name are shown by number, not as other" {
	recording svm
	analyze 0 --format=csv trace.dat
	prints "svm 0x12345678,svm,305419896,"
	[ "$(grep -c other out.txt)" -eq 0 ]
}

@test "missing exits: the numbers of the reports, status 3" {
	for kind in late lossy; do
		recording $kind
		analyze 3 trace.dat
		grep 'missing exits' err.txt >missing.txt
		for format in table json csv; do
			analyze 3 --format=$format trace.dat
			grep 'missing exits' err.txt | diff missing.txt -
		done
	done
	analyze 3 --format=table trace.dat
	prints "missing: 0 before, 51 lost"
	analyze 3 --format=json trace.dat
	prints '"exits_before": 0, "exits_lost": 51,'
}

# missing_rows FILE OPTION...: rows of a CSV that are neither groups nor sums of
# them, which have nothing but a number of exits
missing_rows() {
	local file=$1
	shift
	"$ANALYZER" --format=csv "$@" "$file" >out.txt 2>err.txt || true
	python3 - <<-'END'
		import csv
		rows = list(csv.DictReader(open("out.txt", newline="")))
		missing = [row for row in rows
		           if row["row"] not in ("group", "more", "total")]
		assert missing == rows[-len(missing):]
		for row in missing:
		    print(row["row"], row["exits"])
		    assert [key for key in row if row[key]] == (
		        ["row", "exits"] if row["exits"] else ["row"])
	END
}

@test "CSV has a row for each kind of missing exits, in all views" {
	while read -r kind words; do
		recording "$kind"
		for view in --by=reason --by=vcpu,detail --view=time --list; do
			missing_rows trace.dat $view | tr '\n' ' ' >got.txt
			[ "$(cat got.txt)" = "$words " ]
		done
	done <<-'END'
		sample before 0 lost 0
		late before 374 lost 0
		lossy before 0 lost 51
		unpatched unused 0
		unpatched-gap unused 1
		off unused 0
	END
	for cpu in 0 1; do
		gunzip -c "$here/recordings/killed.dat.cpu$cpu.gz" >killed.dat.cpu$cpu
	done
	missing_rows killed.dat --formats="$here/recordings/formats.dat" >got.txt
	printf '%s\n' 'before 0' 'lost 168' | diff - got.txt
}

@test "counted since an epoch before the recording: said, status 3, as for reports" {
	for kind in older older-empty; do
		recording $kind
		status=0
		"$ANALYZER" trace.dat >out.txt 2>err.txt || status=$?
		grep 'since an epoch' err.txt >reports.txt || true
		analyze $status --format=table trace.dat
		grep 'since an epoch' err.txt | diff reports.txt -
	done
	recording older
	analyze 3 --format=table trace.dat
	says "its reports include exits from before the recording; how many is unknown"
}

@test "any number of threads: the same output" {
	for kind in sample epochs zstd lossy odd unpatched off; do
		recording $kind
		for format in table json csv; do
			set -- --format=$format --by=vcpu,cpu,reason --sort=p99
			"$ANALYZER" -j1 "$@" trace.dat >one.txt 2>&1 || true
			for jobs in 2 3 32; do
				"$ANALYZER" -j$jobs "$@" trace.dat >more.txt 2>&1 || true
				cmp one.txt more.txt
			done
		done
	done
}

@test "damage is named once, in the order of CPUs" {
	recording v6
	size=$(stat -c %s trace.dat)
	printf '\377\377\377\377' |
		dd of=trace.dat bs=1 seek=$((size - 4088)) conv=notrunc status=none
	analyze 3 -j1 --format=table trace.dat
	says "bad sub-buffer: trace.dat: cpu 2"
	[ "$(grep -c 'bad sub-buffer' err.txt)" -eq 1 ]
	says "damaged: trace.dat: 1 sub-buffer, "
}

@test "JSON follows its schema" {
	/usr/bin/python3 -c 'import jsonschema' ||
		skip "no jsonschema: apt-get install python3-jsonschema"
	n=0
	for kind in sample vmx epochs lossy odd huge unpatched unpatched-tsc \
		unpatched-gap off counter; do
		recording $kind
		for by in reason vcpu,cpu cpu rip reason,detail; do
			"$ANALYZER" --format=json --by=$by --top=3 trace.dat \
				>$kind.$by.json 2>/dev/null || true
			n=$((n + 1))
		done
	done
	"$here/validate" "$here/../docs/schema.json" ./*.json
	[ "$(find . -name '*.json' -size +0 | wc -l)" -eq $n ]
	# It says no to what is not right.
	for change in 's/"unit": "cycles"/"unit": "s"/' 's/"exits": /"exit": /' \
		's/"p90": [0-9]*/"p90": -1/' 's/"format": 1/"format": 2/'; do
		sed "$change" vmx.cpu.json >wrong.json
		if "$here/validate" "$here/../docs/schema.json" wrong.json 2>/dev/null; then
			echo "$change: accepted"
			return 1
		fi
	done
}

@test "integers up to 2^63 - 1 are numbers in JSON, larger ones strings" {
	recording huge
	"$ANALYZER" --format=json trace.dat >out.txt 2>/dev/null
	prints '"cycles": "55340232221128654839"'
	prints '"halted": "18446744073709551615"'
	prints '"code": 4294967295'
	"$ANALYZER" --format=csv trace.dat >out.txt 2>/dev/null
	columns cycles max_cycles | head -n 1 |
		grep -x 'cycles=55340232221128654839 max_cycles=18446744073709551614'
}

@test "CSV: lines end with CR LF, all have as many fields, commas are quoted" {
	for kind in sample huge unpatched; do
		recording $kind
		"$ANALYZER" --format=csv --by=reason,cpu --top=1 trace.dat \
			>out.txt 2>/dev/null
		python3 - <<-'END'
			import csv
			data = open("out.txt", newline="").read()
			assert data.endswith("\r\n") and "\n" not in data.replace("\r\n", "")
			rows = list(csv.reader(data.split("\r\n")[:-1]))
			assert len(rows) >= 3 and len({len(row) for row in rows}) == 1
			assert rows[0][0] == "row" and "total" in [row[0] for row in rows[-3:]]
		END
	done
	recording huge
	analyze 0 --format=csv trace.dat
	prints '"svm cpuid, once"'
}

@test "table: fits the width, always has what matters, says what it lacks" {
	recording sample
	analyze 0 --format=table trace.dat
	[ "$(wc -L <out.txt)" -gt 170 ]
	[ "$(grep -c 'No room' out.txt)" -eq 0 ]
	for width in 1 80 81 90 100 120 140 160; do
		COLUMNS=$width analyze 0 --format=table trace.dat
		[ "$(grep -v 'No room' out.txt | wc -L)" -le $((width < 80 ? 80 : width)) ]
		prints "No room for:"
		grep -q '^reason .* exits .* cycles .* avg' out.txt
	done
	COLUMNS=10000 analyze 0 --format=table trace.dat
	[ "$(grep -c 'No room' out.txt)" -eq 0 ]
}

@test "table: the terminal's width" {
	command -v script >/dev/null || skip "no script: apt-get install bsdutils"
	recording sample
	for width in 80 132; do
		script -qec "stty cols $width; '$ANALYZER' --format=table trace.dat" \
			/dev/null </dev/null | tr -d '\r' >out.txt
		[ "$(grep -v 'No room' out.txt | wc -L)" -le $width ]
		prints "No room for:"
	done
}

@test "table: --raw has no commas, and plain text anyway" {
	recording sample
	analyze 0 --format=table --raw trace.dat
	prints " 1222842640 "
	[ "$(grep -c ',[0-9][0-9][0-9]' out.txt)" -eq 0 ]
	[ "$(LC_ALL=C grep -c '[^ -~]' out.txt)" -eq 0 ]
}

@test "--by: parts add up to the whole" {
	recording epochs
	analyze 0 --format=csv trace.dat
	total=$(grep '^total,' out.txt | sed 's/^[^0-9]*//')
	for by in vm vcpu cpu vm,vcpu vcpu,cpu,reason reason,vm; do
		analyze 0 --format=csv --by=$by trace.dat
		[ "$(grep '^total,' out.txt | sed 's/^[^0-9]*//')" = "$total" ]
		columns row exits | sed -n 's/^row=group exits=//p' |
			awk '{ n += $1 } END { exit n != 1234 }'
	done
	# A vCPU is one of its VM.
	analyze 0 --format=csv --by=vcpu trace.dat
	[ "$(grep -c '^group,' out.txt)" -eq 4 ]
	columns vm vcpu exits >with-vm.txt
	analyze 0 --format=csv --by=vcpu,vm trace.dat
	columns vm vcpu exits | diff with-vm.txt -
}

@test "unpatched: vCPUs by their number, and threads, as VMs are unknown" {
	recording unpatched
	analyze 0 --by=vcpu trace.dat
	grep -q '^ *vcpu  *thread  *thread_name  *exits' out.txt
	prints "2 vCPU threads of unknown VMs"
	says "recorded by an unpatched kernel"
	for choose in --by=vcpu --by=thread; do
		analyze 0 --format=csv $choose --thread=8 trace.dat
		columns row thread thread_name exits ns min_ns >got.txt
		printf '%s\n' \
			'row=group thread=8 thread_name=qemu exits=1 ns=1000 min_ns=1000' \
			'row=total thread= thread_name= exits=1 ns=1000 min_ns=1000' \
			'row=unused thread= thread_name= exits=0 ns= min_ns=' |
			diff - got.txt
	done
	# Both have the number 0.
	analyze 0 --format=csv --by=vcpu --vcpu=0 --sort=thread trace.dat
	columns row vcpu thread >got.txt
	printf '%s\n' 'row=group vcpu=0 thread=7' 'row=group vcpu=0 thread=8' \
		'row=total vcpu= thread=' 'row=unused vcpu= thread=' | diff - got.txt
	for option in --by=vm --by=vm,reason --vm=7; do
		analyze 2 $option trace.dat
		no_output
		says "nothing says which VM a thread is of: use thread"
	done
	recording unpatched-counter
	analyze 1 --format=table trace.dat
	says "trace clock is no time: trace.dat: counter"
}

@test "unpatched: guests that trace-cmd record -A names, and their vCPUs" {
	cp "$BATS_TEST_DIRNAME/cases/guestopt.dat" trace.dat
	analyze 0 --format=csv --by=vcpu trace.dat
	columns row vm vm_name vcpu exits ns >got.txt
	printf '%s\n' 'row=group vm= vm_name=guest-a vcpu=0 exits=10 ns=50000' \
		'row=group vm= vm_name=guest-a vcpu=1 exits=10 ns=50000' |
		diff - <(grep ^row=group got.txt)
	analyze 0 --format=csv --by=vm --vcpu=1 trace.dat
	columns row vm vm_name exits >got.txt
	grep -qx 'row=group vm= vm_name=guest-a exits=10' got.txt
	analyze 0 --by=reason trace.dat
	prints "2 vCPU threads of 1 VM, on 2 CPUs"
	analyze 0 --format=csv --by=thread trace.dat
	columns row thread thread_name exits >got.txt
	printf 'row=group thread=%s exits=10\n' '5000 thread_name=CPU 0/KVM' \
		'5001 thread_name=CPU 1/KVM' | diff - <(grep ^row=group got.txt)
}

@test "patched: threads, by themselves and of a VM with a name" {
	recording sample
	analyze 0 --format=csv --by=thread --sort=thread trace.dat
	columns row thread thread_name exits cycles >got.txt
	analyze 0 --format=csv --by=vcpu --sort=vcpu trace.dat
	columns row exits cycles >vcpus.txt
	# Each vCPU has a thread of its own.
	sed 's/ thread=[0-9]* thread_name=[^ ]*//' got.txt | diff vcpus.txt -
	analyze 0 --format=csv --thread=202 trace.dat
	columns row exits >one.txt
	grep -q '^row=total exits=13402$' one.txt
	analyze 0 --list --thread=202 --top=5 --format=csv trace.dat
	columns row vcpu >list.txt
	[ "$(grep -c '^row=group vcpu=1$' list.txt)" -eq 5 ]
	analyze 2 --format=time --by=thread trace.dat
	says "by stamps, time is of a vCPU, whatever its thread"
}

@test "--sort: each column" {
	recording sample
	for key in reason isa code exits exits_percent exits_per_s cycles \
		cycles_percent min avg stddev p50 p90 p99 p99_9 p99.9 max user \
		halted off_cpu backwards ns; do
		analyze 0 --format=csv --sort=$key trace.dat
		[ "$(grep -c '^group,' out.txt)" -eq 18 ]
	done
	# Every name that CSV itself has
	analyze 0 --format=csv trace.dat
	head -n 1 out.txt | tr -d '\r' | tr , '\n' | tail -n +2 >names.txt
	grep -qx p99_9_cycles names.txt
	while read -r name; do
		analyze 0 --format=csv "--sort=$name" trace.dat
	done <names.txt
	analyze 0 --format=csv --sort=max_cycles trace.dat
	cp out.txt with-unit.txt
	analyze 0 --format=csv --sort=max trace.dat
	cmp with-unit.txt out.txt
	columns row max_cycles | sed -n 's/^row=group max_cycles=//p' >got.txt
	sort -rnc got.txt
	analyze 0 --format=csv --sort=code trace.dat
	columns row code | sed -n 's/^row=group code=//p' | sort -nc
}

@test "--top: the others in one row" {
	recording sample
	analyze 0 --top=3 trace.dat
	grep -q '^15 more  *7,362 ' out.txt
	analyze 0 --top=3 --format=json trace.dat
	prints '"groups_not_shown": 15,'
	analyze 0 --top=18 trace.dat
	[ "$(grep -c more out.txt)" -eq 0 ]
	analyze 0 --top=17 trace.dat
	grep -q '^1 more  *1 ' out.txt
}

@test "filters choose exits; those of different kinds must all fit" {
	recording sample
	for reason in hlt HLT 'svm hlt' 0x78 120 'svm 0x78'; do
		analyze 0 --format=csv --reason="$reason" trace.dat
		grep -q '^total,,,,2166,' out.txt
		prints 'group,svm hlt,svm,120,2166,'
	done
	analyze 0 --format=csv --reason=hlt,io --reason=cpuid trace.dat
	[ "$(grep -c '^group,' out.txt)" -eq 3 ]
	analyze 0 --format=csv --by=vcpu,cpu trace.dat
	want=$(columns row vcpu cpu exits |
		sed -n 's/^row=group vcpu=1 cpu=0 exits=//p')
	analyze 0 --format=csv --vcpu=1 --cpu=0 trace.dat
	columns row exits | grep -x "row=total exits=$want"
	analyze 0 --vcpu=1 --cpu=0 trace.dat
	prints "exits:     35,757 recorded; missing"
	prints "chosen:    vCPU 1, CPU 0: "
	vm=$(analyze 0 --format=csv --by=vm trace.dat && columns vm | sed -n '1s/vm=//p')
	analyze 0 --vm="$vm,1" --format=csv trace.dat
	columns row exits | grep -x 'row=total exits=35757'
}

@test "filters take ranges, what is left out, and names of other programs" {
	recording sample
	for reason in EXIT_HLT 'svm exit_hlt' SVM_EXIT_HLT 'svm 0x78-0x78'; do
		analyze 0 --format=csv --reason="$reason" trace.dat
		prints 'group,svm hlt,svm,120,2166,'
		[ "$(grep -c '^group,' out.txt)" -eq 1 ]
	done
	analyze 0 --format=csv --reason=EXIT_IOIO trace.dat
	grep -q '^group,svm io,svm,123,' out.txt
	analyze 0 --format=csv --reason='!hlt' trace.dat
	grep -q "^total,,,,$((35757 - 2166))," out.txt
	for cpus in 0-1 '!2' '0-63,!7' '!5-9'; do
		analyze 0 --format=csv --cpu="$cpus" trace.dat
		grep -q '^total,,,,35757,' out.txt
	done
	analyze 0 --cpu='!1,0-3' --vcpu=0 trace.dat
	prints 'chosen:    vCPU 0, CPU !1 or 0-3: '
	analyze 0 --cpu='!1,0-3' --vcpu=0 --format=json trace.dat
	python3 -c 'import json, sys
filters = json.load(open("out.txt"))["filters"]
assert filters["cpus"] == ["!1", "0-3"], filters
assert filters["vcpus"] == [0], filters'
}

@test "--from=@TIME is what trace-cmd report prints" {
	recording sample
	trace-cmd report -R trace.dat 2>/dev/null |
		grep -v 'kvm_entry: .* seq=0\(x0\)\? ' |
		sed -En 's/^.* ([0-9]+\.[0-9]{6}): kvm_entry: .*/\1/p' >entries
	[ "$(wc -l <entries)" = 35757 ]
	for line in 1 1000 30000; do
		from=$(sed -n "${line}p" entries)
		to=$(sed -n "$((line + 5000))p" entries)
		want=$(awk -v from="$from" -v to="$to" \
			'$1 >= from && $1 < to { n++ } END { print n }' entries)
		[ "$want" -gt 1000 ]
		analyze 0 --format=csv --from="@$from" --to="@$to" trace.dat
		grep -q "^total,,,,$want," out.txt
	done
	analyze 0 --from=@7.5 --to=@8 trace.dat
	grep -q '^chosen:    from 2\.[0-9]* s to 2\.[0-9]* s: .* in 0\.5 s$' out.txt
}

@test "--from and --to: parts of time add up to the whole" {
	recording sample
	sum=0
	for range in --to=1.5 "--from=1.5 --to=3.000000001" --from=3.000000001; do
		# shellcheck disable=SC2086
		analyze 0 --format=csv $range trace.dat
		n=$(columns row exits | sed -n 's/^row=total exits=//p')
		[ "$n" -gt 0 ]
		sum=$((sum + n))
	done
	[ "$sum" -eq 35757 ]
	# The rate is that of the part.
	analyze 0 --format=csv --to=2 trace.dat
	columns row exits exits_per_s | grep ^row=total |
		awk -F'[= ]' '{ exit $4 / 2 - $6 > 0.1 || $6 - $4 / 2 > 0.1 }'
}

# chosen WORDS OPTION...: what a table says was chosen of the sample
chosen() {
	local words=$1
	shift
	analyze 0 "$@" trace.dat
	grep -qxF "chosen:    $words" out.txt || { cat out.txt; return 1; }
}

@test "what was chosen is said above a table, and nothing if all was" {
	recording sample
	chosen 'reason npf, CPU 1, from 2 s to 3 s: 665 exits in 1 s' \
		--from=2 --to=3 --reason=npf --cpu=1 --top=1
	chosen 'reason hlt or svm npf or 0x7b, VM 1 or 197: 28,183 exits' \
		--reason=hlt,'svm npf' --reason=0x7b --vm=1,197
	chosen 'vCPU 0, longer than 1,000,000 cycles: 110 exits' \
		--vcpu=0 --longer-than=1000000
	chosen 'longer than 1000000 cycles: 239 exits' \
		--longer-than=1000000 --raw
	chosen 'to 0.05 s: 0 exits in 0.05 s' --to=0.050
	chosen 'from 7.4467 s to 9 s: 0 exits in 0.000061517 s' \
		--from=7.4467 --to=9
	chosen 'vCPU 1: 13,402 exits' --format=time --vcpu=1
	analyze 0 --list trace.dat
	lacks '^chosen' out.txt
	recording rate
	chosen 'longer than 100 ns (400 cycles): 3 exits' --longer-than=100ns
	recording unpatched
	chosen 'thread 8, longer than 1 us: 0 exits' --thread=8 --longer-than=1us
	chosen 'longer than 999 ns: 1 exit' --longer-than=999
}

# filters WORDS OPTION...: the same in JSON, without what is null
filters() {
	local words=$1
	shift
	analyze 0 --format=json "$@" trace.dat
	python3 -c '
import json
filters = json.load(open("out.txt")).get("filters")
print(filters and {key: filters[key] for key in filters
                   if filters[key] is not None})' | tee got.txt
	[ "$(cat got.txt)" = "$words" ]
}

@test "what was chosen is said in JSON" {
	recording sample
	filters "{'reasons': ['npf'], 'cpus': [1], 'from_ns': 2000000000, 'to_ns': 3000000000, 'span_ns': 1000000000}" \
		--from=2 --to=3 --reason=npf --cpu=1
	filters "{'reasons': ['hlt', 'io'], 'vms': [1, 197], 'vcpus': [0], 'longer_than': 7, 'span_ns': 7446761517}" \
		--reason=hlt --reason=io --vm=1,197 --vcpu=0 --longer-than=7
	filters None --list
	recording rate
	filters "{'longer_than': 400, 'span_ns': 2002400}" --longer-than=100ns
	recording counter
	filters "{'cpus': [0]}" --cpu=0
	/usr/bin/python3 -c 'import jsonschema' ||
		skip "no jsonschema: apt-get install python3-jsonschema"
	recording sample
	analyze 0 --format=json --from=1 --to=2 --vm=197 --vcpu=0,1 --cpu=0 \
		--reason=hlt,npf --longer-than=9 trace.dat
	cp out.txt all.json
	analyze 0 --format=json --view=time --vcpu=1 trace.dat
	cp out.txt one.json
	"$here/validate" "$here/../docs/schema.json" all.json one.json
}

@test "a filter that matches nothing: a note, status 0" {
	recording sample
	for option in --vcpu=99 --vm=1 --cpu=7 --reason=0x12345 --from=1000 \
		--reason=shutdown; do
		analyze 0 $option trace.dat
		says "note: no exit matches the filter: trace.dat"
		grep -q '^total  *0  *-  *0.0  *0  *-  *-  *-  *-  *-' out.txt ||
			grep -q '^total  *0  *-  *-  *0  *-  *-  *-  *-  *-' out.txt
		analyze 0 --format=json $option trace.dat
		prints '"groups": [],'
		prints '"p50": null'
	done
}

@test "wrong usage names what is valid, status 2" {
	recording sample
	while IFS='|' read -r option message; do
		# shellcheck disable=SC2086
		analyze 2 $option trace.dat
		no_output
		says "$message"
	done <<-'END'
		--format=xml|unknown format: xml, expected reports, table, time, json, jsonl, csv, sqlite, folded, perfetto, state, summary, html or prometheus
		--by=vm,host|cannot group by: host, expected reason, vm, vcpu, thread, cpu
		--by=|cannot group by: , expected
		--sort=time|--sort=time needs --by=time
		--sort=tid|cannot sort by: tid, expected one of time, width, recording, recording_index, vm, vm_name, vcpu,
		--sort=vm|--sort=vm needs --by=vm
		--top=0|bad number of rows: 0, expected 1 to 262144
		--top=x|bad number of rows: x
		--vcpu=-1|bad value of --vcpu: -1, expected 0 to 4294967295
		--vm=1,|bad value of --vm: , expected
		--cpu=4294967296|bad value of --cpu: 4294967296
		--from=x|bad number of seconds: x
		--to=1.|bad number of seconds: 1.
		--to=1.0000000001|bad number of seconds
		--from=1 --from=2|--from is given twice: it takes one value
		--to=1 --from=0 --to=1|--to is given twice: it takes one value
		--longer-than=1 --longer-than=1us|--longer-than is given twice: it takes one value
		--from=3 --to=2.5|--from is not before --to
		--reason=nonsense|unknown exit reason: nonsense
		--reason=hypercal|known of svm: hypercall, 
		--reason=hlt,HLTX|unknown exit reason: HLTX
		--reason=other|unknown exit reason: other
		--check --format=json|--check is about reports: not with --format
		--last --by=vm|--last is about reports: not with --by
		--report=1 --top=3|--report is about reports: not with --top
		--histogram --format=csv|--histogram has no place in CSV: use --format=json
		--histogram --format=time|--histogram is of exits: not with a view of time
		--histogram --list|--histogram is of groups of exits: not with a list
		--check --histogram|--check is about reports: not with --histogram
		--format=reports --raw|--raw is about views: not with --format=reports
	END
}

# The format names reasons of both; exits are of one.
@test "an unknown reason: names of the recording, the nearest first" {
	local kind isa other reason name format
	while IFS='|' read -r kind isa other reason name; do
		recording $kind
		for format in --format=table --list\ --format=csv --format=perfetto; do
			# shellcheck disable=SC2086
			analyze 2 $format --reason=$reason trace.dat
			no_output
			says "unknown exit reason: $reason: expected "
			says "known of $isa: $name, "
			run grep "known of $other" err.txt
			[ "$status" -eq 1 ]
			[ "$(wc -l <err.txt)" -eq 2 ]
		done
	done <<-'END'
		sample|svm|vmx|hypercal|hypercall
		sample-vmx|vmx|svm|msr_writ|MSR_WRITE
		sample-unpatched|svm|vmx|hypercal|hypercall
		sample-unpatched-vmx|vmx|svm|msr_writ|MSR_WRITE
	END
}

@test "--format=reports is the default" {
	recording epochs
	analyze 0 trace.dat
	cp out.txt default.txt
	analyze 0 --format=reports trace.dat
	cmp default.txt out.txt
}

@test "--from and --to need a clock that says seconds" {
	recording counter
	analyze 2 --from=1 trace.dat
	says "trace clock does not say seconds: trace.dat: counter"
	analyze 0 --format=table trace.dat
	prints "unknown time of trace clock counter"
}

@test "views: output that cannot be written, status 1" {
	recording sample
	for format in table json csv; do
		status=0
		"$ANALYZER" --format=$format trace.dat >/dev/full 2>err.txt || status=$?
		[ "$status" -eq 1 ]
		says "cannot write: standard output"
	done
}

@test "histogram: bars of block characters on a terminal whose locale has them" {
	recording sample
	LC_ALL=C.UTF-8 "$here/on-terminal" 80 "$ANALYZER" --histogram --top=1 trace.dat >out.txt
	grep -q '^ *\[16K, 32K)   1,703    7.42%  ███' out.txt
	grep -qE '^ *\[256K, 512K\)      22    0.10%  ▏.?$' out.txt
	lacks '#' out.txt
	LC_ALL=C "$here/on-terminal" 80 "$ANALYZER" --histogram --top=1 trace.dat >out.txt
	grep -qE '^ *\[16K, 32K\)   1,703    7.42%  ####.?$' out.txt
	lacks '█' out.txt
}

@test "histogram: as many exits as there are in each row, where they belong" {
	for kind in sample sample-vmx huge unpatched lossy; do
		for by in reason vcpu,detail; do
			recording $kind
			"$ANALYZER" --histogram --by=$by --top=4 --format=json \
				trace.dat >out.txt 2>/dev/null || true
			cp out.txt $kind.$by.json
			python3 - <<-'END'
				import json
				view = json.load(open("out.txt"))
				rows = view["groups"] + [view["more"] or {}, view["total"]]
				for row in filter(None, rows):
				    buckets = [[int(n) for n in b] for b in row["histogram"]]
				    assert sum(n for _, _, n in buckets) == row["exits"]
				    assert buckets == sorted(buckets)
				    low, high = buckets[0][0], buckets[-1][1]
				    assert low <= int(row["min"]) and int(row["max"]) <= high
				    assert buckets[0][1] >= int(row["min"])
				    assert buckets[-1][0] <= int(row["max"])
				    for low, high, _ in buckets:
				        assert high == max(2 * low - 1, 0)
			END
		done
	done
	# The same but for what was asked for
	recording sample
	analyze 0 --format=json --by=vcpu --histogram trace.dat
	sed 's/, "histogram": [^a-z]*\]\]//' out.txt >without.txt
	analyze 0 --format=json --by=vcpu trace.dat
	cmp without.txt out.txt
	/usr/bin/python3 -c 'import jsonschema' ||
		skip "no jsonschema: apt-get install python3-jsonschema"
	"$here/validate" "$here/../docs/schema.json" ./*.json
	sed 's/"histogram": \[\[[0-9]*, /"histogram": [[/' sample.reason.json >wrong.json
	if "$here/validate" "$here/../docs/schema.json" wrong.json 2>/dev/null; then
		false
	fi
}

# Each exit by itself, from a list, is counted here.
@test "--bins: finer, and each exit where it belongs" {
	recording sample
	analyze 0 --list --format=csv trace.dat
	cp out.txt list.csv
	for bins in 1 2 8 64; do
		for of in cycles halted; do
			analyze 0 --bins=$bins --of=$of --format=json trace.dat
			"$here/validate" "$here/../docs/schema.json" out.txt
			python3 - $bins $of <<-'END'
				import collections, csv, json, sys
				bins, of = int(sys.argv[1]), sys.argv[2]
				name = {"cycles": "cycles", "halted": "halted_cycles"}[of]
				counts = collections.defaultdict(collections.Counter)
				for row in csv.DictReader(open("list.csv", newline="")):
				    if row["row"] != "group":
				        continue
				    value = int(row[name])
				    power = 1 << value.bit_length() - 1 if value else 1
				    width = max(power // bins, 1)
				    low = value // width * width
				    counts[row["reason"]][low, low + width - 1] += 1
				for group in json.load(open("out.txt"))["groups"]:
				    got = {(low, high): n for low, high, n in group["histogram"]}
				    if bins == 64:
				        # Its buckets have 64 for each power from 64 on.
				        assert all(n == counts[group["reason"]][b] for b, n in got.items())
				    assert got == counts[group["reason"]], (bins, group["reason"])
			END
		done
	done
	analyze 0 --histogram --reason=hlt trace.dat
	cp out.txt plain.txt
	analyze 0 --bins=1 --reason=hlt trace.dat
	cmp plain.txt out.txt
	analyze 0 --bins=8 --reason=hlt trace.dat
	grep -q '^ *\[60K, 64K)  1,281   59.14%  #' out.txt
	grep -q '^ *\[1M, 1152K)\|^ *\[1408K, 1536K)' out.txt
	for wrong in 0 3 128 x 8x ''; do
		analyze 2 --bins=$wrong trace.dat
		says "bad number of bins: $wrong, expected 1, 2, 4, 8, 16, 32 or 64"
	done
	analyze 2 --bins=8 --view=time trace.dat
	says "--histogram is of exits: not with a view of time"
	# The highest value has a bin, too.
	recording huge
	analyze 0 --bins=2 trace.dat
	prints ", 16E)"
}

@test "histogram: bars below the table, as wide as it may be" {
	recording sample
	analyze 0 --format=table trace.dat
	cp out.txt table.txt
	analyze 0 --histogram trace.dat
	head -n "$(wc -l <table.txt)" out.txt | cmp table.txt -
	[ "$(tail -n "+$(($(wc -l <table.txt) + 1))" out.txt | wc -L)" -le 80 ]
	[ "$(grep -c ': exits by cycles$' out.txt)" -eq 19 ]
	for width in 80 100; do
		COLUMNS=$width analyze 0 --histogram trace.dat
		[ "$(grep '#' out.txt | wc -L)" -le $width ]
	done
	# One group is all there is: no total.  Nothing at all: no bars.
	analyze 0 --histogram --reason=hlt trace.dat
	[ "$(grep -c ': exits by cycles$' out.txt)" -eq 1 ]
	analyze 0 --histogram --reason=0x12345 trace.dat
	lacks 'exits by' out.txt
	recording unpatched
	analyze 0 --histogram --by=vcpu,reason trace.dat
	prints 'vcpu 0, thread 7, thread_name qemu, svm cpuid: exits by ns'
}

# shown FILE N: its N blocks that begin with a command and COLUMNS, and what
# follows
shown() {
	local n=0
	cd "$here/.." || return
	while read -r arguments; do
		n=$((n + 1))
		# shellcheck disable=SC2086
		(COLUMNS=100 exec -a analyzer/analyzer "$ANALYZER" $arguments) |
			sed 's/^/    /; s/[ \r]*$//' >"$BATS_TEST_TMPDIR/expected.txt"
		lines=$(wc -l <"$BATS_TEST_TMPDIR/expected.txt")
		grep -F -A "$lines" -- "    \$ COLUMNS=100 analyzer/analyzer $arguments" \
			"$1" | tail -n +2 | diff "$BATS_TEST_TMPDIR/expected.txt" -
	done < <(sed -n 's,^    \$ COLUMNS=100 analyzer/analyzer ,,p' "$1")
	[ "$n" -eq "$2" ]
}

@test "docs/questions.md shows what is printed" {
	shown docs/questions.md 14
}

# Its lines for a shell, and what the last one prints
@test "docs/questions.md shows what a database says" {
	ln -s "$here/../samples" .
	mkdir analyzer
	ln -s "$ANALYZER" analyzer/analyzer
	grep -E '^    \$ (analyzer/analyzer --format=sqlite|sqlite3) ' "$here/../docs/questions.md" \
		>commands.txt
	[ "$(wc -l <commands.txt)" -eq 2 ]
	sed 's/^    \$ //' commands.txt | bash | sed 's/^/    /' >expected.txt
	[ -s expected.txt ]
	grep -F -A "$(wc -l <expected.txt)" -- "$(tail -n 1 commands.txt)" "$here/../docs/questions.md" |
		tail -n +2 | diff expected.txt -
}

@test "docs/tour.md shows what is printed" {
	shown docs/tour.md 10
}

# One file for each case, written with UPDATE=1 and then read by a person.
@test "golden: views" {
	for golden in "$here"/golden/*.view; do
		name=$(basename "$golden" .view)
		recording "${name%%.*}"
		case $name in
		*.table)	arguments=--format=table ;;
		*.narrow)	arguments=--format=table; export COLUMNS=80 ;;
		*.histogram)	arguments="--histogram --top=2"; export COLUMNS=80 ;;
		*.json)		arguments=--format=json ;;
		*.csv)		arguments=--format=csv ;;
		*.by)		arguments="--by=vcpu,cpu,reason --top=5" ;;
		esac
		# shellcheck disable=SC2086
		compare_golden "$golden" $arguments trace.dat
		unset COLUMNS
	done
}

@test "JSON has the exact bytes of any path" {
	recording sample
	recording=$PWD/trace.dat
	mkdir -p names
	cd names
	for name in plain $'new\nline' $'not \xff UTF-8' '\x41' 'Grüße' $'bell\a' '"quoted"' $'bidi\u202e'; do
		cp "$recording" "$name"
		analyze 0 --format=json "$name"
		"$here/validate" "$here/../docs/schema.json" out.txt
		cp out.txt ../view.json
		analyze 0 --show=17 --format=json "$name"
		"$here/validate" "$here/../docs/schema-show.json" out.txt
		cp out.txt ../show.json
		python3 - "$name" <<-'END'
			import json, os, sys
			for name in ("../view.json", "../show.json"):
			    recording = json.load(open(name))["recording"]
			    found = (bytes.fromhex(recording["path_hex"]) if "path_hex" in recording
			             else recording["path"].encode())
			    assert found == os.fsencode(sys.argv[1]), (recording, sys.argv)
			plain = sys.argv[1] in ("plain", "\\x41", "Grüße", '"quoted"')
			assert ("path_hex" in recording) != plain
		END
		rm -f "$name"
	done
	recording sample-vmx
	mv trace.dat $'a\tb'
	analyze 0 --by=recording --format=json "$recording" $'a\tb'
	grep -q '"path": "a\\\\x09b", "path_hex": "610962"' out.txt
	"$here/validate" "$here/../docs/schema.json" out.txt
}
