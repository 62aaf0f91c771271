# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For tests of the command line: bats' "load cli-helpers".  ANALYZER and SCENARIO
# come from ./run; scenarios are described in scenario.c.

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# scenario NAME: trace.dat and dmesg.txt, and log.txt as diff wants it
scenario() {
	: >dmesg.txt
	"$SCENARIO" "$1" trace.dat dmesg.txt
	sed -n 's/^.*\(kvm_exit_cycles: epoch .*\)/\1/p' dmesg.txt >log.txt
}

# recording NAME: trace.dat alone; "sample" is samples/trace.dat, "sample-vmx"
# samples/vmx.dat
recording() {
	local samples=$BATS_TEST_DIRNAME/../samples
	case $1 in
	sample)		cp "$samples/trace.dat" trace.dat ;;
	sample-*)	cp "$samples/${1#sample-}.dat" trace.dat ;;
	*)		"$SCENARIO" "$1" trace.dat ;;
	esac
}

# analyze STATUS ARGUMENT...: into out.txt and err.txt
analyze() {
	local expected=$1 status=0
	shift
	"$ANALYZER" "$@" >out.txt 2>err.txt || status=$?
	[ "$status" -eq "$expected" ] && return
	echo "status $status, not $expected"
	cat err.txt
	return 1
}

# compare_golden FILE ARGUMENT...: both outputs and the status must be as in
# FILE; UPDATE=1 writes it.
compare_golden() {
	local golden=$1 status=0
	shift
	"$ANALYZER" "$@" >out.txt 2>err.txt || status=$?
	{
		cat out.txt
		echo "--- standard error"
		cat err.txt
		echo "--- status $status"
	} >got.txt
	[ -z "${UPDATE:-}" ] || cp got.txt "$golden"
	diff "$golden" got.txt
}

no_output() {
	[ ! -s out.txt ]
}

one_line() {
	[ "$(wc -l <err.txt)" -eq 1 ] && grep -q "^analyzer: " err.txt
}

says() {
	grep -qF -- "$1" err.txt || { cat err.txt; return 1; }
}

prints() {
	grep -qF -- "$1" out.txt || { cat out.txt; return 1; }
}

lacks() {
	if LC_ALL=C grep -- "$1" "$2"; then return 1; fi
}

# What is printed as the kernel's is the begin of what the kernel printed.
proves() {
	grep '^kvm_exit_cycles: epoch ' out.txt >proven.txt || true
	[ "$(grep -c ': exits .* backwards ' proven.txt)" -eq "$1" ]
	head -n "$(wc -l <proven.txt)" log.txt | cmp - proven.txt
}

# The lines of a CSV as NAME=VALUE words of the columns that are asked for
columns() {
	python3 - "$@" <<-'END'
		import csv, sys
		with open("out.txt", newline="") as file:
		    for row in csv.DictReader(file):
		        print(*(f"{name}={row[name]}" for name in sys.argv[1:]))
	END
}

# free_port: one of loopback that nobody has now
free_port() {
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}
