#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# host-check on hosts that no lab has: made of the few files that it reads.

setup() {
	[ "$(id -u)" -eq 0 ] || skip 'needs root'
	script=$BATS_TEST_DIRNAME/../../scripts/host-check
	export HOST_ROOT=$BATS_TEST_TMPDIR/host
	module=sys/module/kvm/parameters
	tracing=sys/kernel/tracing
	source=sys/devices/system/clocksource/clocksource0
	# An Intel host of 4 CPUs that is as it should be
	put $module/exit_cycles Y
	put $module/exit_cycles_interval 200000
	put sys/kernel/debug/kvm/exits 0
	put sys/kernel/debug/kvm/exit_cycles \
		'kvm_exit_cycles: epoch 1 report 1: exits 5 cycles 5 user 0 halted 0 off_cpu 0 backwards 0'
	put $tracing/events/kvm/enable 0
	put $tracing/set_event ''
	put $tracing/buffer_size_kb 65536
	put $source/available_clocksource 'tsc hpet acpi_pm '
	put sys/class/tty/console/active tty0
	put proc/cmdline 'quiet log_buf_len=16M root=/dev/sda1'
	put proc/sys/kernel/printk '7	4	1	7'
	put proc/meminfo 'MemAvailable:   16000000 kB'
	for cpu in 0 1 2 3; do
		echo "processor	: $cpu"
		echo 'flags		: fpu vmx constant_tsc nonstop_tsc'
	done >"$HOST_ROOT/proc/cpuinfo"
}

# put FILE TEXT
put() {
	mkdir -p "$HOST_ROOT/$(dirname "$1")"
	printf '%s\n' "$2" >"$HOST_ROOT/$1"
}

# check STATUS TEXT...: for $rate exits a second, or 200000; TEXT is in a line of
# its own.
check() {
	local status=0 expected=$1 text
	shift
	"$script" "${rate-200000}" >"$BATS_TEST_TMPDIR/out" 2>&1 || status=$?
	for text; do
		grep -q "^$text" "$BATS_TEST_TMPDIR/out" || status=none
	done
	[ "$status" = "$expected" ] || { cat "$BATS_TEST_TMPDIR/out"; return 1; }
}

@test "as it should be" {
	check 0 'ok   ISA       vmx' 'ok   TSC       ticks' 'ok   TSC       the same' \
		'ok   interval' 'ok   log       16384 KiB' 'ok   console' \
		'ok   buffers' 'ready'
	[ "$(grep -cvE '^(ok |ready)' "$BATS_TEST_TMPDIR/out")" -eq 0 ]
}

@test "a TSC that cannot be trusted" {
	put $source/available_clocksource 'hpet acpi_pm '
	check 1 'bad  TSC       the kernel has found it unstable'
	put $source/available_clocksource 'tsc hpet '
	put sys/kernel/debug/kvm/exit_cycles 'kvm_exit_cycles: epoch 1 report 1: exits 5 cycles 5 user 0 halted 0 off_cpu 0 backwards 3'
	check 1 'bad  TSC       went backwards in 3 exits'
	sed -i 's/constant_tsc//' "$HOST_ROOT/proc/cpuinfo"
	check 1 'note TSC       the CPU does not promise'
}

@test "reports that were skipped" {
	report=$HOST_ROOT/sys/kernel/debug/kvm/exit_cycles
	echo 'kvm_exit_cycles: skipped 0' >>"$report"
	check 0
	! grep -q skipped "$BATS_TEST_TMPDIR"/out* || return
	sed -i 's/skipped 0/skipped 12/' "$report"
	check 0 'note reports   12 skipped since the last reset'
}

@test "no CPU that KVM runs on; one below another hypervisor" {
	sed -i 's/vmx/hypervisor/' "$HOST_ROOT/proc/cpuinfo"
	check 1 'bad  ISA' 'note ISA       this host is a guest'
}

@test "a log, by what the kernel was told or built with" {
	report=$HOST_ROOT/sys/kernel/debug/kvm/exit_cycles
	printf '%.0s-' {1..2048} >"$report"
	put $module/exit_cycles_interval 100000
	put proc/cmdline log_buf_len=256K
	check 0 'ok   log       256 KiB hold 128 reports of 2048 bytes'
	put proc/cmdline log_buf_len=128K
	check 1 'set  log       128 KiB hold 64 reports of 2048 bytes, those of 32 s' \
		' *echo 200000 > .*/exit_cycles_interval$'
	# It is enough, and comes before a reboot.
	put $module/exit_cycles_interval 200000
	check 0 'ok   log       128 KiB hold 64 reports'
	put proc/cmdline log_buf_len=64K
	check 1 'set  log       64 KiB hold 32 reports of 2048 bytes, those of 32 s' \
		' *echo 500000 > .*/exit_cycles_interval$' \
		'note log       or compare without the log: --check; or boot with log_buf_len=16M'
	put $module/exit_cycles_interval 500000
	check 0 'ok   log       64 KiB hold 32 reports'
	put proc/cmdline log_buf_len=1G
	check 0 'ok   log       1048576 KiB'
	put proc/cmdline quiet
	put "boot/config-$(uname -r)" CONFIG_LOG_BUF_SHIFT=15
	check 1 'set  log       32 KiB hold 16 reports'
	rm "$HOST_ROOT/boot/config-$(uname -r)"
	check 0 'note log       of unknown size'
}

@test "a serial console" {
	put sys/class/tty/console/active 'tty0 ttyS0'
	check 1 'set  console' ' *dmesg -n 4$'
	put proc/sys/kernel/printk '4	4	1	7'
	check 0 'ok   console'
}

@test "reports too often, buffers too small, memory too small" {
	put $module/exit_cycles_interval 500
	put $tracing/buffer_size_kb '7 (expanded: 1408)'
	check 1 'set  interval  a report each 500 exits makes 400 a second' \
		' *echo 200000 > ' 'ok   log ' \
		'ok   buffers   65536 KiB for each CPU, what record takes, hold 7 s'
	put proc/meminfo 'MemAvailable:   16000 kB'
	put $module/exit_cycles_interval 0
	check 1 'ok   interval  0: ' \
		'set  buffers   250 KiB for each CPU, what record takes, hold 0 s' \
		' *.*/record -b 2000 .*all that fits'
	rate=1000000
	put proc/meminfo 'MemAvailable:   16000000 kB'
	check 1 'set  buffers   65536 KiB .* hold 1 s' ' *.*/record -b 500000 \.\.\.$'
	rate=1000000000
	check 1 'set  buffers   65536 KiB .* hold 0 s'
}

@test "the interval goes before a reboot, and two reports a second are enough" {
	rate=40000
	printf '%.0s-' {1..2048} >"$HOST_ROOT/sys/kernel/debug/kvm/exit_cycles"
	put proc/cmdline log_buf_len=256K
	put $module/exit_cycles_interval 500
	check 1 'set  interval  a report each 500 exits makes 80 a second; 2 are enough:' \
		' *echo 50000 > ' 'ok   log '
	! grep log_buf_len "$BATS_TEST_TMPDIR/out" || return
	put $module/exit_cycles_interval 20000
	check 0 'ok   interval ' 'ok   log '
	# One command for both
	put proc/cmdline log_buf_len=64K
	put $module/exit_cycles_interval 500
	check 1 'set  interval ' ' *echo 100000 > ' 'ok   log '
	put $module/exit_cycles_interval 100000
	check 0 'ok   interval ' 'ok   log '
}

@test "no guest runs: what is not known is not ready" {
	rate=''
	check 3 'note exits     none in 5 s: whether interval, log and buffers' \
		' *host-check 100000$' 'not known: interval, log and buffers; nothing to set'
	! grep -E '^(ready|(ok|set) *(interval|log|buffers))' "$BATS_TEST_TMPDIR/out" ||
		return
	rm "$HOST_ROOT/sys/kernel/debug/kvm/exits"
	put $source/available_clocksource 'hpet '
	check 1 'not ready: 1 to set or bad; not known: interval, log and buffers'
	! grep -vE '^([a-z]| )' "$BATS_TEST_TMPDIR/out"
}

@test "what record takes" {
	[ "$("$script" --buffer)" = 65536 ]
	put proc/meminfo 'MemAvailable:   640000 kB'
	[ "$("$script" --buffer)" = 10000 ]
}

@test "refused: KVM, debugfs, tracefs not there" {
	mv "$HOST_ROOT/$tracing/events" "$HOST_ROOT/events"
	check 2 'host-check: no tracefs: mount '
	rm -r "$HOST_ROOT/sys/kernel/debug/kvm"
	check 2 'host-check: no debugfs: mount '
	rm "$HOST_ROOT/$module/exit_cycles"
	check 2 'host-check: this kernel, .*, does not count exits'
	rm -r "$HOST_ROOT/sys/module/kvm"
	check 2 'host-check: KVM is not loaded'
}

@test "a number of exits that cannot be" {
	for rate in 99999999999999999999 1000000001; do
		check 2 "host-check: $rate exits a second: expected 1 to 1000000000"
		[ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -eq 1 ]
	done
}

@test "wrong usage" {
	for arguments in x -1 0 '5 6'; do
		status=0
		# shellcheck disable=SC2086
		"$script" $arguments >/dev/null 2>"$BATS_TEST_TMPDIR/err" || status=$?
		[ $status -eq 2 ]
		grep -q '^usage: ' "$BATS_TEST_TMPDIR/err"
	done
	for arguments in '' '-x true' '-b'; do
		status=0
		# shellcheck disable=SC2086
		"${script%host-check}record" $arguments \
			2>"$BATS_TEST_TMPDIR/err" || status=$?
		[ $status -eq 2 ]
		grep -q '^usage: ' "$BATS_TEST_TMPDIR/err"
	done
}
