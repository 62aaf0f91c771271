#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# VT-x, under Bochs, whose CPUs take turns every few instructions; and AMD-V
# under the same emulator.  lab/run-vmx leaves what these tests read.

load lab

machines='vmx-load vmx-halt vmx-sample vmx-one vmx-again vmx-four vmx-5 vmx-32
	vmx-no-ept vmx-svm vmx-plain'

@test "known counts: identical" { verdict vmx-load/counts; }
@test "more vCPUs than CPUs, migrating: identical" { verdict vmx-load/migration; }
@test "every instruction: identical" { verdict vmx-sample/instructions; }
@test "halts: identical" { verdict vmx-halt/halt; }
@test "resets and intervals changed meanwhile: identical" { verdict vmx-load/knobs; }
@test "one CPU: identical" { verdict vmx-one/counts; }
@test "four CPUs: identical" { verdict vmx-four/migration; }
@test "turns of 5 instructions, two VMs: identical" { verdict vmx-5/two-vms; }
@test "turns of 32 instructions, two VMs: identical" { verdict vmx-32/two-vms; }
@test "shadow paging: identical" { verdict vmx-no-ept/counts; }
@test "AMD-V: identical" { verdict vmx-svm/counts; }
@test "an unpatched kernel: round trips" { verdict vmx-plain/overview; }
@test "fast paths: identical" { verdict vmx-load/fastpath; }
@test "fast paths on AMD-V: identical" { verdict vmx-svm/fastpath; }
@test "kvm_entry alone: all but the last report" { verdict vmx-load/entries; }
@test "begun late: nothing proven, differences agree" { verdict vmx-load/late; }

@test "known counts are counted" { check_counts vmx-load/counts 2; }
@test "migrating vCPUs are counted" { check_counts vmx-load/migration 4; }
@test "every instruction is counted" { check_counts vmx-sample/instructions 10; }
@test "halts are counted" { check_counts vmx-halt/halt 3; }
@test "counts hold on one CPU" { check_counts vmx-one/counts 2; }
@test "counts hold on four CPUs" { check_counts vmx-four/migration 4; }
@test "counts hold with turns of 5 instructions" { check_counts vmx-5/two-vms 4; }
@test "counts hold with turns of 32 instructions" { check_counts vmx-32/two-vms 4; }
@test "counts hold with shadow paging" { check_counts vmx-no-ept/counts 2; }
@test "counts hold on AMD-V" { check_counts vmx-svm/counts 2; }
@test "exits of the fast path are counted" { check_counts vmx-load/fastpath 4; }
@test "exits of the fast path are counted on AMD-V" { check_counts vmx-svm/fastpath 4; }

# Sending an interrupt is more work than CPUID, but with interrupts off: no tick
# of the host falls into it.
@test "that was the fast path" {
	use vmx-load/fastpath
	[ "$(figure "$dir" 'vmx MSR_WRITE' avg)" -lt "$(figure "$dir" 'vmx CPUID' avg)" ]
}

@test "that was the fast path on AMD-V" {
	use vmx-svm/fastpath
	[ "$(figure "$dir" 'svm msr' avg)" -lt "$(figure "$dir" 'svm cpuid' avg)" ]
}

@test "the guests ran on what they were to run on" {
	for name in load/counts halt/halt one/counts four/migration 5/two-vms \
		32/two-vms no-ept/counts; do
		use "vmx-$name"
		[ "$(isa_of "$dir")" = vmx ]
	done
	use vmx-svm/counts
	[ "$(isa_of "$dir")" = svm ]
}

# Page faults of the guest exit only if there is no second level of paging.
@test "shadow paging shows in the reasons" {
	use vmx-no-ept/counts
	[ "$(figure "$dir" 'vmx EXCEPTION_NMI' exits)" -gt 0 ]
	[ "$(figure "$dir" 'vmx EPT_VIOLATION' exits)" -eq 0 ]
	use vmx-load/counts
	[ "$(figure "$dir" 'vmx EXCEPTION_NMI' exits)" -eq 0 ]
	[ "$(figure "$dir" 'vmx EPT_VIOLATION' exits)" -gt 0 ]
}

@test "reports end at multiples of the interval" {
	check_boundaries vmx-one/counts ' 500 '
	check_boundaries vmx-sample/instructions ' 500 '
	for name in load/counts load/migration four/migration \
		5/two-vms 32/two-vms no-ept/counts svm/counts; do
		check_boundaries "vmx-$name" ' 250 '
	done
}

@test "reports end at multiples of an interval that changes" {
	check_boundaries vmx-load/knobs ' 250 500 100 '
	[ "$(log_of "$dir" | awk '{ print $3 }' | sort -u | wc -l)" -ge 5 ]
}

@test "reasons add up to the total" {
	check_sums vmx-sample/instructions
	check_sums vmx-load/knobs
	check_sums vmx-no-ept/counts
}

# Codes as in the Intel manual, volume 3, appendix C: not the kernel's table.
check_order() {
	use "$1"
	log_of "$dir" | awk '
		BEGIN {
			n = split("EXCEPTION_NMI 0 EXTERNAL_INTERRUPT 1 " \
				"INTERRUPT_WINDOW 7 NMI_WINDOW 8 CPUID 10 HLT 12 " \
				"VMCALL 18 CR_ACCESS 28 DR_ACCESS 29 " \
				"IO_INSTRUCTION 30 MSR_READ 31 MSR_WRITE 32 " \
				"PAUSE_INSTRUCTION 40 APIC_ACCESS 44 " \
				"EOI_INDUCED 45 EPT_VIOLATION 48 " \
				"EPT_MISCONFIG 49 PREEMPTION_TIMER 52 " \
				"WBINVD 54 APIC_WRITE 56", word, " ")
			for (i = 1; i < n; i += 2)
				code[word[i]] = word[i + 1]
		}
		/ report [0-9]+: exits / { last = -1; next }
		{
			name = $7
			sub(/:$/, "", name)
			if ($6 != "vmx" || !(name in code) || code[name] <= last) {
				print "out of order, or unknown: " $0
				exit wrong = 1
			}
			last = code[name]
			seen++
		}
		END { exit wrong || seen < 80 }'
}

@test "reasons are in the order of their codes" {
	check_order vmx-sample/instructions
	check_order vmx-load/knobs
	check_order vmx-no-ept/counts
}

@test "a halt until a timer is halted time of HLT, and nothing else" {
	use vmx-halt/halt
	trips=$(guest "$dir" hlt sum)
	halted=$(figure "$dir" 'vmx HLT' halted)
	between $((trips * 9 / 10)) "$halted" "$trips" 'halted of HLT'
	[ "$(others "$dir" 'vmx HLT' halted)" -eq 0 ]
	[ "$(figure "$dir" 'vmx HLT' user)" -eq 0 ]
}

@test "exits before the recording are counted exactly" {
	check_losses vmx-load/late
	[ "$before" -gt 0 ]
	[ "$lost" -eq 0 ]
}

@test "no time runs backwards" {
	for name in load/counts load/migration sample/instructions four/migration; do
		use "vmx-$name"
		[ "$(figure "$dir" total backwards)" -eq 0 ]
	done
}

@test "the same again gives the same files, to the byte" {
	use vmx-one/counts
	for file in trace.dat dmesg.txt vmm.txt; do
		[ -s "$dir/$file" ]
		cmp "$dir/$file" "$results/vmx-again/counts/$file"
	done
	cmp "$results"/{vmx-one,vmx-again}/boot.txt
}

# check_sample RECORDING SAMPLE: samples/SAMPLE.dat and its log are what is
# recorded here, if they were made from the same.
check_sample() {
	use "$1"
	sample=$lab/../samples/$2
	if ! other=$(diff "$sample-facts.txt" "${dir%/*}/facts"); then
		skip "the sample was made from something else: $(sed -n \
			's/^[<>] //p' <<<"$other" | cut -d' ' -f1 | sort -u | xargs)"
	fi
	cmp "$dir/trace.dat" "$sample.dat"
	[ ! -s "$dir/dmesg.txt" ] || cmp "$dir/dmesg.txt" "$sample-dmesg.txt"
}

@test "the sample is what is recorded here, to the byte, if made from the same" {
	check_sample vmx-sample/instructions vmx
}

@test "the unpatched sample is, too" {
	check_sample vmx-plain/overview unpatched-vmx
}

@test "no warning in any kernel log" {
	for output in $(present $machines); do
		[ -f "$results/$output/done" ] || fail "no results of $output"
		[ -s "$results/$output/boot.txt" ]
		! kernel_warnings "$results/$output/boot.txt" || return
	done
}

@test "trace-cmd report names the reasons of kvm_entry on VT-x" {
	check_names vmx-load/counts CPUID IO_INSTRUCTION
}

@test "and on AMD-V" {
	check_names vmx-svm/counts cpuid io
}
