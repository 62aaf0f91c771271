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

# known_counts DIR ISA HYPERCALL: of the first run, three vCPUs.
known_counts() {
	[ "$(sum "$1/whole.csv" reason "$2 cpuid")" -eq 12000 ]
	[ "$(sum "$1/whole.csv" reason "$2 io")" -eq 12000 ]
	[ "$(sum "$1/whole.csv" reason "$2 $3")" -eq 6000 ]
}

@test "live counts the exits that guests are known to have" {
	use host/live
	known_counts "$dir" svm hypercall
	use plain/live
	known_counts "$dir" svm hypercall
}

@test "live shows what the file that it keeps has, to the byte" {
	for name in host/live plain/live; do
		use "$name"
		diff "$dir/whole.csv" "$dir/whole-saved.csv"
	done
}

@test "live shows what trace-cmd records beside it" {
	for name in host/live plain/live; do
		use "$name"
		for reason in cpuid io hypercall; do
			[ "$(sum "$dir/whole.csv" reason "svm $reason")" -eq \
				"$(sum "$dir/trace.csv" reason "svm $reason")" ]
		done
	done
}

# totals FILE: exits of each interval, one after the other.
totals() {
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
		$at["row"] == "total" { print $at["exits"] }' "$1"
}

@test "intervals go on to the end, and only grow" {
	for name in host/live plain/live; do
		use "$name"
		totals "$dir/turns.csv" >"$BATS_TEST_TMPDIR/totals"
		[ "$(wc -l <"$BATS_TEST_TMPDIR/totals")" -ge 3 ]
		sort -nc "$BATS_TEST_TMPDIR/totals"
		[ "$(tail -n 1 "$BATS_TEST_TMPDIR/totals")" -eq \
			"$(sum "$dir/turns-saved.csv" row total)" ]
		[ "$(sum "$dir/turns-saved.csv" reason 'svm hlt')" -eq 800 ]
	done
}

@test "live leaves no instance behind, or the next one removes it" {
	for name in host/live plain/live; do
		use "$name"
		for fact in 'instances whole 0' 'instances turns 0' \
			'status killed 137' 'instances killed 1' \
			'instances after 0'; do
			grep -qx "$fact" "$dir/facts"
		done
		grep -q 'removed: ftrace instance' "$dir/after.err"
		[ "$(sum "$dir/after.csv" reason 'svm cpuid')" -eq 500 ]
	done
}

@test "a flight recorder stops at the exit whose VM was stopped, and saves what came before" {
	for name in host/live plain/live; do
		use "$name"
		grep -qx 'instances flight 0' "$dir/facts"
		grep -q 'an exit was longer than 20ms: flight.dat has what came before' \
			"$dir/flight.err"
		[ "$(sum "$dir/flight.csv" row total)" -ge 1 ]
		[ "$(sum "$dir/flight-saved.csv" row total)" -ge \
			"$(sum "$dir/flight.csv" row total)" ]
	done
}

@test "counters are the kernel's own, and where there are none, that is said" {
	use host/live
	[ "$(sum "$dir/counters.csv" row total)" = \
		"$(sed -n 's/.*report [0-9]*: exits \([0-9]*\) .*/\1/p' "$dir/counters.txt")" ]
	use plain/live
	grep -qx 'status counters 1' "$dir/facts"
	grep -q 'this kernel is not patched' "$dir/counters.err"
}
