#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# --format=prometheus: metrics.  What promtool and Prometheus make of them is in fleet/.

load cli-helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	here=$BATS_TEST_DIRNAME
	samples=$here/../samples
}

# metrics STATUS OPTION... FILE...: checked against views of the same files
metrics() {
	local status=$1 keys=vm,reason
	shift
	analyze "$status" --format=prometheus "$@"
	mv out.txt metrics.txt
	mv err.txt metrics.err
	"$ANALYZER" --by=vm "$@" --format=csv >out.txt 2>err.txt || [ $? -eq 3 ] || keys=reason
	"$ANALYZER" --by=$keys --histogram --format=json "$@" >view.json 2>err.txt ||
		[ $? -eq "$status" ]
	python3 "$here/prometheus-figures" metrics.txt view.json
}

@test "metrics are the figures of views, of all recordings and states" {
	for name in trace vmx unpatched unpatched-vmx; do
		metrics 0 "$samples/$name.dat"
		analyze 0 --format=state --output=$name.state "$samples/$name.dat"
		mv metrics.txt want.txt
		metrics 0 $name.state
		# How fast the TSC is, and what it was compared with, is not in a state.
		for file in want.txt metrics.txt; do
			grep -vE '_analysis_|tsc_hertz|time_seconds|compared' $file >$file.less
		done
		diff want.txt.less metrics.txt.less
	done
	metrics 0 "$samples/arm64/perf.data"
	metrics 0 "$samples/trace.dat" vmx.state
	metrics 0 --by=reason "$samples/trace.dat" vmx.state
	lacks 'recording="' metrics.txt.less
	recording huge
	metrics 0 trace.dat
	for kind in late lossy odd; do
		recording $kind
		metrics 3 trace.dat
		grep -qx 'kvm_exit_lossy 1' metrics.txt
	done
}

@test "the checker finds a figure that is wrong" {
	metrics 0 "$samples/trace.dat"
	for change in '/^kvm_exits_total{.*"hlt"/s/2166/2167/' \
		'/_bucket.*"hlt".*le="65535"/s/ .*/ 5/' \
		'/_sum{.*"hlt"/s/.$/1/' \
		'/part="halted"/s/ 4/ 5/' \
		's/reason="hlt"/reason="npf"/' \
		'/^# TYPE kvm_exits_total/d' \
		'/seconds_total.*"hlt".*part="halted"/s/\.0/.1/' \
		'/le="+Inf"/d'; do
		sed "$change" metrics.txt >other.txt
		run cmp -s metrics.txt other.txt
		[ "$status" -eq 1 ]
		run python3 "$here/prometheus-figures" other.txt view.json
		[ "$status" -ne 0 ]
	done
}

value() {
	sed -n "s/^$1 //p" metrics.txt
}

@test "losses, proof, spans, the rate of the TSC" {
	metrics 0 "$samples/trace.dat"
	[ "$(value kvm_exit_proof_complete)" = 1 ]
	[ "$(value kvm_exit_proven_reports_total)" = 72 ]
	[ "$(value 'kvm_exit_compared_reports_total{verdict="equal"}')" = 72 ]
	[ "$(value kvm_exit_recording_span_seconds)" = 7.446761517 ]
	[ "$(value kvm_exit_lossy)" = 0 ]
	now=$(date +%s)
	stamp=$(value kvm_exit_analysis_timestamp_seconds)
	[ "$stamp" -le "$now" ]
	[ "$stamp" -gt $((now - 60)) ]
	metrics 0 --tsc-khz=2000000 "$samples/trace.dat"
	[ "$(value kvm_exit_tsc_hertz)" = 2000000000 ]
	# 4077299920 cycles of hlt at 2 GHz
	grep -q 'kvm_exit_time_seconds_total{.*"hlt".*part="halted"} 2.038649960$' metrics.txt
	recording lossy
	metrics 3 trace.dat
	[ "$(value 'kvm_exit_missing_exits_total{why="lost"}')" = 51 ]
	[ "$(value kvm_exit_proof_complete)" = 0 ]
	recording late
	metrics 3 trace.dat
	[ "$(value 'kvm_exit_missing_exits_total{why="before"}')" = 374 ]
	metrics 0 "$samples/unpatched.dat"
	lacks kvm_exit_proof metrics.txt
	[ "$(value 'kvm_exit_missing_exits_total{why="unused"}')" = 0 ]
}

@test "series are bounded: the others are one, and it is said" {
	metrics 0 --top=2 "$samples/trace.dat"
	[ "$(grep -c ^kvm_exits_total metrics.txt)" -eq 3 ]
	# 35757 exits, of which npf 22951 and interrupt 3278
	[ "$(value 'kvm_exits_total{reason="other",vm="other"}')" = 9528 ]
	[ "$(value kvm_exit_series_summed_up)" = 16 ]
	grep -q 'note: 16 groups of the least time are summed up' metrics.err
}

@test "labels are escaped, whatever files are called" {
	name=$'a"b\\c\nd\xff.dat'
	cp "$samples/trace.dat" "$name"
	metrics 0 "$name" "$samples/vmx.dat"
	grep -qF 'recording="a\"b\\c\\x0Ad\\xFF.dat"' metrics.txt ||
		grep -qF 'recording="a\"b\\c\\x0ad\\xff.dat"' metrics.txt
	# One path on two hosts
	mkdir one two
	sed 's/Linux (none) 6/Linux host-1 6/' "$samples/trace.dat" >one/trace.dat
	sed 's/Linux (none) 6/Linux host-2 6/' "$samples/vmx.dat" >two/trace.dat
	for host in one two; do
		(cd $host && "$ANALYZER" --format=state --output=../$host.state trace.dat)
	done
	metrics 0 one.state two.state
	grep -q 'recording_index="0",recording="trace.dat",host="host-1"} 1$' metrics.txt
	grep -q 'recording_index="1",recording="trace.dat",host="host-2"} 1$' metrics.txt
}

@test "a file that is renamed into place, readable as the one before" {
	umask 022
	analyze 0 --format=prometheus --output=kvm.prom "$samples/trace.dat"
	no_output
	[ "$(stat -c %a kvm.prom)" = 644 ]
	[ "$(echo kvm.prom*)" = kvm.prom ]
	cp kvm.prom before.prom
	chmod 640 kvm.prom
	analyze 1 --format=prometheus --output=kvm.prom missing.dat
	cmp before.prom kvm.prom
	inode=$(stat -c %i kvm.prom)
	analyze 0 --format=prometheus --output=kvm.prom "$samples/vmx.dat"
	[ "$(stat -c %a kvm.prom)" = 640 ]
	[ "$(stat -c %i kvm.prom)" != "$inode" ]
}

@test "wrong usage" {
	while IFS='|' read -r options text; do
		# shellcheck disable=SC2086
		analyze 2 --format=prometheus $options "$samples/trace.dat"
		says "$text"
		no_output
	done <<-END
		--by=vcpu|metrics are by reason, vm or recording, and nothing else
		--by=reason,rip|metrics are by reason, vm or recording, and nothing else
		--unit=ns|metrics are of all exits: not with --unit
		--view=time|not with --view
		--list|not with --list
		--reason=hlt|not with --reason
		--sort=exits|not with --sort
		--histogram|not with --histogram
	END
	analyze 0 --format=state --by=cpu --output=cpu.state "$samples/trace.dat"
	analyze 1 --format=prometheus cpu.state
	says "no key reason in a state"
}
