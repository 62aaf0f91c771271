#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# --format=folded: stacks for flame graphs.  What is right is worked out from CSV.

load cli-helpers

# stacks COLUMN FRAME...: from out.txt, CSV of the same groups, into expected.txt: the
# frames by name of column, "vm+vm_name" of two that are one
stacks() {
	python3 - "$@" >expected.txt <<-'END'
		import csv, sys
		def word(name, text):
		    text = f"{name}_{text}" if text.isdigit() else text
		    return text.replace(" ", "_").replace(";", ":")
		def frame(row, names):
		    words = [word(name, row[name]) for name in names.split("+")
		             if row.get(name)]
		    return "_".join(words)
		weight, *names = sys.argv[1:]
		with open("out.txt", newline="") as file:
		    for row in csv.DictReader(file):
		        if row["row"] == "group" and row[weight] != "0":
		            frames = [frame(row, name) for name in names]
		            print(";".join(filter(None, frames)), row[weight])
	END
}

# sum FILE: of the weights of stacks
sum() {
	python3 -c '
import sys
print(sum(int(line.rsplit(" ", 1)[1]) for line in open(sys.argv[1])))' "$1"
}

total() {
	columns row "$1" | sed -n "s/^row=total $1=//p"
}

@test "a line for each group, whose weights are the cycles of CSV" {
	for kind in sample sample-vmx; do
		recording $kind
		analyze 0 --format=csv --by=vcpu,reason,detail trace.dat
		stacks cycles vm+vm_name vcpu reason detail
		analyze 0 --format=folded trace.dat
		diff expected.txt out.txt
	done
	# Each as two words: a stack, and a number
	lacks -v '^[^ ]* [0-9]*$' out.txt
}

@test "without stamps: threads stand for vCPUs, and weights are nanoseconds" {
	recording sample-unpatched
	analyze 0 --format=csv --by=vcpu,reason,detail trace.dat
	stacks ns vcpu thread+thread_name reason detail
	analyze 0 --format=folded trace.dat
	diff expected.txt out.txt
	grep -q '^vcpu_0;thread_199_vmm;svm_hlt;' out.txt
}

@test "parts, filters and keys" {
	recording sample
	for of in user halted off_cpu; do
		analyze 0 --format=csv --reason=hlt,io --cpu=0 trace.dat
		total ${of}_cycles >total.txt
		analyze 0 --format=folded --of=$of --reason=hlt,io --cpu=0 trace.dat
		[ "$(sum out.txt)" = "$(<total.txt)" ]
		[ -s out.txt ]
		lacks ' 0$' out.txt
	done
	analyze 0 --format=csv --by=cpu,kind --of=total trace.dat
	stacks total_cycles cpu kind
	analyze 0 --format=folded --by=cpu,kind --of=total trace.dat
	diff expected.txt out.txt
}

@test "groups that are not shown are one line" {
	recording sample
	analyze 0 --format=csv trace.dat
	total cycles >total.txt
	analyze 0 --format=folded --top=3 trace.dat
	[ "$(wc -l <out.txt)" -eq 4 ]
	grep -q '^more [0-9]*$' out.txt
	[ "$(sum out.txt)" = "$(<total.txt)" ]
}

@test "time: its parts are the innermost frames" {
	recording sample
	analyze 0 --view=time --format=csv trace.dat
	total span_cycles >span.txt
	columns vcpu guest_cycles >guest.txt
	analyze 0 --view=time --format=folded trace.dat
	[ "$(sum out.txt)" = "$(<span.txt)" ]
	sed -n 's/.*;vcpu_\([0-9]*\);guest \(.*\)/vcpu=\1 guest_cycles=\2/p' out.txt |
		diff <(grep '^vcpu=[0-9]' guest.txt) -
}

@test "names that hold what separates frames" {
	cp "$BATS_TEST_DIRNAME/cases/guestopt.dat" trace.dat
	LC_ALL=C sed -i 's/guest-a/a;b\tc d/; s,CPU 0/KVM,CP;\t 0/KV,g' trace.dat
	analyze 0 --format=folded --by=vm,vcpu,thread,reason trace.dat
	grep -q '^a:b.*c_d;vcpu_0;thread_5000_CP:.*_0/KV;' out.txt
	lacks -v '^[^ ]* [0-9]*$' out.txt
	analyze 0 --format=csv --by=vm,vcpu,thread,reason trace.dat
	[ "$(grep -c ^group out.txt)" -gt 0 ]
	total ns >total.txt
	analyze 0 --format=folded --by=vm,vcpu,thread,reason trace.dat
	[ "$(sum out.txt)" = "$(<total.txt)" ]
}

@test "losses are said, and are in the status" {
	recording lossy
	analyze 3 --format=folded trace.dat
	grep -q lost err.txt
}

@test "what has no stacks is refused" {
	recording svm
	while IFS='|' read -r option message; do
		# shellcheck disable=SC2086
		analyze 2 --format=folded $option trace.dat
		no_output
		head -n 1 err.txt | diff <(echo "analyzer: $message") -
	done <<-'END'
		--list|--format=folded is of exits or time: not with --view=list
		--view=reports|--format=folded is of exits or time: not with --view=reports
		--columns=max|--format=folded has cycles for each group, and nothing else: not with --columns
		--unit=ns|--format=folded has cycles for each group, and nothing else: not with --unit
		--histogram|--format=folded has cycles for each group, and nothing else: not with --histogram
	END
}
