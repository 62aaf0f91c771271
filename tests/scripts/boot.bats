#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# When an emulator is said to have hung: lab/boot.sh, with programs that stand in for one.

setup() {
	lab=$(realpath "$BATS_TEST_DIRNAME/../../lab")
	cd "$BATS_TEST_TMPDIR"
	touch console.log
}

# in_lab COMMAND...: with what the scripts share that boot an emulator
in_lab() {
	bash -c 'set -euo pipefail; . "$1/lib.sh"; . "$1/boot.sh"
		output=$PWD console=$PWD/console.log; "${@:2}"' bash "$lab" "$@"
}

# emulator TEXT: a script
emulator() {
	printf '#!/bin/bash\n%s\n' "$1" >emulator
	chmod +x emulator
}

@test "CPU time is the limit, and eight times as long by the clock" {
	in_lab is_over 240 240 240
	run in_lab is_over 240 239 1919
	[ "$status" -ne 0 ]
	in_lab is_over 240 0 1920
}

@test "an emulator that does nothing but run has hung" {
	emulator 'echo "lab: scenario x" >>console.log; while :; do :; done'
	LAB_TIMEOUT=1 run in_lab emulate ./emulator
	[ "$status" -ne 0 ]
	[[ $output == *"scenario x"*"the emulator hung: ended after 1 s without progress"* ]]
}

@test "one that says what it does has not, until it takes too long in all" {
	emulator 'for i in {1..1000}; do
			echo "lab: step $i" >>console.log
			for j in {1..20000}; do :; done
		done'
	LAB_LIMIT=2 run in_lab emulate ./emulator
	[ "$status" -ne 0 ]
	[[ $output == *"the emulator was not done after 2 s"* ]]
}

@test "its CPU time is that of the process, whatever it is called" {
	cp "$(command -v bash)" 'an (odd) name'
	in_lab eval './an\ \(odd\)\ name -c "while :; do :; done" & emulator=$!
		until [ "$(cpu_seconds)" -ge 1 ]; do sleep 0.1; done
		kill -KILL "$emulator"; wait "$emulator" || :; [ "$(cpu_seconds)" -eq 0 ]'
}
