#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Commands: programs that are found by the name of this one, before recordings.

load cli-helpers

# A program of its own folder, with a command beside it and one in $PATH
setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir beside elsewhere
	cp "$ANALYZER" beside/kvm-exit-cycles
	command beside/kvm-exit-cycles-greet
	command elsewhere/kvm-exit-cycles-record
	program=$PWD/beside/kvm-exit-cycles
	export PATH=$PWD/elsewhere:$PATH
}

# command FILE: says what it was given, and ends with status 7
command() {
	cat >"$1" <<'END'
#!/bin/sh
echo "$0" "$@" "$ANALYZER"
exit 7
END
	chmod +x "$1"
}

# ask STATUS ARGUMENT...: into out.txt and err.txt
ask() {
	local status=0 expected=$1
	shift
	"$program" "$@" >out.txt 2>err.txt || status=$?
	[ "$status" -eq "$expected" ] || { cat err.txt; return 1; }
}

@test "beside the program, and in PATH, with all arguments and the status" {
	unset ANALYZER
	ask 7 greet -x 'a b' --help
	echo "$PWD/beside/kvm-exit-cycles-greet -x a b --help $program" | diff - out.txt
	ask 7 record
	echo "$PWD/elsewhere/kvm-exit-cycles-record  $program" | sed 's/  / /' | diff - out.txt
	ANALYZER=mine ask 7 record
	prints ' mine'
	# Beside goes first.
	command elsewhere/kvm-exit-cycles-greet
	ask 7 greet
	prints beside/
}

@test "the current folder has no commands, whatever PATH says" {
	command kvm-exit-cycles-evil
	PATH=:.:$PATH ask 1 evil
	no_output
	says 'cannot open: evil'
}

@test "a recording of a command's name is given with its folder" {
	recording sample
	mv trace.dat record
	ask 7 record
	ask 0 ./record
	prints 'epoch 1 report 72'
	mv record other
	ask 0 other
	prints 'epoch 1 report 72'
	ask 0 -l ./other
}

@test "neither a command nor a file: the nearest command goes first" {
	ask 2 recrod sleep 1
	no_output
	says 'neither a command nor a recording that is there: recrod: commands are record, greet, compare'
	says 'see: kvm-exit-cycles --help'
	ask 2 great
	says ': great: commands are greet, record, compare'
	# The one that is no program of its own is one of them.
	ask 2 compre
	no_output
	says ': compre: commands are compare, '
	ask 2 unlike anything
	says ': unlike: commands are '
	# One that is like none is a recording that cannot be opened.
	ask 1 missing
	says 'cannot open: missing'
	ask 1 record.dat
	says 'cannot open: record.dat'
}

@test "what cannot be run is said" {
	printf '\177ELF' >beside/kvm-exit-cycles-broken
	chmod +x beside/kvm-exit-cycles-broken
	ask 1 broken
	no_output
	says "cannot run: $PWD/beside/kvm-exit-cycles-broken: "
}
