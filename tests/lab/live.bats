#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# live, beside guests whose exits are known: what it shows, what it keeps, and what it
# leaves behind.

load lab

# sum FILE COLUMN VALUE: of "exits", over rows whose COLUMN is VALUE.
sum() {
	awk -F, -v column="$2" -v value="$3" '
		!seen && /(^|,)row,/ {
			for (i = 1; i <= NF; i++)
				at[$i] = i
			seen = 1
			next
		}
		$at[column] == value { sum += $at["exits"] }
		END { print sum + 0 }' "$1"
}

# What lab/run and lab/run-vmx have booted it on: what exits are called there, and
# which part of the work is done.
hosts='host/live 1 svm cpuid io hypercall hlt
plain/live 1 svm cpuid io hypercall hlt
vmx-live/live 4 vmx CPUID IO_INSTRUCTION VMCALL HLT'

# on_each_host FUNCTION
on_each_host() {
	local name scale isa cpuid io hypercall hlt
	while read -r name scale isa cpuid io hypercall hlt <&3; do
		use "$name"
		"$@"
	done 3<<<"$hosts"
}

# shown FILE REASON: its exits.
shown() {
	sum "$dir/$1" reason "$isa $2"
}

# The first run, three vCPUs
known_counts() {
	[ "$(shown whole.csv "$cpuid")" -eq $((12000 / scale)) ]
	[ "$(shown whole.csv "$io")" -eq $((12000 / scale)) ]
	[ "$(shown whole.csv "$hypercall")" -eq $((6000 / scale)) ]
}

@test "live counts the exits that guests are known to have" { on_each_host known_counts; }

as_saved() {
	diff "$dir/whole.csv" "$dir/whole-saved.csv"
}

@test "live shows what the file that it keeps has, to the byte" { on_each_host as_saved; }

as_trace_cmd() {
	local reason
	for reason in "$cpuid" "$io" "$hypercall"; do
		[ "$(shown whole.csv "$reason")" -eq "$(shown trace.csv "$reason")" ]
	done
}

@test "live shows what trace-cmd records beside it" { on_each_host as_trace_cmd; }

# totals FILE: exits of each interval, one after the other.
totals() {
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
		$at["row"] == "total" { print $at["exits"] }' "$1"
}

intervals_grow() {
	totals "$dir/turns.csv" >"$BATS_TEST_TMPDIR/totals"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/totals")" -ge 3 ]
	sort -nc "$BATS_TEST_TMPDIR/totals"
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/totals")" -eq \
		"$(sum "$dir/turns-saved.csv" row total)" ]
	[ "$(shown turns-saved.csv "$hlt")" -eq $((800 / scale)) ]
}

@test "intervals go on to the end, and only grow" { on_each_host intervals_grow; }

nothing_left() {
	has_fact 'instances whole 0' 'instances turns 0' \
		'status killed 137' 'instances killed 1' 'instances after 0'
	grep -q 'removed: ftrace instance' "$dir/after.err"
	[ "$(shown after.csv "$cpuid")" -eq $((500 / scale)) ]
}

@test "live leaves no instance behind, or the next one removes it" {
	on_each_host nothing_left
}

flight_saved() {
	has_fact 'instances flight 0'
	grep -q 'an exit was longer than 20ms: flight.dat has what came before' \
		"$dir/flight.err"
	[ "$(sum "$dir/flight.csv" row total)" -ge 1 ]
	[ "$(sum "$dir/flight-saved.csv" row total)" -ge \
		"$(sum "$dir/flight.csv" row total)" ]
}

@test "a flight recorder stops at the exit whose VM was stopped, and saves what came before" {
	on_each_host flight_saved
}

@test "counters are the kernel's own, and where there are none, that is said" {
	for name in host/live vmx-live/live; do
		use "$name"
		[ "$(sum "$dir/counters.csv" row total)" = "$(sed -n \
			's/.*report [0-9]*: exits \([0-9]*\) .*/\1/p' "$dir/counters.txt")" ]
	done
	use plain/live
	has_fact 'status counters 1'
	grep -q 'this kernel is not patched' "$dir/counters.err"
}
