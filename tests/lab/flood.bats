#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# More reports than a second may have: those beyond are skipped, and said to be.

load lab

# stats DIR KIND: time stamps of such lines of reports, in ns.
stats() {
	events "$1" | sed -nE "s/.*\\[[0-9]+\\] *([0-9]+)\\.([0-9]+): kvm_exit_stats:.* kind=$2\$/\\1\\2/p"
}

@test "a guest cannot flood the log" {
	use a/flood
	"$top/lab/verify" "$dir"
	# In any second; an epoch's last report comes on top.
	stats "$dir" 0 >"$BATS_TEST_TMPDIR/printed"
	most=$(awk '{ time[NR] = $1 + 0 }
		END {
			for (i = j = 1; i <= NR; i++) {
				while (time[i] - time[j] >= 1e9)
					j++
				most = i - j + 1 > most ? i - j + 1 : most
			}
			print most
		}' "$BATS_TEST_TMPDIR/printed")
	between 20 "$most" 51 'reports printed in a second'
}

@test "the file says how many reports were skipped, and all figures" {
	use a/flood
	skipped=$(stats "$dir" 3 | wc -l)
	[ "$skipped" -ge 1000 ]
	grep -qx "kvm_exit_cycles: skipped $skipped" "$dir/exit_cycles.txt"
	last_report "$dir" >"$BATS_TEST_TMPDIR/last"
	grep -v ': skipped ' "$dir/exit_cycles.txt" | diff "$BATS_TEST_TMPDIR/last" -
}

@test "skipping loses no exit" {
	check_counts a/flood 3
}
