#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# README.md: its commands for a host of one's own, run as they stand there by
# scenarios/readme.sh.

load lab

setup() {
	use host/readme
}

@test "all of README.md's commands were found, and ended with status 0" {
	[ "$(wc -l <"$dir/commands.txt")" -eq 8 ]
	grep -q '^trace-cmd record ' "$dir/commands.txt"
	[ "$(grep -c '^status 0 ' "$dir/facts")" -eq 6 ]
	[ "$(grep -c '^status ' "$dir/facts")" -eq 6 ]
}

@test "they are those of this README.md" {
	while read -r line; do
		grep -qF "    $line" "$top/README.md"
	done <"$dir/commands.txt"
}

@test "diff has nothing to say, the check says equal" {
	! grep -E '^[<>]' "$dir/readme.txt" || return
	[ "$(tail -n 1 "$dir/readme.txt")" = 'check: 61 equal, 0 different, 0 not recorded, 0 only in the recording, 0 cut' ]
	grep -c '^kvm_exit_cycles: epoch .* report .*: exits .* backwards 0$' \
		"$dir/readme.txt" | diff - <(echo 61)
	verdict host/readme
}
